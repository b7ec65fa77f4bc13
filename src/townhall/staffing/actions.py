"""What people do to the staffing plan. A post with a role gives the seat of that hour; leaving the post ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Max
from django.utils.translation import gettext as _

from townhall.hours import seating
from townhall.hours.choices import GROUP_ROLES, SIGNER_ROLES, Role
from townhall.hours.models import OfficeHour, Seat
from townhall.journal.models import DISTRICT_LINE
from townhall.journal.write import record
from townhall.kernel import clock
from townhall.kernel.errors import FORBIDDEN, InvalidFields, Refused, missing
from townhall.kernel.unit_of_work import unit_of_work
from townhall.people.models import Account
from townhall.staffing import attendance, flow, inputs, queries
from townhall.staffing.choices import ITEMS, POSTS
from townhall.staffing.flow import Thing
from townhall.staffing.models import Alarm, Assignment, Item, Post, TemplatePost

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from townhall.hours.models import Group
    from townhall.hours.seats import Actor

    Verb = Callable[[Actor, OfficeHour, Any, Mapping[str, Any]], None]

# How many sit in a row of the hall when places are given by themselves.
ROW_LENGTH = 8


def perform(actor: Actor, verb: str, thing_id: int | None, data: Mapping[str, Any]) -> None:
    """Do ``verb`` to the plan of the actor's hour, or to one person or item of it.

    Checked in this order: the verb and the thing exist (404), the oracle (403, 409), the fields (422).

    :param thing_id: an assignment, a post or an item, as the verb needs; ``None`` for the plan
    :raises Refused: with the reason
    :raises InvalidFields: with the fields to mend
    """
    if verb not in _VERBS:
        raise missing(_("没有这项操作。"))
    find, act = _VERBS[verb]
    with unit_of_work():
        hour = OfficeHour.objects.select_for_update().get(id=actor.hour_id)
        found = find(hour, thing_id)
        _may(actor, verb, _thing(hour, found))
        act(actor, hour, found, data)


def check_in_myself(actor: Actor, hour_id: int) -> int:
    """Check the person in on every post they are awaited at; returns how many those were.

    Who sits without a post is put down for one by arriving: then the door and the sheet know them too.

    :raises Refused: when it is not the evening yet, or nothing is left to do
    """
    with unit_of_work():
        hour = OfficeHour.objects.select_for_update().get(id=hour_id)
        waiting = list(
            Assignment.objects.select_related("post").filter(
                hour=hour, account_id=actor.id, checked_in_at=None
            )
        )
        if hour.stage in flow.BEFORE:
            waiting += [_down(hour, seat) for seat in attendance.loose_seats(hour, actor.id)]
        if not waiting:
            raise missing(_("您没有待签到的岗位。"))
        for one in waiting:
            _may(actor, "check_in", _thing(hour, one))
            _arrive(actor, hour, one, {})
    return len(waiting)


def save_template(account: Account, rows: list[Mapping[str, Any]]) -> None:
    """Replace the district's template by these rows, in this order.

    :raises Refused: for anybody without the coordinator's office
    :raises InvalidFields: naming the row (``posts[2].people``)
    """
    if not queries.may_edit_template(account):
        raise Refused(FORBIDDEN, "office", _("岗位模板由区府办维护。"))
    cleaned = inputs.template_rows(rows)
    with unit_of_work():
        TemplatePost.objects.all().delete()
        for order, fields in enumerate(cleaned):
            TemplatePost.objects.create(order=order, **fields)
        record(
            DISTRICT_LINE, "staffing.template_changed", actor=account.id, subject="template",
            count=len(cleaned),
        )  # fmt: skip


def sound_alarm(hour: OfficeHour, minutes: int) -> bool:
    """Tell the coordinators, once for this mark, that somebody is missing; nobody missing, nothing said.

    :param minutes: which mark before the start was passed
    """
    absent = attendance.missing(hour)
    if not absent:
        return False
    with unit_of_work():
        _alarm, new = Alarm.objects.get_or_create(
            hour=hour, starts_at=hour.starts_at, minutes=minutes, defaults={"at": clock.now()}
        )
        if new:
            told = Seat.objects.filter(hour=hour, role=Role.COORDINATOR, active=True)
            record(
                hour.id, "staffing.unmanned", subject="hour", subject_id=hour.id, minutes=minutes,
                accounts=sorted(set(told.values_list("account_id", flat=True))),
                posts=[one["post"] for one in absent if one["post"]],
                seats=sum(one["post"] is None for one in absent),
            )  # fmt: skip
    return new


def _may(actor: Actor, verb: str, thing: Thing) -> None:
    if refused := flow.refusal(actor, verb, thing):
        raise Refused(refused.status, refused.code, refused.message)


def _thing(hour: OfficeHour, found: Any) -> Thing:
    if isinstance(found, Item):
        return Thing(hour, "done" if found.done_at else "todo")
    if isinstance(found, Assignment):
        coordinators = Seat.objects.filter(hour=hour, role=Role.COORDINATOR, active=True)
        others = coordinators.exclude(account_id=found.account_id).count()
        state = "present" if found.checked_in_at else "due"
        return Thing(hour, state, found.account_id, found.post.role, others)
    return Thing(hour)


def _nothing(_hour: OfficeHour, _thing_id: int | None) -> None:
    return None


def _post(hour: OfficeHour, thing_id: int | None) -> Post:
    found = Post.objects.select_related("group").filter(hour=hour, id=thing_id or 0).first()
    if found is None:
        raise missing(_("没有这个岗位。"))
    return found


def _assignment(hour: OfficeHour, thing_id: int | None) -> Assignment:
    rows = Assignment.objects.select_related("post__group", "account")
    found = rows.filter(hour=hour, id=thing_id or 0).first()
    if found is None:
        raise missing(_("没有这项安排，可能刚被撤下。"))
    return found


def _loose(hour: OfficeHour, thing_id: int | None) -> Seat:
    seat = Seat.objects.filter(hour=hour, id=thing_id or 0).first()
    loose = attendance.loose_seats(hour, seat.account_id) if seat else []
    found = next((one for one in loose if one.id == thing_id), None)
    if found is None:
        raise missing(_("没有这个席位，或已列入岗位。"))
    return found


def _item(hour: OfficeHour, thing_id: int | None) -> Item:
    found = Item.objects.filter(hour=hour, id=thing_id or 0).first()
    if found is None:
        raise missing(_("没有这件物品。"))
    return found


def _tell(
    actor: Actor, hour: OfficeHour, kind: str, subject: str, subject_id: int | None, **facts: Any
) -> None:
    record(hour.id, kind, actor=actor.account_id, subject=subject, subject_id=subject_id, **facts)


def _lay_out(actor: Actor, hour: OfficeHour, _found: Any, _data: Mapping[str, Any]) -> None:
    """Add what the template has and the plan has not; whoever holds the seat already is put down."""
    here = {(post.name, post.group_id): post for post in Post.objects.filter(hour=hour)}
    for order, line in enumerate(queries.template()):
        each_group = line.pop("each_group")
        places: list[Group | None] = list(hour.groups.all()) if each_group else [None]
        for group in places:
            key = (line["name"], group.id if group else None)
            if key not in here:
                here[key] = Post.objects.create(hour=hour, group=group, order=order, **line)
    _take_over_seats(hour, list(here.values()))
    _tell(actor, hour, "staffing.laid_out", "hour", hour.id, count=len(here))


def _take_over_seats(hour: OfficeHour, posts: list[Post]) -> None:
    """Put down whoever sits already; a venue's clerks stay the venue's."""
    by_role = {(post.role, post.group_id): post for post in reversed(posts) if post.role}
    down = set(Assignment.objects.filter(hour=hour).values_list("account_id", "post__role", "post__group_id"))
    for seat in Seat.objects.filter(hour=hour).exclude(role=Role.CLERK).select_related("account"):
        post = by_role.get((seat.role, seat.group_id))
        if post is not None and (seat.account_id, seat.role, seat.group_id) not in down:
            Assignment.objects.create(
                hour=hour, post=post, account=seat.account, stands_in_for_id=seat.stands_in_for_id,
                given_at=clock.now(),
            )  # fmt: skip


def _put_down(actor: Actor, hour: OfficeHour, seat: Seat, _data: Mapping[str, Any]) -> None:
    given = _down(hour, seat)
    _tell(
        actor, hour, "staffing.assigned", "post", given.post_id,
        account=seat.account_id, stands_in_for=None, assignment=given.id,
    )  # fmt: skip


def _down(hour: OfficeHour, seat: Seat) -> Assignment:
    """Put a seat's holder down for the post that is about it; a plan that has none gets one."""
    post = Post.objects.filter(hour=hour, role=seat.role, group=seat.group).first()
    if post is None:
        names = {one.role: (one.name, one.name_en) for one in POSTS}
        name, name_en = names[seat.role]
        taken = set(Post.objects.filter(hour=hour, group=seat.group).values_list("name", flat=True))
        free = (f"{name} {number}" for number in range(2, len(taken) + 3))
        name = name if name not in taken else next(one for one in free if one not in taken)
        last = Post.objects.filter(hour=hour).aggregate(last=Max("order"))["last"] or 0
        post = Post.objects.create(
            hour=hour, name=name, name_en=name_en, role=seat.role, group=seat.group, order=last + 1
        )
    return Assignment.objects.create(
        hour=hour, post=post, account_id=seat.account_id, stands_in_for_id=seat.stands_in_for_id,
        given_at=clock.now(),
    )  # fmt: skip


def _add_post(actor: Actor, hour: OfficeHour, _found: Any, data: Mapping[str, Any]) -> None:
    fields = inputs.post(hour, data)
    last = Post.objects.filter(hour=hour).aggregate(last=Max("order"))["last"] or 0
    post = Post.objects.create(hour=hour, order=last + 1, **fields)
    _tell(actor, hour, "staffing.post_changed", "post", post.id, verb="added")


def _edit_post(actor: Actor, hour: OfficeHour, post: Post, data: Mapping[str, Any]) -> None:
    fields = inputs.post(hour, {**data, "role": post.role, "group": post.group_id or ""}, post)
    for name in ("name", "name_en", "people", "required"):
        setattr(post, name, fields[name])
    post.save(update_fields=["name", "name_en", "people", "required"])
    _tell(actor, hour, "staffing.post_changed", "post", post.id, verb="edited")


def _remove_post(actor: Actor, hour: OfficeHour, post: Post, _data: Mapping[str, Any]) -> None:
    if post.assignments.exists():
        raise Refused(409, "people", _("这个岗位还安排着人，请先撤下。"))
    post_id = post.id
    post.delete()
    _tell(actor, hour, "staffing.post_changed", "post", post_id, verb="removed")


def _assign(actor: Actor, hour: OfficeHour, post: Post, data: Mapping[str, Any]) -> None:
    account = inputs.person(data, "person")
    holder = inputs.stood_in_for(post, data, account)
    if post.role in GROUP_ROLES and post.group is None:
        raise InvalidFields({"person": _("这个岗位要先定业务小组。")})
    # What weighs most takes two: whoever arranges the evening does not sit down to sign in the mayor's name alone.
    if post.role in SIGNER_ROLES and account.id == actor.account_id:
        raise InvalidFields({"person": _("签发岗位由另一位统筹人员安排，不能安排给自己。")})
    if post.role in SIGNER_ROLES and (refused := actor.personal_refusal()):
        raise Refused(refused.status, refused.code, refused.message)
    given, new = Assignment.objects.get_or_create(
        post=post, account=account, defaults={"hour": hour, "stands_in_for": holder, "given_at": clock.now()}
    )
    if not new:
        raise InvalidFields({"person": _("%(name)s已经在这个岗位上。") % {"name": account.name}})
    if post.role:
        seating.sit(hour, account, post.role, group=post.group, stands_in_for=holder, actor=actor.account_id)
    _tell(
        actor, hour, "staffing.assigned", "post", post.id,
        account=account.id, stands_in_for=holder.id if holder else None, assignment=given.id,
    )  # fmt: skip


def _remove(actor: Actor, hour: OfficeHour, one: Assignment, _data: Mapping[str, Any]) -> None:
    post, account_id = one.post, one.account_id
    one.delete()
    if post.role:
        seating.rise(hour, account_id, post.role, post.group, actor=actor.account_id)
    _tell(actor, hour, "staffing.removed", "post", post.id, account=account_id)


def _place(actor: Actor, hour: OfficeHour, one: Assignment, data: Mapping[str, Any]) -> None:
    one.seat_row, one.seat_number = inputs.place(hour, one, data)
    one.save(update_fields=["seat_row", "seat_number"])
    _tell(actor, hour, "staffing.placed", "assignment", one.id, row=one.seat_row, number=one.seat_number)


def _arrange(actor: Actor, hour: OfficeHour, _found: Any, _data: Mapping[str, Any]) -> None:
    """Give everybody without a place the next free one: the rows follow the posts, each group its own row."""
    waiting: list[list[Assignment]] = []
    last: object = object()
    for one in attendance.manned(hour):
        key = one.post.group_id
        if key != last:
            waiting.append([])
            last = key
        waiting[-1] += [row.assignment for row in one.rows if row.on_duty and row.assignment.seat_row is None]
    row = Assignment.objects.filter(hour=hour).aggregate(last=Max("seat_row"))["last"] or 0
    placed = 0
    for people in waiting:
        for start in range(0, len(people), ROW_LENGTH):
            row += 1
            for number, one_of_them in enumerate(people[start : start + ROW_LENGTH], start=1):
                one_of_them.seat_row, one_of_them.seat_number = row, number
                one_of_them.save(update_fields=["seat_row", "seat_number"])
                placed += 1
    _tell(actor, hour, "staffing.arranged", "hour", hour.id, count=placed)


def _arrive(actor: Actor, hour: OfficeHour, one: Assignment, _data: Mapping[str, Any]) -> None:
    one.checked_in_at, one.checked_in_by_id = clock.now(), actor.account_id
    one.save(update_fields=["checked_in_at", "checked_in_by"])
    _tell(actor, hour, "staffing.checked_in", "post", one.post_id, account=one.account_id)


def _unarrive(actor: Actor, hour: OfficeHour, one: Assignment, _data: Mapping[str, Any]) -> None:
    one.checked_in_at, one.checked_in_by = None, None
    one.save(update_fields=["checked_in_at", "checked_in_by"])
    _tell(actor, hour, "staffing.checked_out", "post", one.post_id, account=one.account_id)


def _list_items(actor: Actor, hour: OfficeHour, _found: Any, _data: Mapping[str, Any]) -> None:
    """Add what a hall usually needs and the list has not; cards and water for everybody who comes."""
    people = Assignment.objects.filter(hour=hour).values("account").distinct().count()
    here = set(Item.objects.filter(hour=hour).values_list("name", flat=True))
    for order, (name, quantity) in enumerate(ITEMS):
        if name not in here:
            Item.objects.create(hour=hour, name=name, quantity=quantity or max(people, 1), order=order)
    _tell(actor, hour, "staffing.item_changed", "hour", hour.id, verb="listed")


def _add_item(actor: Actor, hour: OfficeHour, _found: Any, data: Mapping[str, Any]) -> None:
    fields = inputs.item(hour, data)
    last = Item.objects.filter(hour=hour).aggregate(last=Max("order"))["last"] or 0
    item = Item.objects.create(hour=hour, order=last + 1, **fields)
    _tell(actor, hour, "staffing.item_changed", "item", item.id, verb="added")


def _tick(actor: Actor, hour: OfficeHour, item: Item, _data: Mapping[str, Any]) -> None:
    item.done_at, item.done_by_id = clock.now(), actor.account_id
    item.save(update_fields=["done_at", "done_by"])
    _tell(actor, hour, "staffing.item_changed", "item", item.id, verb="done")


def _untick(actor: Actor, hour: OfficeHour, item: Item, _data: Mapping[str, Any]) -> None:
    item.done_at, item.done_by = None, None
    item.save(update_fields=["done_at", "done_by"])
    _tell(actor, hour, "staffing.item_changed", "item", item.id, verb="undone")


def _remove_item(actor: Actor, hour: OfficeHour, item: Item, _data: Mapping[str, Any]) -> None:
    item_id = item.id
    item.delete()
    _tell(actor, hour, "staffing.item_changed", "item", item_id, verb="removed")


_VERBS: dict[str, tuple[Callable[[OfficeHour, int | None], Any], Verb]] = {
    "lay_out": (_nothing, _lay_out),
    "add_post": (_nothing, _add_post),
    "edit_post": (_post, _edit_post),
    "remove_post": (_post, _remove_post),
    "assign": (_post, _assign),
    "put_down": (_loose, _put_down),
    "arrange": (_nothing, _arrange),
    "place": (_assignment, _place),
    "remove": (_assignment, _remove),
    "check_in": (_assignment, _arrive),
    "check_out": (_assignment, _unarrive),
    "list_items": (_nothing, _list_items),
    "add_item": (_nothing, _add_item),
    "tick": (_item, _tick),
    "untick": (_item, _untick),
    "remove_item": (_item, _remove_item),
}
