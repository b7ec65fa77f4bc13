"""Until when: the prescribed working days of a kind of question, counted in the district's calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from townhall.kernel import workdays
from townhall.kernel.workdays import ONE_DAY, WEEKEND
from townhall.wrapping.choices import USUAL_DAYS
from townhall.wrapping.models import Limit

if TYPE_CHECKING:
    from datetime import date


class Due(NamedTuple):
    """The last day in time; ``provisional`` when the count crosses a year that is not announced."""

    on: date
    provisional: bool


def days_by_kind() -> dict[str, int]:
    """The district's numbers by kind of question; the empty word stands for all others."""
    return {"": USUAL_DAYS, **dict(Limit.objects.values_list("kind", "days"))}


def after(start: date, days: int) -> Due:
    """The ``days``-th working day after ``start``; where the calendar does not know, Monday to Friday is assumed."""
    known = workdays.add_workdays(start, days)
    if known is not None:
        return Due(known, provisional=False)
    calendar = workdays.current()
    day, left = start, days
    while left:
        day += ONE_DAY
        worked = calendar.is_workday(day)
        left -= (day.weekday() not in WEEKEND) if worked is None else worked
    return Due(day, provisional=True)
