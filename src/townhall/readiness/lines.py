"""One line of the report, and what a check is given to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from townhall.readiness.choices import Area, Level

if TYPE_CHECKING:
    from townhall.hours.models import OfficeHour


@dataclass(frozen=True, slots=True)
class Line:
    """How one thing stands.

    :param finding: what was found
    :param remedy: what to do, for whatever is not green
    """

    level: Level
    area: Area
    finding: str
    remedy: str = ""

    @property
    def about(self) -> str:
        """What it is about, in the reader's language."""
        return str(self.area.label)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is looked at.

    :param hour: the hour that must be ready; ``None`` when none is planned
    :param serving: host and port on which this very process serves, when it does
    :param asker: the address of who asks from a browser
    """

    hour: OfficeHour | None = None
    serving: tuple[str, int] | None = None
    asker: str = ""


Check = Callable[[Subject], Iterator[Line]]


def ok(area: Area, finding: str) -> Line:
    """A green line."""
    return Line(Level.OK, area, finding)


def warn(area: Area, finding: str, remedy: str) -> Line:
    """A yellow line: the hour can be held, but somebody should look."""
    return Line(Level.WARN, area, finding, remedy)


def fail(area: Area, finding: str, remedy: str) -> Line:
    """A red line: not ready."""
    return Line(Level.FAIL, area, finding, remedy)
