"""Entering an office hour: its date by rule or by a person, its words, groups, seats."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Max, ProtectedError
from django.utils.translation import gettext as _

from townhall.hours import seating, series_rule
from townhall.hours.choices import GROUP_ROLES, Identity, PublishAt, Stage
from townhall.hours.models import Group, GroupUnit, Leader, Material, OfficeHour
from townhall.journal.models import DISTRICT_LINE
from townhall.journal.write import forget_line, record
from townhall.kernel import clock, secrets, workdays
from townhall.kernel.errors import CONFLICT, Refused
from townhall.kernel.unit_of_work import unit_of_work

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from townhall.hours.models import Seat
    from townhall.people.models import Account, Unit

# One hour from 19:00 (the seed's rule); districts change both with the hour itself.
USUAL_START_HOUR = 19
USUAL_LENGTH = timedelta(hours=1)

# Rooms above delete what is theirs when a rehearsal is thrown away; `config` fills the slot.
ON_FORGET: list[Callable[[OfficeHour], None]] = []
# Called inside the unit of work that enters an hour: the room of the countdown gives it its steps.
ON_ENTER: list[Callable[[OfficeHour], None]] = []
# Called inside the unit of work that gives an hour another time or topic, with who did it and which of the two.
ON_REWRITE: list[Callable[[OfficeHour, int, str], None]] = []


@dataclass(frozen=True, slots=True)
class WantedGroup:
    """A business group as a plan wants it; ``id`` when it is one the hour has already."""

    name: str
    units: tuple[int, ...]
    id: int | None = None


def proposed_date(year: int, month: int) -> tuple[date, bool]:
    """The rule's date for a month and whether it is provisional.

    Provisional: the year's holiday schedule has not been published, so the day may still move.
    """
    found = series_rule.date_in(year, month)
    return found.date, found.provisional


def create_hour(**facts: Any) -> OfficeHour:
    """Enter an office hour: :func:`enter_hour` as an action of its own."""
    with unit_of_work():
        return enter_hour(**facts)


def enter_hour(  # noqa: PLR0913 - an hour has that many facts, all by name
    *,
    slug: str,
    title: str,
    starts_at: datetime,
    ends_at: datetime | None = None,
    actor: int | None = None,
    date_reason: str = "",
    rehearsal: bool = False,
    identity: str = Identity.VERIFIED,
    publish_at: str = PublishAt.ACCEPTANCE,
    **words: Any,
) -> OfficeHour:
    """Enter an office hour in the open unit of work and give it the next number (第 N 期), never used again.

    :param starts_at: aware; when its day is not the rule's, ``date_reason`` says why and both are kept
    :raises ValueError: when the day differs from the rule's and no reason is given
    """
    day = clock.local(starts_at).date()
    proposed, provisional = proposed_date(day.year, day.month)
    if not rehearsal and day != proposed and not date_reason:
        message = f"the rule proposes {proposed}; another day needs date_reason"
        raise ValueError(message)
    last = OfficeHour.objects.aggregate(last=Max("issue_no"))["last"] or 0
    number = words.pop("issue_no", last + 1)
    hour = OfficeHour.objects.create(
        slug=slug,
        title=title,
        issue_no=None if rehearsal else number,
        starts_at=starts_at,
        ends_at=ends_at or starts_at + USUAL_LENGTH,
        proposed_on=proposed,
        date_reason=date_reason,
        date_provisional=provisional,
        rehearsal=rehearsal,
        secret=secrets.make_nonce() if rehearsal else "",
        identity=identity,
        publish_at=publish_at,
        **words,
    )
    for enter in ON_ENTER:
        enter(hour)
    record(hour.id, "hour.created", actor=actor, subject="hour", subject_id=hour.id, issue=hour.issue_no)
    return hour


def is_provisional(starts_at: datetime) -> bool:
    """Whether nobody knows yet that this day is worked: its year's schedule is not announced."""
    return not workdays.current().is_known(clock.local(starts_at).date())


def tell_rewritten(hour: OfficeHour, by: int, what: str) -> None:
    """Inside the unit of work that changed an hour: what was agreed on the old words is looked at again.

    :param by: the account of whoever changed it
    :param what: ``time`` or ``topic``
    """
    for follow in ON_REWRITE:
        follow(hour, by, what)


def edit_words(hour: OfficeHour, actor: int | None = None, **words: Any) -> OfficeHour:
    """Change title, topic, introduction, opening or closing words (and their English), or one of its switches."""
    with unit_of_work():
        for name, value in words.items():
            setattr(hour, name, value)
        hour.save(update_fields=list(words))
        record(
            hour.id, "hour.edited", actor=actor, subject="hour", subject_id=hour.id, public=True,
            fields=".".join(sorted(words))[:64],
        )  # fmt: skip
    return hour


def add_group(
    hour: OfficeHour, name: str, units: Sequence[Unit], *, name_en: str = "", reviewer: Account | None = None
) -> Group:
    """Add a business group with its units in answering order."""
    with unit_of_work():
        order = hour.groups.count()
        group = Group.objects.create(
            hour=hour, name=name, name_en=name_en, order=order, secrecy_reviewer=reviewer
        )
        GroupUnit.objects.bulk_create(
            GroupUnit(group=group, unit=unit, order=place) for place, unit in enumerate(units)
        )
        record(hour.id, "hour.edited", subject="hour", subject_id=hour.id, fields="groups")
    return group


def name_reviewer(group: Group, account: Account | None, *, actor: int | None = None) -> None:
    """Name who reviews this group's answers for secrets; ``None`` leaves it to its head."""
    with unit_of_work():
        group.secrecy_reviewer = account
        group.save(update_fields=["secrecy_reviewer"])
        record(
            group.hour_id, "hour.edited", actor=actor, subject="hour", subject_id=group.hour_id,
            fields="groups.secrecy_reviewer",
        )  # fmt: skip


def show_photo(leader: Leader, address: str, *, actor: int | None = None) -> None:
    """Show this photograph of a leader; an empty address shows none."""
    with unit_of_work():
        leader.photo = address
        leader.save(update_fields=["photo"])
        record(
            leader.hour_id, "hour.edited", actor=actor, subject="hour", subject_id=leader.hour_id, public=True,
            fields="leaders.photo",
        )  # fmt: skip


def give_seat(
    hour: OfficeHour,
    account: Account,
    role: str,
    *,
    group: Group | None = None,
    stands_in_for: Account | None = None,
) -> Seat:
    """Give a person a seat; a stand-in's (B 角) sleeps until it takes over.

    :raises ValueError: for a group seat without a group
    """
    if (role in GROUP_ROLES) != (group is not None):
        message = "a group seat needs a group, and only a group seat has one"
        raise ValueError(message)
    with unit_of_work():
        return seating.sit(hour, account, role, group=group, stands_in_for=stands_in_for)


def introduce(
    hour: OfficeHour, leaders: Sequence[Mapping[str, Any]], materials: Sequence[Mapping[str, Any]]
) -> None:
    """Set the leaders and the background material that the public page shows."""
    with unit_of_work():
        hour.leaders.all().delete()
        hour.materials.all().delete()
        for order, fields in enumerate(leaders):
            Leader.objects.create(hour=hour, order=order, **fields)
        for order, fields in enumerate(materials):
            Material.objects.create(hour=hour, order=order, **fields)
        record(
            hour.id,
            "hour.edited",
            subject="hour",
            subject_id=hour.id,
            public=True,
            fields="leaders.materials",
        )


def move_demo_hour(hour: OfficeHour, starts_at: datetime) -> None:
    """Move a demo's hour so that it is live now again, also when it has ended; its questions keep their times."""
    with unit_of_work():
        length = hour.ends_at - hour.starts_at
        hour.starts_at, hour.ends_at = starts_at, starts_at + length
        hour.stage, hour.wrapped_at = Stage.LIVE, None
        hour.save(update_fields=["starts_at", "ends_at", "stage", "wrapped_at"])
        record(hour.id, "hour.edited", subject="hour", subject_id=hour.id, public=True, fields="starts_at")


def forget_rehearsal(hour: OfficeHour) -> None:
    """Delete a rehearsal hour whole: nothing of it stays.

    :raises ValueError: for an hour that is no rehearsal
    """
    if not hour.rehearsal:
        message = "only a rehearsal may be deleted"
        raise ValueError(message)
    with unit_of_work():
        for forget in ON_FORGET:
            forget(hour)
        line = hour.id
        hour.delete()
        forget_line(line)
        record(DISTRICT_LINE, "hour.edited", subject="hour", subject_id=line, fields="rehearsal.deleted")


def arrange_groups(
    hour: OfficeHour,
    wanted: Sequence[WantedGroup],
    *,
    fixed: frozenset[int] = frozenset(),
    actor: int | None = None,
) -> list[int]:
    """Make the hour's groups what an approved plan says; called inside the approval's unit of work.

    A group is known again by its id, else by its name, so that its seats stay. A group that is no longer wanted
    goes with its seats.

    :param fixed: groups on which a question hangs: they keep their name and every unit they have
    :returns: the groups' ids in the wanted order
    :raises Refused: 409 when a fixed group would lose its name, a unit, or its place in the hour
    """
    present = {group.id: group for group in hour.groups.prefetch_related("places")}
    found = _known_again(wanted, present)
    for group in present.values():
        if group.id in fixed:
            _keeps_what_it_has(group, next((one for one, old in found if old is group), None))
    for group in present.values():
        if all(old is not group for _one, old in found):
            _drop_group(hour, group, actor)
    for _one, old in found:
        if old is not None:  # out of the way first: two groups may swap their names
            Group.objects.filter(id=old.id).update(name=f"~{old.id}")
    ids = [_arrange(hour, order, one, old) for order, (one, old) in enumerate(found)]
    record(hour.id, "hour.edited", actor=actor, subject="hour", subject_id=hour.id, fields="groups")
    return ids


def _known_again(
    wanted: Sequence[WantedGroup], present: Mapping[int, Group]
) -> list[tuple[WantedGroup, Group | None]]:
    left = dict(present)
    by_id: dict[int | None, Group] = {one.id: left.pop(one.id) for one in wanted if one.id in left}
    by_name = {group.name: group for group in left.values()}
    return [(one, by_id.get(one.id) or by_name.pop(one.name, None)) for one in wanted]


def _keeps_what_it_has(group: Group, one: WantedGroup | None) -> None:
    lost = one is None or one.name != group.name
    if lost or {place.unit_id for place in group.places.all()} - set(one.units if one else ()):
        words = _("“%(group)s”已有提问在办理，不能改名、撤销或减少单位。") % {"group": group.name}
        raise Refused(CONFLICT, "group_in_use", words)


def _drop_group(hour: OfficeHour, group: Group, actor: int | None) -> None:
    for seat in group.seats.all():
        record(
            hour.id, "hour.unseated", actor=actor, subject="hour", subject_id=hour.id,
            account=seat.account_id, role=seat.role,
        )  # fmt: skip
    try:
        group.delete()
    except ProtectedError as error:  # a room above has something that belongs to this group
        words = _("“%(group)s”已有安排在使用，不能撤销。请先改动有关安排。") % {"group": group.name}
        raise Refused(CONFLICT, "group_in_use", words) from error


def _arrange(hour: OfficeHour, order: int, one: WantedGroup, group: Group | None) -> int:
    if group is None:
        group = Group(hour=hour)
    group.name, group.order = one.name, order
    group.save()
    group.places.all().delete()
    GroupUnit.objects.bulk_create(
        GroupUnit(group=group, unit_id=unit, order=place) for place, unit in enumerate(one.units)
    )
    return group.id
