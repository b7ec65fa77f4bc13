"""Seats given and ended inside the actions of other rooms: the open unit of work is theirs, the entry is kept here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from townhall.hours.models import Seat
from townhall.journal.write import record

if TYPE_CHECKING:
    from collections.abc import Callable

    from townhall.hours.models import Group, OfficeHour
    from townhall.people.models import Account

# Rooms above say whether they still need a seat (hour, account, role, group); `config` fills the slot.
KEEPERS: list[Callable[[int, int, str, int | None], bool]] = []


def sit(
    hour: OfficeHour,
    account: Account,
    role: str,
    *,
    group: Group | None = None,
    stands_in_for: Account | None = None,
    actor: int | None = None,
) -> Seat:
    """Give a person a seat; a stand-in's (B 角) sleeps until it takes over, and wakes when it becomes their own.

    :param actor: who gives it
    """
    seat, created = Seat.objects.get_or_create(
        hour=hour,
        account=account,
        role=role,
        group=group,
        defaults={"stands_in_for": stands_in_for, "active": stands_in_for is None},
    )
    woken = not created and stands_in_for is None and (seat.stands_in_for_id is not None or not seat.active)
    if woken:
        seat.stands_in_for, seat.active = None, True
        seat.save(update_fields=["stands_in_for", "active"])
    if created or woken:
        record(
            hour.id, "hour.seated", actor=actor, subject="hour", subject_id=hour.id,
            account=account.id, role=role,
        )  # fmt: skip
    return seat


def rise(hour: OfficeHour, account_id: int, role: str, group: Group | None, *, actor: int | None) -> bool:
    """End a person's seat unless another room still needs it; whom a stand-in had relieved sits again.

    :returns: whether a seat ended
    """
    if any(keeper(hour.id, account_id, role, group.id if group else None) for keeper in KEEPERS):
        return False
    seats = Seat.objects.filter(hour=hour, role=role, group=group)
    seat = seats.filter(account_id=account_id).first()
    if seat is None:
        return False
    if seat.active and seat.stands_in_for_id is not None:
        relieved = seats.filter(account_id=seat.stands_in_for_id, active=False).first()
        if relieved is not None:
            relieved.active = True
            relieved.save(update_fields=["active"])
    seat.delete()
    record(
        hour.id, "hour.unseated", actor=actor, subject="hour", subject_id=hour.id,
        account=account_id, role=role,
    )  # fmt: skip
    return True
