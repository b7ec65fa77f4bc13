"""Who acts for a unit: any of its accounts; and which accounts a message to a unit reaches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from townhall.hours.choices import Role
from townhall.hours.models import GroupUnit, Seat
from townhall.people.models import Account, Unit
from townhall.plans import queries as plans

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from townhall.hours.models import OfficeHour

UNIT = "unit"


@dataclass(frozen=True, slots=True)
class UnitActor:
    """Somebody acting for their unit: reads, signs for, replies, reports. Bound to no hour."""

    account_id: int
    name: str
    unit_id: int

    @property
    def roles(self) -> frozenset[str]:
        """What a move's table calls them."""
        return frozenset({UNIT})

    def holds(self, roles: frozenset[str]) -> bool:
        """Whether a move is the unit's."""
        return UNIT in roles


def unit_actor(account: Account) -> UnitActor | None:
    """Whom ``account`` can act for; ``None`` without a unit."""
    if not account.is_active or account.unit_id is None:
        return None
    return UnitActor(account.id, account.name, account.unit_id)


def concerned(hour: OfficeHour) -> list[int]:
    """The units an hour concerns: those of its plan; before there is one, those of its groups."""
    planned = [unit.id for unit in plans.units_of(hour)]
    if planned:
        return planned
    places = GroupUnit.objects.filter(group__hour=hour).order_by("group__order", "group_id", "order", "id")
    return list(dict.fromkeys(places.values_list("unit_id", flat=True)))


def accounts_of(units: Iterable[int]) -> dict[int, list[int]]:
    """Who can sign in for each unit; a unit that nobody can sign in for has an empty list."""
    found: dict[int, list[int]] = {unit: [] for unit in units}
    rows = Account.objects.filter(unit__in=list(found), is_active=True).order_by("id")
    for account, unit in rows.values_list("id", "unit_id"):
        if unit is not None:
            found[unit].append(account)
    return found


def all_accounts(units: Iterable[int]) -> list[int]:
    """Everybody a message to these units reaches."""
    return [account for accounts in accounts_of(units).values() for account in accounts]


def coordinators(hour_id: int) -> list[int]:
    """Who runs the hour: whom a unit's question or report is for."""
    seats = Seat.objects.filter(hour_id=hour_id, role=Role.COORDINATOR, active=True).order_by("account_id")
    return list(seats.values_list("account_id", flat=True))


def unreachable(unit_ids: Sequence[int]) -> tuple[list[Unit], list[Unit]]:
    """Units without any contact, and units that only paper or telephone reach, in the district's order.

    The first have neither an account nor a telephone; the second have a telephone only.
    """
    accounts = accounts_of(unit_ids)
    mute = [
        unit for unit in Unit.objects.filter(id__in=list(unit_ids)).order_by("id") if not accounts[unit.id]
    ]
    return [unit for unit in mute if not unit.phone], [unit for unit in mute if unit.phone]
