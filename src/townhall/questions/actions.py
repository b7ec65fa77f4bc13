"""What staff do to a question: one function a verb, one door for all of them (:func:`perform`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.hours.turns import take_turn
from townhall.journal.write import record
from townhall.kernel.errors import Refused, missing
from townhall.kernel.unit_of_work import unit_of_work
from townhall.questions import answering, flow, inputs, paper_signing, screening, visibility
from townhall.questions.banning import ban, forget_ended, lift
from townhall.questions.models import Hold, Question
from townhall.questions.threats import forget_connections
from townhall.questions.threats import look as look_at_threat

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from townhall.hours.seats import Actor
    from townhall.questions.moving import Told

    Handler = Callable[[Actor, Question, dict[str, Any]], Told]

__all__ = ["ban", "forget_connections", "forget_ended", "lift", "look_at_threat", "perform"]

_HANDLERS: dict[str, Handler] = {**screening.HANDLERS, **answering.HANDLERS, **paper_signing.HANDLERS}


def perform(actor: Actor, verb: str, question_id: int, data: Mapping[str, Any]) -> Question:
    """Do ``verb`` to a question of the actor's hour.

    Checked in the order that programs rely on: the question and the verb exist for this actor (404), the
    seat (403), the fields (422), then state, author, lock, held text and version (409).

    :raises Refused: with status, code and the reason for a person
    :raises InvalidFields: with every field to mend
    """
    if verb not in flow.MOVES:
        raise missing(_("没有这项操作。"))
    with unit_of_work():
        take_turn(actor.hour_id)
        question = _locked(actor, question_id)
        _raise(flow.seat_refusal(actor, verb, question))
        cleaned = inputs.clean(verb, data, question)
        _raise(flow.state_refusal(actor, verb, question))
        was_public = visibility.is_public(question, question.hour)
        told = _HANDLERS[verb](actor, question, cleaned)
        _settle(verb, question, told)
        public = told.public and (was_public or visibility.is_public(question, question.hour))
        record(
            question.hour_id, told.kind, actor=actor.account_id, subject="question", subject_id=question.id,
            public=public, **told.facts,
        )  # fmt: skip
        for follow in told.afterwards:
            follow()
    return question


def _settle(verb: str, question: Question, told: Told) -> None:
    """Move along the flow's arrow, save, let go of the lock where the work changes hands."""
    target = flow.MOVES[verb].target
    if target and not told.stays:
        question.status = target
    question.save()
    if verb in flow.RELEASING_VERBS:
        Hold.objects.filter(question=question).delete()


def _locked(actor: Actor, question_id: int) -> Question:
    rows = Question.objects.select_related("hour", "hold__account", "unit", "lead", "appeal", "merged_into")
    try:
        return rows.select_for_update(of=("self",)).get(visibility.reach_filter(actor), id=question_id)
    except Question.DoesNotExist:
        raise missing(_("没有这个提问，或它不在您的范围内。")) from None


def _raise(found: Any) -> None:
    if found is not None:
        raise Refused(found.status, found.code, found.message)
