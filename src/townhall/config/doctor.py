"""``townhall doctor [SLUG]``: ready for 19:00? The lines of the desks' readiness page, one a line, exit 1 if not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import override

from townhall.hours import roster
from townhall.readiness import examine
from townhall.readiness.lines import Subject

if TYPE_CHECKING:
    from townhall.readiness.lines import Line

NOT_READY, NO_SUCH_HOUR = 1, 2


def look(slug: str = "") -> list[Line]:
    """Every line about the hour with this slug, or about the next one.

    :raises LookupError: when there is no such hour
    """
    hour = roster.find(slug) if slug else examine.next_hour()
    if slug and hour is None:
        message = f"no office hour {slug!r}"
        raise LookupError(message)
    return examine.examine(Subject(hour), thorough=True)


def main(slug: str = "") -> int:
    """Print one line a check; returns 1 when a line is red, 2 when there is no such hour."""
    with override("en"):
        try:
            found = look(slug)
        except LookupError as error:
            print(f"townhall doctor: {error}")
            return NO_SUCH_HOUR
        for line in found:
            remedy = f" -> {line.remedy}" if line.remedy else ""
            print(f"{line.level.value:<5} {line.area.value:<12} {line.finding}{remedy}")
        return 0 if examine.is_ready(found) else NOT_READY
