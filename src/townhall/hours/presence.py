"""Who is at a desk just now: weather, not history. Nothing here is journalled."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from townhall.hours.models import Seat
from townhall.kernel import clock
from townhall.kernel.unit_of_work import unit_of_work

if TYPE_CHECKING:
    from datetime import datetime

    from townhall.hours.seats import Actor

# A desk tells every twenty seconds that somebody sits at it; two such words may get lost.
FRESH = timedelta(seconds=60)


def tell(actor: Actor) -> None:
    """Somebody sits at a desk of this hour; a desk that is open says so again and again."""
    with unit_of_work():
        Seat.objects.filter(hour_id=actor.hour_id, account_id=actor.id).update(here_at=clock.now())


def is_here(here_at: datetime | None) -> bool:
    """Whether the last word of a seat's desk is fresh."""
    return here_at is not None and clock.now() - here_at < FRESH
