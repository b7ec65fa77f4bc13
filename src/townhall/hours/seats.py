"""Who somebody is in one hour: the actor that every staff action and query takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from townhall.hours.choices import GROUP_ROLES, SIGNER_ROLES, Role, Stage
from townhall.hours.models import Group, OfficeHour, Seat
from townhall.journal.models import DISTRICT_LINE
from townhall.kernel import clock
from townhall.kernel.errors import FORBIDDEN
from townhall.kernel.flow import Refusal
from townhall.people.actions import ADMINISTRATORS
from townhall.people.models import Account, Office
from townhall.people.standing import Standing

Via = Literal["browser", "token", "system"]

_TOKEN = _("这个令牌不能签发、屏蔽或查看联系方式，请在浏览器中操作。")
_UNPROVED = {
    "": _("请先做二次验证，再办这一步。"),
    "locked": _("请先做二次验证，再办这一步。"),
    "idle": _("已有 30 分钟没有操作，请再做一次二次验证。"),
    "moved": _("您已在另一台设备上验证。要在这台设备上办，请再做一次二次验证。"),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """A person acting in one hour, with what they hold there.

    :param account_id: ``None`` for the system
    :param roles: seats held (``hours.choices.Role`` values); after archiving, standing roles
    :param group_ids: groups in which a group seat is held
    :param unit_id: the person's own unit; after archiving the answer's unit acts through it
    :param may_sign: false for a token that was not given the right to sign, withhold or read contacts
    :param standing: how the person proved who they are, where a browser's sign-in stands behind the act
    """

    account_id: int | None
    username: str
    name: str
    hour_id: int
    roles: frozenset[str]
    group_ids: frozenset[int] = field(default_factory=frozenset)
    unit_id: int | None = None
    via: Via = "browser"
    may_sign: bool = True
    standing: Standing = field(default_factory=Standing)

    def personal_refusal(self) -> Refusal | None:
        """Why this sign-in is not enough for what only the person may do: sign, cover, look at contact data."""
        if not self.may_sign:
            return Refusal(FORBIDDEN, "token", _TOKEN)
        if self.standing.is_due:
            return Refusal(FORBIDDEN, "proof", _UNPROVED[self.standing.lapse])
        return None

    @property
    def is_system(self) -> bool:
        """Whether nobody in particular acts: the clock proposed and the system does."""
        return self.via == "system"

    @property
    def id(self) -> int:
        """The account's id, for rows that need a person.

        :raises ValueError: for the system
        """
        if self.account_id is None:
            message = "the system is nobody"
            raise ValueError(message)
        return self.account_id

    def holds(self, roles: frozenset[str]) -> bool:
        """Whether one of these seats is held."""
        return bool(self.roles & roles)

    @property
    def is_group(self) -> bool:
        """Whether a seat in a business group is held."""
        return self.holds(GROUP_ROLES)

    @property
    def is_signer(self) -> bool:
        """Whether the mayor's or a deputy's seat is held."""
        return self.holds(SIGNER_ROLES)


def actor_for(
    account: Account, hour: OfficeHour, via: Via = "browser", *, may_sign: bool = True
) -> Actor | None:
    """The actor ``account`` is in ``hour``; ``None`` when there is nothing they hold there.

    Until the hour is archived seats count; after it the standing roles do: offices, and the unit that answered.
    """
    if not account.is_active:
        return None
    if hour.stage == Stage.ARCHIVED:
        roles, groups = _standing(account, hour)
    else:
        held = Seat.objects.filter(hour=hour, account=account, active=True).values_list("role", "group_id")
        roles = frozenset(role for role, _group in held)
        groups = frozenset(group for _role, group in held if group)
    if not roles:
        return None
    return Actor(
        account_id=account.id,
        username=account.username,
        name=account.name,
        hour_id=hour.id,
        roles=roles,
        group_ids=groups,
        unit_id=account.unit_id,
        via=via,
        may_sign=may_sign,
        standing=account.standing,
    )


def actors_for(account: Account, hours: list[OfficeHour]) -> dict[int, Actor]:
    """The actors that ``account`` is in several hours, by hour; three queries however many hours there are.

    Hours in which nothing is held are missing, as in :func:`actor_for`.
    """
    if not account.is_active:
        return {}
    over = [hour for hour in hours if hour.stage == Stage.ARCHIVED]
    held: dict[int, list[tuple[str, int | None]]] = {}
    seats = Seat.objects.filter(hour__in=hours, account=account, active=True).exclude(hour__in=over)
    for hour_id, role, group_id in seats.values_list("hour_id", "role", "group_id"):
        held.setdefault(hour_id, []).append((role, group_id))
    offices = [(role, None) for role in _offices(account)] if over else []
    for hour in over:
        held[hour.id] = list(offices)
    if over and account.unit_id is not None:
        led = Group.objects.filter(hour__in=over, units=account.unit_id)
        for hour_id, group_id in led.values_list("hour_id", "id"):
            held[hour_id].append((Role.GROUP.value, group_id))
    return {
        hour_id: Actor(
            account_id=account.id, username=account.username, name=account.name, hour_id=hour_id,
            roles=frozenset(role for role, _group in seated), unit_id=account.unit_id,
            group_ids=frozenset(group for _role, group in seated if group), standing=account.standing,
        )
        for hour_id, seated in held.items()
        if seated
    }  # fmt: skip


def _offices(account: Account) -> list[str]:
    offices = Office.objects.filter(Q(until=None) | Q(until__gt=clock.now()), account=account)
    # Administrators of the system have no part in what it is for.
    offices = offices.exclude(role__in=ADMINISTRATORS)
    return list(offices.values_list("role", flat=True))


def _standing(account: Account, hour: OfficeHour) -> tuple[frozenset[str], frozenset[int]]:
    roles = set(_offices(account))
    groups: frozenset[int] = frozenset()
    if account.unit_id is not None:
        groups = frozenset(hour.groups.filter(units=account.unit_id).values_list("id", flat=True))
        if groups:
            roles.add(Role.GROUP.value)
    return frozenset(roles), groups


def staff_actor(account: Account, via: Via = "browser") -> Actor | None:
    """Who somebody is outside any hour: their offices are their roles, their unit is their unit.

    For what belongs to the district and not to one hour (calendar, series, topic pool, templates).
    """
    if not account.is_active:
        return None
    return Actor(
        account_id=account.id,
        username=account.username,
        name=account.name,
        hour_id=DISTRICT_LINE,
        roles=frozenset(_offices(account)),
        unit_id=account.unit_id,
        via=via,
        standing=account.standing,
    )


def system_actor(hour: OfficeHour) -> Actor:
    """The system, which may do what the clock has been allowed to: end the hour at its time."""
    return Actor(None, "", "", hour.id, frozenset({Role.COORDINATOR.value}), via="system")


def hours_held(account: Account) -> frozenset[int]:
    """The hours, by id, in which this person has a seat now."""
    held = Seat.objects.filter(account=account, active=True).exclude(hour__stage=Stage.ARCHIVED)
    return frozenset(held.values_list("hour_id", flat=True))


def hours_of(account: Account) -> list[OfficeHour]:
    """The hours in which this person holds something, the most urgent first."""
    seated = OfficeHour.objects.filter(seats__account=account, seats__active=True)
    office = bool(_offices(account))
    archived = OfficeHour.objects.filter(stage=Stage.ARCHIVED, rehearsal=False)
    if not office:
        archived = archived.filter(groups__units=account.unit_id) if account.unit_id else archived.none()
    order = {Stage.LIVE: 0, Stage.WRAPPING: 1, Stage.PREPARING: 2, Stage.ANNOUNCED: 3, Stage.PLANNED: 4}
    found = {hour.id: hour for hour in [*seated.exclude(stage=Stage.ARCHIVED), *archived[:20]]}
    past = {Stage.CANCELLED, Stage.ARCHIVED}

    def urgency(hour: OfficeHour) -> tuple[int, float]:
        begins = hour.starts_at.timestamp()
        return order.get(Stage(hour.stage), 9), -begins if hour.stage in past else begins

    return sorted(found.values(), key=urgency)
