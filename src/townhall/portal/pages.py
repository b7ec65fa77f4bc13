"""Making pages: the frame around them, the headers under them, the refusals in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import get_template
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from townhall.live import cards

if TYPE_CHECKING:
    from collections.abc import Mapping

    from townhall.kernel.errors import InvalidFields, Refused

# Nothing public may outlive a removal in somebody's cache: it is asked for again every time.
FRESH = "no-cache"
PRIVATE = "no-store"
REHEARSAL_COOKIE = "rehearsal"
SEE_OTHER = 303


def language_of(request: HttpRequest) -> str:
    """``zh`` or ``en``, as the middleware has chosen."""
    return "en" if str(getattr(request, "LANGUAGE_CODE", "")).startswith("en") else "zh"


def html(template: str, context: Mapping[str, Any], lang: str, request: HttpRequest | None = None) -> str:
    """A page as text; without a request it holds nothing personal."""
    with translation.override(cards.language(lang)):
        return get_template(f"portal/{template}.html").render(dict(context), request)


def respond(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200, cache: str = FRESH
) -> HttpResponse:
    """A page as an answer.

    :param cache: :data:`FRESH` for what anybody may see, :data:`PRIVATE` for what belongs to one person
    """
    body = html(template, {"here": here(request), **context}, language_of(request), request)
    response = HttpResponse(body, status=status)
    response.headers["Cache-Control"] = cache
    if cache == PRIVATE:
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex"
    return response


def here(request: HttpRequest) -> str:
    """This page's address without the language, for coming back in another one."""
    query = request.GET.copy()
    query.pop("lang", None)
    text = query.urlencode()
    return request.path + (f"?{text}" if text else "")


def message(
    request: HttpRequest, status: int, heading: str, words: str, go: str = "/", go_words: str = ""
) -> HttpResponse:
    """A page that only says something, and where to go from it."""
    context = {"heading": heading, "message": words, "go": go, "go_words": go_words or _("回首页")}
    return respond(request, "message", context, status=status, cache=PRIVATE)


def not_found(request: HttpRequest, words: str = "") -> HttpResponse:
    """There is no such thing, or not for the public."""
    return message(request, 404, _("没有这个页面"), words or _("网址可能写错了，或者内容没有公开。"))


def hour_frame(hour: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """What pages inside an hour have in common: the three doors and a rehearsal's key."""
    key = cards.key_of(hour)
    return {
        "hour": hour,
        "key": key,
        "more": key.replace("?", "&"),
        "stream_query": f"lang={lang}" + key.replace("?", "&"),
        "back": f"/hours/{hour['slug']}/{key}",
        "ask_url": f"/hours/{hour['slug']}/ask{key}",
        "comment_url": f"/hours/{hour['slug']}/comments/{key}",
        "can_ask": hour.get("asking") in {"pre", "live"},
    }


def key_of(request: HttpRequest) -> str:
    """The rehearsal's secret this visitor came with."""
    return request.GET.get("key") or kept_cookie(request, REHEARSAL_COOKIE)


def errors_of(error: InvalidFields) -> dict[str, str]:
    """Messages by field, in the reader's language."""
    return {name: str(words) for name, words in error.errors.items()}


def refuse(response: HttpResponse, refused: Refused) -> HttpResponse:
    """Say when it is worth trying again."""
    if refused.retry_after:
        response.headers["Retry-After"] = str(refused.retry_after)
    return response


def next_path(request: HttpRequest) -> str:
    """Where a visitor wants to go back to; never another site."""
    wanted = request.GET.get("next", "/")
    is_local = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if is_local else "/"


def see(path: str) -> HttpResponse:
    """Go on with GET at another page."""
    response = HttpResponseRedirect(path)
    response.status_code = SEE_OTHER
    response.headers["Cache-Control"] = PRIVATE
    return response


def set_cookie(
    response: HttpResponse, name: str, value: str, *, days: float = 365, script: bool = False
) -> None:
    """Keep something small in the visitor's browser.

    :param script: whether the page's own script may read it, under the bare name
    """
    response.set_cookie(
        name if script else _kept_name(name),
        value,
        max_age=int(days * 86400),
        httponly=not script,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def kept_cookie(request: HttpRequest, name: str) -> str:
    """What :func:`set_cookie` has kept, or nothing."""
    return request.COOKIES.get(_kept_name(name), "")


def forget_cookie(response: HttpResponse, name: str) -> None:
    """Take it away again."""
    # A browser minds a __Host- cookie only if it is said to be secure, also when it is to go.
    response.set_cookie(
        _kept_name(name), "", max_age=0, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )


def _kept_name(name: str) -> str:
    """Under TLS a name that no sister site and no unprotected page can set (RFC 6265bis, ``__Host-``)."""
    return f"__Host-{name}" if settings.SESSION_COOKIE_SECURE else name
