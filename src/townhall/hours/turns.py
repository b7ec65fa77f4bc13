"""Writers of one office hour take turns, on PostgreSQL as they do on SQLite.

Row locks alone are taken in whatever order the acts need them: two merges into each other would wait for each
other, and a question could be merged into one that ends at the same moment. So every act on an hour's questions
locks the hour first; what it then reads stays true until it commits.
"""

from __future__ import annotations

from townhall.hours.models import OfficeHour


def take_turn(hour_id: int) -> None:
    """Wait until nobody else changes anything in this hour; to be called first in a unit of work."""
    OfficeHour.objects.select_for_update(no_key=True).filter(id=hour_id).values_list("id").first()
