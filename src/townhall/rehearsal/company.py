"""Entering the cast: units, accounts, offices, hours and seats, all through the rooms' own actions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.auth.hashers import make_password

from townhall.hours import planning
from townhall.hours.choices import Role
from townhall.hours.models import Group, OfficeHour
from townhall.hours.seats import Actor, actor_for
from townhall.kernel.unit_of_work import unit_of_work
from townhall.people import actions as people
from townhall.people.models import Account, Office, Unit
from townhall.rehearsal import cast

if TYPE_CHECKING:
    from collections.abc import Mapping

# Everybody of the cast signs in with it. It is printed at every start and exists on demo data only.
DEMO_PASSWORD = "townhall-demo"  # noqa: S105 - meant to be known
# The seats that `townhall demo --json` names, in this order.
NAMED_SEATS = (
    "moderator", "group", "lead", "mayor", "deputy", "assistant", "coordinator", "inspector", "clerk",
)  # fmt: skip
_OFFICES = frozenset(Office.Role.values)


@dataclass(frozen=True, slots=True)
class Company:
    """The cast as this installation knows it: keys of the cards to rows."""

    units: Mapping[str, Unit]
    accounts: Mapping[str, Account]

    @property
    def unit_ids(self) -> dict[str, int]:
        """Each unit's id by its key."""
        return {key: unit.id for key, unit in self.units.items()}

    def actor(self, username: str, hour: OfficeHour) -> Actor:
        """That person in that hour.

        :raises LookupError: when they hold nothing there
        """
        actor = actor_for(self.accounts[username], hour)
        if actor is None:
            message = f"{username} has no seat in {hour.slug}"
            raise LookupError(message)
        return actor


def enter() -> Company:
    """Create the cast in an empty installation, or find it in one that has it."""
    if Unit.objects.exists():
        return find()
    people.mark_installation("demo")
    units: dict[str, Unit] = {}
    for card in cast.units().values():
        units[card.key] = people.create_unit(
            card.short, card.kind, name_en=card.name_en, parent=units.get(card.parent),
            leading_unit=units.get(card.lead),
        )  # fmt: skip
    accounts = {}
    for person in cast.staff().values():
        account = people.create_account(
            person.username, person.name, unit=units[person.unit], name_en=person.name_en,
            position=person.position,
        )  # fmt: skip
        accounts[person.username] = account
        if person.seat in _OFFICES and not person.stand_in:
            people.give_office(account, person.seat)
    _give_passwords()
    return Company(units, accounts)


def _give_passwords() -> None:
    """One slow hash for all of the cast: forty would delay the first start by half a minute."""
    hashed = make_password(DEMO_PASSWORD)
    with unit_of_work():
        Account.objects.filter(username__in=list(cast.staff())).update(password=hashed)


def find() -> Company:
    """The cast in an installation that has it.

    :raises LookupError: when somebody is missing, so these are not the demo's data
    """
    by_name = {unit.name: unit for unit in Unit.objects.all()}
    found = Account.objects.filter(username__in=list(cast.staff()))
    accounts = {account.username: account for account in found}
    units = {card.key: by_name[card.short] for card in cast.units().values() if card.short in by_name}
    if len(units) < len(cast.units()) or len(accounts) < len(cast.staff()):
        message = "the demo's cast is not complete in this installation"
        raise LookupError(message)
    return Company(units, accounts)


def plan_hour(company: Company, key: str, slug: str, starts_at: datetime, **fields: Any) -> OfficeHour:
    """Enter one office hour of the cast with its groups, seats, leaders and material.

    :param key: the hour's card
    :param fields: what differs from an ordinary hour (``identity``, ``rehearsal``, ``issue_no`` ...)
    """
    card = cast.hours()[key]
    words = {"issue_no": card.issue_no} | card.words() | fields
    hour = planning.create_hour(slug=slug, starts_at=starts_at, date_reason="演示安排", **words)
    groups = _form_groups(company, hour)
    _take_seats(company, hour, groups)
    planning.introduce(
        hour,
        [
            {
                "account": company.accounts[leader.username], "name": leader.name, "name_en": leader.name_en,
                "office": leader.office, "office_en": leader.office_en, "remit": leader.remit,
                "remit_en": leader.remit_en,
            }
            for leader in cast.leaders()
        ],
        [
            {"title": one.title, "title_en": one.title_en, "summary": one.summary}
            for one in cast.materials(key)
        ],
    )  # fmt: skip
    return hour


def _form_groups(company: Company, hour: OfficeHour) -> dict[str, Group]:
    formed = {}
    for card in cast.groups().values():
        lead = next(person for person in cast.members(card.key) if person.seat == Role.LEAD.value)
        formed[card.key] = planning.add_group(
            hour, card.name, [company.units[key] for key in card.units], name_en=card.name_en,
            reviewer=company.accounts[lead.username],
        )  # fmt: skip
    return formed


def _take_seats(company: Company, hour: OfficeHour, groups: Mapping[str, Group]) -> None:
    for person in cast.staff().values():
        replaced = company.accounts.get(person.stand_in) if person.stand_in else None
        planning.give_seat(
            hour, company.accounts[person.username], person.seat, group=groups.get(person.group),
            stands_in_for=replaced,
        )  # fmt: skip


def groups_of(hour: OfficeHour) -> dict[str, Group]:
    """The hour's groups by the keys of their cards."""
    by_name = {group.name: group for group in hour.groups.all()}
    return {card.key: by_name[card.name] for card in cast.groups().values()}


def seats_json() -> dict[str, list[str]]:
    """User names by seat as ``townhall demo --json`` gives them; the first two of ``group`` share a group."""
    people_in = [person for person in cast.staff().values() if not person.stand_in]
    return {seat: [person.username for person in people_in if person.seat == seat] for seat in NAMED_SEATS}
