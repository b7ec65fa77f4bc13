"""From opening to the evening: who may apply, who is drawn, who moves up when somebody cannot come."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.observers.conftest import (
    ASKED,
    CLOSES,
    CONFIRM_BY,
    CONSENTS,
    OPENED,
    SOURCE,
    VALUE,
    mobile_of,
    opening,
    verified,
    wall,
)
from townhall.journal.models import Entry
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused
from townhall.kernel.secrets import decrypt
from townhall.observers import actions, citizen_actions, lot, published, queries
from townhall.observers.models import Application, Call

if TYPE_CHECKING:
    from tests.observers.conftest import Search


def refused(act: Any, *words: Any, **named: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        act(*words, **named)
    return caught.value


# -- applying -------------------------------------------------------------------------------------------


def test_one_mobile_applies_once_under_whatever_name(search: Search) -> None:
    search.open()
    search.apply(1, "张三")
    why = refused(search.apply, 1, "李四", form_key="another")
    assert (why.status, why.code) == (409, "once")
    assert "只能报一次" in str(why.message)
    assert refused(search.apply, 1, "张三", form_key="another").code == "once"
    assert Application.objects.count() == 1


def test_the_same_form_again_is_the_same_receipt(search: Search) -> None:
    search.open()
    first = search.apply(1)
    assert search.apply(1) == first
    with clock.steer(CLOSES):  # a form sent again after closing still finds its own
        citizen = citizen_actions.apply(search.district.hour.id, form(1, search, form_key="form1"))
    assert citizen.receipt == first
    assert Application.objects.count() == 1


def form(number: int, search: Search, **fields: Any) -> dict[str, Any]:
    name = decrypt(search.row(number).name_sealed) if number in search.receipts else "张三"
    return {
        "name": name, "consents": CONSENTS, "form_key": "k", "verification": verified(mobile_of(number)), **fields,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"), ({"name": " \n"}, "name"), ({"name": "名" * 31}, "name"), ({"name": 5}, "name"),
        ({"name": "\ud800"}, "name"), ({"name": "张\ufffd"}, "name"), ({"words": "字" * 501}, "words"),
        ({"consents": []}, "consent_contact"), ({"consents": ["contact"]}, "consent_list"),
        ({"consents": "contact"}, "consent_contact"), ({"consents": 7}, "consent_contact"),
        ({"verification": ""}, "verification"), ({"verification": "forged"}, "verification"),
        ({"verification": None}, "verification"), ({"form_key": "k" * 101}, "form_key"),
    ],
)  # fmt: skip
def test_what_is_missing_is_named(search: Search, fields: dict[str, Any], field: str) -> None:
    search.open()
    with pytest.raises(InvalidFields) as caught:
        citizen_actions.apply(search.district.hour.id, form(1, search, **fields))
    assert set(caught.value.errors) == {field}
    assert not Application.objects.exists()


def test_late_entries_are_impossible(search: Search) -> None:
    """By the clock alone, before anybody has closed anything; and again once the list is frozen."""
    search.open()
    search.apply(1)
    with clock.steer(CLOSES - timedelta(seconds=1)):
        search.apply(2)
    with clock.steer(CLOSES):
        assert refused(search.apply, 3).code == "closed"
        search.does("close")
        assert refused(search.apply, 4).code == "closed"
    assert search.call.listed == sorted(search.row(number).entry for number in (1, 2))


@pytest.mark.parametrize("stage", ["planned", "cancelled", "archived", "wrapping"])
def test_nobody_applies_outside_its_time(search: Search, stage: str) -> None:
    search.open()
    search.district.hour.__class__.objects.update(stage=stage)
    assert refused(search.apply, 1).status == (404 if stage == "planned" else 409)


def test_without_a_call_nobody_applies(search: Search) -> None:
    assert refused(search.apply, 1).status == 404
    search.does("skip")
    assert refused(search.apply, 1).code == "closed"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"quota": "0"}, "quota"), ({"quota": "201"}, "quota"), ({"quota": "十二"}, "quota"), ({"quota": "-1"}, "quota"),
        ({"place": ""}, "place"), ({"source": ""}, "source"), ({"closes_at": ""}, "closes_at"),
        ({"closes_at": "yesterday"}, "closes_at"), ({"closes_at": "9999-12-31T23:59"}, "closes_at"),
        ({"closes_at": wall(OPENED)}, "closes_at"), ({"source_at": wall(CLOSES)}, "source_at"),
        ({"source_at": wall(OPENED)}, "source_at"), ({"source_at": "2026-11-30T19:00"}, "source_at"),
        ({"closes_at": "2026-11-30T19:00", "source_at": "2026-11-30T19:01"}, "closes_at"),
    ],
)  # fmt: skip
def test_a_call_that_could_be_steered_is_not_opened(
    search: Search, fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidFields) as caught:
        search.does("open", **opening(**fields))
    assert field in caught.value.errors
    assert not Call.objects.exists()


# -- the lot --------------------------------------------------------------------------------------------


def test_no_lot_when_there_are_seats_for_all(search: Search) -> None:
    call = search.drawn(3, quota=3)
    assert (call.state, call.by_lot, call.seed) == ("drawn", False, "")
    assert set(Application.objects.values_list("state", flat=True)) == {"drawn"}
    assert refused(search.does, "draw", value=VALUE, value_again=VALUE).code == "state"


def test_the_draw_is_what_the_published_method_gives(search: Search) -> None:
    call = search.drawn(7)
    sheet = published.lot_sheet(search.district.hour)
    assert sheet is not None
    assert lot.check(sheet) == []
    assert [row.entry for row in Application.objects.order_by("rank")] == sheet["ranking"]
    assert (
        list(Application.objects.order_by("rank").values_list("state", flat=True))
        == ["drawn"] * 3 + ["waiting"] * 4
    )
    assert lot.commitment_of(call.secret) == call.commitment
    entry = Entry.objects.get(kind="observer.call_closed")
    assert entry.facts == {"entries": 7, "digest": call.list_digest}


def test_nothing_of_the_secret_is_out_before_the_draw(search: Search) -> None:
    search.open()
    secret = decrypt(search.call.secret_sealed)
    for number in range(5):
        search.apply(number)
    before = published.lot_sheet(search.district.hour)
    assert before is not None
    assert before["entries"] == []  # nobody can see the list grow and choose when to apply
    with clock.steer(CLOSES):
        search.does("close")
    shown = str(published.lot_sheet(search.district.hour)) + str(published.get(search.district.hour))
    assert secret not in shown
    assert search.call.commitment in shown
    assert lot.check(published.lot_sheet(search.district.hour) or {}) == []


def test_the_draw_waits_for_the_public_value(search: Search) -> None:
    with clock.steer(OPENED):
        search.open()
        for number in range(5):
            search.apply(number)
    with clock.steer(CLOSES):
        search.does("close")
        assert refused(search.does, "draw", value=VALUE, value_again=VALUE).code == "source_is_out"
    with clock.steer(SOURCE):
        for value, again in (
            ("", ""),
            ("没有数字", "没有数字"),
            ("1 2", "1 2"),
            (VALUE, "03 08 16 23 25 31 + 13"),
        ):
            with pytest.raises(InvalidFields):
                search.does("draw", value=value, value_again=again)
        search.does("draw", value=VALUE, value_again="3,8,16,23,25,31,12")
        assert refused(search.does, "draw", value="1 2 3 4", value_again="1 2 3 4").code == "state"


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "change",
    [
        {"list_digest": "0" * 64}, {"listed": []}, {"seed": "0" * 64}, {"secret": "x"}, {"value": "1"},
        {"commitment": "0" * 64}, {"source": "x"}, {"quota": 9}, {"closes_at": OPENED},
    ],
)  # fmt: skip
def test_the_database_itself_keeps_what_was_published(search: Search, change: dict[str, Any]) -> None:
    search.drawn(5)
    with pytest.raises(DatabaseError), transaction.atomic():
        Call.objects.update(**change)


@pytest.mark.both_databases
@pytest.mark.parametrize("change", [{"entry": "0" * 64}, {"rank": None}, {"rank": 99}])
def test_nobody_moves_up_by_hand(search: Search, change: dict[str, Any]) -> None:
    search.drawn(5)
    with pytest.raises(DatabaseError), transaction.atomic():
        Application.objects.filter(rank=5).update(**change)


def test_an_applicant_finds_and_makes_their_own_entry(search: Search) -> None:
    search.drawn(5)
    found = published.mine(search.district.hour, search.receipts[2])
    assert found is not None
    assert found["entry"] in search.call.listed
    assert lot.entry_of(found["salt"], mobile_of(2)) == found["entry"]
    assert found["mobile"] == "138****0002"


# -- invited, confirmed, replaced -----------------------------------------------------------------------


def states(search: Search) -> list[str]:
    return list(Application.objects.order_by("rank").values_list("state", flat=True))


def test_seats_left_free_go_to_the_next_in_order(search: Search, told: list[Any]) -> None:
    search.inviting(6)
    assert states(search) == ["invited"] * 3 + ["waiting"] * 3
    with clock.steer(ASKED + timedelta(hours=1)):
        search.answers(search.at_rank(2), "decline")
        assert states(search) == ["invited", "declined", "invited", "invited", "waiting", "waiting"]
        search.answers(search.at_rank(1), "confirm")
        search.answers(search.at_rank(1), "decline")  # who has confirmed may still fall ill
        assert states(search) == ["declined", "declined", "invited", "invited", "invited", "waiting"]
        search.answers(search.at_rank(3), "withdraw")
    assert states(search)[5] == "invited"
    assert len(told) == 6
    assert {template for _to, template, _words, _key in told} == {"observer_invited"}
    assert len({key for *_rest, key in told}) == 6


def test_whoever_does_not_answer_in_time_is_replaced_by_the_clock(search: Search) -> None:
    search.inviting(5)
    with clock.steer(ASKED):
        search.answers(search.at_rank(1), "confirm")
        assert actions.run_due() == 0
    with clock.steer(CONFIRM_BY):
        assert refused(search.answers, search.at_rank(2), "confirm").code == "in_time"
        assert actions.run_due() == 1
        assert states(search) == ["confirmed", "lapsed", "lapsed", "invited", "invited"]
        assert actions.run_due() == 0
        later = search.row(search.at_rank(4)).confirm_by
    assert later == CONFIRM_BY + (CONFIRM_BY - ASKED)  # as long to answer as the first ones had


def test_nobody_is_invited_once_the_hour_has_begun(search: Search) -> None:
    search.inviting(5)
    with clock.steer(search.district.hour.starts_at):
        search.answers(search.at_rank(1), "decline")
        assert actions.run_due() == 0
        assert refused(search.does, "replace").code == "before_the_start"
    assert "waiting" in states(search)


def test_a_late_replacement_answers_before_the_hour(search: Search) -> None:
    search.inviting(4)
    with clock.steer(CONFIRM_BY - timedelta(minutes=1)):
        search.answers(search.at_rank(1), "decline")
    assert search.row(search.at_rank(4)).confirm_by == min(
        CONFIRM_BY - timedelta(minutes=1) + (CONFIRM_BY - ASKED), search.district.hour.starts_at
    )


def test_closing_is_done_by_the_clock(search: Search) -> None:
    search.open()
    search.apply(1)
    assert actions.run_due() == 0
    with clock.steer(CLOSES):
        assert actions.run_due() == 1
        assert actions.run_due() == 0
    assert search.call.state == "drawn"


def test_an_hour_that_was_cancelled_closes_nothing(search: Search) -> None:
    search.open()
    search.district.hour_does("cancel", reason_code="other")
    with clock.steer(CLOSES):
        assert actions.run_due() == 0


def test_when_the_list_is_settled(search: Search) -> None:
    hour = search.district.hour
    assert queries.settled_at(hour) is None
    search.inviting(4)
    assert queries.settled_at(hour) is None
    for place in (1, 2, 3):
        with clock.steer(ASKED + timedelta(hours=place)):
            assert queries.settled_at(hour) is None
            search.answers(search.at_rank(place), "confirm")
    assert queries.settled_at(hour) == ASKED + timedelta(hours=3)
    with clock.steer(ASKED + timedelta(hours=4)):
        search.answers(search.at_rank(1), "decline")
        assert queries.settled_at(hour) is None
        search.answers(search.at_rank(4), "decline")
    assert queries.settled_at(hour) == ASKED + timedelta(hours=4)  # nobody is left to ask


def test_settled_without_anybody(search: Search) -> None:
    search.does("skip")
    assert queries.settled_at(search.district.hour) == OPENED
    search.open()
    assert queries.settled_at(search.district.hour) is None
    with clock.steer(CLOSES):
        search.does("close")
    assert queries.settled_at(search.district.hour) == CLOSES


@given(
    quota=st.integers(1, 4), people=st.integers(0, 7),
    acts=st.lists(st.tuples(st.integers(0, 6), st.sampled_from(["confirm", "decline", "withdraw", "late"])), max_size=14),
)  # fmt: skip
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_whatever_people_answer_seats_are_filled_in_order(
    search: Search, quota: int, people: int, acts: list[tuple[int, str]]
) -> None:
    """Never more seated than seats; never a seat free while somebody waits; never one before another of a lower rank."""
    search.receipts.clear()
    Call.objects.all().delete()
    search.inviting(people, quota)
    moment = ASKED
    for place, verb in acts:
        moment += timedelta(minutes=5)
        with clock.steer(moment):
            if verb == "late":
                Application.objects.filter(state="invited").update(confirm_by=moment)
                actions.run_due()
            elif place < people:
                try:
                    search.answers(search.at_rank(place + 1), verb)
                except Refused as why:
                    assert why.status == 409
        found = states(search)
        seated = [place for place, state in enumerate(found) if state in {"invited", "confirmed"}]
        waiting = [place for place, state in enumerate(found) if state in {"drawn", "waiting"}]
        assert len(seated) <= quota
        assert not waiting or (len(seated) == quota and max(seated) < min(waiting))
        open_still = waiting or "invited" in found
        full = found.count("confirmed") == quota
        assert (queries.settled_at(search.district.hour) is not None) == (full or not open_still)
