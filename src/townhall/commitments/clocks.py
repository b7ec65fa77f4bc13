"""Late or not: the one place that compares a promise with its day.

Two clocks run: the day the unit promised, moved only by an approved extension, and the prescribed limit. A lawful
extension is not late; what was reported done in time does not become late while it waits for the inspector.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F, Q

from townhall.commitments import rules
from townhall.commitments.choices import STANDING, Kept, State
from townhall.kernel import clock, workdays

if TYPE_CHECKING:
    from datetime import date, datetime

    from townhall.commitments.models import Commitment


def is_late(one: Commitment, today: date) -> bool:
    """Whether it is still owed past its day."""
    if one.state == State.OPEN:
        return one.due < today
    return one.state in STANDING and _reported_on(one) > one.due


def late_filter(today: date) -> Q:
    """The same for queries."""
    reported_late = Q(state__in=[State.REPORTED, State.VERIFIED], reported_on__gt=F("due"))
    return Q(state=State.OPEN, due__lt=today) | reported_late


def days_over(one: Commitment, today: date) -> int:
    """How many days past its day; negative while there is time."""
    return ((today if one.state == State.OPEN else _reported_on(one)) - one.due).days


def kept(one: Commitment) -> Kept | None:
    """How a closed promise stands to its day; ``None`` for any other."""
    if one.state != State.CLOSED:
        return None
    if _reported_on(one) > one.due:
        return Kept.LATE
    return Kept.EXTENDED if one.extensions and _reported_on(one) > one.first_due else Kept.ON_TIME


def over_prescribed(one: Commitment, today: date) -> bool:
    """Whether the prescribed limit has passed while it is owed, or had when it was reported done."""
    if one.prescribed is None or one.state in {State.ENDED, State.REPLACED}:
        return False
    return (today if one.state == State.OPEN else _reported_on(one)) > one.prescribed


def passed(one: Commitment, today: date) -> date | None:
    """The latest day of the two clocks that has gone by while it is owed; ``None`` while there is time by both."""
    if one.state != State.OPEN:
        return None
    return max((day for day in (one.due, one.prescribed) if day is not None and day < today), default=None)


def newly_passed(today: date) -> Q:
    """The promises of whose passed day nobody was told yet, for queries."""
    by_unit = Q(due__lt=today) & (Q(late_told=None) | Q(late_told__lt=F("due")))
    by_rule = Q(prescribed__lt=today) & (Q(late_told=None) | Q(late_told__lt=F("prescribed")))
    return Q(state=State.OPEN) & (by_unit | by_rule)


def prescribed_for(handling: str, made: date) -> date | None:
    """The prescribed limit of a promise made that day; ``None`` when the calendar does not reach so far."""
    return workdays.add_workdays(made, rules.prescribed_days(handling))


def workdays_ahead(today: date, number: int) -> date:
    """The day so many working days ahead (or back, when negative); where the calendar ends, Monday to Friday."""
    found = workdays.add_workdays(today, number)
    return found or workdays.MONDAY_TO_FRIDAY.add_workdays(today, number) or today


def is_working_time(now: datetime, first: int, last: int) -> bool:
    """Whether offices are open: a working day, between these hours."""
    local = clock.local(now)
    works = workdays.is_workday(local.date())
    if works is None:
        works = local.date().weekday() not in workdays.WEEKEND
    return works and first <= local.hour < last


def _reported_on(one: Commitment) -> date:
    return one.reported_on or one.due
