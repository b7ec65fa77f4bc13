"""Where citizens can come: what anybody may see of the venues."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from townhall.hours.published import worded
from townhall.kernel import clock
from townhall.venues.models import Venue

if TYPE_CHECKING:
    from datetime import time

# Doors open before the hour so that nobody stands outside at seven.
USUAL_LEAD = timedelta(minutes=30)


def for_hour(hour_id: int) -> list[dict[str, Any]]:
    """The venues of an hour that are open to the public, the main one first, in one query.

    Contact data only where somebody marked it as public; links and meeting numbers never.
    """
    rows = Venue.objects.filter(hour_id=hour_id, is_public=True).select_related("hour")
    return [_shown(row) for row in rows]


def _shown(row: Venue) -> dict[str, Any]:
    starts, ends = clock.local(row.hour.starts_at), clock.local(row.hour.ends_at)
    opens, closes = _on(starts, row.opens) or starts - USUAL_LEAD, _on(ends, row.closes) or ends
    return {
        "id": row.id,
        "name": worded(row, "name"),
        "is_main": row.is_main,
        "address": worded(row, "address"),
        "opens_at": opens.isoformat(timespec="minutes"),
        "closes_at": closes.isoformat(timespec="minutes"),
        "opens": f"{opens:%H:%M}",
        "closes": f"{closes:%H:%M}",
        "contact": row.contact_name if row.contact_public else "",
        "phone": row.contact_phone if row.contact_public else "",
    }


def _on(day: datetime, at: time | None) -> datetime | None:
    return datetime.combine(day.date(), at, tzinfo=clock.DISTRICT_ZONE) if at else None
