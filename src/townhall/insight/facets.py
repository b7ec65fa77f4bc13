"""What a list of answers can be narrowed to: the units and areas that there are."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from django.db import connections, router

from townhall.insight.models import Document
from townhall.kernel import clock

# Names of units and places change a few times a year.
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
    """From each value straight to the next in the index: looking through all documents would take longer every year."""
    connection = connections[router.db_for_read(Document)]
    column = connection.ops.quote_name(name)
    following = f"(SELECT MIN({column}) FROM insight_document WHERE {column} > found.value)"  # noqa: S608 - own names
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE found(value) AS (SELECT MIN({column}) FROM insight_document WHERE {column} > ''"  # noqa: S608 - own names
            f" UNION ALL SELECT {following} FROM found WHERE found.value IS NOT NULL)"
            " SELECT value FROM found WHERE value IS NOT NULL LIMIT %s",
            [MOST],
        )
        return [row[0] for row in cursor.fetchall()]


def forget() -> None:
    """Read again the next time."""
    with _kept.lock:
        _kept.at = None
