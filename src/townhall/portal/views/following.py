"""Following a promise, a unit or a subject by mail or SMS; confirming, and stopping with one tap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from townhall.following import citizen_actions
from townhall.following import published as following
from townhall.kernel.errors import INVALID, NOT_FOUND, TOO_MANY, InvalidFields, Refused
from townhall.people import identity
from townhall.portal import mine, pace, pages
from townhall.portal.guard import broken_fields, public_form

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest, HttpResponse

    from townhall.following.things import Thing


@public_form
@require_http_methods(["GET", "HEAD", "POST"])
def follow(request: HttpRequest, kind: str, target: str) -> HttpResponse:
    """Ask to be told: a mail address that answers, or a verified mobile."""
    thing = following.find(kind, target)
    if thing is None:
        return pages.not_found(request, _("没有这个页面，或者它没有公开。"))
    if request.method != "POST" or not thing.goes_on:
        return _show(request, thing)
    if wait := pace.wait_for_form(request):
        words = _("提交太频繁，请等 %(seconds)s 秒再试。") % {"seconds": wait}
        refused = Refused(TOO_MANY, "too_many", words, retry_after=wait)
        return pages.refuse(_show(request, thing, refused=refused), refused)
    step = request.POST.get("step", "")
    try:
        if broken := broken_fields(request, ("mobile", "code", "mail")):
            raise InvalidFields(broken)
        return _STEPS.get(step, _send_code)(request, thing)
    except InvalidFields as error:
        again = "code" if step == "code" and "mobile" not in error.errors else ""
        return _show(request, thing, errors=pages.errors_of(error), step=again)
    except Refused as refused:
        again = "code" if refused.code == "codes" else ""
        return pages.refuse(_show(request, thing, refused=refused, step=again), refused)


def _show(
    request: HttpRequest,
    thing: Thing,
    *,
    errors: Mapping[str, str] | None = None,
    refused: Refused | None = None,
    step: str = "",
    done: str = "",
) -> HttpResponse:
    context = {
        "follow": following.of_thing(thing),
        "form": {name: request.POST.get(name, "") for name in ("mobile", "mail")},
        "verified": identity.has_mobile(mine.token(request)),
        "sign_on_from": request.get_full_path(),
        "error": errors or {},
        "refused": refused.message if refused else "",
        "code_sent": step == "code",
        "done": done,
    }
    status = INVALID if errors else refused.status if refused else 200
    return pages.respond(request, "follow", context, status=status, cache=pages.PRIVATE)


def _send_code(request: HttpRequest, thing: Thing) -> HttpResponse:
    identity.start_verification(request.POST.get("mobile", ""), pace.address_of(request))
    return _show(request, thing, step="code")


def _check_code(request: HttpRequest, thing: Thing) -> HttpResponse:
    token, _until = identity.confirm_verification(
        request.POST.get("mobile", ""), request.POST.get("code", "")
    )
    response = _by_sms(request, thing, token)
    mine.keep_token(response, token)
    return response


def _back(request: HttpRequest, thing: Thing) -> HttpResponse:
    return _show(request, thing)


def _known(request: HttpRequest, thing: Thing) -> HttpResponse:
    return _by_sms(request, thing, mine.token(request))


def _by_sms(request: HttpRequest, thing: Thing, token: str) -> HttpResponse:
    citizen_actions.follow_by_sms(thing.kind, thing.target, token, lang=pages.language_of(request))
    return _show(request, thing, done="sms")


def _by_mail(request: HttpRequest, thing: Thing) -> HttpResponse:
    address = request.POST.get("mail", "")
    citizen_actions.follow_by_mail(thing.kind, thing.target, address, lang=pages.language_of(request))
    return _show(request, thing, done="mail")


_STEPS = {"mobile": _send_code, "code": _check_code, "known": _known, "back": _back, "mail": _by_mail}


def _guessing(request: HttpRequest) -> HttpResponse | None:
    address = pace.address_of(request)
    wait = pace.GUESSES.is_spent(address) if address is not None else None
    if wait is None:
        return None
    words = _("试得太频繁，请等 %(seconds)s 秒再试。") % {"seconds": wait}
    return pages.refuse(
        pages.message(request, TOO_MANY, _("请稍等"), words),
        Refused(TOO_MANY, "too_many", words, retry_after=wait),
    )


def _wrong(request: HttpRequest, words: str = "") -> HttpResponse:
    if (address := pace.address_of(request)) is not None:
        pace.GUESSES.take(address)
    return pages.not_found(request, words or _("这个链接已经失效，或者网址不完整。"))


def _link(request: HttpRequest, found: Mapping[str, Any] | None, template: str, token: str) -> HttpResponse:
    if found is None:
        return _wrong(request)
    return pages.respond(request, template, {"s": found, "token": token}, cache=pages.PRIVATE)


@public_form
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The owner of a mail address agrees: by a button, since programs open links by themselves."""
    if slow := _guessing(request):
        return slow
    if request.method == "POST":
        try:
            citizen_actions.confirm(token)
        except Refused as refused:
            if refused.status == NOT_FOUND:
                return _wrong(request, str(refused.message))
            return pages.message(request, refused.status, _("没有订阅成功"), str(refused.message))
    return _link(request, following.confirming(token), "follow_confirm", token)


@public_form
@require_http_methods(["GET", "HEAD", "POST"])
def unfollow(request: HttpRequest, token: str) -> HttpResponse:
    """One button that stops; mail programs press it themselves (RFC 8058)."""
    if slow := _guessing(request):
        return slow
    before = following.stopping(token)
    if request.method != "POST" or before is None:
        return _link(request, before, "unfollow", token)
    citizen_actions.stop(token)
    after = following.stopping(token) or before
    told = {"stopped": True, "kept": after["kept"]}
    return _link(request, {**before, **told}, "unfollow", token)
