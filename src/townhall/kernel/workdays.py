"""The working-day calendar: is a day worked, and which day is n working days later.

China moves working days about (调休): a Saturday may be worked and a Monday off, and the State Council fixes
this only year by year. So every question here has three answers: yes, no, and *unknown* for a year whose
schedule has not been published. Nothing is guessed silently: where a date is wanted all the same, Monday to
Friday is assumed and the result says ``provisional``.

The shipped calendar is data (``calendar_data/cn.csv``). Another country's (:func:`library`), or a plain weekday one,
is another ``Calendar`` object; a newly published year is ``calendar.with_year(year, days)``. Which calendar this
installation goes by, with the schedules its people entered, comes through the slot ``CURRENT``.

One thing no data can know: the notice for a year may also move the last days of the December before it.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib import resources
from itertools import count
from types import MappingProxyType
from typing import Literal, NamedTuple, get_args

Kind = Literal["holiday", "makeup"]
Pick = Literal["last_workday", "first_workday", "nth_weekday"]

ONE_DAY = timedelta(days=1)
WEEKEND = frozenset({5, 6})
DateOrNone = date | None  # where a field is called `date` the type cannot be named
DECEMBER = 12
# No calendar on earth closes for a whole quarter: past this a search means broken data, not a long holiday.
SEARCH_LIMIT_DAYS = 92


class Workday(NamedTuple):
    """A day found by rule; ``provisional`` when it depends on an unpublished year, taken as Mon-Fri."""

    date: date
    provisional: bool


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day on which the plain Monday-to-Friday rule does not hold, and the document that says so.

    Args:
        source: the document by its number.
        dated: its date; ``None`` where it was not checked.
        published: when it had been made public at the latest, known where its own date is not.
    """

    date: date
    kind: Kind
    name: str = ""
    source: str = ""
    dated: DateOrNone = None
    published: DateOrNone = None


@dataclass(frozen=True)
class Calendar:
    """Which days are worked.

    Args:
        name: shown to people ("中国", "Mon-Fri").
        years: the years whose schedule is known; ``None`` means every year (no yearly notices).
        days: the days that differ from the ordinary week.
        weekend: the weekdays that are off (0 = Monday); Saturday and Sunday in most of the world.
    """

    name: str
    years: frozenset[int] | None
    days: Mapping[date, SpecialDay]
    weekend: frozenset[int] = WEEKEND

    def is_known(self, day: date) -> bool:
        """Whether the schedule of that day's year has been published."""
        return self.years is None or day.year in self.years

    def is_workday(self, day: date) -> bool | None:
        """Yes, no, or ``None`` when the year's schedule is not published."""
        return self._assumed(day) if self.is_known(day) else None

    def add_workdays(self, start: date, n: int) -> date | None:
        """The n-th working day after ``start`` (before it for a negative n; ``start`` itself for 0).

        The start never counts, worked or not, as deadlines are counted ("5 个工作日内").

        Returns:
            the date, or ``None`` as soon as the count has to cross a day that is not known.
        """
        step = ONE_DAY if n > 0 else -ONE_DAY
        day, left = start, abs(n)
        while left:
            day += step
            worked = self.is_workday(day)
            if worked is None:
                return None
            left -= worked
        return day

    def last_workday(self, year: int, month: int) -> Workday:
        """The last working day of a month."""
        return self.shift_earlier(_first_of_next_month(year, month) - ONE_DAY)

    def first_workday(self, year: int, month: int) -> Workday:
        """The first working day of a month."""
        return self._nearest(date(year, month, 1), ONE_DAY)

    def shift_earlier(self, day: date) -> Workday:
        """The day itself if worked, else the nearest worked day before it: steps never move later."""
        return self._nearest(day, -ONE_DAY)

    def extended(self, days: Iterable[SpecialDay], name: str = "") -> Calendar:
        """This calendar with more days, for a schedule published after release; a later line wins.

        A year becomes known once one of its days from January to November is given: days of late December
        alone come with the notice of the next year and say nothing about their own.
        """
        merged = dict(self.days)
        added = list(days)
        merged.update((special.date, special) for special in added)
        if self.years is None:
            years = None
        else:
            years = self.years | {special.date.year for special in added if special.date.month < DECEMBER}
        return Calendar(name or self.name, years, MappingProxyType(merged), self.weekend)

    def with_year(self, year: int, days: Iterable[SpecialDay]) -> Calendar:
        """This calendar with a year's schedule as one document announces it, complete: the year becomes known.

        What was known of the year is replaced. The document may also name days of the December before (they come
        on top of that year's own) and never later ones.

        Raises:
            ValueError: for a day of another year.
        """
        added = list(days)
        if wrong := next((one for one in added if not may_announce(year, one.date)), None):
            message = f"the schedule of {year} cannot name {wrong.date}"
            raise ValueError(message)
        merged = {day: special for day, special in self.days.items() if day.year != year}
        merged.update((special.date, special) for special in added)
        years = None if self.years is None else self.years | {year}
        return Calendar(self.name, years, MappingProxyType(merged), self.weekend)

    def days_of(self, year: int) -> list[SpecialDay]:
        """The days of a year that differ from the ordinary week, in order."""
        return sorted((one for day, one in self.days.items() if day.year == year), key=lambda one: one.date)

    def days_off_after(self, day: date) -> int:
        """How many days off follow a day without a break, as far as the calendar knows (0 to a quarter)."""
        off = 0
        while off < SEARCH_LIMIT_DAYS and self.is_workday(day + ONE_DAY * (off + 1)) is False:
            off += 1
        return off

    def _assumed(self, day: date) -> bool:
        special = self.days.get(day)
        return day.weekday() not in self.weekend if special is None else special.kind == "makeup"

    def _nearest(self, day: date, step: timedelta) -> Workday:
        provisional = False
        for _ in range(SEARCH_LIMIT_DAYS):
            provisional = provisional or not self.is_known(day)
            if self._assumed(day):
                return Workday(day, provisional)
            day += step
        message = f"calendar {self.name!r} has no working day within {SEARCH_LIMIT_DAYS} days of {day}"
        raise ValueError(message)


@dataclass(frozen=True, slots=True)
class Rule:
    """How a district proposes its dates; a person decides.

    Args:
        months: the months in which an office hour is held.
        pick: the last or first working day of the month, or the ``nth`` ``weekday`` (0 = Monday) of it, which
            moves earlier when it is not worked.
    """

    months: tuple[int, ...] = (1, 3, 5, 7, 9, 11)
    pick: Pick = "last_workday"
    weekday: int = 0
    nth: int = 1

    def __post_init__(self) -> None:
        if not self.months or any(not 1 <= month <= 12 for month in self.months):  # noqa: PLR2004
            message = "months must be one or more numbers from 1 to 12"
            raise ValueError(message)
        if self.pick not in get_args(Pick) or not 0 <= self.weekday <= 6 or not 1 <= self.nth <= 4:  # noqa: PLR2004
            message = "pick must be a known way, weekday 0 (Monday) to 6, nth 1 to 4"
            raise ValueError(message)


SEED_RULE = Rule()
MONDAY_TO_FRIDAY = Calendar("Mon-Fri", None, MappingProxyType({}))


def read_csv(lines: Iterable[str]) -> Iterator[SpecialDay]:
    """Special days from CSV lines: date, kind, name, source, dated, published (the last two may be absent).

    Raises:
        ValueError: naming the line where something is not a date or not a known kind.
    """
    rows = csv.DictReader(lines)
    for number, row in zip(count(2), rows, strict=False):
        kind = row.get("kind")
        if kind not in ("holiday", "makeup"):
            message = f"line {number}: kind must be holiday or makeup, not {kind!r}"
            raise ValueError(message)
        try:
            day = date.fromisoformat(row.get("date") or "")
            dated, published = (
                date.fromisoformat(row[name]) if row.get(name) else None for name in ("dated", "published")
            )
        except ValueError as problem:
            message = f"line {number}: {problem}"
            raise ValueError(message) from problem
        which: Kind = "holiday" if kind == "holiday" else "makeup"
        yield SpecialDay(day, which, row.get("name") or "", row.get("source") or "", dated, published)


@cache
def china() -> Calendar:
    """The shipped Chinese calendar, 2004-2026."""
    source = (
        resources.files("townhall.kernel").joinpath("calendar_data", "cn.csv").read_text(encoding="utf-8")
    )
    return Calendar("中国", frozenset(), MappingProxyType({})).extended(read_csv(source.splitlines()))


# The years a library of rules is asked for: before and after them its answer is "unknown", not a guess.
LIBRARY_YEARS = range(2004, 2056)


@cache
def library(country: str) -> Calendar:
    """Another country's calendar from the ``holidays`` library, by its code (``DE``, ``DE-BY``).

    Statutory days only, which is the whole truth where no yearly notice moves them.

    Raises:
        ValueError: for a code the library does not know, and for China, whose make-up days no rule gives.
    """
    import holidays  # heavy, and only few installations need it

    code, _dash, part = country.partition("-")
    if code in {"CN", "CHN"}:
        message = "the library does not know 调休; use cn"
        raise ValueError(message)
    try:
        found = holidays.country_holidays(code, subdiv=part or None, years=LIBRARY_YEARS)
    except NotImplementedError as problem:
        message = "write holidays: and a country's code such as DE or DE-BY"
        raise ValueError(message) from problem
    days = {day: SpecialDay(day, "holiday", name, "holidays") for day, name in found.items()}
    moved = getattr(found, "weekend_workdays", ())
    days.update((day, SpecialDay(day, "makeup", "", "holidays")) for day in moved)
    return Calendar(country, frozenset(LIBRARY_YEARS), MappingProxyType(days), frozenset(found.weekend))


def base(setting: str) -> Calendar:
    """The calendar that a setting names: ``cn``, ``weekdays`` or ``holidays:XX``.

    Raises:
        ValueError: with what to write instead.
    """
    if setting == "cn":
        return china()
    if setting == "weekdays":
        return MONDAY_TO_FRIDAY
    if setting.startswith("holidays:"):
        return library(setting.removeprefix("holidays:"))
    message = "write cn, weekdays or holidays:XX with a country's code"
    raise ValueError(message)


def may_announce(year: int, day: date) -> bool:
    """Whether a year's schedule may name a day: one of its own or of the December before."""
    return day.year == year or (day.year == year - 1 and day.month == DECEMBER)


# The installation's own calendar, with the schedules its people entered; `config` fills the slot.
CURRENT: list[Callable[[], Calendar]] = []


def current() -> Calendar:
    """The calendar this installation goes by; the shipped one where nothing else is connected."""
    return CURRENT[0]() if CURRENT else china()


def is_workday(day: date, calendar: Calendar | None = None) -> bool | None:
    """Whether a day is worked; ``None`` when its year is not published (default: the installation's calendar)."""
    return (calendar or current()).is_workday(day)


def add_workdays(start: date, n: int, calendar: Calendar | None = None) -> date | None:
    """The n-th working day after ``start``, or ``None`` when the count meets an unpublished year."""
    return (calendar or current()).add_workdays(start, n)


def last_workday(year: int, month: int, calendar: Calendar | None = None) -> Workday:
    """The last working day of a month; provisional when the year is not published."""
    return (calendar or current()).last_workday(year, month)


def shift_earlier(day: date, calendar: Calendar | None = None) -> Workday:
    """The day itself or the nearest working day before it."""
    return (calendar or current()).shift_earlier(day)


def propose_dates(year: int, rule: Rule = SEED_RULE, calendar: Calendar | None = None) -> list[Workday]:
    """The dates a rule proposes for a year, in order; default: the last working day of odd months."""
    chosen = calendar or current()
    return [_pick(chosen, rule, year, month) for month in sorted(set(rule.months))]


def _pick(calendar: Calendar, rule: Rule, year: int, month: int) -> Workday:
    if rule.pick == "last_workday":
        return calendar.last_workday(year, month)
    if rule.pick == "first_workday":
        return calendar.first_workday(year, month)
    first = date(year, month, 1)
    offset = (rule.weekday - first.weekday()) % 7 + 7 * (rule.nth - 1)
    return calendar.shift_earlier(first + timedelta(days=offset))


def _first_of_next_month(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1)
