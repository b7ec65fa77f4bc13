"""What the system does by itself: read on, send on, forget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from townhall.following import erasing, gathering, reading
from townhall.journal.models import DISTRICT_LINE
from townhall.journal.write import record
from townhall.kernel.unit_of_work import unit_of_work

if TYPE_CHECKING:
    from datetime import datetime


def tick() -> int:
    """Turn what happened into notes, and notes into messages; returns how many messages."""
    reading.tick()
    return gathering.tick()


def erase_due(edge: datetime) -> int:
    """Forget addresses whose follows were over by ``edge``, and those that nobody confirmed; returns how many."""
    if not erasing.due(edge):
        return 0
    with unit_of_work():
        done = erasing.wipe(erasing.due(edge))
        record(DISTRICT_LINE, "follow.data_erased", follows=len(done))
    return len(done)
