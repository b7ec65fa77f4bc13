"""Every verb of the office hour × every seat × every stage, against a table written from the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.questions.every_state import undone
from tests.questions.expected_flow import SEATS, STAGES, STANDING
from townhall.hours import actions, flow, planning
from townhall.hours.models import HourNotice, OfficeHour
from townhall.hours.seats import actor_for, system_actor
from townhall.journal import read
from townhall.kernel.errors import InvalidFields, Refused

if TYPE_CHECKING:
    from tests.fixtures import District

BEFORE = {"planned", "announced", "preparing"}
COORDINATOR = {"coordinator"}
BOTH = {"coordinator", "moderator"}
DUTY = {"coordinator", "mayor", "deputy"}
# verb -> who, from which stages, to which stage ("" stays), what it needs. The last two are the issue's, not the
# contract's: another signer on duty in one move, and the stand-in (B 角).
EXPECTED: dict[str, tuple[set[str], set[str], str, dict[str, Any]]] = {
    "announce": (COORDINATOR, {"planned"}, "announced", {}),
    "close_asking": (COORDINATOR, {"announced"}, "preparing", {}),
    "open_live": (BOTH, {"preparing"}, "live", {}),
    "pause": (BOTH, {"live"}, "", {"reason_code": "backlog"}),
    "resume": (BOTH, {"live"}, "", {}),
    "hold_signing": (COORDINATOR, {"live", "wrapping"}, "", {"reason_code": "mourning"}),
    "release_signing": (COORDINATOR, {"live", "wrapping"}, "", {}),
    "extend": (COORDINATOR, {"live"}, "", {"minutes": 15, "reason_code": "backlog"}),
    "postpone": (
        COORDINATOR, {"announced", "preparing"}, "announced",
        {"starts_at": "2026-12-31T19:00+08:00", "reason_code": "other"},
    ),
    "wrap": (COORDINATOR, {"live"}, "wrapping", {"reason_code": "other"}),
    "archive": (COORDINATOR, {"wrapping"}, "archived", {}),
    "cancel": (COORDINATOR, BEFORE, "cancelled", {"reason_code": "other"}),
    "change_signer": (DUTY, BEFORE | {"live", "wrapping"}, "", {"username": "deputy"}),
    "stand_in": (COORDINATOR, BEFORE | {"live", "wrapping"}, "", {"username": "substitute"}),
}  # fmt: skip


@pytest.fixture
def hour(district: District) -> OfficeHour:
    from townhall.people import actions as people

    substitute = people.create_account("substitute", "替岗甲", "a-long-enough-password")
    planning.give_seat(district.hour, substitute, "moderator", stands_in_for=district.accounts["moderator"])
    return district.hour


def expected(verb: str, seat: str, stage: str) -> int:
    seats, stages, _target, _fields = EXPECTED[verb]
    if stage == "archived" and seat not in STANDING:
        return 404
    if seat not in seats:
        return 403
    return 200 if stage in stages else 409


def at(hour: OfficeHour, stage: str, verb: str) -> OfficeHour:
    """The hour at a stage, paused or held where the verb undoes just that."""
    OfficeHour.objects.filter(id=hour.id).update(
        stage=stage, asking_paused=verb == "resume", signing_held=verb == "release_signing"
    )
    return OfficeHour.objects.get(id=hour.id)


def test_the_table_names_every_verb() -> None:
    assert set(EXPECTED) == set(flow.MOVES)


@pytest.mark.parametrize("verb", EXPECTED)
def test_acting_and_the_oracle_answer_as_the_contract(
    district: District, hour: OfficeHour, verb: str
) -> None:
    target, fields = EXPECTED[verb][2:]
    wrong = []
    for stage in STAGES:
        shown = at(hour, stage, verb)
        for seat in SEATS:
            right = expected(verb, seat, stage)
            actor = actor_for(district.accounts[seat], shown)
            if actor is None:
                found = said = 404
            else:
                refusal = flow.refusal(actor, verb, shown)
                said = refusal.status if refusal else 200
                with undone():
                    head, before = read.head(hour.id), OfficeHour.objects.filter(id=hour.id).values().get()
                    notices = HourNotice.objects.count()
                    try:
                        after = actions.perform(actor, verb, fields)
                    except Refused as refused:
                        found = refused.status
                        assert read.head(hour.id) == head
                        assert OfficeHour.objects.filter(id=hour.id).values().get() == before
                        assert HourNotice.objects.count() == notices
                    else:
                        found = 200
                        assert after.stage == (target or stage)
                        assert read.head(hour.id) > head
            if (found, said) != (right, right):
                wrong.append((seat, stage, found, said, right))
    assert not wrong, f"{verb}: (seat, stage, did, oracle said, contract)"


@pytest.mark.parametrize(("verb", "undo"), [("pause", "resume"), ("hold_signing", "release_signing")])
def test_what_is_on_cannot_be_switched_on_again_nor_off_twice(live: District, verb: str, undo: str) -> None:
    with pytest.raises(Refused) as refused:
        live.hour_does(undo)
    assert refused.value.status == 409
    live.hour_does(verb, reason_code="technical")
    with pytest.raises(Refused) as refused:
        live.hour_does(verb, reason_code="technical")
    assert refused.value.status == 409
    live.hour_does(undo)


@pytest.mark.parametrize(
    ("verb", "stage", "field"),
    [("pause", "live", "reason_code"), ("hold_signing", "live", "reason_code"), ("extend", "live", "reason_code"),
     ("extend", "live", "minutes"), ("postpone", "announced", "starts_at"), ("postpone", "announced", "reason_code"),
     ("wrap", "live", "reason_code"), ("cancel", "announced", "reason_code"), ("change_signer", "live", "username"),
     ("stand_in", "live", "username")],
)  # fmt: skip
@pytest.mark.parametrize("value", [None, "", "bad", [], {}, 10**30, "9" * 5000, "0001-01-01T00:00+08:00",
                                   "9999-12-31T23:59+08:00", "2026-13-45T99:00", "\0", -5])  # fmt: skip
def test_each_demanded_field_is_named_and_nothing_moves(
    district: District, verb: str, stage: str, field: str, value: Any
) -> None:
    district.to_stage(stage)
    head = read.head(district.hour.id)
    with pytest.raises(InvalidFields) as invalid:
        district.hour_does(verb, **{**EXPECTED[verb][3], field: value})
    assert set(invalid.value.errors) == {field}
    assert read.head(district.hour.id) == head
    district.hour.refresh_from_db()
    assert district.hour.stage == stage


def test_the_seat_is_checked_before_the_fields_and_the_fields_before_the_stage(district: District) -> None:
    with pytest.raises(Refused) as refused:
        district.hour_does("pause", by="mayor")
    assert refused.value.status == 403
    with pytest.raises(InvalidFields):
        district.hour_does("pause")
    with pytest.raises(Refused) as refused:
        district.hour_does("pause", reason_code="backlog")
    assert refused.value.status == 409
    with pytest.raises(Refused) as refused:
        district.hour_does("explode", by="mayor")
    assert refused.value.status == 404


def test_the_system_may_end_the_hour_at_its_time_and_nothing_else_waits_for_a_reason(live: District) -> None:
    from datetime import timedelta

    from townhall.kernel import clock

    with pytest.raises(InvalidFields):
        actions.perform(system_actor(live.hour), "wrap", {})
    with clock.steer(live.hour.ends_at + timedelta(seconds=1)):
        assert actions.perform(system_actor(live.hour), "wrap", {}).stage == "wrapping"
