"""An hour in the middle of its preparation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tests.fixtures import START
from townhall.countdown import queries
from townhall.countdown.models import Step

if TYPE_CHECKING:
    from tests.fixtures import District
    from townhall.countdown.queries import Row


def before(days: float) -> datetime:
    """Noon in the district, so many days before the hour's."""
    return datetime(START.year, START.month, START.day, 4, tzinfo=UTC) - timedelta(days=days)


def rows(district: District, by: str = "coordinator") -> dict[str, Row]:
    """The countdown by the codes of its steps."""
    return {row.standing.step.code: row for row in queries.countdown(district.actor(by), district.hour)}


def states(district: District) -> dict[str, str]:
    """The state of each step."""
    return {code: row.standing.state.value for code, row in rows(district).items()}


def step(district: District, code: str) -> Step:
    """One step as it is stored."""
    return Step.objects.get(hour=district.hour, code=code)
