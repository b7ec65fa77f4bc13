"""Clashes: one person on posts that cannot be held together."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from townhall.hours.choices import Stage
from townhall.hours.models import OfficeHour, Seat
from townhall.staffing.choices import HARD_CLASHES, NOT_TOGETHER, Clash

if TYPE_CHECKING:
    from collections.abc import Sequence

    from townhall.staffing.models import Assignment


@dataclass(frozen=True, slots=True)
class Found:
    """One clash.

    :param kind: a ``Clash``
    :param where: the posts it is about, or the other hour
    """

    kind: Clash
    account_id: int
    name: str
    where: tuple[str, ...]

    @property
    def hard(self) -> bool:
        """Whether the plan cannot stand with it."""
        return self.kind in HARD_CLASHES


def of(hour: OfficeHour, assignments: Sequence[Assignment]) -> list[Found]:
    """Every clash of an hour's plan, the hard ones first; two queries however many people there are.

    :param assignments: the hour's, with ``post`` and ``account`` loaded
    """
    people: dict[int, list[Assignment]] = defaultdict(list)
    for one in assignments:
        people[one.account_id].append(one)
    elsewhere = _elsewhere(hour, list(people))
    found = [clash for mine in people.values() for clash in _within(mine)]
    for account_id, titles in elsewhere.items():
        name = people[account_id][0].account.name
        found.append(Found(Clash.TWO_HOURS, account_id, name, tuple(titles)))
    return sorted(found, key=lambda one: (not one.hard, one.account_id, one.kind))


def _within(mine: Sequence[Assignment]) -> list[Found]:
    """What clashes among the posts of one person."""
    account = mine[0].account
    roles = {one.post.role for one in mine}
    names = tuple(dict.fromkeys(one.post.name for one in mine))
    kinds = [clash for clash, these, those in NOT_TOGETHER if roles & these and roles & those]
    if len({one.post.group_id for one in mine if one.post.group_id}) > 1:
        kinds.append(Clash.TWO_GROUPS)
    if not account.is_active:
        kinds.append(Clash.DISABLED)
    own = [one for one in mine if one.stands_in_for_id is None]
    if own and len(own) < len(mine):
        kinds.append(Clash.STANDS_IN_TWICE)
    return [Found(kind, account.id, account.name, names) for kind in kinds]


def _elsewhere(hour: OfficeHour, account_ids: Sequence[int]) -> dict[int, list[str]]:
    """The hours at the same time in which these people sit too."""
    if hour.rehearsal or not account_ids:
        return {}
    at_once = OfficeHour.objects.filter(
        rehearsal=False, starts_at__lt=hour.ends_at, ends_at__gt=hour.starts_at
    ).exclude(stage__in=[Stage.CANCELLED, Stage.ARCHIVED])
    seats = (
        Seat.objects.filter(hour__in=at_once.exclude(id=hour.id), account__in=account_ids, active=True)
        .order_by("account_id", "hour_id")
        .values_list("account_id", "hour__title")
        .distinct()
    )
    found: dict[int, list[str]] = defaultdict(list)
    for account_id, title in seats:
        found[account_id].append(title)
    return found
