"""The staffing plan as staff see it, and the three answers other rooms ask for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext as _

from townhall.hours.choices import GROUP_ROLES, Role, Stage
from townhall.hours.models import Group, OfficeHour, Seat
from townhall.hours.published import worded
from townhall.kernel import clock
from townhall.people.models import Account, Office
from townhall.staffing import clashes, flow
from townhall.staffing.choices import POSTS
from townhall.staffing.flow import Thing
from townhall.staffing.models import Alarm, Assignment, Item, Post, TemplatePost

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from townhall.hours.seats import Actor

# Minutes before the start at which missing people are told about.
ALARM_MINUTES = (15, 5)


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


def complete_at(hour: OfficeHour) -> datetime | None:
    """When the last person that was needed was put down; ``None`` while a required post is open or clashes."""
    found = manned(hour)
    needed = [one for one in found if one.post.required]
    if not needed or any(one.open for one in needed):
        return None
    if any(clash.hard for clash in clashes.of(hour, _everybody(found))):
        return None
    return max(_nth(one, "given_at") for one in needed)


def checked_in_at(hour: OfficeHour) -> datetime | None:
    """When everybody that is needed had arrived; ``None`` while somebody is missing or nothing is planned."""
    needed = [one for one in manned(hour) if one.post.required]
    if not needed or any(one.absent for one in needed):
        return None
    return max(_nth(one, "checked_in_at") for one in needed)


def missing(hour: OfficeHour) -> list[dict[str, Any]]:
    """Required posts without all the people they need, checked in.

    :returns: for each its ``post`` id, ``name``, ``open`` (nobody found), ``absent`` (how many have not
        arrived), ``people`` (``id`` and ``name`` of those awaited) and ``stand_ins`` who are there
    """
    found = manned(hour)
    return [_missing(one) for one in found if one.post.required and one.absent]


def _missing(one: Manned) -> dict[str, Any]:
    return {
        "post": one.post.id,
        "name": post_name(one.post),
        "open": one.open,
        "absent": one.absent,
        "people": [_person(row) for row in one.on_duty if row.checked_in_at is None],
        "stand_ins": [
            _person(row.assignment) for row in one.rows if not row.on_duty and row.assignment.checked_in_at
        ],
    }


def _person(row: Assignment) -> dict[str, Any]:
    return {"id": row.account_id, "name": worded(row.account, "name"), "username": row.account.username}


def _nth(one: Manned, name: str) -> datetime:
    """The moment at which the last of as many people as the post needs came."""
    moments = sorted(moment for row in one.on_duty if (moment := getattr(row, name)) is not None)
    found: datetime = moments[one.post.people - 1]
    return found


def _everybody(found: Iterable[Manned]) -> list[Assignment]:
    return [row.assignment for one in found for row in one.rows]


def post_name(post: Post) -> str:
    """A post's name with its group's, in the reader's language."""
    name = worded(post, "name")
    return f"{worded(post.group, 'name')} · {name}" if post.group else name


def alarmed(hour: OfficeHour) -> bool:
    """Whether the time is near enough that a missing person is an alarm."""
    if hour.stage not in {Stage.ANNOUNCED, Stage.PREPARING, Stage.LIVE}:
        return False
    return (hour.starts_at - clock.now()).total_seconds() <= ALARM_MINUTES[
        0
    ] * 60 and clock.now() < hour.ends_at


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


def holds(hour_id: int, account_id: int, role: str, group_id: int | None) -> bool:
    """Whether the plan still needs somebody's seat."""
    of_group = Q(post__group=None) if group_id is None else Q(post__group_id=group_id)
    return Assignment.objects.filter(
        of_group, hour_id=hour_id, account_id=account_id, post__role=role
    ).exists()


def own(actor: Actor, hour: OfficeHour) -> dict[str, Any] | None:
    """The person's own check-in on the evening; ``None`` when there is nothing to do or it is not yet time."""
    if hour.stage not in flow.MOVES["check_in"].stages or clock.now() < hour.starts_at - flow.CHECK_IN_OPENS:
        return None
    waiting = Assignment.objects.filter(hour=hour, account_id=actor.id, checked_in_at=None).select_related(
        "post__group"
    )
    posts = [post_name(one.post) for one in waiting]
    return {"posts": posts, "slug": hour.slug} if posts else None


def plan(actor: Actor, hour: OfficeHour) -> dict[str, Any]:
    """Everything the page of the staffing plan shows; the number of queries is the same for any number of people."""
    found = manned(hour)
    everybody = _everybody(found)
    seats = list(Seat.objects.filter(hour=hour).select_related("account", "group"))
    coordinators = {one.account_id for one in seats if one.role == Role.COORDINATOR and one.active}
    down = {(one.account_id, one.post.role, one.post.group_id) for one in everybody}
    return {
        "posts": [_shown(actor, hour, one, coordinators) for one in found],
        "clashes": clashes.of(hour, everybody),
        "loose": [
            seat
            for seat in seats
            if seat.role != Role.CLERK and (seat.account_id, seat.role, seat.group_id) not in down
        ],
        "needed": sum(one.post.people for one in found if one.post.required),
        "filled": sum(min(one.post.people, len(one.on_duty)) for one in found if one.post.required),
        "there": sum(one.post.people - one.absent for one in found if one.post.required),
        "alarm": [_missing(one) for one in found if one.post.required and one.absent]
        if alarmed(hour)
        else [],
        "hall": hall(everybody),
        "items": _items(actor, hour),
        "refused": _why_not(actor, hour),
    }


def _why_not(actor: Actor, hour: OfficeHour) -> dict[str, str]:
    """For each verb about the plan as a whole: why not; empty when it is possible."""
    found = {}
    for verb, move in flow.MOVES.items():
        if "plan" in move.sources:
            refused = flow.refusal(actor, verb, Thing(hour))
            found[verb] = str(refused.message) if refused else ""
    return found


def _shown(actor: Actor, hour: OfficeHour, one: Manned, coordinators: set[int]) -> dict[str, Any]:
    post = one.post
    return {
        "id": post.id,
        "name": post_name(post),
        "own_name": post.name,
        "role": str(Role(post.role).label) if post.role else "",
        "group": post.group_id,
        "people": post.people,
        "required": post.required,
        "open": one.open,
        "absent": one.absent,
        "rows": [_row(actor, hour, row, coordinators) for row in one.rows],
        "holders": [_person(row) for row in one.on_duty],
    }


def _row(actor: Actor, hour: OfficeHour, row: Row, coordinators: set[int]) -> dict[str, Any]:
    one = row.assignment
    state = "present" if one.checked_in_at else "due"
    thing = Thing(hour, state, one.account_id, one.post.role, len(coordinators - {one.account_id}))
    refused = {
        verb: flow.refusal(actor, verb, thing) for verb in ("check_in", "check_out", "remove", "place")
    }
    return {
        **_person(one),
        "id": one.id,  # the assignment that the forms are about, not the person
        "unit": worded(one.account.unit, "name") if one.account.unit else "",
        "on_duty": row.on_duty,
        "stands_in_for": worded(one.stands_in_for, "name") if one.stands_in_for else "",
        "may_take_over": bool(one.stands_in_for_id and one.post.role and not row.on_duty),
        "place": place_name(one.seat_row, one.seat_number),
        "seat_row": one.seat_row,
        "seat_number": one.seat_number,
        "checked_in_at": one.checked_in_at,
        "checked_in_by": worded(one.checked_in_by, "name")
        if one.checked_in_by_id and one.checked_in_by_id != one.account_id
        else "",
        "refused": {verb: str(found.message) if found else "" for verb, found in refused.items()},
    }


def place_name(row: int | None, number: int | None) -> str:
    """A place as the card says it: ``2 排 3 座``."""
    return _("%(row)s 排 %(number)s 座") % {"row": row, "number": number} if row and number else ""


def hall(assignments: Iterable[Assignment]) -> list[dict[str, Any]]:
    """The hall's seat plan: its rows from the front, each with its places; empty places are ``None``."""
    placed = {(one.seat_row, one.seat_number): one for one in assignments if one.seat_row and one.seat_number}
    rows = sorted({row for row, _number in placed if row})
    found = []
    for row in rows:
        last = max(number for here, number in placed if here == row and number)
        cells = [_cell(placed.get((row, number))) for number in range(1, last + 1)]
        found.append({"row": row, "cells": cells})
    return found


def _cell(one: Assignment | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {"number": one.seat_number, "name": worded(one.account, "name"), "post": post_name(one.post)}


def _items(actor: Actor, hour: OfficeHour) -> list[dict[str, Any]]:
    rows = Item.objects.filter(hour=hour).select_related("responsible", "done_by")
    found = []
    for item in rows:
        thing = Thing(hour, "done" if item.done_at else "todo")
        found.append(
            {
                "id": item.id,
                "name": item.name,
                "quantity": item.quantity,
                "responsible": worded(item.responsible, "name") if item.responsible else "",
                "done_at": item.done_at,
                "done_by": worded(item.done_by, "name") if item.done_by else "",
                "may": {
                    verb: flow.refusal(actor, verb, thing) is None
                    for verb in ("tick", "untick", "remove_item")
                },
            }
        )
    return found


def people() -> list[dict[str, str]]:
    """Everybody who can be put down, for a list to choose from."""
    rows = Account.objects.filter(is_active=True).select_related("unit").order_by("unit_id", "id")
    return [
        {
            "username": row.username,
            "name": worded(row, "name"),
            "unit": worded(row.unit, "name") if row.unit else "",
        }
        for row in rows
    ]


def groups(hour: OfficeHour) -> list[tuple[int, str]]:
    """The hour's business groups, to choose from."""
    return [(group.id, worded(group, "name")) for group in Group.objects.filter(hour=hour)]


def roles() -> list[dict[str, Any]]:
    """The seats a post can carry, to choose from."""
    return [
        {"value": role.value, "label": str(role.label), "of_group": role.value in GROUP_ROLES}
        for role in Role
        if role != Role.AUTHORISED  # granted by the mayor
    ]


def template() -> list[dict[str, Any]]:
    """The district's posts, or the shipped ones as long as nobody has changed them."""
    rows: Sequence[Any] = list(TemplatePost.objects.all()) or POSTS
    names = ("name", "name_en", "role", "people", "each_group", "required")
    return [{name: getattr(row, name) for name in names} for row in rows]


def may_edit_template(account: Account) -> bool:
    """Whether somebody keeps the district's template: the coordinator's standing office."""
    return Office.objects.filter(
        Q(until=None) | Q(until__gt=clock.now()), account=account, role=Office.Role.COORDINATOR
    ).exists()
