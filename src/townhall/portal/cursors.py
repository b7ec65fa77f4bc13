"""Where a page of a list goes on: moment or day, and id, of the last thing shown, as an address carries them."""

from __future__ import annotations

from datetime import date, datetime
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
    moment, number = _parts(request)
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    if number is None:
        return None
    return (at, number) if at.tzinfo is not None and 2000 <= at.year < 3000 else None  # noqa: PLR2004


def day_of(request: HttpRequest) -> tuple[date, int] | None:
    """The same for a list that goes by days."""
    day, number = _parts(request)
    try:
        return None if number is None else (date.fromisoformat(day), number)
    except ValueError:
        return None


def _parts(request: HttpRequest) -> tuple[str, int | None]:
    when, _gap, number = request.GET.get("before", "")[:_LONGEST].partition("_")
    known = number.isascii() and number.isdigit() and len(number) < 19  # noqa: PLR2004 - fits 64 bits
    return when, int(number) if known else None
