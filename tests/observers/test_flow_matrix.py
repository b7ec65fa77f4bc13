"""Every verb × seat × state × stage against tables written from the issue; what the oracle allows, the action does."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from tests.observers.conftest import CLOSES, CONFIRM_BY, OPENED, SOURCE, VALUE, opening, wall
from townhall.hours.models import OfficeHour
from townhall.kernel import clock
from townhall.observers import actions, flow
from townhall.observers.choices import CallState, State, TalkState
from townhall.observers.models import Application, Call, Point, Talk

if TYPE_CHECKING:
    from tests.observers.conftest import Search

STAGES = ("planned", "announced", "preparing", "live", "wrapping", "archived", "cancelled")
SEATS = ("coordinator", "moderator", "mayor", "clerk", None)
BEFORE = {"planned", "announced", "preparing"}
UP_TO = BEFORE | {"live"}
EVENING = {"preparing", "live", "wrapping"}
EVERY = set(STAGES)
STAFF, EITHER = {"coordinator"}, {"coordinator", None}

# verb -> from which states, in which stages, who.
CALL: dict[str, tuple[set[str], set[str]]] = {
    "open": ({"none", "skipped"}, BEFORE),
    "skip": ({"none", "open"}, BEFORE),
    "close": ({"open"}, UP_TO),
    "draw": ({"closed"}, UP_TO),
    "invite": ({"drawn"}, UP_TO),
    "replace": ({"inviting"}, UP_TO),
}
ALL = {"applied", "drawn", "waiting", "invited", "confirmed", "declined", "lapsed"}
APPLICATION: dict[str, tuple[set[str], set[str], set[str | None]]] = {
    "confirm": ({"invited"}, UP_TO, EITHER),
    "decline": ({"drawn", "waiting", "invited", "confirmed"}, UP_TO, EITHER),
    "withdraw": (ALL, EVERY, EITHER),
    "attend": ({"confirmed"}, EVENING, STAFF),
    "miss": ({"confirmed"}, EVENING, STAFF),
    "look": (ALL, EVERY, STAFF),
}
TALK: dict[str, tuple[set[str], set[str]]] = {
    "write": ({"draft"}, EVENING),
    "note": ({"draft", "approved"}, EVENING),
    "approve": ({"draft"}, EVENING | {"archived"}),
}


def test_the_tables_name_every_verb() -> None:
    assert set(CALL) == set(flow.CALL_MOVES)
    assert set(APPLICATION) == set(flow.APPLICATION_MOVES)
    assert set(TALK) == set(flow.TALK_MOVES)
    assert set(flow.POINT_MOVES) == {"register"}


def at(search: Search, stage: str) -> OfficeHour:
    OfficeHour.objects.filter(id=search.district.hour.id).update(stage=stage)
    search.district.hour.refresh_from_db()
    return search.district.hour


def actors(search: Search) -> dict[str | None, Any]:
    return {seat: search.district.actor(seat) if seat else None for seat in SEATS}


def status(refusal: flow.Refusal | None) -> int:
    return refusal.status if refusal else 200


def test_calls(search: Search) -> None:
    """At a moment when nothing but seat, stage and state stands in the way."""
    seated = actors(search)
    search.drawn(5)
    Application.objects.filter(state="drawn").update(state="waiting")
    call = search.call
    with clock.steer(SOURCE):
        for stage, state in product(STAGES, CallState.values):
            call.hour, call.state, call.by_lot = at(search, stage), state, True
            if state == "open":
                Application.objects.update(state="withdrawn", name_sealed="", words_sealed="", mobile_sealed="",
                                           salt_sealed="", mobile_index="")  # fmt: skip
            elif state == "inviting":
                Application.objects.filter(rank__lte=4).update(state="waiting")
            for verb, seat in product(CALL, SEATS):
                states, stages = CALL[verb]
                wanted = 403 if seat not in STAFF else 200 if stage in stages and state in states else 409
                assert status(flow.refusal(seated[seat], verb, call)) == wanted, (verb, seat, state, stage)


def test_applications(search: Search) -> None:
    seated = actors(search)
    search.inviting(5)
    row = search.row(search.at_rank(1))
    for stage, state in product(STAGES, State.values):
        row.call.hour, row.state = at(search, stage), state
        for verb, seat in product(APPLICATION, SEATS):
            states, stages, who = APPLICATION[verb]
            wanted = 403 if seat not in who else 200 if stage in stages and state in states else 409
            assert status(flow.refusal(seated[seat], verb, row)) == wanted, (verb, seat, state, stage)


def test_talk_and_points(search: Search) -> None:
    seated = actors(search)
    search.drawn(2)
    talk = Talk.objects.create(call=search.call, minutes="纪要")
    point = Point.objects.create(talk=talk, text="一件事")
    for stage, state in product(STAGES, TalkState.values):
        talk.call.hour, talk.state, point.talk = at(search, stage), state, talk
        for verb, seat in product([*TALK, "register"], SEATS):
            states, stages = TALK.get(verb, ({"draft", "approved"}, EVENING))
            wanted = 403 if seat not in STAFF else 200 if stage in stages and state in states else 409
            thing: Any = point if verb == "register" else talk
            assert status(flow.refusal(seated[seat], verb, thing)) == wanted, (verb, seat, state, stage)


@pytest.mark.parametrize(
    ("verb", "guard"),
    [
        ("open", "before_the_start"), ("skip", "nobody_applied"), ("close", "time_is_up"), ("draw", "needs_a_lot"),
        ("draw", "source_is_out"), ("invite", "before_the_start"), ("replace", "somebody_to_call"),
        ("replace", "before_the_start"),
    ],
)  # fmt: skip
def test_each_guard_of_a_call_holds(search: Search, verb: str, guard: str) -> None:
    states = {
        "open": "none",
        "skip": "open",
        "close": "open",
        "draw": "closed",
        "invite": "drawn",
        "replace": "inviting",
    }
    moment = OPENED + timedelta(minutes=1)
    if verb == "open":
        call = Call(hour=search.district.hour, state="none")
    else:
        search.drawn(5) if verb in {"invite", "replace"} else search.open()
        call = search.call
        call.state, call.by_lot = states[verb], guard != "needs_a_lot"
    if verb == "skip":
        search.apply(1)
    if guard == "somebody_to_call":
        Application.objects.update(state="declined")
    if guard == "before_the_start":
        moment = search.district.hour.starts_at
    with clock.steer(moment):
        found = flow.refusal(search.district.actor("coordinator"), verb, call)
    assert found is not None
    assert (found.status, found.code) == (409, guard)


def test_what_the_oracle_allows_the_action_does(search: Search) -> None:
    """The whole way in the coordinator's hands, asking the oracle before each step."""
    steps: list[tuple[Any, str, dict[str, Any]]] = [
        (OPENED, "skip", {}), (OPENED, "open", opening(quota="1")), (CLOSES, "close", {}),
        (SOURCE, "draw", {"value": VALUE, "value_again": VALUE}), (SOURCE, "invite", {"confirm_by": wall(CONFIRM_BY)}),
        (CONFIRM_BY, "replace", {}),
    ]  # fmt: skip
    actor = search.district.actor("coordinator")
    for moment, verb, data in steps:
        with clock.steer(moment):
            call = Call.objects.filter(hour=search.district.hour).first() or Call(
                hour=search.district.hour, state="none"
            )
            assert flow.refusal(actor, verb, call) is None, verb
            actions.perform(actor, verb, data)
        if verb == "open":
            for number in range(3):
                search.apply(number)
    assert search.call.state == "inviting"
