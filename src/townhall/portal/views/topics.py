"""The topic pool in public: what an hour could be about, 同问, suggestions, the poll."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from townhall.kernel.errors import INVALID, TOO_MANY, InvalidFields, Refused
from townhall.people import identity
from townhall.portal import mine, pace, pages
from townhall.portal.guard import broken_fields, public_form
from townhall.topics import citizen_actions, published

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import HttpRequest, HttpResponse

FIELDS = ("title", "reason", "mobile", "code")


def _done(request: HttpRequest) -> str:
    return {
        "suggest": _("建议已收到，审核后显示在这里。"),
        "support": _("已记下，您也关心这个主题。"),
        "vote": _("您的一票已记下，结束前可以改投。"),
        "verify": _("手机已验证，现在可以参加了。"),
    }.get(request.GET.get("done", ""), "")


@public_form
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """The open pool; a form sent here suggests a topic."""
    if request.method == "POST":
        return _suggest(request)
    return _show(request, {})


def _show(request: HttpRequest, said: Mapping[str, Any], status: int = 200) -> HttpResponse:
    pool = published.open_pool()
    token = mine.token(request)
    verified = bool(token) and identity.person_of(token) is not None
    context = {
        "pool": pool,
        "done": _done(request),
        "form": dict.fromkeys(FIELDS, ""),
        "error": {},
        "sign_on_from": "/topics/verify",
        "needs_person": pool is not None and pool["identity"] == "verified" and not verified,
        **said,
    }
    return pages.respond(request, "topics", context, status=status)


def _act(
    request: HttpRequest, name: str, act: Callable[[dict[str, str]], object], place: str = ""
) -> HttpResponse:
    """Do what a visitor asks for, as a verified person or as this browser, and show the page again."""
    form = {one: request.POST.get(one, "") for one in FIELDS}
    if wait := pace.wait_for_form(request):
        words = _("提交太频繁，请等 %(seconds)s 秒再试。") % {"seconds": wait}
        response = _show(request, {"refused": words, "form": form}, TOO_MANY)
        response.headers["Retry-After"] = str(wait)
        return response
    browser, token = mine.browser_key(request), mine.token(request)
    known = bool(token) and identity.person_of(token) is not None
    who = {"verification": token} if known else {"browser": browser}
    try:
        if wrong := broken_fields(request, ("title", "reason")):
            raise InvalidFields(wrong)
        act(who)
    except InvalidFields as error:
        errors = pages.errors_of(error)
        said = {"form": form, "error": errors, "refused": errors.pop("verification", "")}
        return _show(request, said, INVALID)
    except Refused as refused:
        return pages.refuse(
            _show(request, {"refused": refused.message, "form": form}, refused.status), refused
        )
    response = pages.see(f"/topics/?done={name}{place}")
    pages.set_cookie(response, mine.BROWSER, browser)
    return response


def _suggest(request: HttpRequest) -> HttpResponse:
    pool = published.open_pool()
    if pool is None:
        return _show(request, {"refused": _("现在没有向市民征集主题。")}, 409)
    data = request.POST.dict()
    return _act(request, "suggest", lambda who: citizen_actions.suggest(pool["id"], data, **who))


@public_form
@require_POST
def support(request: HttpRequest, topic_id: int) -> HttpResponse:
    """同问: this reader cares about the topic too."""
    return _act(request, "support", lambda who: citizen_actions.support(topic_id, **who), f"#t-{topic_id}")


@public_form
@require_POST
def vote(request: HttpRequest) -> HttpResponse:
    """Vote for one topic of the poll."""
    option = request.POST.get("option", "")
    if not (option.isascii() and option.isdigit() and len(option) <= 18):  # noqa: PLR2004 - fits 64 bits
        return _show(request, {"refused": _("请先选一个主题，再投票。")}, INVALID)
    return _act(request, "vote", lambda who: citizen_actions.vote(int(option), **who), "#poll")


@public_form
@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    """Show that somebody holds a mobile: first the number, then the code that was sent to it."""
    form = {one: request.POST.get(one, "") for one in FIELDS}
    if wait := pace.wait_for_form(request):
        words = _("提交太频繁，请等 %(seconds)s 秒再试。") % {"seconds": wait}
        return _show(request, {"refused": words, "form": form}, TOO_MANY)
    try:
        if request.POST.get("step") == "back":
            return pages.see(
                "/topics/?done=verify" if identity.person_of(mine.token(request)) else "/topics/"
            )
        if form["code"]:
            token, _until = identity.confirm_verification(form["mobile"], form["code"])
            response = pages.see("/topics/?done=verify")
            mine.keep_token(response, token)
            return response
        identity.start_verification(form["mobile"], pace.address_of(request))
    except InvalidFields as error:
        errors = pages.errors_of(error)
        return _show(request, {"form": form, "error": errors, "code_sent": "code" in errors}, INVALID)
    except Refused as refused:
        return pages.refuse(
            _show(request, {"refused": refused.message, "form": form}, refused.status), refused
        )
    return _show(request, {"form": form, "code_sent": True})
