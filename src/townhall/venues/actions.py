"""What people do to the venues; taking in a question there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.hours import seating
from townhall.hours.choices import Role
from townhall.hours.models import OfficeHour, Seat
from townhall.journal.write import record
from townhall.kernel import clock
from townhall.kernel.errors import CONFLICT, InvalidFields, Refused, missing
from townhall.kernel.unit_of_work import unit_of_work
from townhall.questions import asking, intake
from townhall.venues import flow, inputs, queries
from townhall.venues.choices import MOST_VENUES, READY_STATES, State
from townhall.venues.models import Registration, Venue, VenueClerk

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from townhall.hours.seats import Actor
    from townhall.questions.citizen_actions import Asked

    Act = Callable[[Actor, OfficeHour, Any, Mapping[str, Any]], None]

# What the next hour takes over; states, arrivals and clerks begin anew.
_LASTING = (
    "name", "name_en", "is_main", "unit", "address", "address_en", "opens", "closes", "is_public",
    "contact_name", "contact_phone", "contact_public", "provider", "meeting_number", "link_address", "link_phone",
    "order",
)  # fmt: skip


def perform(actor: Actor, verb: str, venue_id: int | None, data: Mapping[str, Any]) -> None:
    """Do ``verb`` to a venue of the actor's hour, or to the list of them.

    Checked in this order: the verb and the venue exist (404), the oracle (403, 409), the fields (422).

    :raises Refused: with the reason
    :raises InvalidFields: with the fields to mend
    """
    if verb not in flow.MOVES:
        raise missing(_("没有这项操作。"))
    with unit_of_work():
        hour = OfficeHour.objects.select_for_update().get(id=actor.hour_id)
        venue = None if flow.LIST in flow.MOVES[verb].sources else _venue(hour, venue_id)
        own = venue is not None and venue.clerks.filter(account_id=actor.account_id or 0).exists()
        refused = flow.refusal(actor, verb, hour, venue.state if venue else flow.LIST, own=own)
        if refused:
            raise Refused(refused.status, refused.code, refused.message)
        if venue is not None and (target := flow.MOVES[verb].target):
            _state(actor, hour, venue, target, data)
        else:
            _VERBS[verb](actor, hour, venue, data)


def _venue(hour: OfficeHour, venue_id: int | None) -> Venue:
    found = Venue.objects.filter(hour=hour, id=venue_id or 0).first()
    if found is None:
        raise missing(_("没有这个会场。"))
    return found


def _tell(
    actor: Actor, hour: OfficeHour, kind: str, venue_id: int | None, *, public: bool = False, **facts: Any
) -> None:
    record(
        hour.id, kind, actor=actor.account_id, subject="venue", subject_id=venue_id, public=public, **facts
    )


def _add(actor: Actor, hour: OfficeHour, _found: None, data: Mapping[str, Any]) -> None:
    count = hour.venues.count()
    if count >= MOST_VENUES:
        raise Refused(CONFLICT, "too_many", _("一期最多 %(most)s 个会场。") % {"most": MOST_VENUES})
    venue = Venue.objects.create(hour=hour, order=count, **inputs.venue(hour, data))
    _tell(actor, hour, "venue.changed", venue.id, public=venue.is_public, verb="added")


def _edit(actor: Actor, hour: OfficeHour, venue: Venue, data: Mapping[str, Any]) -> None:
    was_public = venue.is_public
    fields = inputs.venue(hour, data, venue)
    for name, value in fields.items():
        setattr(venue, name, value)
    venue.save(update_fields=list(fields))
    _tell(actor, hour, "venue.changed", venue.id, public=was_public or venue.is_public, verb="edited")


def _remove(actor: Actor, hour: OfficeHour, venue: Venue, _data: Mapping[str, Any]) -> None:
    if venue.registrations.exists():
        raise Refused(CONFLICT, "used", _("这个会场登记过问题，不能删除；可以取消对外公布。"))
    venue_id, was_public = venue.id, venue.is_public
    clerks = list(venue.clerks.values_list("account_id", flat=True))
    venue.delete()
    for account_id in clerks:
        seating.rise(hour, account_id, Role.CLERK.value, None, actor=actor.account_id)
    _tell(actor, hour, "venue.changed", venue_id, public=was_public, verb="removed")


def _take_over(actor: Actor, hour: OfficeHour, _found: None, _data: Mapping[str, Any]) -> None:
    earlier = queries.board(actor, hour)["earlier"]
    if earlier is None:
        raise Refused(CONFLICT, "nothing", _("没有可沿用的会场：本期已有会场，或以往没有。"))
    for venue in Venue.objects.filter(hour=earlier):
        Venue.objects.create(hour=hour, **{name: getattr(venue, name) for name in _LASTING})
    public = Venue.objects.filter(hour=hour, is_public=True).exists()
    _tell(actor, hour, "venue.changed", None, public=public, verb="taken_over")


def _give_clerk(actor: Actor, hour: OfficeHour, venue: Venue, data: Mapping[str, Any]) -> None:
    account = inputs.person(data)
    _clerk, new = VenueClerk.objects.get_or_create(venue=venue, account=account)
    if not new:
        raise InvalidFields({"person": _("%(name)s已经是这里的登记员。") % {"name": account.name}})
    seating.sit(hour, account, Role.CLERK.value, actor=actor.account_id)
    _tell(actor, hour, "venue.clerk_given", venue.id, account=account.id)


def _remove_clerk(actor: Actor, hour: OfficeHour, venue: Venue, data: Mapping[str, Any]) -> None:
    clerk = venue.clerks.filter(account_id=inputs.number(data, "account")).first()
    if clerk is None:
        raise missing(_("这位登记员已经撤下。"))
    account_id = clerk.account_id
    clerk.delete()
    seating.rise(hour, account_id, Role.CLERK.value, None, actor=actor.account_id)
    _tell(actor, hour, "venue.clerk_removed", venue.id, account=account_id)


def _check_in(actor: Actor, hour: OfficeHour, venue: Venue, _data: Mapping[str, Any]) -> None:
    if venue.checked_in_at is not None:
        raise Refused(CONFLICT, "state", _("会场已经签到。"))
    venue.checked_in_at, venue.checked_in_by_id = clock.now(), actor.account_id
    venue.save(update_fields=["checked_in_at", "checked_in_by"])
    _tell(actor, hour, "venue.checked_in", venue.id)


def _state(actor: Actor, hour: OfficeHour, venue: Venue, target: str, data: Mapping[str, Any]) -> None:
    """Set what the board says; who is ready has also arrived."""
    now = clock.now()
    venue.note_code = inputs.trouble(data) if target == State.TROUBLE else ""
    was_ready = venue.state in READY_STATES
    venue.state, venue.state_at, venue.state_by_id = target, now, actor.account_id
    if target not in READY_STATES:
        venue.ready_at = None
    elif not was_ready:
        venue.ready_at = now
    if target in READY_STATES and venue.checked_in_at is None:
        venue.checked_in_at, venue.checked_in_by_id = now, actor.account_id
    venue.save()
    told: list[int] = []
    if target == State.TROUBLE:
        seats = Seat.objects.filter(hour=hour, role__in=[Role.COORDINATOR, Role.TECHNICIAN], active=True)
        told = sorted(set(seats.values_list("account_id", flat=True)))
    _tell(actor, hour, "venue.state", venue.id, state=target, note=venue.note_code, accounts=told)


_VERBS: dict[str, Act] = {
    "add": _add,
    "take_over": _take_over,
    "edit": _edit,
    "remove": _remove,
    "give_clerk": _give_clerk,
    "remove_clerk": _remove_clerk,
    "check_in": _check_in,
}


def register(actor: Actor, hour: OfficeHour, payload: Mapping[str, Any]) -> Asked:
    """Take in a question for somebody, with the venue it came in at and whether an identity card was seen.

    Sending the same form again gives the same receipt and the same note.

    :param payload: what ``questions.intake`` takes, with ``venue`` (an id) and ``identity_seen`` (yes or no)
    :raises Refused: as ``questions.intake`` does
    :raises InvalidFields: naming each field to mend, those of the question too
    """
    venue = Venue.objects.filter(hour=hour, id=inputs.number(payload, "venue")).first()
    wrong = inputs.registration(hour, payload, venue)
    if wrong and actor.holds(frozenset({Role.CLERK.value})):
        try:
            asking.parse(hour, payload, typed_by=actor.id)
        except InvalidFields as error:
            wrong = error.errors | wrong
        raise InvalidFields(wrong)
    asked = intake.register(actor, hour, payload)
    seen = payload.get("identity_seen") == "yes"
    with unit_of_work():
        _row, new = Registration.objects.get_or_create(
            question_id=asked.id,
            defaults={"hour": hour, "venue": venue, "identity_seen": seen, "at": clock.now()},
        )
        if new:
            _tell(
                actor, hour, "venue.registered", venue.id if venue else None,
                question=asked.id, identity_seen=seen,
            )  # fmt: skip
    return asked
