"""The installation's working days: its base calendar with the schedules its people entered on top.

Every process keeps the calendar in memory and looks at one small file to learn that it has changed: whoever
enters a schedule writes the file after the commit. A machine that shares only the database is told by its own
jobs (:func:`follow`), within a second.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path

from django.conf import settings
from django.db.models import Count, Max

from townhall.hours.models import HolidaySchedule
from townhall.kernel import workdays
from townhall.kernel.workdays import Calendar, SpecialDay

# What this process has read, and the state of the file when it did.
_kept: list[tuple[tuple[int, int] | None, Calendar]] = []


def _mark_path() -> Path:
    return Path(settings.DATA_DIR) / "calendar.mark"


def _mark() -> tuple[int, int] | None:
    try:
        found = _mark_path().stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_ino


def current() -> Calendar:
    """The calendar this installation goes by; a file's state is looked at, the database only when it changed."""
    mark = _mark()
    if not _kept or _kept[0][0] != mark:
        # Without a mark nobody ever entered a schedule.
        _kept[:] = [(mark, load() if mark else workdays.base(settings.CALENDAR))]
    return _kept[0][1]


def load() -> Calendar:
    """The calendar as the database has it at this moment."""
    calendar = workdays.base(settings.CALENDAR)
    for schedule in in_force():
        calendar = calendar.with_year(schedule.year, special_days(schedule))
    return calendar


def special_days(schedule: HolidaySchedule) -> list[SpecialDay]:
    """The days of a schedule as the kernel reads them."""
    return [
        SpecialDay(day.date, "holiday" if day.kind == "holiday" else "makeup", day.name, schedule.source)
        for day in schedule.days.all()
    ]


def in_force() -> list[HolidaySchedule]:
    """The newest schedule of each year that was entered and not withdrawn, the earliest year first."""
    rows = HolidaySchedule.objects.filter(withdrawn_at=None).order_by("year", "revision")
    newest = {row.year: row for row in rows.prefetch_related("days")}
    return list(newest.values())


def _version() -> str:
    found = HolidaySchedule.objects.aggregate(newest=Max("id"), withdrawn=Count("withdrawn_at"))
    return f"{found['newest'] or 0}.{found['withdrawn']}"


def tell() -> None:
    """Let every process on this machine read the calendar anew; to be called after the commit."""
    new = _mark_path().with_suffix(f".{os.getpid()}-{threading.get_ident()}")
    new.write_text(_version(), encoding="ascii")
    new.replace(_mark_path())


def follow() -> None:
    """Notice what another machine has entered, or what a restored database holds."""
    version = _version()
    try:
        told = _mark_path().read_text(encoding="ascii")
    except FileNotFoundError:
        told = "0.0"
    if told != version:
        tell()
