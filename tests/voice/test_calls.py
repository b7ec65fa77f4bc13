"""Return calls: whom, what came of it, and rates that never speak of fewer than five people."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.commitments.conftest import DUE, WORDS, Promises, photo
from townhall.commitments.actions import Files
from townhall.hours.models import OfficeHour
from townhall.insight import statistics
from townhall.journal.models import Entry
from townhall.kernel.errors import InvalidFields, Refused
from townhall.people import actions as people
from townhall.questions import citizen_actions as citizens
from townhall.voice import actions, flow, links, published, queries
from townhall.voice import citizen_actions as said
from townhall.voice.choices import CallState
from townhall.voice.models import Ask, ReturnCall

if TYPE_CHECKING:
    from tests.voice.conftest import After

STAGES = ("planned", "announced", "preparing", "live", "wrapping", "archived", "cancelled")
SEATS = ("coordinator", "inspector", "moderator", "mayor", "lead1", "clerk")
# verb -> from which states.
CALLS = {"enlist": {"none"}, "reach": {"waiting"}, "miss": {"waiting"}, "give_up": {"waiting"}}


def dissatisfied(after: After, level: int = 2) -> ReturnCall:
    citizens.rate(after.district.receipt(after.question), {"level": level, "reason": "slow"})
    actions.keep()
    return ReturnCall.objects.get()


def test_the_table_names_every_verb() -> None:
    assert set(CALLS) == set(flow.MOVES)


def test_every_verb_seat_state_and_stage(after: After) -> None:
    seated = {seat: after.district.actor(seat) for seat in SEATS}
    call = dissatisfied(after)
    for _more in range(3):
        after.does("coordinator", "miss", call, outcome="not_reached")
    for stage, state in product(STAGES, CallState.values):
        call.hour, call.state = OfficeHour(stage=stage), state
        for verb, seat in product(CALLS, SEATS):
            refused = flow.refusal(seated[seat], verb, call)
            right = stage in {"wrapping", "archived"} and state in CALLS[verb]
            wanted = 403 if seat not in {"coordinator", "inspector"} else 200 if right else 409
            assert (refused.status if refused else 200) == wanted, (verb, seat, state, stage)


def test_who_was_dissatisfied_is_listed_once_for_each_time(after: After) -> None:
    dissatisfied(after)
    assert actions.keep() == 0
    assert ReturnCall.objects.get().why == "dissatisfied"


def test_who_was_content_is_not_called(after: After) -> None:
    citizens.rate(after.district.receipt(after.question), {"level": 3})
    actions.keep()
    assert not ReturnCall.objects.exists()


def test_a_call_is_reached_or_given_up_after_three_tries(after: After) -> None:
    call = dissatisfied(after)
    with pytest.raises(Refused) as early:
        after.does("inspector", "give_up", call)
    assert early.value.code == "tried_enough"
    for outcome in ("not_reached", "wrong_number", "unwilling"):
        after.does("inspector", "miss", call, outcome=outcome)
    after.does("inspector", "give_up", call)
    call.refresh_from_db()
    assert (call.state, call.attempts.count()) == ("unreachable", 3)
    assert Entry.objects.filter(kind="voice.call_made").count() == 4


def test_a_reached_call_keeps_what_was_said(after: After) -> None:
    call = dissatisfied(after)
    with pytest.raises(InvalidFields) as lacking:
        after.does("coordinator", "reach", call, outcome="disagreed")
    assert set(lacking.value.errors) == {"note"}
    with pytest.raises(InvalidFields) as wrong:
        after.does("coordinator", "reach", call, outcome="not_reached")
    assert set(wrong.value.errors) == {"outcome"}
    after.does("coordinator", "reach", call, outcome="disagreed", note="登记电话没有人接。")
    [row] = queries.calls(after.district.actor("inspector"), after.district.hour)
    assert (row["state"], row["attempts"][0].note, row["moves"]) == ("reached", "登记电话没有人接。", {})
    told = Entry.objects.get(kind="voice.call_made")
    assert "登记" not in str(told.facts)


def test_any_answered_question_can_be_sampled(after: After) -> None:
    call = after.does("inspector", "enlist", number=str(after.other.number))
    assert (call.why, call.opened_by) == ("sample", after.district.accounts["inspector"])
    for wrong in (str(after.other.number), "99", "x", ""):
        with pytest.raises(InvalidFields):
            after.does("inspector", "enlist", number=wrong)


def test_the_list_never_holds_a_number(after: After) -> None:
    dissatisfied(after)
    assert "13800002000" not in str(queries.calls(after.district.actor("coordinator"), after.district.hour))


def test_a_rate_needs_five_people(after: After) -> None:
    unit = after.district.units[0].id
    citizens.rate(after.district.receipt(after.question), {"level": 5})
    rates = published.rates(hour_id=after.district.hour.id)[unit]
    assert (
        rates["cases"],
        rates["answers"]["rated"],
        rates["answers"]["share"],
        rates["answers"]["levels"],
    ) == (2, 1, None, None)


def test_five_ratings_make_a_rate_with_its_number(live: Any) -> None:
    for level in (5, 4, 3, 2, 1):
        question = live.walk("published")
        citizens.rate(live.receipt(question), {"level": level})
    rates = published.rates(unit_ids=[live.units[0].id])[live.units[0].id]
    assert (rates["cases"], rates["answers"]["rated"], rates["answers"]["share"]) == (5, 5, 60)
    assert rates["answers"]["levels"] == dict.fromkeys((1, 2, 3, 4, 5), 1)


def test_the_statistics_say_the_same_rate_of_every_unit(live: Any) -> None:
    promises = Promises(live)
    live.accounts["inspector2"] = people.create_account("inspector2", "督查乙", "a-long-enough-password")
    people.give_office(live.accounts["inspector2"], "inspector")
    answered = live.walk("published")
    for level in (5, 4, 2, 1):
        merged = live.does("moderator", "merge", live.ask(), into=answered.id)
        citizens.rate(live.receipt(merged), {"level": level})
    citizens.rate(live.receipt(answered), {"level": 3})
    # Answered by one unit, owed by another.
    owed = promises.make({"text": WORDS, "due": DUE, "unit": live.units[1].id})
    promises.does("member2", "report", owed, Files(pictures=[photo()]), text="大门已改好。")
    promises.does("inspector", "verify", owed)
    promises.does("inspector", "close", owed)
    actions.keep()
    for ask in Ask.objects.filter(purpose="promise"):
        said.rate(links.token_of(ask), {"level": 4})
        said.rate(links.token_of(ask), {"level": 5})
    rates, told = published.rates(), statistics.figures().by("unit")
    assert set(rates) == {live.units[0].id, live.units[1].id}
    for unit, rate in rates.items():
        for part, table in (("answers", "ratings"), ("promises", "promise_ratings")):
            counted = statistics.satisfied(told[str(unit)], table)
            share = None if counted["share"] is None else round(100 * counted["share"])
            assert (counted["cases"], share) == (rate[part]["rated"], rate[part]["share"]), (unit, part)
    assert rates[live.units[0].id]["answers"]["share"] == 60
    assert rates[live.units[1].id]["promises"]["rated"] == 1


def test_the_list_costs_the_same_for_many(after: After) -> None:
    actor, hour = after.district.actor("coordinator"), after.district.hour
    dissatisfied(after)

    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            queries.calls(actor, hour)
        return len(seen)

    alone = cost()
    after.does("inspector", "enlist", number=str(after.other.number))
    assert cost() == alone == 2
