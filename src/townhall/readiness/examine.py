"""All checks in one place: for the page, for the dry run, for `townhall doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from townhall.hours.choices import Stage
from townhall.hours.models import OfficeHour
from townhall.readiness import machine, outside, slots, staffed, storage
from townhall.readiness.choices import Area, Level

if TYPE_CHECKING:
    from collections.abc import Iterable

    from townhall.readiness.lines import Check, Line, Subject

_ORDER = {area: place for place, area in enumerate(Area)}
_UNFINISHED = (Stage.LIVE, Stage.PREPARING, Stage.ANNOUNCED, Stage.PLANNED)


def next_hour() -> OfficeHour | None:
    """The hour that comes next, or runs."""
    rows = OfficeHour.objects.filter(stage__in=_UNFINISHED, rehearsal=False)
    return rows.select_related("signer_on_duty").order_by("starts_at").first()


def examine(subject: Subject, *, thorough: bool) -> list[Line]:
    """Every line, in the order of the page.

    :param thorough: also what takes a second or two: integrity, certificate, clocks, load
    """
    first = _run(slots.FIRST, subject)
    if any(line.level == Level.FAIL for line in first):
        return first  # without a database nothing else can be looked at
    found = first + _run((*staffed.QUICK, *machine.QUICK, *storage.QUICK, *slots.QUICK), subject)
    if thorough:
        found += _run((*storage.SLOW, *outside.SLOW, *slots.SLOW), subject)
    return sorted(found, key=lambda line: _ORDER[line.area])


def _run(checks: Iterable[Check], subject: Subject) -> list[Line]:
    return [line for check in checks for line in check(subject)]


def is_ready(lines: Iterable[Line]) -> bool:
    """Whether no line is red."""
    return all(line.level != Level.FAIL for line in lines)
