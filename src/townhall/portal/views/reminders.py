"""Being reminded of an hour by SMS or mail, and stopping it with one tap; where providers leave their receipts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from townhall.hours import published as hours
from townhall.kernel.errors import INVALID, NOT_FOUND, TOO_MANY, InvalidFields, Refused
from townhall.outreach import citizen_actions
from townhall.outreach import published as reminders
from townhall.people import identity
from townhall.portal import mine, pace, pages
from townhall.portal.guard import broken_fields, public_form

if TYPE_CHECKING:
    from collections.abc import Mapping


@public_form
@require_http_methods(["GET", "HEAD", "POST"])
def remind(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask to be reminded: a verified mobile, or a mail address that answers."""
    key = pages.key_of(request)
    row, shown = hours.find(slug, key), hours.get_hour(slug, key)
    if row is None or shown is None:
        return pages.not_found(request, _("没有这一期网上办公，或者还没有公布。"))
    page = {"hour": shown, "row": row}
    if request.method != "POST" or not reminders.may_subscribe(row):
        return _show(request, page)
    if wait := pace.wait_for_form(request):
        words = _("提交太频繁，请等 %(seconds)s 秒再试。") % {"seconds": wait}
        refused = Refused(TOO_MANY, "too_many", words, retry_after=wait)
        return pages.refuse(_show(request, page, refused=refused), refused)
    try:
        if broken := broken_fields(request, ("mobile", "code", "mail")):
            raise InvalidFields(broken)
        return _STEPS.get(request.POST.get("step", ""), _send_code)(request, page)
    except InvalidFields as error:
        step = "code" if request.POST.get("step") == "code" and "mobile" not in error.errors else ""
        return _show(request, page, errors=pages.errors_of(error), step=step)
    except Refused as refused:
        step = "code" if refused.code == "codes" else ""
        return pages.refuse(_show(request, page, refused=refused, step=step), refused)


def _show(
    request: HttpRequest,
    page: Mapping[str, Any],
    *,
    errors: Mapping[str, str] | None = None,
    refused: Refused | None = None,
    step: str = "",
    done: str = "",
) -> HttpResponse:
    context = {
        **pages.hour_frame(page["hour"], pages.language_of(request)),
        "ways": reminders.ways(),
        "open": reminders.may_subscribe(page["row"]),
        "form": {name: request.POST.get(name, "") for name in ("mobile", "mail")},
        "verified": identity.has_mobile(mine.token(request)),
        "sign_on_from": request.get_full_path(),
        "error": errors or {},
        "refused": refused.message if refused else "",
        "code_sent": step == "code",
        "done": done,
    }
    status = INVALID if errors else refused.status if refused else 200
    return pages.respond(request, "remind", context, status=status, cache=pages.PRIVATE)


def _send_code(request: HttpRequest, page: Mapping[str, Any]) -> HttpResponse:
    identity.start_verification(request.POST.get("mobile", ""))
    return _show(request, page, step="code")


def _check_code(request: HttpRequest, page: Mapping[str, Any]) -> HttpResponse:
    token, _until = identity.confirm_verification(
        request.POST.get("mobile", ""), request.POST.get("code", "")
    )
    response = _subscribe(request, page, token)
    mine.keep_token(response, token)
    return response


def _back(request: HttpRequest, page: Mapping[str, Any]) -> HttpResponse:
    return _show(request, page)


def _known(request: HttpRequest, page: Mapping[str, Any]) -> HttpResponse:
    return _subscribe(request, page, mine.token(request))


def _subscribe(request: HttpRequest, page: Mapping[str, Any], token: str) -> HttpResponse:
    citizen_actions.subscribe_by_sms(page["row"], token, lang=pages.language_of(request))
    return _show(request, page, done="sms")


def _mail(request: HttpRequest, page: Mapping[str, Any]) -> HttpResponse:
    address = request.POST.get("mail", "")
    citizen_actions.subscribe_by_mail(page["row"], address, lang=pages.language_of(request))
    return _show(request, page, done="mail")


_STEPS = {"mobile": _send_code, "code": _check_code, "known": _known, "back": _back, "mail": _mail}


def _link(request: HttpRequest, token: str, template: str, **more: Any) -> HttpResponse:
    found = reminders.subscription(token)
    if found is None:
        return pages.not_found(request, _("这个链接已经失效，或者网址不完整。"))
    return pages.respond(request, template, {"s": found, "token": token, **more}, cache=pages.PRIVATE)


@public_form
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """One button that stops the reminders; mail programs press it themselves (RFC 8058)."""
    if request.method != "POST":
        return _link(request, token, "stop")
    try:
        citizen_actions.stop(token)
    except Refused as refused:
        return pages.not_found(request, str(refused.message))
    return _link(request, token, "stop", done=True)


@public_form
@require_http_methods(["GET", "HEAD", "POST"])
def agree(request: HttpRequest, token: str) -> HttpResponse:
    """The owner of a mail address agrees to be reminded: by a button, since programs open links by themselves."""
    if request.method != "POST":
        return _link(request, token, "agree")
    try:
        citizen_actions.agree(token)
    except Refused as refused:
        if refused.status == NOT_FOUND:
            return pages.not_found(request, str(refused.message))
        return pages.message(request, refused.status, _("没有订阅成功"), str(refused.message))
    return _link(request, token, "agree", done=True)


@csrf_exempt
@require_POST
def receipts(request: HttpRequest, provider: str, secret: str) -> HttpResponse:
    """What a provider tells about its deliveries; the address itself is the secret."""
    try:
        answer = citizen_actions.take_receipts(provider, secret, request.body)
    except InvalidFields as error:
        return JsonResponse({"errors": pages.errors_of(error)}, status=INVALID)
    except Refused as refused:
        return pages.not_found(request, str(refused.message))
    return JsonResponse(answer)
