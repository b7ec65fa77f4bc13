"""What desks do around the questions: the hour's switches, comments, clarifications, the clerk's intake."""

from __future__ import annotations

from typing import Any

import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from townhall.desks import boards, formdata
from townhall.desks.access import Place, place_in, place_of_comment, problem_of, staff, wants_json
from townhall.desks.moves import back_to, options_of
from townhall.desks.panels import Attempt
from townhall.hours import actions as hour_actions
from townhall.hours import flow as hour_flow
from townhall.hours import presence
from townhall.kernel.errors import CONFLICT, InvalidFields, Refused
from townhall.live import tickets
from townhall.questions import clarification_flow, remarks
from townhall.venues import actions as venue_actions
from townhall.venues import queries as venues


@staff
@require_POST
def hour_verb(request: HttpRequest, slug: str, verb: str) -> HttpResponse:
    """Do ``verb`` to the hour: pause, hold, extend, wrap ..."""
    place = place_in(request, slug)
    typed = formdata.read(request)
    try:
        hour = hour_actions.perform(place.actor, verb, typed.data)
    except (Refused, InvalidFields) as error:
        return _refused(request, place, Attempt(verb=verb, typed=typed, error=error))
    message = _("%(verb)s，已完成。") % {"verb": hour_flow.MOVES[verb].label}
    if wants_json(request):
        return JsonResponse({"slug": hour.slug, "stage": hour.stage, "message": message})
    messages.success(request, message)
    return redirect(back_to(request, typed, place))


def _refused(request: HttpRequest, place: Place, attempt: Attempt) -> HttpResponse:
    error = attempt.error
    desk = place.any_desk(attempt.typed.own.get("seat", ""))
    if wants_json(request) or desk is None or error is None:
        return problem_of(error or Refused(CONFLICT, "seat", ""))
    if isinstance(error, InvalidFields):
        attempt.places = {name: str(message) for name, message in error.errors.items()}
    options = options_of(attempt.typed.own.get("back", ""))
    return boards.show(request, place, desk, options, attempt, hour_attempt=attempt)


@staff
@require_POST
def comment_verb(request: HttpRequest, comment_id: int, verb: str) -> HttpResponse:
    """Show a comment or not."""
    place = place_of_comment(request, comment_id)
    typed = formdata.read(request)
    comment = remarks.screen_comment(place.actor, verb, comment_id)
    if wants_json(request):
        return JsonResponse({"id": comment.id, "state": comment.state})
    messages.success(request, _("评论已显示。") if verb == "accept" else _("评论未显示。"))
    return redirect(back_to(request, typed, place))


@staff
@require_POST
def draft_clarification(request: HttpRequest, slug: str) -> HttpResponse:
    """Draft an answer to a rumour."""
    place = place_in(request, slug)
    typed = formdata.read(request)
    try:
        row = remarks.draft_clarification(place.actor, typed.data)
    except (Refused, InvalidFields) as error:
        return _refused(request, place, Attempt(verb="clarify", typed=typed, error=error))
    if wants_json(request):
        return JsonResponse({"id": row.id, "message": _("澄清已拟好，等待签发。")})
    messages.success(request, _("澄清已拟好，等待签发。"))
    return redirect(back_to(request, typed, place))


@staff
@require_POST
def sign_clarification(request: HttpRequest, slug: str, clarification_id: int) -> HttpResponse:
    """Sign and so publish an answer to a rumour."""
    place = place_in(request, slug)
    row = remarks.sign_clarification(place.actor, clarification_id)
    if wants_json(request):
        return JsonResponse({"id": row.id, "message": _("澄清已签发。")})
    messages.success(request, _("澄清已签发。"))
    return redirect(back_to(request, formdata.read(request), place))


@staff
@require_POST
def cover_clarification(request: HttpRequest, slug: str, clarification_id: int, verb: str) -> HttpResponse:
    """Cover a signed clarification, confirm that as a second person, or show it again."""
    place = place_in(request, slug)
    typed = formdata.read(request)
    try:
        row = remarks.cover_clarification(place.actor, verb, clarification_id, typed.data)
    except (Refused, InvalidFields) as error:
        attempt = Attempt(verb=f"{verb}-{clarification_id}", typed=typed, error=error)
        return _refused(request, place, attempt)
    told = _("%(verb)s，已完成。") % {"verb": clarification_flow.MOVES[verb].label}
    if wants_json(request):
        return JsonResponse({"id": row.id, "message": told})
    messages.success(request, told)
    return redirect(back_to(request, typed, place))


@staff
@require_POST
def ticket(request: HttpRequest, slug: str) -> HttpResponse:
    """A one-minute ticket for the stream of changes."""
    place = place_in(request, slug)
    key = request.session.session_key or ""
    return JsonResponse({"ticket": tickets.issue(place.actor.id, place.hour.id, key)})


@staff
@require_POST
def here(request: HttpRequest, slug: str) -> HttpResponse:
    """An open desk says that its person is there."""
    presence.tell(place_in(request, slug).actor)
    return HttpResponse(status=204)


@staff
@require_POST
def register(request: HttpRequest, slug: str) -> HttpResponse:
    """Take in a question for somebody; the slip with number and code is shown this once.

    Sending the same form again (a reload) shows the same slip: the form carries its own key.
    """
    place = place_in(request, slug)
    typed = formdata.read(request)
    try:
        asked = venue_actions.register(place.actor, place.hour, typed.data)
    except (Refused, InvalidFields) as error:
        attempt = Attempt(verb="register", typed=typed, error=error)
        return _refused(request, place, attempt)
    if wants_json(request):
        body: dict[str, Any] = {"id": asked.id, "number": asked.number, "receipt": asked.receipt}
        return JsonResponse({**body, "track_url": asked.track_url, "notices": asked.notices}, status=201)
    return render(request, "desks/slip.html", slip(place, asked, typed.data), status=201)


def slip(place: Place, asked: Any, typed: dict[str, Any]) -> dict[str, Any]:
    """What the slip of a question says."""
    digits = asked.receipt.replace("-", "").replace(" ", "")
    return {
        "hour": place.hour,
        "asked": asked,
        "receipt": " ".join(digits[start : start + 4] for start in range(0, len(digits), 4)),
        "qr": segno.make(asked.track_url, error="m").svg_data_uri(scale=4, border=2),
        "display_name": typed.get("display_name", ""),
        "registration": venues.registration(asked.id),
        "base": boards.address(place.hour.slug, "clerk"),
        "actor": place.actor,
    }
