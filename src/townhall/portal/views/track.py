"""With the receipt in hand: what became of my question, and what its asker may still do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from townhall.following import citizen_actions as following_actions
from townhall.following import published as following
from townhall.hours import published as hours
from townhall.kernel.errors import INVALID, NOT_FOUND, TOO_MANY, InvalidFields, Refused
from townhall.kernel.secrets import is_receipt, receipt_digits
from townhall.live import wording
from townhall.people import identity
from townhall.portal import mine, pace, pages
from townhall.portal.answers import answer_html
from townhall.portal.guard import broken_fields, public_form
from townhall.portal.views.ask import spaced
from townhall.portal.views.home import positive
from townhall.questions import citizen_actions, tracking
from townhall.questions.choices import DissatisfactionReason, Satisfaction
from townhall.wrapping import published as leftovers

if TYPE_CHECKING:
    from collections.abc import Mapping


@public_form
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Type in the receipt, or find a lost one again."""
    if request.method != "POST":
        return _find_page(request, {})
    if request.POST.get("lost"):
        return _lost(request)
    digits = receipt_digits(request.POST.get("receipt", ""))
    if is_receipt(digits):
        return pages.see(f"/track/{digits}/")
    words = _("查询码是 12 位数字，请核对后再试。")
    return _find_page(request, {"not_found": words, "form": request.POST}, INVALID)


def _find_page(request: HttpRequest, said: Mapping[str, Any], status: int = 200) -> HttpResponse:
    context = {
        "form": {}, "error": {}, "hours": hours.list_hours(limit=12), "sign_on_from": request.path, **said,
    }  # fmt: skip
    return pages.respond(request, "track_find", context, status=status, cache=pages.PRIVATE)


def _lost(request: HttpRequest) -> HttpResponse:
    form = {name: request.POST.get(name, "") for name in ("hour", "number", "mobile", "code")}
    said: dict[str, Any] = {"form": form, "lost": True, "error": {}}
    number = positive(form["number"])
    if number is None:
        said["error"] = {"number": _("请填写编号，只填数字。")}
        return _find_page(request, said, INVALID)
    if wait := pace.wait_for_form(request):
        return _slow_down(request, wait)
    try:
        if request.POST.get("step") == "back":
            return _find_page(request, said)
        token = mine.proven(request)
        if not token and not form["code"]:
            identity.start_verification(form["mobile"], pace.address_of(request))
            return _find_page(request, {**said, "code_sent": True})
        if not token:
            token, _until = identity.confirm_verification(form["mobile"], form["code"])
    except InvalidFields as error:
        said |= {"error": pages.errors_of(error), "code_sent": "code" in error.errors}
        return _find_page(request, said, INVALID)
    except Refused as refused:
        said |= {"not_found": refused.message, "code_sent": True}
        return pages.refuse(_find_page(request, said, refused.status), refused)
    receipt = tracking.lost_receipt(form["hour"], number, token)
    if receipt is None:
        words = _("这个编号不是用这个手机号提的，请核对期数和编号。")
        return _find_page(request, {**said, "not_found": words}, NOT_FOUND)
    return pages.see(f"/track/{receipt}/")


def _slow_down(request: HttpRequest, wait: int, form: Mapping[str, str] | None = None) -> HttpResponse:
    words = _("查得太频繁，请等 %(seconds)s 秒再试。") % {"seconds": wait}
    response = _find_page(request, {"not_found": words, "form": form or request.POST}, TOO_MANY)
    response.headers["Retry-After"] = str(wait)
    return response


def opened(request: HttpRequest, receipt: str) -> dict[str, Any] | HttpResponse:
    """What the receipt opens, or the page that says why it opens nothing. Only misses use up turns."""
    address, digits = pace.address_of(request), receipt_digits(receipt)
    # A slip in one digit must not cost typing all twelve again.
    typed = {"receipt": spaced(digits) if digits.isascii() and digits.isdigit() else ""}
    if address is not None and (wait := pace.GUESSES.is_spent(address)):
        return _slow_down(request, wait, typed)
    found = tracking.track(digits)
    if found is not None:
        return found
    if address is not None:
        pace.GUESSES.take(address)
    words = _("没有这个查询码，请核对十二位数字。")
    return _find_page(request, {"not_found": words, "form": typed}, NOT_FOUND)


@require_http_methods(["GET", "HEAD"])
def page(request: HttpRequest, receipt: str) -> HttpResponse:
    """What became of it so far."""
    found = opened(request, receipt)
    if isinstance(found, HttpResponse):
        return found
    response = _page(request, receipt, found, {})
    mine.remember(request, response, question=found["id"])
    return response


def _page(
    request: HttpRequest, receipt: str, found: dict[str, Any], said: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    lang = pages.language_of(request)
    name, words = wording.state(found)
    frame: dict[str, Any] = {}
    if shown := hours.get_hour(found["hour"], pages.key_of(request)):
        frame = pages.hour_frame(shown, lang)
    rating = found["rating"] or {}
    context = {
        **frame,
        "t": found,
        "state": name,
        "words": found["status_text"] if not found["withheld"] else words,
        "leftover": _leftover(found["id"], shown),
        "history": [{"at": one["at"], "words": one["status_text"]} for one in found["history"]],
        "declined": found["declined"],
        "care": found["care"],
        "answer_card": answer_html(found, lang),
        "split": [{**part, "html": answer_html(part, lang)} for part in found["parts"]],
        "may": {verb: why is None for verb, why in found["can"].items()},
        "appeal": found["appeal"],
        "levels": Satisfaction.choices,
        "reasons": DissatisfactionReason.choices,
        "form": {
            "text": "",
            "appeal": "",
            "mail": "",
            "level": rating.get("level"),
            "reason": rating.get("reason"),
        },
        "error": {},
        "receipt": receipt,
        "by_mail": "mail" in following.ways(),
        "own_mail": following.own_mail(found["id"]),
        "receipt_shown": spaced(receipt_digits(receipt)),
        "done": _done(request),
        **said,
    }
    return pages.respond(request, "track", context, status=status, cache=pages.PRIVATE)


def _leftover(question_id: int, hour: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Until when it is answered, once its hour is over."""
    over = hour is not None and hour["stage"] in {"wrapping", "archived"}
    return leftovers.of_questions([question_id]).get(question_id) if over else None


def _done(request: HttpRequest) -> str:
    return {
        "withdraw": _("已撤回。"),
        "supplement": _("补充已收到，继续审核，次序不变。"),
        "appeal": _("已收到复核申请，由另一位同事再看一次。"),
        "rating": _("谢谢，评价已记下。"),
        "mail": _("请到邮箱里点确认链接，48 小时内有效；确认以前照旧。"),
    }.get(request.GET.get("done", ""), "")


@public_form
@require_POST
def mail(request: HttpRequest, receipt: str) -> HttpResponse:
    """Be told of one's own question by mail, once the address is confirmed."""
    found = opened(request, receipt)
    if isinstance(found, HttpResponse):
        return found
    form = {"mail": request.POST.get("mail", "")}
    if wait := pace.wait_for_form(request):
        words = _("操作太频繁，请等 %(seconds)s 秒再试。") % {"seconds": wait}
        response = _page(request, receipt, found, {"form": form, "refused": words}, TOO_MANY)
        response.headers["Retry-After"] = str(wait)
        return response
    try:
        if broken := broken_fields(request, ("mail",)):
            raise InvalidFields(broken)
        lang = pages.language_of(request)
        following_actions.tell_by_mail(receipt_digits(receipt), form["mail"], lang=lang)
    except InvalidFields as error:
        return _page(request, receipt, found, {"form": form, "error": pages.errors_of(error)}, INVALID)
    except Refused as refused:
        return _page(request, receipt, found, {"form": form, "refused": refused.message}, refused.status)
    return pages.see(f"/track/{receipt_digits(receipt)}/?done=mail")


_ACTS = {
    "withdraw": lambda receipt, _data: citizen_actions.withdraw(receipt),
    "supplement": citizen_actions.supplement,
    "appeal": citizen_actions.appeal,
    "rating": citizen_actions.rate,
}


@public_form
@require_POST
def act(request: HttpRequest, receipt: str, verb: str) -> HttpResponse:
    """Withdraw, supplement, ask for a second look, rate."""
    found = opened(request, receipt)
    if isinstance(found, HttpResponse):
        return found
    data = {name: request.POST.get(name, "") for name in ("text", "level", "reason")}
    form = {**data, "appeal": data["text"] if verb == "appeal" else ""}
    if verb == "appeal":
        form["text"] = ""
    if wait := pace.wait_for_receipt(receipt_digits(receipt)):
        words = _("操作太频繁，请等 %(seconds)s 秒再试。") % {"seconds": wait}
        response = _page(request, receipt, found, {"form": form, "refused": words}, TOO_MANY)
        response.headers["Retry-After"] = str(wait)
        return response
    try:
        if broken := broken_fields(request, ("text",)):
            raise InvalidFields(broken)
        _ACTS[verb](receipt_digits(receipt), data)
    except InvalidFields as error:
        return _page(request, receipt, found, {"form": form, "error": pages.errors_of(error)}, INVALID)
    except Refused as refused:
        return _page(request, receipt, found, {"form": form, "refused": refused.message}, refused.status)
    return pages.see(f"/track/{receipt_digits(receipt)}/?done={verb}")
