"""The staffing plan as staff see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext as _

from townhall.hours.choices import GROUP_ROLES, Role
from townhall.hours.models import Group, OfficeHour, Seat
from townhall.hours.published import worded
from townhall.kernel import clock
from townhall.people.models import Account, Office
from townhall.staffing import attendance, clashes, flow
from townhall.staffing.choices import POSTS
from townhall.staffing.flow import Thing
from townhall.staffing.models import Assignment, Item, TemplatePost

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from townhall.hours.seats import Actor


def holds(hour_id: int, account_id: int, role: str, group_id: int | None) -> bool:
    """Whether the plan still needs somebody's seat."""
    of_group = Q(post__group=None) if group_id is None else Q(post__group_id=group_id)
    return Assignment.objects.filter(
        of_group, hour_id=hour_id, account_id=account_id, post__role=role
    ).exists()


def own(actor: Actor, hour: OfficeHour) -> dict[str, Any] | None:
    """Where the person is to check in on the evening; ``None`` when there is nothing to do or it is not yet time."""
    if hour.stage not in flow.MOVES["check_in"].stages or clock.now() < hour.starts_at - flow.CHECK_IN_OPENS:
        return None
    waiting = Assignment.objects.filter(hour=hour, account_id=actor.id, checked_in_at=None).select_related(
        "post__group"
    )
    posts = [attendance.post_name(one.post) for one in waiting]
    if hour.stage in flow.BEFORE:  # once it is live, open desks say who is there
        posts += [attendance.seat_name(seat) for seat in attendance.loose_seats(hour, actor.id)]
    return {"posts": posts, "slug": hour.slug} if posts else None


def plan(actor: Actor, hour: OfficeHour) -> dict[str, Any]:
    """Everything the page of the staffing plan shows; the number of queries is the same for any number of people."""
    found = attendance.manned(hour)
    everybody = attendance.everybody(found)
    seats = list(Seat.objects.filter(hour=hour).select_related("account", "group"))
    coordinators = {one.account_id for one in seats if one.role == Role.COORDINATOR and one.active}
    down = {(one.account_id, one.post.role, one.post.group_id) for one in everybody}
    return {
        "posts": [_shown(actor, hour, one, coordinators) for one in found],
        "clashes": clashes.of(hour, everybody),
        "loose": [
            seat
            for seat in seats
            if seat.role not in attendance.ELSEWHERE
            and (seat.account_id, seat.role, seat.group_id) not in down
        ],
        "needed": sum(one.post.people for one in found if one.post.required),
        "filled": sum(min(one.post.people, len(one.on_duty)) for one in found if one.post.required),
        "there": sum(one.post.people - one.absent for one in found if one.post.required),
        "alarm": attendance.absentees(hour, found) if attendance.alarmed(hour) else [],
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


def _shown(actor: Actor, hour: OfficeHour, one: attendance.Manned, coordinators: set[int]) -> dict[str, Any]:
    post = one.post
    return {
        "id": post.id,
        "name": attendance.post_name(post),
        "own_name": post.name,
        "role": str(Role(post.role).label) if post.role else "",
        "group": post.group_id,
        "people": post.people,
        "required": post.required,
        "open": one.open,
        "absent": one.absent,
        "rows": [_row(actor, hour, row, coordinators) for row in one.rows],
        "holders": [attendance.person(row.account) for row in one.on_duty],
    }


def _row(actor: Actor, hour: OfficeHour, row: attendance.Row, coordinators: set[int]) -> dict[str, Any]:
    one = row.assignment
    state = "present" if one.checked_in_at else "due"
    thing = Thing(hour, state, one.account_id, one.post.role, len(coordinators - {one.account_id}))
    refused = {
        verb: flow.refusal(actor, verb, thing) for verb in ("check_in", "check_out", "remove", "place")
    }
    return {
        **attendance.person(one.account),
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
    return {
        "number": one.seat_number,
        "name": worded(one.account, "name"),
        "post": attendance.post_name(one.post),
    }


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
