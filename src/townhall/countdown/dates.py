"""When a step is due: counted back from the hour, moved earlier (never later) when nobody works that day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from townhall.countdown.choices import Unit
from townhall.kernel import clock
from townhall.kernel.workdays import Workday

if TYPE_CHECKING:
    from townhall.countdown.models import StepFacts
    from townhall.kernel.workdays import Calendar

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Due:
    """When a step is due.

    :param on: the day of its target
    :param at: the end of that day, or the minute for a step counted in minutes
    :param late_at: from when on it is late: the target and its tolerance have passed
    :param provisional: the day depends on a year whose holidays are not published yet
    """

    on: date
    at: datetime
    late_at: datetime
    provisional: bool


def due(step: StepFacts, starts_at: datetime, calendar: Calendar) -> Due:
    """When ``step`` is due before an hour that starts at ``starts_at``.

    The tolerance counts from the nominal day: "five days before, three at the latest" stays that when the fifth
    day is a Sunday and the target moves to the Friday before it. No step is tolerated past the start.
    """
    if step.unit == Unit.MINUTES:
        moment = starts_at - timedelta(minutes=step.offset)
        return Due(clock.local(moment).date(), moment, moment, provisional=False)
    start_day = clock.local(starts_at).date()
    if step.unit == Unit.WORKING:
        nominal = _working_days_before(start_day, step.offset, calendar)
    else:
        nominal = Workday(start_day - step.offset * ONE_DAY, provisional=False)
    target = _worked(nominal.date, start_day, calendar)
    latest = _worked(min(nominal.date + step.tolerance * ONE_DAY, start_day), start_day, calendar)
    late_at = min(_end_of(max(target.date, latest.date)), starts_at)
    return Due(target.date, _end_of(target.date), late_at, nominal.provisional or target.provisional)


def _worked(day: date, start_day: date, calendar: Calendar) -> Workday:
    """The day itself or the nearest worked one before it; the hour's own day was a person's decision and stays."""
    return calendar.shift_earlier(day) if day < start_day else Workday(start_day, provisional=False)


def _working_days_before(day: date, count: int, calendar: Calendar) -> Workday:
    found = Workday(day, provisional=False)
    for _step in range(count):
        earlier = calendar.shift_earlier(found.date - ONE_DAY)
        found = Workday(earlier.date, found.provisional or earlier.provisional)
    return found


def _end_of(day: date) -> datetime:
    return datetime.combine(day + ONE_DAY, time(0), clock.DISTRICT_ZONE)
