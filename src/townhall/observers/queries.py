"""What the coordinator sees of an hour's observers: people masked, in a constant number of queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Count
from django.utils.translation import gettext as _

from townhall.hours.choices import Role
from townhall.kernel import clock
from townhall.kernel.errors import FORBIDDEN, Refused
from townhall.kernel.secrets import decrypt
from townhall.observers import flow
from townhall.observers.actions import display_name
from townhall.observers.choices import IN_LINE, SEATED, Attendance, CallState, State
from townhall.observers.models import Application, Call, Point, Talk
from townhall.observers.names import mask_name
from townhall.people.identity import mask_mobile

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from townhall.hours.models import OfficeHour
    from townhall.hours.seats import Actor

_SEES = frozenset({Role.COORDINATOR.value})
PAGE = 50


def settled_at(hour: OfficeHour) -> datetime | None:
    """Since when the observers' list is settled: seats confirmed, everybody answered, or none wanted this time."""
    return Call.objects.filter(hour=hour).values_list("settled_at", flat=True).first()


def call_of(actor: Actor, hour: OfficeHour) -> Call:
    """The hour's call; one that has not begun when there is none.

    :raises Refused: 403 without the coordinator's seat
    """
    if not actor.holds(_SEES):
        raise Refused(FORBIDDEN, "seat", _("网民代表由区府办办理，您的岗位看不到。"))
    call = Call.objects.filter(hour=hour).first() or Call(hour=hour, state=CallState.NONE)
    call.hour = hour
    return call


def moves(actor: Actor, thing: flow.Thing, verbs: Iterable[str]) -> dict[str, str]:
    """Why each verb is not possible now; an empty sentence when it is."""
    found = {verb: flow.refusal(actor, verb, thing) for verb in verbs}
    return {verb: str(refusal.message) if refusal else "" for verb, refusal in found.items()}


def counts(call: Call) -> dict[str, int]:
    """How many people stand where."""
    found = dict.fromkeys(State.values, 0) | {"present": 0, "absent": 0, "all": 0, "seated": 0, "line": 0}
    if not call.is_stored:
        return found
    for state, attendance, number in (
        call.applications.order_by().values_list("state", "attendance").annotate(number=Count("id"))
    ):
        found[state] += number
        if attendance:
            found[attendance] += number
        if state != State.WITHDRAWN:
            found["all"] += number
        if state in SEATED:
            found["seated"] += number
        if state in IN_LINE:
            found["line"] += number
    return found


def applications(
    actor: Actor, call: Call, *, state: str = "", start: int = 0
) -> tuple[list[dict[str, Any]], int | None]:
    """One page of applications, people masked, in the order of the lot; and where the next page begins."""
    if not call.is_stored:
        return [], None
    rows = call.applications.order_by("rank", "id")
    if state in State.values:
        rows = rows.filter(state=state)
    found = list(rows[start : start + PAGE + 1])
    return [_shown(actor, call, row) for row in found[:PAGE]], start + PAGE if len(found) > PAGE else None


_VERBS = ("confirm", "decline", "attend", "miss", "withdraw", "look")


def _shown(actor: Actor, call: Call, row: Application) -> dict[str, Any]:
    row.call = call
    return {
        "id": row.id,
        "rank": row.rank,
        "entry": row.entry,
        "name": mask_name(decrypt(row.name_sealed)) if row.name_sealed else "",
        "mobile": mask_mobile(decrypt(row.mobile_sealed)) if row.mobile_sealed else "",
        "has_words": bool(row.words_sealed),
        "state": row.state,
        "state_label": State(row.state).label,
        "attendance": Attendance(row.attendance).label if row.attendance else "",
        "applied_at": row.applied_at,
        "confirm_by": row.confirm_by if row.state == State.INVITED else None,
        "late": row.state == State.INVITED and row.confirm_by is not None and row.confirm_by <= clock.now(),
        "moves": moves(actor, row, _VERBS),
    }


def talk_of(actor: Actor, call: Call) -> dict[str, Any]:
    """The talk with its points, and what may be done with each."""
    talk = Talk.objects.filter(call=call).first() if call.is_stored else None
    talk = talk or Talk(call=call)
    talk.call = call
    points = list(Point.objects.filter(talk=talk).select_related("application")) if talk.is_stored else []
    speakers = call.applications.filter(state=State.CONFIRMED).order_by("rank") if call.is_stored else []
    return {
        "state": talk.state,
        "minutes": talk.minutes,
        "public_minutes": talk.public_minutes,
        "approved_at": talk.approved_at,
        "moves": moves(actor, talk, flow.TALK_MOVES),
        "points": [_point(actor, talk, point) for point in points],
        "speakers": [
            (row.id, f"{row.rank} {mask_name(decrypt(row.name_sealed))}")
            for row in speakers
            if row.name_sealed
        ],
    }


def _point(actor: Actor, talk: Talk, point: Point) -> dict[str, Any]:
    point.talk = talk
    return {
        "id": point.id,
        "text": point.text,
        "display_name": display_name(point),
        "question_id": point.question_id,
        "why_not": moves(actor, point, ["register"])["register"],
    }
