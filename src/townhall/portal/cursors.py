"""Where a page of a list goes on: the moment and id of the last thing shown, as an address carries them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.http import HttpRequest

    from townhall.questions.collected import Place

_LONGEST = 60


def written(place: Place | None) -> str:
    """A place for an address."""
    return f"{place[0].isoformat().replace('+00:00', 'Z')}_{place[1]}" if place else ""


def place_of(request: HttpRequest) -> Place | None:
    """The place in ``?before=``; what nobody was given is the beginning."""
    text = request.GET.get("before", "")[:_LONGEST]
    moment, _gap, number = text.partition("_")
    if not (number.isascii() and number.isdigit() and len(number) < 19):  # noqa: PLR2004 - fits 64 bits
        return None
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return (at, int(number)) if at.tzinfo is not None and 2000 <= at.year < 3000 else None  # noqa: PLR2004
