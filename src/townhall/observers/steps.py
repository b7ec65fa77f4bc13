"""What several actions on observers have in common; called inside a unit of work, from this room only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from townhall.journal.write import record
from townhall.kernel import clock
from townhall.kernel.secrets import decrypt
from townhall.kernel.unit_of_work import leave_no_trace
from townhall.observers import names
from townhall.observers.choices import IN_LINE, SEATED, CallState, State
from townhall.observers.models import Application, Call, Point, Talk
from townhall.people import identity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

# Filled by `config` with outreach's sender: (sealed mobile, template, parameters, idempotency key) -> None.
TELL: list[Callable[[str, str, Mapping[str, str], str], None]] = []
# Filled by `config`: what has left or waits to leave for a person is forgotten with them (by their mobile).
FORGET: list[Callable[[str], None]] = []
_PERSONAL = (
    "name_sealed", "words_sealed", "mobile_sealed", "salt_sealed", "mobile_index", "form_digest", "receipt_nonce",
)  # fmt: skip


def tell(application: Application, template: str) -> None:
    """Queue a message to an applicant; nothing ever leaves a rehearsal."""
    hour = application.call.hour
    if hour.rehearsal or not application.mobile_sealed:
        return
    parameters = {
        "issue": str(hour.issue_no or ""),
        "starts_at": clock.local(hour.starts_at).strftime("%m-%d %H:%M"),
        "place": application.call.place,
        "confirm_by": clock.local(application.confirm_by).strftime("%m-%d %H:%M")
        if application.confirm_by
        else "",
        "url": f"{settings.BASE_URL}/observe/{hour.slug}/mine/",
    }
    for send in TELL:
        send(application.mobile_sealed, template, parameters, f"{template}-{application.id}")
    record(hour.id, "observer.told", subject="observer", subject_id=application.id, template=template)


def call_next(call: Call, actor: int | None) -> int:
    """Invite the next in line as long as a seat is free and the hour has not begun; returns how many."""
    if call.state != CallState.INVITING or clock.now() >= call.hour.starts_at:
        return 0
    free = call.quota - call.applications.filter(state__in=SEATED).count()
    waiting = call.applications.filter(state__in=IN_LINE).order_by("rank")[: max(0, free)]
    for application in waiting:
        application.call = call
        application.state = State.INVITED
        application.confirm_by = _confirm_by(call)
        application.save(update_fields=["state", "confirm_by"])
        record(
            call.hour_id, "observer.invited", actor=actor, subject="observer", subject_id=application.id,
            rank=application.rank,
        )  # fmt: skip
        tell(application, "observer_invited")
    return len(waiting)


def _confirm_by(call: Call) -> datetime | None:
    """Everybody has as long to answer as the first ones had, but never past the hour's beginning."""
    if call.confirm_by is None or call.invited_at is None:
        return None
    return min(clock.now() + (call.confirm_by - call.invited_at), call.hour.starts_at)


def settle(call: Call) -> None:
    """Note since when nothing about the list is open any more, or that something is open again."""
    if not call.is_stored:
        return
    rows = call.applications
    confirmed = rows.filter(state=State.CONFIRMED).count()
    open_still = rows.filter(state__in=[State.INVITED, *IN_LINE]).exists()
    placed = call.state in {CallState.DRAWN, CallState.INVITING}
    done = call.state == CallState.SKIPPED or (placed and (confirmed >= call.quota or not open_still))
    if done != (call.settled_at is not None):
        call.settled_at = clock.now() if done else None
        call.save(update_fields=["settled_at"])


def erase(applications: Iterable[Application]) -> None:
    """Delete what is personal about these applicants: here, in the talk's notes, in the sealed box, on the disk."""
    leave_no_trace()
    for application in applications:
        if not application.mobile_sealed:
            continue
        _cover_in_talk(application)
        index, sealed = application.mobile_index, application.mobile_sealed
        for field in _PERSONAL:
            setattr(application, field, "")
        application.consents = []
        application.save(update_fields=[*_PERSONAL, "consents", "state"])
        if not Application.objects.filter(mobile_index=index).exists():
            mobile = decrypt(sealed)
            for forget in FORGET:
                forget(mobile)
            identity.forget_person(mobile)


def _cover_in_talk(application: Application) -> None:
    name = [decrypt(application.name_sealed)] if application.name_sealed else []
    for talk in Talk.objects.filter(call=application.call_id):
        talk.minutes = names.mask_text(talk.minutes, name)
        talk.save(update_fields=["minutes"])
    for point in Point.objects.filter(talk__call=application.call_id):
        point.text = names.mask_text(point.text, name)
        point.save(update_fields=["text"])
