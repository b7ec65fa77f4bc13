"""The only source of time, so that a rehearsal, a test and an operator's drill can all steer it."""

from __future__ import annotations

import os
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

DISTRICT_ZONE = ZoneInfo("Asia/Shanghai")
_steered: ContextVar[datetime | None] = ContextVar("steered", default=None)
_last_read: dict[str, datetime] = {}


def now() -> datetime:
    """The present moment, aware and in UTC.

    ``TOWNHALL_CLOCK`` steers it: ``+SECONDS`` shifts the machine's time, anything else names a file holding an
    RFC 3339 time; while that file is being written anew, what it held before counts. Inside :func:`steer` that
    moment is returned instead.
    """
    steered = _steered.get()
    if steered is not None:
        return steered
    setting = os.environ.get("TOWNHALL_CLOCK", "")
    if not setting:
        return datetime.now(UTC)
    if setting[0] in "+-":
        return datetime.now(UTC) + timedelta(seconds=float(setting))
    try:
        _last_read[setting] = read_file(Path(setting))
    except (OSError, ValueError):
        if setting not in _last_read:
            raise
    return _last_read[setting]


def read_file(path: Path) -> datetime:
    """The time that a file holds.

    :raises ValueError: when it is no RFC 3339 time, which has an offset
    """
    moment = datetime.fromisoformat(path.read_text(encoding="ascii").strip())
    if moment.tzinfo is None:
        message = "a time without an offset"
        raise ValueError(message)
    return moment.astimezone(UTC)


def today() -> date:
    """Today's date in the district."""
    return now().astimezone(DISTRICT_ZONE).date()


def local(moment: datetime) -> datetime:
    """The moment on the district's wall clock."""
    return moment.astimezone(DISTRICT_ZONE)


@contextmanager
def steer(moment: datetime) -> Iterator[None]:
    """Freeze time at ``moment`` (aware) for the block: demo data and tests walk time with it."""
    if moment.tzinfo is None:
        message = "steer() needs an aware time"
        raise ValueError(message)
    token = _steered.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _steered.reset(token)
