"""The pages a whole district asks for at once, as impersonal bytes: no cookie, no form token, nobody's data.

The edge keeps what this makes and serves it; Django's own view answers with the same bytes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from townhall.live import cards, snapshot
from townhall.portal import pages

if TYPE_CHECKING:
    from collections.abc import Mapping

_PATH = re.compile(r"/(hours|embed)/([A-Za-z0-9_-]{1,64})/\Z")


def render(path: str, lang: str) -> bytes | None:
    """The page at ``path``, complete, or ``None`` when it is not one of these or its hour is not public.

    :param path: ``/hours/SLUG/`` or ``/embed/SLUG/``
    :param lang: ``zh`` or ``en``
    """
    match = _PATH.match(path)
    if match is None:
        return None
    face, slug = match.groups()
    return embed(slug, lang) if face == "embed" else hour(slug, lang)


def hour(slug: str, lang: str, *, key: str = "") -> bytes | None:
    """The hour's page, from announcement to archive."""
    context = snapshot.hour_context(slug, lang, key=key)
    if context is None:
        return None
    return pages.html("hour", frame(context, lang, f"/hours/{slug}/"), lang).encode()


def embed(slug: str, lang: str) -> bytes | None:
    """The plain page for other sites' frames: reads only, doors open the hour's page in the top window."""
    context = snapshot.hour_context(slug, lang)
    if context is None:
        return None
    return pages.html("embed", {**frame(context, lang, f"/embed/{slug}/"), "top": True}, lang).encode()


def frame(context: Mapping[str, Any], lang: str, here: str) -> dict[str, Any]:
    """A snapshot with what the templates around it need."""
    shown = context["hour"]
    inside = pages.hour_frame(shown, lang)
    return {
        **context,
        **inside,
        "here": here + inside["key"],
        "back": "/",
        "door_ask": context["parts"]["door"],
        "over": shown["stage"] in cards.OVER,
        "show_lists": shown["stage"] in {"live", *cards.OVER},
    }
