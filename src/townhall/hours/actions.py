"""What people do to an office hour. Each change is one action and leaves one entry (or more) in the journal."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from townhall.hours import flow, planning
from townhall.hours.choices import ChangeReason, Role, Stage
from townhall.hours.models import HourNotice, OfficeHour, Seat
from townhall.journal.write import record
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused, missing
from townhall.kernel.unit_of_work import unit_of_work

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from townhall.hours.seats import Actor

# More than three hours past the announced end is a typing mistake.
LONGEST_EXTENSION_MINUTES = 180
MOST_YEARS_AHEAD = 2

# Called inside the unit of work when an hour opens: the room of questions makes its pre-questions public.
ON_OPEN: list[Callable[[OfficeHour], None]] = []
# The same when an hour ends: what is still open becomes a leftover with a limit.
ON_WRAP: list[Callable[[OfficeHour], None]] = []


def _reason(data: Mapping[str, Any], *, required: bool = True) -> str:
    code = str(data.get("reason_code") or "")
    if code in ChangeReason.values or (not code and not required):
        return code
    words = "、".join(ChangeReason.values)
    raise InvalidFields({"reason_code": _("请选择公开的原因：%(codes)s。") % {"codes": words}})


def _whole_minutes(data: Mapping[str, Any]) -> int:
    try:
        minutes = int(str(data.get("minutes", "")))
    except ValueError:
        minutes = 0
    if not 1 <= minutes <= LONGEST_EXTENSION_MINUTES:
        raise InvalidFields(
            {"minutes": _("请填写 1 到 %(most)s 的分钟数。") % {"most": LONGEST_EXTENSION_MINUTES}}
        )
    return minutes


def _future(data: Mapping[str, Any]) -> datetime:
    text = str(data.get("starts_at") or "")
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise InvalidFields({"starts_at": _("请填写新的开始时间，如 2026-12-31T19:00+08:00。")})
    if moment.year > clock.today().year + MOST_YEARS_AHEAD:
        raise InvalidFields({"starts_at": _("新的开始时间太远，请核对年份。")})
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=clock.DISTRICT_ZONE)
    if moment <= clock.now():
        raise InvalidFields({"starts_at": _("新的开始时间已经过去，请填写将来的时间。")})
    return moment


def _clean(verb: str, data: Mapping[str, Any], hour: OfficeHour) -> dict[str, Any]:
    """The verb's fields, checked.

    :raises InvalidFields: naming each field and the remedy
    """
    fields: dict[str, Callable[[], Any]] = {}
    if verb in {"pause", "hold_signing", "extend", "postpone", "cancel"}:
        fields["reason_code"] = lambda: _reason(data)
    if verb == "wrap":
        early = clock.now() < hour.ends_at and hour.stage == Stage.LIVE
        fields["reason_code"] = lambda: _reason(data, required=early)
    if verb == "extend":
        fields["minutes"] = lambda: _whole_minutes(data)
    if verb == "postpone":
        fields["starts_at"] = lambda: _future(data)
    if verb in {"change_signer", "stand_in"}:
        fields["seat"] = lambda: _seat(verb, data, hour)
    cleaned: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name, read in fields.items():
        try:
            cleaned[name] = read()
        except InvalidFields as error:
            errors |= error.errors
    if errors:
        raise InvalidFields(errors)
    return cleaned


def _seat(verb: str, data: Mapping[str, Any], hour: OfficeHour) -> Seat:
    username = str(data.get("username", ""))
    seats = Seat.objects.select_related("account").filter(
        hour=hour, account__username=username.replace("\0", "")
    )
    if verb == "change_signer":
        seats = seats.filter(role__in=[Role.MAYOR, Role.DEPUTY], active=True)
    else:
        seats = seats.filter(active=False, stands_in_for__isnull=False)
    seat = seats.first()
    if seat is None:
        raise InvalidFields({"username": _("请选择本期在岗的签发人或已登记的 B 角。")})
    return seat


def perform(actor: Actor, verb: str, data: Mapping[str, Any]) -> OfficeHour:
    """Do ``verb`` to the actor's hour.

    Checked in this order: the verb exists (404), the seat (403), the fields (422), the state (409).

    :raises Refused: with the reason
    :raises InvalidFields: with the fields to mend
    """
    with unit_of_work():
        return act(actor, verb, data)


def act(actor: Actor, verb: str, data: Mapping[str, Any]) -> OfficeHour:
    """The same as part of another action, inside its unit of work."""
    if verb not in flow.MOVES:
        raise missing(_("没有这项操作。"))
    hour = OfficeHour.objects.select_for_update().get(id=actor.hour_id)
    _raise(flow.seat_refusal(actor, verb))
    cleaned = _clean(verb, data, hour)
    _raise(flow.state_refusal(verb, hour))
    _VERBS[verb](actor, hour, cleaned)
    target = flow.MOVES[verb].target
    if target:
        hour.stage = target
    hour.save()
    return hour


def _raise(found: Any) -> None:
    if found is not None:
        raise Refused(found.status, found.code, found.message)


def _tell(actor: Actor, hour: OfficeHour, kind: str, **facts: Any) -> None:
    record(hour.id, kind, actor=actor.account_id, subject="hour", subject_id=hour.id, public=True, **facts)


def _note(hour: OfficeHour, verb: str, **fields: Any) -> None:
    HourNotice.objects.create(hour=hour, verb=verb, at=clock.now(), **fields)


def _announce(actor: Actor, hour: OfficeHour, cleaned: dict[str, Any]) -> None:
    _tell(actor, hour, "hour.announced")


def _close_asking(actor: Actor, hour: OfficeHour, cleaned: dict[str, Any]) -> None:
    _tell(actor, hour, "hour.asking_closed")


def _open_live(actor: Actor, hour: OfficeHour, cleaned: dict[str, Any]) -> None:
    hour.opened_at = clock.now()
    hour.asking_paused = False
    length = hour.ends_at - hour.starts_at
    if hour.ends_at <= hour.opened_at:  # opened after its time: it still gets its full length
        hour.ends_at = hour.opened_at + length
    hour.stage = Stage.LIVE
    hour.save()
    _tell(actor, hour, "hour.opened")
    for release in ON_OPEN:
        release(hour)


def _pause(actor: Actor, hour: OfficeHour, cleaned: dict[str, Any]) -> None:
    hour.asking_paused = True
    _note(hour, "pause", reason_code=cleaned["reason_code"])
    _tell(actor, hour, "hour.paused", reason=cleaned["reason_code"])


def _resume(actor: Actor, hour: OfficeHour, cleaned: dict[str, Any]) -> None:
    hour.asking_paused = False
    _note(hour, "resume")
    _tell(actor, hour, "hour.resumed")


def _hold_signing(actor: Actor, hour: OfficeHour, cleaned: dict[str, Any]) -> None:
    hour.signing_held = True
    _note(hour, "hold_signing", reason_code=cleaned["reason_code"])
    _tell(actor, hour, "hour.signing_held", reason=cleaned["reason_code"])


def _release_signing(actor: Actor, hour: OfficeHour, cleaned: dict[str, Any]) -> None:
    hour.signing_held = False
    _note(hour, "release_signing")
    _tell(actor, hour, "hour.signing_released")


def _extend(actor: Actor, hour: OfficeHour, cleaned: dict[str, Any]) -> None:
    minutes, reason = cleaned["minutes"], cleaned["reason_code"]
    hour.ends_at = max(hour.ends_at, clock.now()) + timedelta(minutes=minutes)
    _note(hour, "extend", reason_code=reason, minutes=minutes)
    _tell(actor, hour, "hour.extended", minutes=minutes, reason=reason)


def _postpone(actor: Actor, hour: OfficeHour, cleaned: dict[str, Any]) -> None:
    length = hour.ends_at - hour.starts_at
    hour.starts_at = cleaned["starts_at"]
    hour.ends_at = hour.starts_at + length
    hour.date_provisional = planning.is_provisional(hour.starts_at)
    _note(hour, "postpone", reason_code=cleaned["reason_code"], starts_at=hour.starts_at)
    moved_to = hour.starts_at.astimezone(clock.DISTRICT_ZONE).isoformat()
    _tell(actor, hour, "hour.postponed", starts_at=moved_to, reason=cleaned["reason_code"])
    planning.tell_rewritten(hour, actor.id, "time")


def _wrap(actor: Actor, hour: OfficeHour, cleaned: dict[str, Any]) -> None:
    hour.wrapped_at = clock.now()
    hour.asking_paused = False
    _note(hour, "wrap", reason_code=cleaned["reason_code"])
    hour.stage = Stage.WRAPPING
    hour.save()
    _tell(actor, hour, "hour.wrapped", reason=cleaned["reason_code"])
    for follow in ON_WRAP:
        follow(hour)


def _archive(actor: Actor, hour: OfficeHour, cleaned: dict[str, Any]) -> None:
    hour.archived_at = clock.now()
    hour.signing_held = False
    _tell(actor, hour, "hour.archived")


def _cancel(actor: Actor, hour: OfficeHour, cleaned: dict[str, Any]) -> None:
    _note(hour, "cancel", reason_code=cleaned["reason_code"])
    _tell(actor, hour, "hour.cancelled", reason=cleaned["reason_code"])


def _change_signer(actor: Actor, hour: OfficeHour, cleaned: dict[str, Any]) -> None:
    seat: Seat = cleaned["seat"]
    hour.signer_on_duty = seat.account
    # The role's code word: the line is read in two languages, whatever language the coordinator speaks.
    _note(hour, "change_signer", person=f"{seat.account.name} {Role(seat.role).value}")
    _tell(actor, hour, "hour.signer_changed", account=seat.account_id)


def _stand_in(actor: Actor, hour: OfficeHour, cleaned: dict[str, Any]) -> None:
    seat: Seat = cleaned["seat"]
    for held in Seat.objects.filter(hour=hour, account=seat.stands_in_for, role=seat.role, group=seat.group):
        held.active = False
        held.save(update_fields=["active"])
    seat.active = True
    seat.save(update_fields=["active"])
    record(
        hour.id, "hour.stood_in", actor=actor.account_id, subject="hour", subject_id=hour.id,
        account=seat.account_id, role=seat.role,
    )  # fmt: skip


_VERBS: dict[str, Callable[[Actor, OfficeHour, dict[str, Any]], None]] = {
    "announce": _announce,
    "close_asking": _close_asking,
    "open_live": _open_live,
    "pause": _pause,
    "resume": _resume,
    "hold_signing": _hold_signing,
    "release_signing": _release_signing,
    "extend": _extend,
    "postpone": _postpone,
    "wrap": _wrap,
    "archive": _archive,
    "cancel": _cancel,
    "change_signer": _change_signer,
    "stand_in": _stand_in,
}
