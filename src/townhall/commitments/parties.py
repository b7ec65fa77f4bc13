"""Who acts on promises: the people of the units that owe them, the inspector, the leaders; and whom messages reach."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import Q, prefetch_related_objects

from townhall.commitments.choices import Level
from townhall.hours.choices import Role, Stage
from townhall.hours.models import Seat
from townhall.kernel import clock
from townhall.people.models import Account, Office, Unit
from townhall.people.standing import Standing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from townhall.commitments.models import Commitment

# Who is no seat stands in the table by name.
UNIT, ASSISTING, ASKER, SYSTEM = "unit", "assisting_unit", "asker", "system"
# What somebody is for promises by office, or by a seat in the hour until that is archived.
_STANDING = frozenset({Role.INSPECTOR.value, Role.MAYOR.value, Role.DEPUTY.value})


@dataclass(frozen=True, slots=True)
class Hand:
    """Somebody acting on promises, of whatever hour.

    :param account_id: ``None`` for an asker and for the system
    :param offices: standing roles, which outlive the hour's seats
    :param seats: (hour, role) in hours that are not archived yet
    :param own: what they are without either: ``asker`` or ``system``
    """

    account_id: int | None
    name: str = ""
    unit_id: int | None = None
    offices: frozenset[str] = frozenset()
    seats: frozenset[tuple[int, str]] = frozenset()
    own: frozenset[str] = field(default_factory=frozenset)
    standing: Standing = field(default_factory=Standing)

    @property
    def id(self) -> int:
        """The account's id, for rows that need a person.

        :raises ValueError: for an asker and for the system
        """
        if self.account_id is None:
            message = "nobody in particular acts"
            raise ValueError(message)
        return self.account_id

    @property
    def anywhere(self) -> frozenset[str]:
        """What they are in at least one hour."""
        return self.offices | {role for _hour, role in self.seats}

    def roles(self, commitment: Commitment) -> frozenset[str]:
        """What they are for this promise."""
        found = set(self.offices | self.own)
        found |= {role for hour, role in self.seats if hour == commitment.hour_id}
        if self.unit_id is not None:
            if self.unit_id == commitment.unit_id:
                found.add(UNIT)
            elif self.unit_id in assisting_of(commitment):
                found.add(ASSISTING)
        return frozenset(found)


THE_SYSTEM = Hand(None, own=frozenset({SYSTEM}))
AN_ASKER = Hand(None, own=frozenset({ASKER}))


def hand_of(account: Account) -> Hand | None:
    """Who somebody is for promises; ``None`` when nothing binds them to any."""
    if not account.is_active:
        return None
    offices = Office.objects.filter(
        Q(until=None) | Q(until__gt=clock.now()), account=account, role__in=_STANDING
    )
    seats = Seat.objects.filter(account=account, active=True, role__in=_STANDING)
    held = seats.exclude(hour__stage=Stage.ARCHIVED).values_list("hour_id", "role")
    hand = Hand(
        account.id,
        account.name,
        account.unit_id,
        frozenset(offices.values_list("role", flat=True)),
        frozenset(held),
        standing=account.standing,
    )
    return hand if hand.unit_id is not None or hand.anywhere else None


def with_assisting(rows: Iterable[Commitment]) -> list[Commitment]:
    """The rows, those of several units with their assisting units fetched: at most one query more."""
    found = list(rows)
    prefetch_related_objects([one for one in found if one.joint], "assisting")
    return found


def assisting(commitment: Commitment) -> list[Unit]:
    """The assisting units, from what was fetched before where it was."""
    return list(commitment.assisting.all()) if commitment.joint else []


def assisting_of(commitment: Commitment) -> list[int]:
    """The ids of the assisting units."""
    return [unit.id for unit in assisting(commitment)]


def units_of(commitment: Commitment) -> list[int]:
    """Every unit that works on it, the lead first."""
    return [commitment.unit_id, *assisting_of(commitment)]


def accounts_of_units(unit_ids: Iterable[int]) -> list[int]:
    """Who can sign in for these units."""
    rows = Account.objects.filter(unit__in=list(unit_ids), is_active=True).order_by("id")
    return list(rows.values_list("id", flat=True))


def holders(role: str, hour_id: int) -> list[int]:
    """Who holds an office now; without any, who sits there in the hour."""
    offices = Office.objects.filter(
        Q(until=None) | Q(until__gt=clock.now()), role=role, account__is_active=True
    )
    found = list(offices.order_by("account_id").values_list("account_id", flat=True))
    if found:
        return found
    seats = Seat.objects.filter(hour_id=hour_id, role=role, active=True).order_by("account_id")
    return list(seats.values_list("account_id", flat=True))


def heads(commitment: Commitment) -> list[int]:
    """Who heads the units of a promise: whoever leads their group in the hour in which it was made."""
    leads = Seat.objects.filter(
        hour_id=commitment.hour_id, role=Role.LEAD, account__unit__in=units_of(commitment), account__is_active=True
    )  # fmt: skip
    return list(dict.fromkeys(leads.order_by("account_id").values_list("account_id", flat=True)))


def working(commitment: Commitment) -> list[int]:
    """Who works on a promise: everybody of its units but their heads; in a unit of heads only, these."""
    above = set(heads(commitment))
    rows = Account.objects.filter(unit__in=units_of(commitment), is_active=True).order_by("id")
    people = list(rows.values_list("id", "unit_id"))
    staffed = {unit for account, unit in people if account not in above}
    return [account for account, unit in people if account not in above or unit not in staffed]


def reached_by(level: int, commitment: Commitment) -> list[int]:
    """The accounts that a chase of this level reaches; the lower ones are told too, the unit always.

    Each level reaches somebody whom the one before did not: where a unit has no head here, the inspector is told, who
    can ring up.
    """
    found = working(commitment)
    if level >= Level.UNIT_HEAD:
        above = [one for one in heads(commitment) if one not in found]
        found = [*(above or holders(Role.INSPECTOR, commitment.hour_id)), *found]
    if level >= Level.DEPUTY:
        found += holders(Role.DEPUTY, commitment.hour_id)
    if level >= Level.MAYOR:
        found += holders(Role.MAYOR, commitment.hour_id)
    return list(dict.fromkeys(found))
