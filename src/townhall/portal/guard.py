"""Public forms are guarded by where they come from, not by a cookie: their pages carry nothing personal.

A browser says so itself (Sec-Fetch-Site, W3C Fetch Metadata; Origin, RFC 6454). A program says neither and passes.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from townhall.kernel import addresses
from townhall.portal import pages

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    View = Callable[..., HttpResponse]

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def is_cross_site(request: HttpRequest) -> bool:
    """Whether a browser says that a page of another site sends this."""
    told = request.headers
    return addresses.is_cross_site(told.get("Sec-Fetch-Site", ""), told.get("Origin", ""), request.get_host())


def public_form(view: View) -> View:
    """A view whose POST needs no cookie: foreign pages are refused, oversized bodies answered with a reason."""

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method not in SAFE_METHODS:
            if is_cross_site(request):
                words = _("这次提交来自别的网站，没有接受。请在本站页面上再提交一次。")
                return pages.message(request, 403, _("没有提交成功"), words)
            try:
                request.POST  # noqa: B018 - reading it is what may fail
            except (RequestDataTooBig, TooManyFieldsSent):
                words = _("内容太长了，没有保存。请返回上一页，缩短后再提交；正文最多 3000 字。")
                return pages.message(request, 413, _("没有提交成功"), words)
        return view(request, *args, **kwargs)

    return guarded


def broken_fields(request: HttpRequest, names: tuple[str, ...]) -> dict[str, str]:
    """Fields whose bytes were no UTF-8: the decoder has left its replacement mark in them."""
    words = _("含有无法识别的字符，请重新输入。")
    return {name: words for name in names if "\ufffd" in request.POST.get(name, "")}
