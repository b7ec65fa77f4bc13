"""One tap from a message: did it help? Only the link's holder gets here; looking changes nothing, tapping does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from townhall.kernel.errors import INVALID, NOT_FOUND, TOO_MANY, InvalidFields, Refused
from townhall.portal import pace, pages
from townhall.portal.guard import public_form
from townhall.voice import citizen_actions
from townhall.voice import published as voice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest, HttpResponse


def _opened(request: HttpRequest, token: str) -> dict[str, Any] | None:
    """What the link asks about. Only misses use up turns, as with receipts."""
    found = voice.opened(token)
    address = pace.address_of(request)
    if found is None and address is not None:
        pace.GUESSES.take(address)
    return found


def _spent(request: HttpRequest) -> HttpResponse | None:
    address = pace.address_of(request)
    wait = pace.GUESSES.is_spent(address) if address is not None else None
    if not wait:
        return None
    words = _("试得太频繁，请等 %(seconds)s 秒再试。") % {"seconds": wait}
    response = pages.message(request, TOO_MANY, _("请稍等"), words)
    response.headers["Retry-After"] = str(wait)
    return response


def _no_link(request: HttpRequest) -> HttpResponse:
    words = _("这个链接不完整或已失效。请从短信里重新打开，或用查询码查看。")
    return pages.message(request, NOT_FOUND, _("打不开这个链接"), words, "/track/", _("用查询码查进度"))


@require_http_methods(["GET", "HEAD"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    """The question, its answer, five words to tap."""
    if (spent := _spent(request)) is not None:
        return spent
    found = _opened(request, token)
    return _no_link(request) if found is None else _page(request, token, found, {})


def _page(
    request: HttpRequest, token: str, found: dict[str, Any], said: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    context = {
        "v": found, "token": token, "levels": voice.LEVELS, "reasons": voice.REASONS, "error": {},
        "level": found["level"], "reason": found["reason"], "done": request.GET.get("done", ""), **said,
    }  # fmt: skip
    return pages.respond(request, "voice", context, status=status, cache=pages.PRIVATE)


@public_form
@require_POST
def act(request: HttpRequest, token: str, verb: str) -> HttpResponse:
    """Rate, or say that it was not done."""
    if (spent := _spent(request)) is not None:
        return spent
    found = _opened(request, token)
    if found is None:
        return _no_link(request)
    data = {name: request.POST.get(name, "") for name in ("level", "reason")}
    try:
        (citizen_actions.rate if verb == "rate" else citizen_actions.not_done)(token, data)
    except InvalidFields as error:
        typed = {"level": _level(data["level"]), "reason": data["reason"]}
        return _page(request, token, found, {**typed, "error": pages.errors_of(error)}, INVALID)
    except Refused as refused:
        return _page(request, token, found, {"refused": refused.message}, refused.status)
    return pages.see(f"/voice/{token}/?done={verb}")


def _level(text: str) -> int | None:
    return int(text) if text in {"1", "2", "3", "4", "5"} else None
