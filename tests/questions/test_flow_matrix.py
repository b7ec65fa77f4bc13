"""Every verb × every seat × every status × every stage, against a table written from the contract."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from tests.questions import every_state
from tests.questions.every_state import EveryState, undone
from tests.questions.expected_flow import SEATS, STAGES, STATUSES, VERBS, expected, target_of
from townhall.hours.models import OfficeHour
from townhall.journal import read
from townhall.kernel.errors import Refused
from townhall.questions import actions, flow, visibility
from townhall.questions.models import Question

if TYPE_CHECKING:
    from collections.abc import Iterator

    from townhall.hours.seats import Actor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("evening")]


def oracle(actor: Actor | None, verb: str, question: Question) -> int:
    if actor is None:
        return 404
    refusal = flow.refusal(actor, verb, question)
    return refusal.status if refusal else 200


def test_the_table_names_every_verb() -> None:
    assert set(VERBS) == set(flow.MOVES)


@pytest.mark.parametrize("verb", VERBS)
def test_the_oracle_answers_as_the_contract_for_every_seat_status_and_stage(
    states: EveryState, verb: str
) -> None:
    every_state.prepare(states, verb)
    questions = {status: states.question(status) for status in STATUSES}
    wrong = []
    for stage in STAGES:
        for seat in SEATS:
            actor = states.actor(seat, stage)
            for status, question in questions.items():
                question.hour.stage = stage
                found, right = oracle(actor, verb, question), expected(verb, seat, status, stage)
                if found != right:
                    wrong.append((seat, status, stage, found, right))
    assert not wrong, f"{verb}: (seat, status, stage, found, expected)"


def state_of(question_id: int) -> dict[str, Any]:
    return Question.objects.filter(id=question_id).values().get()


def in_sight(actor: Actor, question_id: int) -> bool:
    return Question.objects.filter(visibility.reach_filter(actor), id=question_id).exists()


def attempt(states: EveryState, verb: str, seat: str, status: str, stage: str) -> str | None:
    """Do it for real and undo it; returns what disagrees with the oracle."""
    with undone():
        every_state.prepare(states, verb, status)
        OfficeHour.objects.filter(id=states.district.hour.id).update(stage=stage)
        actor = states.actor(seat, stage)
        question = states.question(status, stage)
        if actor is None:
            return None
        said = oracle(actor, verb, question) if in_sight(actor, question.id) else 404
        head, before = read.head(question.hour_id), state_of(question.id)
        try:
            actions.perform(actor, verb, question.id, every_state.fields(states, verb, question))
        except Refused as refused:
            if (read.head(question.hour_id), state_of(question.id)) != (head, before):
                return f"{verb} by {seat} at {status}/{stage} was refused and wrote all the same"
            done = refused.status
        else:
            done = 200
            after = state_of(question.id)["status"]
            if read.head(question.hour_id) <= head:
                return f"{verb} by {seat} at {status}/{stage} left no entry"
            if after != target_of(verb, status):
                return f"{verb} by {seat} led from {status} to {after}"
        return (
            None if done == said else f"{verb} by {seat} at {status}/{stage}: did {done}, oracle said {said}"
        )


def cells(verb: str) -> Iterator[tuple[str, str, str]]:
    """Every allowed cell, and for each seat one that is refused the seat and one that is refused the moment."""
    for place, seat in enumerate(SEATS):
        found: dict[int, list[tuple[str, str, str]]] = {200: [], 403: [], 409: [], 404: []}
        for status, stage in product(STATUSES, STAGES):
            found[expected(verb, seat, status, stage)].append((seat, status, stage))
        # What anybody may do at any time is tried in one stage for each seat and status.
        rotate = len(found[200]) > len(STATUSES) * 3
        yield from (
            cell
            for cell in found[200]
            if not rotate or (place + STATUSES.index(cell[1])) % 7 == STAGES.index(cell[2])
        )
        for status_code in (403, 409):
            if found[status_code]:
                yield found[status_code][place * 5 % len(found[status_code])]


@pytest.mark.parametrize("verb", VERBS)
def test_acting_agrees_with_the_oracle_and_a_refusal_writes_nothing(states: EveryState, verb: str) -> None:
    wrong = [found for cell in cells(verb) if (found := attempt(states, verb, *cell))]
    assert not wrong


@pytest.mark.parametrize("verb", ["sign", "withhold", "confirm_withhold"])
def test_a_token_that_may_not_sign_is_refused_what_may_not_be_undone(states: EveryState, verb: str) -> None:
    with undone():
        every_state.prepare(states, verb)
        seat = "mayor" if verb == "sign" else "coordinator"
        question = states.question("submitted")
        assert oracle(states.actor(seat), verb, question) == 200
        assert oracle(states.actor(seat, via="token", may_sign=False), verb, question) == 403


def test_an_unknown_verb_and_an_unknown_question_are_not_found(states: EveryState) -> None:
    actor = states.actor("moderator")
    assert actor is not None
    for verb, question_id in (("publish", states.ids["received"]), ("accept", 2**62), ("accept", 0)):
        with pytest.raises(Refused) as refused:
            actions.perform(actor, verb, question_id, {})
        assert refused.value.status == 404
