"""What staff see of return calls and of what askers said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.hours.published import worded
from townhall.keeping import casefile
from townhall.people.models import Unit
from townhall.questions import contacts, visibility
from townhall.questions.models import Question
from townhall.voice import flow, published
from townhall.voice.choices import CallState, Why
from townhall.voice.models import Ask, ReturnCall

if TYPE_CHECKING:
    from townhall.hours.models import OfficeHour
    from townhall.hours.seats import Actor

MOST_CALLS = 200


def may_call(actor: Actor) -> bool:
    """Whether this person works the list."""
    return flow.seat_refusal(actor, "reach") is None


def calls(actor: Actor, hour: OfficeHour) -> list[dict[str, Any]]:
    """The hour's return calls, those that wait first; never a number: that is looked up one by one, on record."""
    rows = ReturnCall.objects.filter(
        hour=hour, question__in=Question.objects.filter(visibility.reach_filter(actor))
    )
    found = rows.select_related("question__unit", "question__hour", "asker__contact").prefetch_related(
        "attempts__by"
    )
    shown = []
    for call in sorted(found[:MOST_CALLS], key=lambda one: one.state != CallState.WAITING):
        call.hour = hour
        attempts = list(call.attempts.all())
        shown.append({
            "id": call.id, "question": call.question_id, "number": call.question.number,
            "title": call.question.title, "unit": worded(call.question.unit, "name") if call.question.unit else "",
            "why": str(Why(call.why).label), "state": call.state, "state_label": str(CallState(call.state).label),
            "opened_at": call.opened_at, "attempts": attempts,
            "reachable": bool(contacts.mobile_of(call.asker)),
            "about_promise": bool(call.commitment_id), "moves": _moves(actor, call, len(attempts)),
        })  # fmt: skip
    return shown


def _moves(actor: Actor, call: ReturnCall, tries: int) -> dict[str, str | None]:
    if call.state != CallState.WAITING or not may_call(actor):
        return {}
    found: dict[str, str | None] = {}
    for verb in ("reach", "miss", "give_up"):
        if verb == "give_up" and tries == 0:
            continue  # nobody gives up before the first try: no need to say why not
        refused = flow.refusal(actor, verb, call)
        found[verb] = str(refused.message) if refused else None
    return found


def rates(hour: OfficeHour) -> list[dict[str, Any]]:
    """How satisfied askers were with each unit of the hour."""
    found = published.rates(hour_id=hour.id)
    units = Unit.objects.in_bulk(found)
    return [{"unit": worded(units[one], "name"), **found[one]} for one in found if one in units]


def case_chapter(question: Question) -> tuple[str, list[dict[str, Any]]]:
    """For the case file: when the asker was asked, what they said of promises, every call and what came of it."""
    rows = []
    for ask in Ask.objects.filter(question=question).select_related("rating"):
        said = getattr(ask, "rating", None)
        rows.append(casefile.row(ask) | (casefile.row(said, "id", "ask") if said else {}))
    for call in ReturnCall.objects.filter(question=question).select_related("opened_by").order_by("id"):
        rows.append(casefile.row(call))
        rows += [casefile.row(one, "call") for one in call.attempts.select_related("by")]
    return _("评价征询和回访"), rows
