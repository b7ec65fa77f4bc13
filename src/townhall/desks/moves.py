"""One POST for all moves: what was typed goes to the action, what the action says comes back to the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from townhall.desks import boards, fields, formdata
from townhall.desks.access import (
    Place,
    place_in,
    place_of,
    problem_of,
    staff,
    wants_json,
)
from townhall.desks.formdata import Typed
from townhall.desks.panels import Attempt
from townhall.kernel.errors import CONFLICT, InvalidFields, Refused
from townhall.kernel.text import whole_number
from townhall.questions import actions, dossier, floods, holding, queries, remarks

if TYPE_CHECKING:
    from townhall.questions.models import Question

# Two moves in one press: save and submit, change and sign.
COMBINED = {("draft", "submit"), ("change", "sign")}


@staff
@require_POST
def question_verb(request: HttpRequest, question_id: int, verb: str) -> HttpResponse:
    """Do ``verb`` to a question; a page's form goes on to where it came from, a script gets JSON."""
    place = place_of(request, question_id)
    typed = formdata.read(request)
    attempt = Attempt(verb=verb, typed=typed)
    try:
        question = _perform(place, verb, question_id, typed)
        if typed.own.get("then") and (verb, typed.own["then"]) in COMBINED:
            attempt.verb = typed.own["then"]
            question = _perform_next(place, question, attempt)
    except (Refused, InvalidFields) as error:
        return _refused(request, place, question_id, attempt, error)
    return _done(request, place, question, attempt.verb, typed)


def _perform(place: Place, verb: str, question_id: int, typed: Typed) -> Question:
    """The move itself; the desk's lock goes when the question has changed hands."""
    data = dict(typed.data)
    if verb == "merge" and "into_number" in data:
        data["into"] = _by_number(place, str(data.pop("into_number")))
    before = _status(place, question_id)
    try:
        question = actions.perform(place.actor, verb, question_id, data)
    except InvalidFields as error:
        if verb == "merge" and "into" in error.errors and "into_number" in typed.data:
            error.errors["into_number"] = error.errors.pop("into")
        raise
    if question.status != before:
        holding.let_go(place.actor, question_id)
    return question


def _status(place: Place, question_id: int) -> str:
    try:
        return queries.get(place.actor, question_id).status
    except Refused:
        return ""


def _by_number(place: Place, number: str) -> int:
    wanted = whole_number(number.strip().lstrip("#"))
    found = dossier.by_number(place.actor, wanted) if wanted is not None else None
    if found is None:
        raise InvalidFields({"into_number": _("本期没有这个编号，请核对。")})
    return found.id


def _perform_next(place: Place, question: Question, attempt: Attempt) -> Question:
    """The second half of a combined press, on the version that the first half made."""
    data = {
        "version": question.draft_version,
        "override_reason": attempt.typed.data.get("override_reason", ""),
    }
    return _perform(place, attempt.verb, question.id, Typed(data))


def _refused(
    request: HttpRequest, place: Place, question_id: int, attempt: Attempt, error: Refused | InvalidFields
) -> HttpResponse:
    """The panel with everything typed, or the problem for a script."""
    attempt.error = error
    if isinstance(error, InvalidFields):
        attempt.places = attempt.typed.places(error.errors)
    if wants_json(request):
        return problem_of(error, attempt.places)
    desk = place.any_desk(attempt.typed.own.get("seat", ""))
    if desk is None:
        raise Refused(CONFLICT, "seat", _("您在本期没有岗位。"))
    # In the form that comes back the rows stand closed up, as the action counted them.
    if isinstance(error, InvalidFields):
        attempt.places = {name: str(message) for name, message in error.errors.items()}
    options = options_of(attempt.typed.own.get("back", "")) | {"q": str(question_id)}
    return boards.show(request, place, desk, options, attempt)


def options_of(back: str) -> dict[str, str]:
    """The parameters of the page that a form came from."""
    try:
        return dict(parse_qsl(urlsplit(back).query))
    except ValueError:  # no address at all, such as //[x
        return {}


def _done(request: HttpRequest, place: Place, question: Question, verb: str, typed: Typed) -> HttpResponse:
    label = fields.label_of(verb)
    message = _("第 %(number)s 号：%(verb)s，已完成。") % {"number": question.number, "verb": label}
    desk = place.any_desk(typed.own.get("seat", ""))
    following = ""
    if typed.own.get("next") and desk is not None and desk.views[0].seat:
        taken = queries.next_for(place.actor, desk.views[0].seat, skip=[question.id])
        following = str(taken.id) if taken else ""
    if wants_json(request):
        body = {"id": question.id, "number": question.number, "status": question.status, "message": message}
        return JsonResponse({**body, "version": question.draft_version, "next": following})
    messages.success(request, message)
    back = back_to(request, typed, place)
    if typed.own.get("next"):
        return redirect(_with_question(back, following))
    return redirect(_with_question(back, str(question.id)))


def back_to(request: HttpRequest, typed: Typed, place: Place) -> str:
    """Where the form came from, if that is a desk of this site; else the person's own desk."""
    back = typed.own.get("back", "")
    if back.startswith("/desk/") and url_has_allowed_host_and_scheme(back, {request.get_host()}):
        return back
    desk = place.any_desk(typed.own.get("seat", ""))
    return boards.address(place.hour.slug, desk.name) if desk else reverse("desks:home")


def _with_question(back: str, question_id: str) -> str:
    """The same list with another question open, or none."""
    parts = urlsplit(back)
    kept = [f"{name}={value}" for name, value in parse_qsl(parts.query) if name in {"view", "after"}]
    if question_id:
        kept.append(f"q={question_id}")
    return f"{parts.path}?{'&'.join(kept)}" if kept else parts.path


@staff
@require_POST
def take_next(request: HttpRequest, slug: str, seat: str) -> HttpResponse:
    """The next question nobody else has open, now held by this person."""
    place = place_in(request, slug)
    desk = place.desk(seat)
    typed = formdata.read(request)
    typed_ids = map(whole_number, typed.own.get("skip", "").split(","))
    skip = [one for one in typed_ids if one is not None]
    queue = desk.views[0].seat
    found = queries.next_for(place.actor, queue, skip=skip) if queue else None
    if wants_json(request):
        return JsonResponse({"id": found.id if found else None})
    if found is None:
        messages.info(request, _("没有别的提问在等，或都有人在处理。"))
    return redirect(_with_question(boards.address(slug, desk.name), str(found.id) if found else ""))


@staff
@require_POST
def hold(request: HttpRequest, question_id: int) -> HttpResponse:
    """The heartbeat of an open question: 204, or 409 with the name of who has it or because it has moved on."""
    place = place_of(request, question_id)
    question = queries.get(place.actor, question_id)
    holding.hold(place.actor, question, status=request.POST.get("status", ""))
    return HttpResponse(status=204)


@staff
@require_POST
def let_go(request: HttpRequest, question_id: int) -> HttpResponse:
    """The question was closed: others may have it at once."""
    holding.let_go(place_of(request, question_id).actor, question_id)
    return HttpResponse(status=204)


@staff
@require_POST
def contact(request: HttpRequest, question_id: int) -> HttpResponse:
    """Show the asker's contact to somebody who must call; the look is journalled, the page is not kept."""
    place = place_of(request, question_id)
    typed = formdata.read(request)
    try:
        found = remarks.look_at_contact(place.actor, question_id, str(typed.data.get("reason", "")))
    except (Refused, InvalidFields) as error:
        return _refused(request, place, question_id, Attempt(verb="contact", typed=typed), error)
    if wants_json(request):
        return JsonResponse(found)
    return _shown_again(request, place, typed, {"q": str(question_id)}, contact=found)


def _shown_again(
    request: HttpRequest, place: Place, typed: Typed, chosen: dict[str, str], **shown: Any
) -> HttpResponse:
    """The board as it was, with the question open and what was asked for beside it; nothing of it is kept."""
    desk = place.any_desk(typed.own.get("seat", ""))
    if desk is None:
        raise Refused(CONFLICT, "seat", _("您在本期没有岗位。"))
    return boards.show(request, place, desk, options_of(typed.own.get("back", "")) | chosen, **shown)


@staff
@require_POST
def merge_alike(request: HttpRequest, question_id: int) -> HttpResponse:
    """Merge into this question whatever says the same and waits."""
    place = place_of(request, question_id)
    typed = formdata.read(request)
    question = queries.get(place.actor, question_id)
    try:
        done = floods.merge_all(
            place.actor, question, lambda one, data: actions.perform(place.actor, "merge", one, data)
        )
    except (Refused, InvalidFields) as error:
        return _refused(request, place, question_id, Attempt(verb="merge", typed=typed), error)
    words = ngettext("已并入 %(n)s 件。", "已并入 %(n)s 件。", done) % {"n": done}
    if wants_json(request):
        return JsonResponse({"merged": done, "message": words})
    messages.success(request, words)
    return redirect(_with_question(back_to(request, typed, place), str(question_id)))


@staff
@require_POST
def ban(request: HttpRequest, question_id: int) -> HttpResponse:
    """Keep the asker from asking online for a while, or end that."""
    place = place_of(request, question_id)
    typed = formdata.read(request)
    try:
        if typed.data.get("lift"):
            actions.lift(place.actor, question_id)
        else:
            actions.ban(place.actor, question_id, typed.data)
    except (Refused, InvalidFields) as error:
        return _refused(request, place, question_id, Attempt(verb="ban", typed=typed), error)
    if wants_json(request):
        return JsonResponse({})
    return _shown_again(request, place, typed, {"q": str(question_id)})


@staff
@require_POST
def threat(request: HttpRequest, question_id: int) -> HttpResponse:
    """Open what was kept of a threat; the look is journalled, the page is not kept."""
    place = place_of(request, question_id)
    typed = formdata.read(request)
    try:
        found = actions.look_at_threat(place.actor, question_id, str(typed.data.get("reason", "")))
    except (Refused, InvalidFields) as error:
        return _refused(request, place, question_id, Attempt(verb="threat", typed=typed), error)
    return _shown_again(request, place, typed, {"q": str(question_id), "do": "threat"}, threat_opened=found)
