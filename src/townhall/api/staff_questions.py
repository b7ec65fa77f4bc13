"""The desks for programs: one question at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from townhall.api import auth, bodies, staff_schemas
from townhall.api.answers import answer
from townhall.api.requests import parse, staff_body
from townhall.kernel.errors import NOT_FOUND, InvalidFields, Refused
from townhall.questions import actions, dossier, flow, holding, queries, remarks

if TYPE_CHECKING:
    from townhall.hours.seats import Actor
    from townhall.questions.models import Question

router = Router(tags=["desk"], auth=auth.Token())


# What is left out for somebody who may move a question (any seat hands an emergency over) but not read it.
_UNREAD: dict[str, Any] = {
    "display_name": "", "title": "", "text": "", "original_title": "", "original_text": "", "answer": None,
    "draft": None, "contributions": [], "commitments": [], "declined": None, "appeal": None,
}  # fmt: skip


def _shown(actor: Actor, question: Question) -> dict[str, Any]:
    """The question as it is now, without its words when this person may not read it (any more)."""
    try:
        return queries.present_staff(actor, [queries.get(actor, question.id)])[0]
    except Refused as error:
        if error.status != NOT_FOUND:
            raise
    return queries.present_staff(actor, [question])[0] | _UNREAD


@router.get("/questions/{int:question_id}", response=staff_schemas.Dossier)
def get_desk_question(request: HttpRequest, question_id: int) -> HttpResponse:
    """One question with its drafts, remarks and returns, and what the caller can do to it."""
    _hour, actor = auth.at_question(request, question_id)
    question = queries.get(actor, question_id)
    shown = queries.present_staff(actor, [question])[0]
    return answer({**shown, "can": queries.moves(actor, question), **dossier.of(question)})


@router.get("/questions/{int:question_id}/contact", response=staff_schemas.Contact)
def get_contact(request: HttpRequest, question_id: int, reason: str = "") -> HttpResponse:
    """The asker's sealed contact, for a call; the look is journalled. ``reason``: urgent, reply or follow_up."""
    _hour, actor = auth.at_question(request, question_id)
    return answer(remarks.look_at_contact(actor, question_id, reason))


@router.post(
    "/questions/{int:question_id}/hold",
    response=staff_schemas.Held,
    openapi_extra=bodies.takes(bodies.Nothing, required=False),
)
def hold_question(request: HttpRequest, question_id: int) -> HttpResponse:
    """Open the question for oneself, or keep it open: a heartbeat each ten seconds or so."""
    _hour, actor = auth.at_question(request, question_id)
    parse(staff_body(request))
    holding.hold(actor, queries.get(actor, question_id))
    return answer({"id": question_id, "held": True})


@router.post(
    "/questions/{int:question_id}/let-go",
    response=staff_schemas.Held,
    openapi_extra=bodies.takes(bodies.Nothing, required=False),
)
def let_go_of_question(request: HttpRequest, question_id: int) -> HttpResponse:
    """Let go of it before the lock's 30 seconds are over."""
    _hour, actor = auth.at_question(request, question_id)
    parse(staff_body(request))
    queries.get(actor, question_id)
    holding.let_go(actor, question_id)
    return answer({"id": question_id, "held": False})


@router.post(
    "/questions/{int:question_id}/{verb}",
    response=staff_schemas.StaffQuestion,
    openapi_extra=bodies.takes(*bodies.QUESTION_VERBS.values(), required=False),
)
def move_question(request: HttpRequest, question_id: int, verb: str) -> HttpResponse:
    """Move a question: accept, decline, assign, draft, submit, sign and the others; acts at once."""
    _hour, actor = auth.at_question(request, question_id)
    try:
        payload = parse(staff_body(request))
    except InvalidFields:
        _raise_earlier(actor, verb, question_id)
        raise
    return answer(_shown(actor, actions.perform(actor, verb, question_id, payload)))


def _raise_earlier(actor: Actor, verb: str, question_id: int) -> None:
    """What is refused before a body is looked at: 404, then 403."""
    if verb not in flow.MOVES:
        actions.perform(actor, verb, question_id, {})
    refusal = flow.seat_refusal(actor, verb, queries.reach(actor, question_id))
    if refusal:
        raise Refused(refusal.status, refusal.code, refusal.message)
