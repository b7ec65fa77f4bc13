"""Who sits where in one hour, and the hour itself by its address: for staff only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from townhall.hours import presence
from townhall.hours.choices import Role
from townhall.hours.models import OfficeHour, Seat
from townhall.hours.published import worded

if TYPE_CHECKING:
    from townhall.hours.seats import Actor


def find(slug: str) -> OfficeHour | None:
    """The hour at this address in any stage, rehearsals too; who may enter it is the actor's matter."""
    return OfficeHour.objects.select_related("signer_on_duty").filter(slug=slug).first()


def seats(actor: Actor) -> list[dict[str, Any]]:
    """Every seat of the actor's hour in the order of the roles, with its person; stand-ins that sleep included."""
    order = {role.value: place for place, role in enumerate(Role)}
    rows = Seat.objects.filter(hour_id=actor.hour_id).select_related("account", "group", "stands_in_for")
    return sorted(
        (
            {
                "role": seat.role,
                "label": str(Role(seat.role).label),
                "account": seat.account_id,
                "username": seat.account.username,
                "name": worded(seat.account, "name"),
                "group": worded(seat.group, "name") if seat.group else "",
                "active": seat.active,
                "stands_in_for": worded(seat.stands_in_for, "name") if seat.stands_in_for else "",
                "here": presence.is_here(seat.here_at),
                "here_at": seat.here_at,
            }
            for seat in rows
        ),
        key=lambda seat: order[str(seat["role"])],
    )
