"""Who must be there when the hour begins, who has come, and whom to tell: the one place of that rule.

An hour needs its required posts; every seat that was given without a post; and, whatever the plan says, somebody to
coordinate, to screen, to read out, to sign and to write in each group. Each must have arrived, that is checked in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from townhall.hours.choices import GROUP_ROLES, SIGNER_ROLES, Role, Stage
from townhall.hours.models import Group, OfficeHour, Seat
from townhall.hours.published import worded
from townhall.kernel import clock
from townhall.people.models import Account
from townhall.staffing import clashes
from townhall.staffing.models import Alarm, Assignment, Post

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

# Minutes before the start at which missing people are told about.
ALARM_MINUTES = (15, 5)
# No hour can be held without these, whatever its plan says; and somebody signs, and somebody writes in each group.
INDISPENSABLE = (Role.MODERATOR, Role.COORDINATOR, Role.ASSISTANT)
# A venue's clerks report with their venue; who signs leftovers comes after the hour.
ELSEWHERE = frozenset({Role.CLERK.value, Role.AUTHORISED.value})


@dataclass(slots=True)
class Row:
    """A person on a post.

    :param on_duty: sits there now; a stand-in only after taking over
    """

    assignment: Assignment
    on_duty: bool


@dataclass(slots=True)
class Manned:
    """A post with its people.

    :param rows: everybody down for it, those on duty first
    """

    post: Post
    rows: list[Row]

    @property
    def on_duty(self) -> list[Assignment]:
        """Who sits there now."""
        return [row.assignment for row in self.rows if row.on_duty]

    @property
    def open(self) -> int:
        """How many people are still to be found."""
        return max(0, self.post.people - len(self.on_duty))

    @property
    def absent(self) -> int:
        """How many have not arrived of those the post needs."""
        there = sum(one.checked_in_at is not None for one in self.on_duty)
        return max(0, self.post.people - there)


@dataclass(slots=True)
class Need:
    """One thing the hour needs people for: a required post, a seat without a post, or a seat nobody can do without.

    :param people: how many must be there
    :param roles: the seats that serve
    :param awaited: who holds it and has not arrived
    :param arrivals: when those came who have
    :param stand_ins: who is there and may take over
    :param post: the post; ``None`` for a seat without one
    """

    name: str
    people: int
    roles: frozenset[str]
    group_id: int | None
    awaited: list[Account]
    arrivals: list[datetime]
    stand_ins: list[Account] = field(default_factory=list)
    post: Post | None = None

    @property
    def open(self) -> int:
        """How many people are still to be found."""
        return max(0, self.people - len(self.awaited) - len(self.arrivals))

    @property
    def absent(self) -> int:
        """How many have not arrived."""
        return max(0, self.people - len(self.arrivals))

    def remedy(self) -> str:
        """What to do about it."""
        if self.stand_ins:
            return _("B 角已到，请点“替岗”。")
        if not self.awaited:
            return _("没有人可等，请在“工作人员安排”里安排人。")
        if self.post is None:
            return _("请其在自己的工作台上签到，或列入岗位后在门口签到；来不了请换人。")
        return _("请电话催到并签到；来不了请换 B 角。")


def manned(hour: OfficeHour) -> list[Manned]:
    """Every post of an hour with its people, in three queries."""
    posts = list(Post.objects.filter(hour=hour).select_related("group"))
    assignments = Assignment.objects.filter(hour=hour).select_related(
        "post", "account__unit", "stands_in_for", "checked_in_by"
    )
    seated = set(Seat.objects.filter(hour=hour, active=True).values_list("account_id", "role", "group_id"))
    rows: dict[int, list[Row]] = {}
    for one in assignments:
        role, group = one.post.role, one.post.group_id
        rows.setdefault(one.post_id, []).append(Row(one, not role or (one.account_id, role, group) in seated))
    order = {post.id: (post.group.order if post.group else -1) for post in posts}
    posts.sort(key=lambda post: (bool(post.group_id), order[post.id], post.order, post.id))
    return [Manned(post, sorted(rows.get(post.id, []), key=lambda row: not row.on_duty)) for post in posts]


def everybody(found: Iterable[Manned]) -> list[Assignment]:
    """Every assignment of these posts."""
    return [row.assignment for one in found for row in one.rows]


def post_name(post: Post) -> str:
    """A post's name with its group's, in the reader's language."""
    name = worded(post, "name")
    return f"{worded(post.group, 'name')} · {name}" if post.group else name


# -- what the hour needs -----------------------------------------------------------------------------------


def needs(hour: OfficeHour, found: list[Manned]) -> list[Need]:
    """All that must be there when the hour begins; two queries, however many people there are.

    :param found: the hour's posts, see ``manned``
    """
    held = Seat.objects.filter(hour=hour, active=True, account__is_active=True).exclude(role__in=ELSEWHERE)
    seats = list(held.select_related("account", "group"))
    arrived: dict[int, datetime] = {}
    for one in everybody(found):  # who has come is there, whichever of their posts they were ticked at
        if one.checked_in_at is not None:
            first = arrived.get(one.account_id, one.checked_in_at)
            arrived[one.account_id] = min(first, one.checked_in_at)
    listed = [_of_post(one) for one in found if one.post.required]
    listed += _without_post(found, seats, arrived)
    return listed + [
        _of_seats(name, roles, group, seats, arrived)
        for name, roles, group in indispensable(list(hour.groups.all()))
        if not any(need.roles & roles and need.group_id == group for need in listed)
    ]


def indispensable(groups: Iterable[Group]) -> Iterator[tuple[str, frozenset[str], int | None]]:
    """The seats that no hour can be held without: what each is called, the roles that serve, of which group."""
    for role in INDISPENSABLE:
        yield str(role.label), frozenset({role.value}), None
    yield pgettext("a seat", "签发人"), SIGNER_ROLES, None
    for group in groups:
        yield worded(group, "name"), GROUP_ROLES, group.id


def _of_post(one: Manned) -> Need:
    post = one.post
    return Need(
        post_name(post), post.people, frozenset({post.role} if post.role else ()), post.group_id,
        [row.account for row in one.on_duty if row.checked_in_at is None],
        [row.checked_in_at for row in one.on_duty if row.checked_in_at is not None],
        [row.assignment.account for row in one.rows if not row.on_duty and row.assignment.checked_in_at],
        post,
    )  # fmt: skip


def _without_post(found: Iterable[Manned], seats: list[Seat], arrived: dict[int, datetime]) -> Iterator[Need]:
    """Every kind of seat that is held and that no post of the plan is about."""
    posted = {(one.post.role, one.post.group_id) for one in found}
    kinds = {(seat.role, seat.group_id): seat for seat in seats}
    for (role, group_id), seat in kinds.items():
        if (role, group_id) not in posted:
            yield _of_seats(seat_name(seat), frozenset({role}), group_id, seats, arrived)


def seat_name(seat: Seat) -> str:
    """A seat's name with its group's, in the reader's language."""
    name = str(Role(seat.role).label)
    return f"{worded(seat.group, 'name')} · {name}" if seat.group else name


def _of_seats(
    name: str, roles: frozenset[str], group: int | None, seats: Iterable[Seat], arrived: dict[int, datetime]
) -> Need:
    """A seat that wants one holder who is there."""
    mine = [seat for seat in seats if seat.role in roles and seat.group_id == group]
    holders = {seat.account_id: seat.account for seat in mine}
    awaited = [account for number, account in holders.items() if number not in arrived]
    return Need(name, 1, roles, group, awaited, [arrived[number] for number in holders if number in arrived])


def loose_seats(hour: OfficeHour, account_id: int) -> list[Seat]:
    """The seats a person sits in without being down for a post: they too are to check in before the hour."""
    down = Assignment.objects.filter(hour=hour, account_id=account_id)
    posts = set(down.values_list("post__role", "post__group_id"))
    seats = Seat.objects.filter(hour=hour, account_id=account_id, active=True).exclude(role__in=ELSEWHERE)
    return [seat for seat in seats.select_related("group") if (seat.role, seat.group_id) not in posts]


# -- how it stands -----------------------------------------------------------------------------------------


def complete_at(hour: OfficeHour) -> datetime | None:
    """When the last person that was needed was put down; ``None`` while something is open or clashes."""
    found = manned(hour)
    required = [one for one in found if one.post.required]
    if not required or any(need.open for need in needs(hour, found)):
        return None
    if any(clash.hard for clash in clashes.of(hour, everybody(found))):
        return None
    return max(sorted(row.given_at for row in one.on_duty)[one.post.people - 1] for one in required)


def checked_in_at(hour: OfficeHour) -> datetime | None:
    """When everybody that is needed had arrived; ``None`` while somebody is missing."""
    wanted = needs(hour, manned(hour))
    if any(need.absent for need in wanted):
        return None
    return max(sorted(need.arrivals)[need.people - 1] for need in wanted)


def missing(hour: OfficeHour) -> list[dict[str, Any]]:
    """What the hour needs people for and has not all of them, checked in.

    :returns: for each its ``name``, ``post`` id (``None`` for a seat without one), ``open`` (nobody
        found), ``absent`` (how many have not arrived), ``people`` (those awaited), ``stand_ins`` who are there,
        and the ``remedy``
    """
    return absentees(hour, manned(hour))


def absentees(hour: OfficeHour, found: list[Manned]) -> list[dict[str, Any]]:
    """As ``missing``, for posts that have been read."""
    return [_missing(need) for need in needs(hour, found) if need.absent]


def _missing(need: Need) -> dict[str, Any]:
    return {
        "post": need.post.id if need.post else None,
        "name": need.name,
        "open": need.open,
        "absent": need.absent,
        "people": [person(account) for account in need.awaited],
        "stand_ins": [person(account) for account in need.stand_ins],
        "remedy": need.remedy(),
    }


def person(account: Account) -> dict[str, Any]:
    """An account as pages name it."""
    return {"id": account.id, "name": worded(account, "name"), "username": account.username}


# -- whom to tell ------------------------------------------------------------------------------------------


def alarmed(hour: OfficeHour) -> bool:
    """Whether the time is near enough that a missing person is an alarm."""
    if hour.stage not in {Stage.ANNOUNCED, Stage.PREPARING, Stage.LIVE}:
        return False
    near = hour.starts_at - timedelta(minutes=ALARM_MINUTES[0])
    return near <= clock.now() < hour.ends_at


def alarm(hour: OfficeHour) -> list[dict[str, Any]]:
    """Who is missing, from fifteen minutes before the start to the end; nothing at other times."""
    return missing(hour) if alarmed(hour) else []


def due_alarms() -> list[tuple[OfficeHour, int]]:
    """Hours whose coordinator is to be told now, with the mark that was passed."""
    now = clock.now()
    near = OfficeHour.objects.filter(
        stage__in=[Stage.ANNOUNCED, Stage.PREPARING], rehearsal=False, starts_at__gt=now,
        starts_at__lte=now + timedelta(minutes=ALARM_MINUTES[0]),
    )  # fmt: skip
    found = []
    for hour in near:
        left = (hour.starts_at - now).total_seconds() / 60
        mark = min(minutes for minutes in ALARM_MINUTES if minutes >= left)
        told = Alarm.objects.filter(hour=hour, starts_at=hour.starts_at, minutes__lte=mark).exists()
        if not told:
            found.append((hour, mark))
    return found


def said(hour: OfficeHour) -> str:
    """In one line who is missing and what to do, once that is an alarm; empty at other times."""
    lines = ({"finding": finding(one), "remedy": one["remedy"]} for one in alarm(hour))
    return " ".join(_("%(finding)s。%(remedy)s") % line for line in lines)


def finding(one: dict[str, Any]) -> str:
    """One of ``missing`` in a few words: ``主持人未到岗：王芳``."""
    who = _("、").join(each["name"] for each in one["people"])
    if not who:
        return _("%(name)s没有人") % {"name": one["name"]}
    return _("%(name)s未到岗：%(who)s") % {"name": one["name"], "who": who}
