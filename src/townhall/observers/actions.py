"""What the coordinator and the clock do about observers. Each change is one action and leaves its entries."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import F
from django.utils.translation import gettext as _

from townhall.hours.choices import Stage
from townhall.hours.models import OfficeHour
from townhall.hours.seats import system_actor
from townhall.journal.write import record
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused, missing
from townhall.kernel.secrets import decrypt, encrypt
from townhall.kernel.unit_of_work import unit_of_work
from townhall.observers import citizen_actions, flow, inputs, lot, names, steps
from townhall.observers.choices import CallState, Consent, State, TalkState
from townhall.observers.models import Application, Call, Point, Talk
from townhall.people import identity
from townhall.questions import asking
from townhall.questions import citizen_actions as questions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from townhall.hours.seats import Actor
    from townhall.questions.citizen_actions import Asked

# `config` fills them with outreach's sender and its way to forget a person.
TELL = steps.TELL
FORGET = steps.FORGET
POINT_NAME = "网民代表"


def _raise(found: Any) -> None:
    if found is not None:
        raise Refused(found.status, found.code, found.message)


def _call_of(hour_id: int) -> Call:
    """The hour's call, locked; one that does not exist yet has not begun."""
    call = Call.objects.select_for_update(of=("self",)).select_related("hour").filter(hour_id=hour_id).first()
    return call or Call(hour=OfficeHour.objects.get(id=hour_id), state=CallState.NONE)


def perform(actor: Actor, verb: str, data: Mapping[str, Any]) -> Call:
    """Do ``verb`` to the call of the actor's hour.

    :raises Refused: 404 for no such verb, 403 without the seat, 409 with the reason
    :raises InvalidFields: with the fields to mend
    """
    if verb not in flow.CALL_MOVES:
        raise missing(_("没有这项操作。"))
    with unit_of_work():
        call = _call_of(actor.hour_id)
        _raise(flow.refusal(actor, verb, call))
        _VERBS[verb](actor, call, data)
        steps.settle(call)
    return call


def _tell(actor: Actor, call: Call, kind: str, **facts: Any) -> None:
    record(
        call.hour_id,
        kind,
        actor=actor.account_id,
        subject="observer_call",
        subject_id=call.id,
        public=True,
        **facts,
    )


def _open(actor: Actor, call: Call, data: Mapping[str, Any]) -> None:
    """Fix the rule: the secret's hash and the public value's name stand before the first application."""
    for name, value in inputs.opening(data, call.hour).items():
        setattr(call, name, value)
    secret = secrets.token_hex(32)
    call.state = CallState.OPEN
    call.opened_at = clock.now()
    call.keep_days = settings.OBSERVER_DAYS
    call.secret_sealed = encrypt(secret)
    call.commitment = lot.commitment_of(secret)
    call.save()
    closes_at = clock.local(call.closes_at).isoformat(timespec="minutes") if call.closes_at else ""
    _tell(actor, call, "observer.call_opened", quota=call.quota, closes_at=closes_at)


def _skip(actor: Actor, call: Call, data: Mapping[str, Any]) -> None:
    call.state = CallState.SKIPPED
    call.save()
    _tell(actor, call, "observer.call_skipped")


def _close(actor: Actor, call: Call, data: Mapping[str, Any]) -> None:
    """Freeze the list. With no more applicants than seats everybody is in, in the order of the list."""
    rows = list(call.applications.filter(state=State.APPLIED).order_by("entry"))
    call.listed = [row.entry for row in rows]
    call.list_digest = lot.list_digest_of(call.listed)
    call.closed_at = clock.now()
    call.by_lot = len(rows) > call.quota
    call.state = CallState.CLOSED if call.by_lot else CallState.DRAWN
    call.save()
    _tell(actor, call, "observer.call_closed", entries=len(rows), digest=call.list_digest)
    if not call.by_lot:
        _place(call, call.listed)


def _place(call: Call, order: list[str]) -> None:
    """Give everybody in the list their place; who withdrew after closing keeps it, and is passed over."""
    ranks = {entry: rank for rank, entry in enumerate(order, 1)}
    for row in call.applications.filter(entry__in=order):
        row.rank = ranks[row.entry]
        if row.state == State.APPLIED:
            row.state = State.DRAWN if row.rank <= call.quota else State.WAITING
        row.save(update_fields=["rank", "state"])


def _draw(actor: Actor, call: Call, data: Mapping[str, Any]) -> None:
    """Reveal the secret and order the frozen list; nothing but the typed public value can still matter."""
    call.value = inputs.drawing(data)
    call.secret = decrypt(call.secret_sealed)
    call.seed = lot.seed_of(call.secret, call.list_digest, call.value)
    call.drawn_at = clock.now()
    call.state = CallState.DRAWN
    call.save()
    _place(call, lot.ranking(call.seed, call.listed))
    _tell(actor, call, "observer.drawn", entries=len(call.listed), seed=call.seed)


def _invite(actor: Actor, call: Call, data: Mapping[str, Any]) -> None:
    call.confirm_by = inputs.inviting(data, call)
    call.invited_at = clock.now()
    call.state = CallState.INVITING
    call.save()
    confirm_by = clock.local(call.confirm_by).isoformat(timespec="minutes")
    steps.call_next(call, actor.account_id)
    _tell(actor, call, "observer.invitations_sent", confirm_by=confirm_by)


def _replace(actor: Actor, call: Call, data: Mapping[str, Any]) -> None:
    late = call.applications.filter(state=State.INVITED, confirm_by__lte=clock.now()).order_by("rank")
    for application in late:
        application.state = State.LAPSED
        application.save(update_fields=["state"])
        record(
            call.hour_id, "observer.lapsed", actor=actor.account_id, subject="observer",
            subject_id=application.id,
        )  # fmt: skip
    steps.call_next(call, actor.account_id)


_VERBS = {
    "open": _open,
    "skip": _skip,
    "close": _close,
    "draw": _draw,
    "invite": _invite,
    "replace": _replace,
}


# -- one applicant --------------------------------------------------------------------------------------


def _application(actor: Actor, application_id: int) -> Application:
    call = _call_of(actor.hour_id)
    application = call.applications.filter(id=application_id).first() if call.is_stored else None
    if application is None:
        raise missing(_("没有这位报名人。"))
    application.call = call
    return application


def act(actor: Actor, verb: str, application_id: int) -> Application:
    """Note what an applicant said on the telephone, or that they came.

    :raises Refused: 404 for nobody, 403 without the seat, 409 with the reason
    """
    if verb not in flow.APPLICATION_MOVES or verb == "look":
        raise missing(_("没有这项操作。"))
    with unit_of_work():
        application = _application(actor, application_id)
        _raise(flow.refusal(actor, verb, application))
        if verb in {"attend", "miss"}:
            application.attendance = inputs.attendance(verb)
            application.save(update_fields=["attendance"])
            record(
                actor.hour_id, "observer.attended", actor=actor.account_id, subject="observer",
                subject_id=application.id, attendance=application.attendance,
            )  # fmt: skip
        else:
            citizen_actions.move(application, verb, actor.account_id)
    return application


def look(actor: Actor, application_id: int) -> dict[str, str]:
    """Name, mobile and words in clear, for somebody who must call; the look itself is journalled."""
    _raise(actor.personal_refusal())
    with unit_of_work():
        application = _application(actor, application_id)
        _raise(flow.refusal(actor, "look", application))
        found = {
            name: decrypt(sealed) if (sealed := getattr(application, f"{name}_sealed")) else ""
            for name in ("name", "mobile", "words")
        }
        record(
            actor.hour_id, "observer.contact_seen", actor=actor.account_id, subject="observer",
            subject_id=application.id, reason="call",
        )  # fmt: skip
    return found


def print_sheet(actor: Actor) -> list[dict[str, Any]]:
    """Those who have confirmed, with name and the mobile's end, for the door; the look is journalled once."""
    with unit_of_work():
        call = _call_of(actor.hour_id)
        _raise(flow.seat_refusal(actor, "replace", call))
        rows = (
            call.applications.filter(state=State.CONFIRMED) if call.is_stored else Application.objects.none()
        )
        found = [
            {
                "rank": row.rank,
                "name": decrypt(row.name_sealed),
                "mobile": decrypt(row.mobile_sealed)[-4:],
                "attendance": row.get_attendance_display(),
            }
            for row in rows.exclude(mobile_sealed="")
        ]
        record(
            actor.hour_id, "observer.sheet_printed", actor=actor.account_id, subject="observer_call",
            subject_id=call.id, people=len(found),
        )  # fmt: skip
    return found


# -- the talk -------------------------------------------------------------------------------------------


def _talk(actor: Actor) -> Talk:
    call = _call_of(actor.hour_id)
    if call.state in {CallState.NONE, CallState.SKIPPED}:
        raise missing(_("本期没有邀请网民代表，也就没有座谈。"))
    talk, _created = Talk.objects.get_or_create(call=call)
    talk.call = call
    return talk


def write_minutes(actor: Actor, data: Mapping[str, Any]) -> Talk:
    """Save the minutes of the talk; only the desk sees them until they are approved."""
    with unit_of_work():
        talk = _talk(actor)
        _raise(flow.refusal(actor, "write", talk))
        form = inputs.Form(data)
        form.words("minutes", inputs.MOST_MINUTES, required=True)
        talk.minutes = form.done()["minutes"]
        talk.save(update_fields=["minutes"])
        _record_talk(actor, talk, "observer.talk_written")
    return talk


def _record_talk(actor: Actor, talk: Talk, kind: str, *, public: bool = False, **facts: Any) -> None:
    record(
        actor.hour_id,
        kind,
        actor=actor.account_id,
        subject="observer_talk",
        subject_id=talk.id,
        public=public,
        **facts,
    )


def note_point(actor: Actor, data: Mapping[str, Any]) -> Point:
    """Write down one point of the talk, and whose it is when that person is named."""
    with unit_of_work():
        talk = _talk(actor)
        _raise(flow.refusal(actor, "note", talk))
        form = inputs.Form(data)
        words = form.words("text", inputs.MOST_POINT, required=True)
        chosen = str(data.get("application") or "")
        speaker = None
        if chosen:
            wanted = int(chosen) if chosen.isascii() and chosen.isdigit() and len(chosen) < 18 else 0  # noqa: PLR2004
            speaker = talk.call.applications.filter(id=wanted, state=State.CONFIRMED).first()
            if speaker is None:
                form.wrong("application", _("请从确认参加的网民代表中选择，或不选。"))
        form.done()
        point = Point.objects.create(talk=talk, text=words, application=speaker)
        _record_talk(actor, talk, "observer.point_noted")
    return point


def approve_minutes(actor: Actor) -> Talk:
    """Make the minutes public, with names and numbers covered; they are not edited afterwards."""
    with unit_of_work():
        talk = _talk(actor)
        _raise(flow.refusal(actor, "approve", talk))
        talk.public_minutes = _covered(talk, talk.minutes)
        talk.state = TalkState.APPROVED
        talk.approved_at, talk.approved_by_id = clock.now(), actor.account_id
        talk.save()
        _record_talk(actor, talk, "observer.minutes_approved", public=True)
    return talk


def _covered(talk: Talk, words: str) -> str:
    """Words of a talk as anybody may read them: without the names and numbers of those who applied."""
    people = talk.call.applications.exclude(name_sealed="")
    return names.mask_text(words, [decrypt(row.name_sealed) for row in people])


def display_name(point: Point) -> str:
    """How the observer stands at the question: with the family name only where they agreed to it."""
    speaker = point.application
    if speaker is None or not speaker.name_sealed or Consent.TALK.value not in speaker.consents:
        return POINT_NAME
    return POINT_NAME + names.mask_name(decrypt(speaker.name_sealed))


def register_point(actor: Actor, point_id: int) -> Asked:
    """Make a point of the talk a question of channel ``venue``, as a clerk would; each point once.

    Names are covered in its text, so that none is left in public when somebody withdraws; a family name stands
    beside it only for whoever agreed that it stays.

    Storing the question is a unit of work of its own. Its key is the point's, so that whoever tries again after
    a crash in between finds the same question.

    :raises Refused: 404 for no such point, 403 without the seat, 409 when it is registered or the hour is over
    """
    point = (
        Point.objects.select_related("talk__call__hour", "application")
        .filter(id=point_id, talk__call__hour=actor.hour_id)
        .first()
    )
    if point is None:
        raise missing(_("没有这一条。"))
    _raise(flow.refusal(actor, "register", point))
    payload = {
        "text": _covered(point.talk, point.text),
        "display_name": display_name(point),
        "channel": "venue",
        "idempotency_key": f"observer-point-{point.id}",
    }
    try:
        parsed = asking.parse(point.talk.call.hour, payload, typed_by=actor.id)
    except InvalidFields as error:
        raise InvalidFields({f"point-{point.id}": next(iter(error.errors.values()))}) from error
    asked = questions.ask(parsed)
    with unit_of_work():
        Point.objects.filter(id=point.id).update(question_id=asked.id)
        _record_talk(actor, point.talk, "observer.point_registered", question=asked.id)
    return asked


# -- the clock ------------------------------------------------------------------------------------------


def run_due() -> int:
    """Close, replace and delete whatever is due; returns how many calls were touched."""
    now = clock.now()
    calls = Call.objects.select_related("hour").filter(hour__stage__in=flow.CALL_MOVES["replace"].stages)
    closing = calls.filter(state=CallState.OPEN, closes_at__lte=now)
    late = calls.filter(
        state=CallState.INVITING, hour__starts_at__gt=now, applications__state=State.INVITED,
        applications__confirm_by__lte=now,
    ).distinct()  # fmt: skip
    done = 0
    for verb, rows in (("close", closing), ("replace", late)):
        for call in list(rows):
            perform(system_actor(call.hour), verb, {})
            done += 1
    return done + erase_due()


def erase_due() -> int:
    """Delete the personal data of hours that are over for as long as applicants were told; returns how many hours."""
    identity.forget_spent_codes()
    over = Call.objects.select_related("hour").filter(erased_at=None).exclude(opened_at=None)
    now = clock.now()
    done = 0
    for call in over.filter(hour__stage__in=[Stage.ARCHIVED, Stage.CANCELLED]).annotate(
        archived=F("hour__archived_at")
    ):
        since = call.archived or call.hour.starts_at
        if now >= since + timedelta(days=call.keep_days):
            _erase(call)
            done += 1
    return done


def _erase(call: Call) -> None:
    with unit_of_work():
        rows = list(call.applications.exclude(mobile_sealed=""))
        steps.erase(rows)
        Call.objects.filter(id=call.id).update(erased_at=clock.now())
        record(
            call.hour_id,
            "observer.data_erased",
            subject="observer_call",
            subject_id=call.id,
            people=len(rows),
        )


def forget_hour(hour: OfficeHour) -> None:
    """Throw away a rehearsal's observers with everything personal; to be called in the unit of work.

    :raises ValueError: for an hour that is no rehearsal
    """
    if not hour.rehearsal:
        message = "only a rehearsal may be deleted"
        raise ValueError(message)
    steps.erase(Application.objects.filter(call__hour=hour))
    Call.objects.filter(hour=hour).delete()
