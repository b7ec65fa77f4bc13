"""How the pages look and speak to this visitor: language, letters, colours. Kept in cookies, never in a page."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from townhall.portal import pages

if TYPE_CHECKING:
    from django.http import HttpRequest

COOKIE = "view"
COLOURS = ("light", "dark", "contrast")
LOOKS = (*COLOURS, "elder")
_TOKEN_SET = re.compile(r"/\*(light|dark|contrast|elder)\*/\s*:root[.a-z]* (\{.*?\})\s*/\*end\*/", re.DOTALL)
_SHEET = Path(__file__).resolve().parent.parent / "static" / "portal" / "townhall.css"


@lru_cache(maxsize=1)
def _token_sets() -> dict[str, str]:
    """The marked token sets of the one style sheet, strong enough to win over what the device prefers."""
    sheet = _SHEET.read_text(encoding="utf-8")
    return {name: f":root:root:root:root {block}\n" for name, block in _TOKEN_SET.findall(sheet)}


def worn(request: HttpRequest) -> list[str]:
    """The looks this visitor has chosen, colours before letters."""
    chosen = request.COOKIES.get(COOKIE, "").split(".")
    return [name for name in LOOKS if name in chosen]


@require_safe
def sheet(request: HttpRequest) -> HttpResponse:
    """The chosen token sets, so that a choice holds from the first paint and without a script."""
    chosen = worn(request)
    css = "".join(_token_sets()[name] for name in chosen)
    if "elder" in chosen:
        css += ".when-elder{display:inline}.when-plain{display:none}\n"
    response = HttpResponse(css, content_type="text/css; charset=utf-8")
    # Browsers do not heed `Vary: Cookie` in their own caches: a kept sheet would outlive the choice of another look.
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Cookie"
    etag = f'"{hashlib.sha256(css.encode()).hexdigest()[:16]}"'
    response.headers["ETag"] = etag
    return get_conditional_response(request, etag=etag, response=response) or response


@require_safe
def choose(request: HttpRequest, look: str) -> HttpResponse:
    """Put a look on, or take elder letters off again, and go back."""
    chosen = worn(request)
    if look == "elder":
        chosen = [name for name in chosen if name != "elder"] + ([] if "elder" in chosen else ["elder"])
    else:
        chosen = ([look] if look in COLOURS else []) + [name for name in chosen if name == "elder"]
    response = pages.see(pages.next_path(request))
    pages.set_cookie(response, COOKIE, ".".join(chosen), script=True)
    return response


@require_safe
def choices(request: HttpRequest) -> HttpResponse:
    """All looks on one page."""
    return pages.respond(request, "look", {"next": pages.next_path(request)})


@require_safe
def language(request: HttpRequest, lang: str) -> HttpResponse:
    """Speak another language from now on, and go back."""
    response = pages.see(pages.next_path(request))
    pages.set_cookie(response, "lang", lang, script=True)
    return response
