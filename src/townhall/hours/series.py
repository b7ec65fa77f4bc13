"""The year at a glance: what the rule proposes, what a person made of it, and what follows each date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Prefetch

from townhall.hours import series_rule
from townhall.hours.choices import ChangeReason, ProposalState, Stage
from townhall.hours.models import DateDecision, OfficeHour, Proposal
from townhall.kernel import clock, workdays

if TYPE_CHECKING:
    from datetime import date

    from townhall.hours.models import SeriesRule
    from townhall.kernel.workdays import Calendar, Workday

# An hour before a break of so many days off is worth a second look: answers due "in five working days" come late.
LONG_BREAK = 3
_WAITING = frozenset({Stage.PLANNED.value, Stage.ANNOUNCED.value, Stage.PREPARING.value})


@dataclass(frozen=True, slots=True)
class Line:
    """One date of the series.

    :param rule: what the rule says by today's calendar
    :param worked: whether the day itself is worked (``None``: not known yet)
    :param days_off: how many days off follow it
    """

    year: int
    month: int
    rule: Workday
    proposal: Proposal | None
    hour: OfficeHour | None
    worked: bool | None
    days_off: int

    @property
    def day(self) -> date:
        """The day on which it is held, or would be."""
        return clock.local(self.hour.starts_at).date() if self.hour else self.rule.date

    @property
    def is_off(self) -> bool:
        """Whether it falls on a day off; before a year is announced, as its weekdays have it."""
        if self.worked is not None:
            return not self.worked
        return self.day.weekday() in workdays.current().weekend

    @property
    def state(self) -> str:
        """What became of it; an hour that was entered by itself counts as decided."""
        if self.hour and self.hour.stage == Stage.CANCELLED:
            return ProposalState.CANCELLED.value
        if self.proposal and self.proposal.state != ProposalState.PROPOSED:
            return str(self.proposal.state)
        if self.hour is None:
            return ProposalState.PROPOSED.value
        return (ProposalState.CONFIRMED if self.day == self.rule.date else ProposalState.MOVED).value

    @property
    def reason(self) -> str:
        """Why it departs from the rule, in somebody's words, or the public reason of a cancelled hour."""
        own = self.proposal.reason if self.proposal else ""
        if not own and self.hour:
            own = self.hour.date_reason
        if not own and self.hour and self.hour.stage == Stage.CANCELLED:
            notice = next((one for one in self.hour.notices.all() if one.verb == "cancel"), None)
            own = str(ChangeReason(notice.reason_code).label) if notice and notice.reason_code else ""
        return own

    @property
    def decisions(self) -> list[DateDecision]:
        """Every decision with a reason, the first one first: what was said once stays to be read."""
        return [one for one in self.proposal.decisions.all() if one.reason] if self.proposal else []

    @property
    def provisional(self) -> bool:
        """Whether the day hangs on a schedule that is not announced."""
        return self.rule.provisional if self.hour is None else self.worked is None

    @property
    def wants_decision(self) -> bool:
        """Whether an hour stands on another day than the rule gives, and nobody has said why."""
        waits = self.hour is not None and self.hour.stage in _WAITING
        return waits and self.day != self.rule.date and not self.reason

    @property
    def before_a_break(self) -> bool:
        """Whether a long holiday follows."""
        return self.days_off >= LONG_BREAK


def year(number: int, rule: SeriesRule | None = None) -> list[Line]:
    """Every date of a year: the rule's months, and hours that stand in others.

    :param rule: the rule in force, where the caller has read it already
    """
    rule = rule or series_rule.in_force()
    proposals = {
        row.month: row
        for row in Proposal.objects.filter(year=number)
        .select_related("hour", "decided_by")
        .prefetch_related("hour__notices", Prefetch("decisions", DateDecision.objects.select_related("by")))
    }
    hours = _hours(number)
    months = sorted({*rule.months, *proposals, *hours})
    calendar = workdays.current()
    return [_line(number, month, rule, calendar, proposals.get(month), hours.get(month)) for month in months]


def _hours(number: int) -> dict[int, OfficeHour]:
    """Hours of a year that no proposal names, by month: entered by themselves, imported, the demo's."""
    first, after = (datetime(one, 1, 1, tzinfo=clock.DISTRICT_ZONE) for one in (number, number + 1))
    rows = OfficeHour.objects.filter(
        rehearsal=False, proposal=None, starts_at__gte=first, starts_at__lt=after
    ).exclude(stage=Stage.CANCELLED)
    return {
        clock.local(hour.starts_at).month: hour
        for hour in rows.order_by("starts_at").prefetch_related("notices")
    }


def _line(
    number: int, month: int, rule: SeriesRule, calendar: Calendar, proposal: Proposal | None,
    hour: OfficeHour | None,
) -> Line:  # fmt: skip
    found = series_rule.date_in(number, month, calendar, rule)
    hour = proposal.hour if proposal and proposal.hour else hour
    day = clock.local(hour.starts_at).date() if hour else found.date
    return Line(number, month, found, proposal, hour, calendar.is_workday(day), calendar.days_off_after(day))


def line(number: int, month: int) -> Line:
    """One date of the series, also for a month in which the rule holds none."""
    found = next((one for one in year(number) if one.month == month), None)
    if found is not None:
        return found
    return _line(number, month, series_rule.in_force(), workdays.current(), None, None)


def years() -> tuple[int, ...]:
    """The years a coordinator looks at: last year, this one and the next two."""
    this = clock.today().year
    return (this - 1, this, this + 1, this + 2)
