"""One question: read it, share it, ask the same, comment, follow up, check who signed it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from townhall.hours import published as hours
from townhall.journal import read
from townhall.kernel.errors import INVALID, TOO_MANY, InvalidFields, Refused
from townhall.live import cards, snapshot
from townhall.people import identity
from townhall.portal import mine, pace, pages
from townhall.portal.guard import broken_fields, public_form
from townhall.portal.views.hour import qr
from townhall.questions import citizen_actions, tracking
from townhall.questions import published as questions
from townhall.wrapping import published as leftovers

if TYPE_CHECKING:
    from collections.abc import Mapping

AFTER_STAGES = frozenset({"wrapping", "archived"})


def _missing(request: HttpRequest) -> HttpResponse:
    return pages.not_found(request, _("没有这个问题，或者它没有公开。"))


def _done(request: HttpRequest) -> str:
    return {
        "support": _("已记下，您也关心这个问题。"),
        "comment": _("评论已收到，审核后显示。"),
    }.get(request.GET.get("done", ""), "")


@require_http_methods(["GET", "HEAD"])
def page(request: HttpRequest, question_id: int) -> HttpResponse:
    """The page of one public question."""
    return show(request, question_id, {})


def show(request: HttpRequest, question_id: int, said: Mapping[str, Any], status: int = 200) -> HttpResponse:
    """The page, with what is to be said about a form that came back."""
    key = pages.key_of(request)
    found = questions.get(question_id, key=key)
    shown = hours.get_hour(found["hour"], key) if found else None
    if found is None or shown is None:
        return _missing(request)
    seq = read.head(shown["id"])
    # Read again after the head: what is committed in between is then told twice, never missed.
    question = questions.get(question_id, key=key)
    if question is None:
        return _missing(request)
    context = {**_context(request, question, shown), "seq": seq, "done": _done(request), **said}
    return pages.respond(request, "question", context, status=status)


def _context(request: HttpRequest, question: dict[str, Any], hour: dict[str, Any]) -> dict[str, Any]:
    lang = pages.language_of(request)
    frame = pages.hour_frame(hour, lang)
    is_shown = not question["withheld"] and not question["private"]
    answer = question["answer"] or {}
    own = tracking.own_comments(mine.comments(request)) if mine.comments(request) else []
    card = cards.question_html(question, lang).replace(
        '<details class="more">', '<details class="more" open>'
    )
    link = f"{settings.BASE_URL}/questions/{question['id']}/{frame['key']}"
    verified = identity.person_of(mine.token(request)) is not None if mine.token(request) else False
    return {
        **frame,
        "q": question,
        "shown": is_shown,
        "streaming": hour["stage"] not in snapshot.SILENT_STAGES,
        "card": snapshot.safe(card),
        "comments": _comments(question, lang) if is_shown else [],
        "waiting_comments": [
            one for one in own if one["question"] == question["id"] and one["state"] == "received"
        ],
        "can_comment": is_shown and citizen_actions.takes_comments(question["status"], hour["stage"]),
        "needs_mobile": hour["identity"] == "verified" and not verified,
        "form": {"text": "", "display_name": "", "mobile": ""},
        "error": {},
        "units": "、".join(cards.units(answer)) if lang == "zh" else ", ".join(cards.units(answer)),
        "signed_line": _signed_line(answer),
        "permalink": link,
        "qr": qr(link),
        "sign_on_from": f"/questions/{question['id']}/comment{frame['key']}",
        "support_from": f"/questions/{question['id']}/support{frame['key']}",
        "comment_url": "#comment",
        "leftover": leftovers.of_questions([question["id"]]).get(question["id"])
        if hour["stage"] in AFTER_STAGES
        else None,
    }


def _comments(question: dict[str, Any], lang: str) -> list[str]:
    return [snapshot.safe(cards.comment_html(one, lang)) for one in questions.comments_of(question["id"])]


def _signed_line(answer: Mapping[str, Any]) -> str:
    if not answer:
        return ""
    return _("由%(office)s%(name)s签发") % {"office": answer["signed_as_label"], "name": answer["signed_by"]}


@public_form
@require_POST
def support(request: HttpRequest, question_id: int) -> HttpResponse:
    """同问: this reader asks it too. The script wants a number, a form wants the page."""
    wants_json = "application/json" in request.headers.get("Accept", "")
    browser = mine.browser_key(request)
    question = questions.get(question_id, key=pages.key_of(request))
    if question is None:
        return JsonResponse({}, status=404) if wants_json else _missing(request)
    if wait := pace.wait_for_form(request):
        return _too_fast(request, question_id, wait)
    form = {name: request.POST.get(name, "") for name in ("mobile", "code")}
    token = mine.token(request)
    try:
        if form["code"]:
            token, _until = identity.confirm_verification(form["mobile"], form["code"])
        supports = _supported(token, question_id, browser)
    except InvalidFields as error:
        if wants_json:
            return JsonResponse({"errors": pages.errors_of(error)}, status=INVALID)
        said = {"form": form, **_asked_for_person(request, form["mobile"], error)}
        return show(
            request,
            question_id,
            {"needs_mobile": True, "supporting": said, "refused": said.get("refused", "")},
            INVALID,
        )
    except Refused as refused:
        return show(request, question_id, {"refused": refused.message}, refused.status)
    response: HttpResponse
    if wants_json:
        response = JsonResponse({"supports": supports})
    else:
        response = pages.see(f"/questions/{question_id}/?done=support{_more(request)}")
    pages.set_cookie(response, mine.BROWSER, browser)
    if form["code"]:
        mine.keep_token(response, token)
    return response


def _supported(token: str, question_id: int, browser: str) -> int:
    if token and identity.person_of(token) is not None:
        return citizen_actions.support(question_id, verification=token)
    return citizen_actions.support(question_id, browser=browser)


def _more(request: HttpRequest) -> str:
    return f"&key={request.GET['key']}" if request.GET.get("key") else ""


def _too_fast(request: HttpRequest, question_id: int, wait: int) -> HttpResponse:
    words = _("提交太频繁，请等 %(seconds)s 秒再试。") % {"seconds": wait}
    response = show(request, question_id, {"refused": words, "form": request.POST}, TOO_MANY)
    response.headers["Retry-After"] = str(wait)
    return response


@public_form
@require_POST
def comment(request: HttpRequest, question_id: int) -> HttpResponse:
    """Hand in a comment; it is shown after screening, its author sees it waiting."""
    if questions.get(question_id, key=pages.key_of(request)) is None:
        return _missing(request)
    if wait := pace.wait_for_form(request):
        return _too_fast(request, question_id, wait)
    form = {name: request.POST.get(name, "") for name in ("text", "display_name", "mobile", "code")}
    if request.POST.get("step") == "back":
        return show(request, question_id, {"form": form})
    said: dict[str, Any] = {"form": form, "error": broken_fields(request, ("text", "display_name"))}
    token = mine.token(request)
    try:
        if said["error"]:
            raise InvalidFields(said["error"])
        if form["code"]:
            token, _until = identity.confirm_verification(form["mobile"], form["code"])
        row = citizen_actions.comment(question_id, {**form, "verification": token})
    except InvalidFields as error:
        return _mend(request, question_id, said, error, token)
    except Refused as refused:
        return pages.refuse(
            show(request, question_id, {**said, "refused": refused.message}, refused.status), refused
        )
    response = pages.see(f"/questions/{question_id}/?done=comment{_more(request)}#comment")
    mine.remember(request, response, comment=row.id)
    if token:
        mine.keep_token(response, token)
    return response


def _mend(
    request: HttpRequest, question_id: int, said: dict[str, Any], error: InvalidFields, token: str
) -> HttpResponse:
    """The form again: with its errors, or, when only the person is missing, with the code on its way."""
    asked = _asked_for_person(request, said["form"]["mobile"], error)
    said |= asked
    if "code_sent" in asked:
        said["needs_mobile"] = True
    response = show(request, question_id, said, INVALID)
    if token:
        mine.keep_token(response, token)
    return response


def _asked_for_person(request: HttpRequest, mobile: str, error: InvalidFields) -> dict[str, Any]:
    """What was wrong; where only the person is missing, a code is sent to the mobile that was typed."""
    errors = pages.errors_of(error)
    if "verification" not in errors:
        return {"error": errors, "code_sent": True} if "code" in errors else {"error": errors}
    del errors["verification"]
    if "mobile" not in request.POST:  # pressed where nobody has asked for a number yet
        return {"error": errors, "code_sent": False}
    try:
        identity.start_verification(mobile, pace.address_of(request))
    except InvalidFields as wrong:
        return {"error": pages.errors_of(wrong), "code_sent": False}
    except Refused as refused:
        return {"error": errors, "code_sent": True, "refused": refused.message}
    return {"error": errors, "code_sent": True}
