"""What staff do to return calls, and what the clock does: ask back, put the dissatisfied on the list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.hours.turns import take_turn
from townhall.journal.write import record
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused, missing
from townhall.kernel.unit_of_work import unit_of_work
from townhall.preparation.inputs import Fields
from townhall.questions import visibility
from townhall.questions.models import Asker, Question
from townhall.voice import asking, flow
from townhall.voice.asking import TELL
from townhall.voice.choices import MISSED_OUTCOMES, REACHED_OUTCOMES, CallState, Why
from townhall.voice.models import MOST_NOTE, Attempt, ReturnCall

if TYPE_CHECKING:
    from collections.abc import Mapping

    from townhall.hours.seats import Actor

__all__ = ["TELL", "keep", "perform"]


def keep() -> int:
    """Ask about what was answered or closed since, list whom to call; returns how much was new."""
    with unit_of_work():
        hours = asking.hours_to_ask_about()
        made = asking.about_answers(hours) + asking.about_promises(hours)
        return made + asking.calls_for_ratings()


def perform(actor: Actor, verb: str, thing_id: int | None, data: Mapping[str, Any]) -> ReturnCall:
    """Do ``verb`` to a call of the actor's hour; ``enlist`` names a question by ``number`` and begins one.

    Checked in this order: the call exists (404), the seat (403), the fields (422), the state (409).
    """
    if verb not in flow.MOVES:
        raise missing(_("没有这项操作。"))
    with unit_of_work():
        take_turn(actor.hour_id)
        if verb == "enlist":
            return _enlist(actor, data)
        rows = ReturnCall.objects.filter(
            hour_id=actor.hour_id, id=thing_id or 0,
            question__in=Question.objects.filter(visibility.reach_filter(actor)),
        )  # fmt: skip
        call = rows.select_related("hour", "question").first()
        if call is None:
            raise missing(_("没有这个回访，或它不在您的范围内。"))
        _raise(flow.seat_refusal(actor, verb))
        cleaned = _clean(verb, data)
        _raise(flow.state_refusal(verb, call))
        _attempt(actor, verb, call, cleaned)
    return call


def _clean(verb: str, data: Mapping[str, Any]) -> dict[str, str]:
    fields = Fields(data)
    found = {"note": fields.words("note", MOST_NOTE, one_line=False), "outcome": ""}
    if verb != "give_up":
        found["outcome"] = fields.choice("outcome", REACHED_OUTCOMES if verb == "reach" else MISSED_OUTCOMES)
        if found["outcome"] == "disagreed" and not found["note"] and "note" not in fields.errors:
            fields.errors["note"] = _("请写明对方不认可的是什么。")
    fields.done()
    return found


def _attempt(actor: Actor, verb: str, call: ReturnCall, cleaned: dict[str, str]) -> None:
    if verb != "give_up":
        Attempt.objects.create(call=call, by_id=actor.id, at=clock.now(), **cleaned)
    target = flow.MOVES[verb].target
    if target:
        call.state, call.closed_at = target, clock.now()
        call.save(update_fields=["state", "closed_at"])
    record(
        call.hour_id, "voice.call_made", actor=actor.account_id, subject="return_call", subject_id=call.id,
        question=call.question_id, outcome=cleaned["outcome"] or "unreachable", state=call.state,
    )  # fmt: skip


def _enlist(actor: Actor, data: Mapping[str, Any]) -> ReturnCall:
    """A sample: any answered question of the hour, by its number."""
    _raise(flow.seat_refusal(actor, "enlist"))
    fields = Fields(data)
    number = fields.integer("number")
    rows = Question.objects.filter(visibility.reach_filter(actor), number=number or 0)
    question = rows.select_related("hour").first()
    if question is None and "number" not in fields.errors:
        fields.errors["number"] = _("本期没有这个编号，请核对。")
    fields.done()
    if question is None:
        raise missing(_("本期没有这个编号，请核对。"))
    asker = Asker.objects.filter(question_id=question.part_of_id or question.id).first()
    call = ReturnCall(hour=question.hour, question=question, state=CallState.NONE)
    _raise(flow.state_refusal("enlist", call))
    if asker is None or not asking.open_call(question, asker, Why.SAMPLE, actor=actor.account_id):
        raise InvalidFields({"number": _("这个提问已经在回访名单里。")})
    return ReturnCall.objects.get(question=question, asker=asker, commitment_id=0, state=CallState.WAITING)


def _raise(found: Any) -> None:
    if found is not None:
        raise Refused(found.status, found.code, found.message)
