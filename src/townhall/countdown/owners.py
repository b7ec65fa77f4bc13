"""Whose a step is: the people who hold the owner's seat in the hour."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from townhall.hours.choices import Role
from townhall.hours.models import Seat

if TYPE_CHECKING:
    from collections.abc import Iterable

    from townhall.people.models import Account


def owners(hour_ids: Iterable[int]) -> dict[int, dict[str, list[Account]]]:
    """For each hour the people of every seat that is taken."""
    found: dict[int, dict[str, list[Account]]] = defaultdict(lambda: defaultdict(list))
    seats = Seat.objects.filter(hour_id__in=list(hour_ids), active=True).select_related("account")
    for seat in seats.order_by("id"):
        people = found[seat.hour_id][seat.role]
        if seat.account not in people:
            people.append(seat.account)
    return found


def of(role: str, people: dict[str, list[Account]]) -> list[Account]:
    """Who answers for a role's steps: its holders, or the coordinators while nobody sits there."""
    return people.get(role) or people.get(Role.COORDINATOR.value) or []
