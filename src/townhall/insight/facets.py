"""What a list of answers can be narrowed to: the units and areas that there are."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from townhall.insight.models import Document
from townhall.kernel import clock

# Names of units and places change a few times a year; looking through all documents for them takes 20 ms at 60,000.
KEPT = timedelta(minutes=1)
MOST = 200


class _Kept:
    """What was read last."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.at: datetime | None = None
        self.values: dict[str, list[str]] = {}


_kept = _Kept()


def options() -> dict[str, list[str]]:
    """``{unit: [...], area: [...]}`` of everything that was answered; at most a minute old."""
    with _kept.lock:
        now = clock.now()
        if _kept.at is None or not timedelta(0) <= now - _kept.at < KEPT:
            _kept.values = {name: _values(name) for name in ("unit", "area")}
            _kept.at = now
        return _kept.values


def _values(name: str) -> list[str]:
    rows = Document.objects.exclude(**{name: ""}).order_by(name).values_list(name, flat=True).distinct()
    return list(rows[:MOST])


def forget() -> None:
    """Read again the next time."""
    with _kept.lock:
        _kept.at = None
