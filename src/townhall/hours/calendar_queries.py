"""What the coordinator's office sees of a year's working days: the days, the document, what followed from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from operator import itemgetter
from typing import TYPE_CHECKING

from townhall.hours import calendar, calendar_lines
from townhall.hours.models import HolidaySchedule, OfficeHour
from townhall.journal import read
from townhall.journal.models import DISTRICT_LINE
from townhall.kernel import clock

if TYPE_CHECKING:
    from townhall.journal.models import Entry
    from townhall.kernel.workdays import SpecialDay

ONE_DAY = timedelta(days=1)
# The same month in which the operator's check begins to ask for the next year.
EXPECTED_FROM_MONTH = 11


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days of one kind without a break."""

    name: str
    kind: str
    first: date
    last: date
    count: int


@dataclass(frozen=True, slots=True)
class Change:
    """A date that moved or settled when the schedule was entered.

    :param what: ``moved``, ``settled`` or ``unsettled``
    :param hour: the hour that stands on it, or ``None`` for a proposal
    """

    what: str
    on: date
    was: date | None
    hour: OfficeHour | None


@dataclass(frozen=True, slots=True)
class Year:
    """One year as the page shows it.

    :param source: the documents that the days in force name, each with its date and, where that was not
        checked, the day by which it had been made public
    :param schedule: what was entered here and is in force; ``None`` for what came with the product
    :param text: the days as lines, to start from
    """

    number: int
    known: bool
    stretches: list[Stretch]
    source: list[tuple[str, date | None, date | None]]
    schedule: HolidaySchedule | None
    revisions: list[HolidaySchedule]
    changes: list[Change]
    text: str


def years() -> list[tuple[int, bool]]:
    """The years to look at, each with whether its schedule is known; the newest first."""
    this = clock.today().year
    known = calendar.current()
    return [(year, known.is_known(date(year, 6, 1))) for year in range(this + 2, this - 3, -1)]


def missing_year() -> int | None:
    """The next year, when it should have been announced by now and is not entered."""
    today = clock.today()
    if today.month < EXPECTED_FROM_MONTH or calendar.current().is_known(date(today.year + 1, 6, 1)):
        return None
    return today.year + 1


def year(number: int) -> Year:
    """A year with its days, its documents and what followed from the one in force."""
    known = calendar.current()
    rows = list(
        HolidaySchedule.objects.filter(year=number)
        .select_related("entered_by", "withdrawn_by")
        .order_by("-revision")
    )
    schedule = next((row for row in rows if row.withdrawn_at is None), None)
    # A schedule may name days of the December before: they are part of its own text.
    days = calendar.special_days(schedule) if schedule else known.days_of(number)
    return Year(
        number=number,
        known=known.is_known(date(number, 6, 1)),
        stretches=stretches(days),
        source=sorted(
            dict.fromkeys((day.source, day.dated, day.published) for day in days if day.source),
            key=itemgetter(0),
        ),
        schedule=schedule,
        revisions=rows,
        changes=_changes(schedule) if schedule else [],
        text=calendar_lines.write(days),
    )


def stretches(days: list[SpecialDay]) -> list[Stretch]:
    """Days in order, those that belong together as one."""
    runs: list[list[SpecialDay]] = [[day] for day in days[:1]]
    for before, day in pairwise(days):
        if (before.name, before.kind, before.date + ONE_DAY) == (day.name, day.kind, day.date):
            runs[-1].append(day)
        else:
            runs.append([day])
    return [Stretch(run[0].name, run[0].kind, run[0].date, run[-1].date, len(run)) for run in runs]


def _changes(schedule: HolidaySchedule) -> list[Change]:
    entries = [entry for entry in read.about("schedule", schedule.id) if ".date_" in entry.kind]
    hours = OfficeHour.objects.in_bulk({entry.line for entry in entries if entry.line != DISTRICT_LINE})
    return sorted((_change(entry, hours) for entry in entries), key=lambda one: one.on)


def _change(entry: Entry, hours: dict[int, OfficeHour]) -> Change:
    was = entry.facts.get("was")
    return Change(
        what=entry.kind.rpartition("_")[2],
        on=date.fromisoformat(entry.facts["on"]),
        was=date.fromisoformat(was) if was else None,
        hour=hours.get(entry.line),
    )
