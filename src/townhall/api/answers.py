"""Finished answers."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse

from townhall.kernel import clock

if TYPE_CHECKING:
    from collections.abc import Sequence

# Public words may be kept for a second, as frames are; what was covered is gone from every cache by then.
BRIEFLY = "public, max-age=1"
NEVER = "no-store"


def _plain(value: Any) -> str:
    """Moments with their offset (RFC 3339), everything else by its name in the reader's language."""
    if isinstance(value, datetime):
        return clock.local(value).isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else str(value)


def answer(data: Any, *, status: int = 200, cache: str = NEVER) -> HttpResponse:
    """``data`` as JSON."""
    content = json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=_plain)
    response = HttpResponse(content, status=status, content_type="application/json")
    response.headers["Cache-Control"] = cache
    if cache != NEVER:
        response.headers["Vary"] = "Cookie"  # the language may come from there
    return response


def listed(items: Sequence[Any], after: str | None, *, cache: str = NEVER) -> HttpResponse:
    """One page of a list.

    :param after: the cursor of the next page, ``None`` at the end
    """
    return answer({"items": items, "next": after}, cache=cache)


def caching(key: str) -> str:
    """How long an answer may be kept: never when a rehearsal's secret opened it."""
    return NEVER if key else BRIEFLY
