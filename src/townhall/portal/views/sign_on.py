"""Signing on with an identity provider: there, back, and on with the form that it was begun from."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from townhall.kernel.errors import INVALID, NOT_FOUND, TOO_MANY
from townhall.kernel.pace import Pace
from townhall.people import citizen_actions, identity
from townhall.people.citizen_actions import Form, NotSignedOn
from townhall.people.providers import described
from townhall.portal import mine, pace, pages
from townhall.portal.guard import public_form
from townhall.portal.templatetags.portal import title_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

BROWSER = "sign-on"
BROWSER_DAYS = 15 / 1440
# Forms that one may sign on from, by the names of their addresses, each with the step that goes on with a verified
# person and the one that leads to the code by SMS.
FORMS = {
    "ask": ("back", "text"),
    "observe": ("back", "apply"),
    "comment": ("back", "back"),
    "support": ("back", "back"),
    "topics-verify": ("back", "back"),
    "follow": ("back", "back"),
    "remind": ("back", "back"),
    "own-data": ("proven", "back"),
    "track-find": ("proven", "back"),
    "observe-mine": ("proven", "back"),
}
# What is never carried on: what proves somebody, and the buttons.
NEVER = frozenset({"mobile", "code", "token", "step"})
# Ways back that hold no sign-on of this browser are somebody's tries.
TRIES = Pace(10, 20)


@public_form
@require_POST
def begin(request: HttpRequest, provider: str) -> HttpResponse:
    """Keep what was typed and show the way to the provider: a link, for a form may lead to our own pages only."""
    form = _form(request)
    found = described.find(provider)
    if form is None or found is None:
        return pages.not_found(request, _("没有这种登录方式，请返回上一页，用短信验证。"))
    if wait := pace.wait_for_form(request):
        return _slow(request, wait, form)
    browser = pages.kept_cookie(request, BROWSER) or secrets.token_urlsafe(32)
    try:
        address = citizen_actions.begin(provider, browser, form)
    except NotSignedOn as refused:
        return _failed(request, refused)
    context = {"address": address, "title": title_of(found), "form": form}
    response = pages.respond(request, "sign_on_leave", context, cache=pages.PRIVATE)
    pages.set_cookie(response, BROWSER, browser, days=BROWSER_DAYS)
    return response


def _form(request: HttpRequest) -> Form | None:
    """What was typed, if it is one of our forms that says so."""
    path = request.GET.get("from", "")
    try:
        if not path.startswith("/") or not url_has_allowed_host_and_scheme(path, allowed_hosts=None):
            return None
        steps = FORMS.get(resolve(path.partition("?")[0]).url_name or "")
    except Resolver404:
        return None
    if steps is None:
        return None
    typed = [(name, value) for name, values in request.POST.lists() if name not in NEVER for value in values]
    return Form(path, typed, *steps)


@require_safe
def back(request: HttpRequest, provider: str) -> HttpResponse:
    """The provider sends the browser here. The address is left at once: what stands in it opens something."""
    address = pace.address_of(request)
    if address is not None and (wait := TRIES.is_spent(address)):
        return _slow(request, wait, None)
    browser = pages.kept_cookie(request, BROWSER)
    query = {name: values[0] for name, values in request.GET.lists() if len(values) == 1}
    try:
        if request.method != "GET" or not browser:
            words = _(
                "这次登录不是从这台设备的这个浏览器开始的，或者已经超过 15 分钟。请重新登录，或用短信验证。"
            )
            raise NotSignedOn(INVALID, "state", words)
        signed_on = citizen_actions.arrive(provider, browser, query)
    except NotSignedOn as refused:
        if address is not None:
            TRIES.take(address)
        return _failed(request, refused)
    response = pages.see(f"/sign-on/done/{signed_on.id}/")
    mine.keep_token(response, signed_on.token)
    return response


@require_safe
def done(request: HttpRequest, sign_on: int) -> HttpResponse:
    """Signed on: one button goes on with the form."""
    form = citizen_actions.form_of(sign_on, pages.kept_cookie(request, BROWSER))
    token = mine.token(request)
    if form is None or identity.person_of(token) is None:
        words = _("登录后超过 15 分钟没有继续，为安全起见已经作废。请回到原来的页面重新开始。")
        return pages.message(request, NOT_FOUND, _("请重新开始"), words)
    context = {"form": form, "token": token, "has_mobile": identity.has_mobile(token)}
    return pages.respond(request, "sign_on_done", context, cache=pages.PRIVATE)


def _failed(request: HttpRequest, refused: NotSignedOn) -> HttpResponse:
    context = {"message": refused.message, "form": refused.form}
    return pages.respond(request, "sign_on_failed", context, status=refused.status, cache=pages.PRIVATE)


def _slow(request: HttpRequest, wait: int, form: Form | None) -> HttpResponse:
    words = _("登录太频繁，请等 %(seconds)s 秒再试，或用短信验证。") % {"seconds": wait}
    response = _failed(request, NotSignedOn(TOO_MANY, "too_many", words, form))
    response.headers["Retry-After"] = str(wait)
    return response
