"""One reminder for everybody who asked for one: in a broadcast about the hour or by itself, never both.

Claimed and queued in one transaction, sent by the one sender, which marks before it calls: whatever dies in between,
nobody is reminded twice.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.conf import settings

from townhall.hours.models import OfficeHour
from townhall.journal.write import record
from townhall.kernel import clock
from townhall.kernel.unit_of_work import unit_of_work
from townhall.outreach import queries, settling
from townhall.outreach.choices import BroadcastState, Channel, Provider, State
from townhall.outreach.citizen_actions import SUBSCRIBING_STAGES
from townhall.outreach.models import Broadcast, Message
from townhall.outreach.sending import in_hours
from townhall.people.models import Installation

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from townhall.outreach.models import Subscription

# As the page says: about three days before, in the morning of a day that people read messages on.
DAYS_BEFORE, FROM = 3, time(9)
# A mass message that is being prepared takes its subscribers in; they wait for it so long and no longer.
PATIENCE = timedelta(days=1)
# Who asked later is reminded on the day itself, when there is time left to come home.
LATE = timedelta(hours=3)
AT_ONCE = 500
_BEING_PREPARED = (
    BroadcastState.DRAFT, BroadcastState.PREVIEWED, BroadcastState.CONFIRMED, BroadcastState.PAUSED,
)  # fmt: skip


def tick() -> int:
    """Queue the reminders whose time has come; returns how many."""
    now = clock.now()
    if not in_hours(now):
        return 0
    edge = now + timedelta(days=DAYS_BEFORE + 1)
    hours = OfficeHour.objects.filter(
        stage__in=SUBSCRIBING_STAGES, rehearsal=False, starts_at__gt=now, starts_at__lte=edge
    )
    return sum(_remind(hour.id) for hour in hours)


def first_at(hour: OfficeHour) -> datetime:
    """When those are reminded who asked in good time."""
    day = clock.local(hour.starts_at).date() - timedelta(days=DAYS_BEFORE)
    return datetime.combine(day, max(FROM, settings.SMS_HOURS[0]), clock.DISTRICT_ZONE)


def late_at(hour: OfficeHour) -> datetime:
    """When everybody else is: on the day, or on the evening before where the hour begins with the day's messages."""
    start = clock.local(hour.starts_at)
    opens, closes = settings.SMS_HOURS
    moment = max(start - LATE, datetime.combine(start.date(), opens, clock.DISTRICT_ZONE))
    if moment < start:
        return moment
    return datetime.combine(start.date() - timedelta(days=1), closes, clock.DISTRICT_ZONE) - LATE


def _remind(hour_id: int) -> int:
    with unit_of_work():
        hour = OfficeHour.objects.get(id=hour_id)
        rows = list(_due(hour).select_for_update().order_by("id")[:AT_ONCE])
        if not rows:
            return 0
        made = Message.objects.bulk_create([_message(hour, row) for row in rows if not _has_one(hour, row)])
        settling.claim(hour, rows)
        record(hour.id, "subscription.reminded", subject="hour", subject_id=hour.id, count=len(made))
    return len(made)


def _due(hour: OfficeHour) -> QuerySet[Subscription]:
    """Whose reminder is due now; none of an hour that has moved on since it was found."""
    now = clock.now()
    rows = queries.waiting(hour)
    if hour.stage not in SUBSCRIBING_STAGES or hour.starts_at <= now:
        return rows.none()
    if settings.SMS_SENDER == Provider.CONSOLE and not _is_demo():
        rows = rows.exclude(channel=Channel.SMS)  # nobody carries them but the office that gets the list
    if now >= late_at(hour):
        return rows
    first = first_at(hour)
    if now < (first + PATIENCE if _is_awaited(hour) else first):
        return rows.none()
    return rows.filter(consented_at__lte=first)


def _is_demo() -> bool:
    return Installation.objects.filter(kind=Installation.Kind.DEMO).exists()


def _is_awaited(hour: OfficeHour) -> bool:
    """Whether a mass message to subscribers is being prepared and has not begun."""
    rows = Broadcast.objects.filter(hour=hour, to_subscribers=True, started_at=None)
    return rows.filter(state__in=_BEING_PREPARED).exists()


def _has_one(hour: OfficeHour, row: Subscription) -> bool:
    """Whether a list has brought a mass message about this hour to the same address."""
    same = Message.objects.filter(
        broadcast__hour=hour, channel=row.channel, recipient_index=row.address_index
    )
    same = same.filter(broadcast__preview__starts_at=hour.starts_at.astimezone(UTC).isoformat())
    return same.exclude(state=State.FAILED).exists()


def _message(hour: OfficeHour, row: Subscription) -> Message:
    sender = str(settings.SMS_SENDER if row.channel == Channel.SMS else Channel.MAIL)
    facts = {}
    if sender == Provider.CONSOLE:  # a demo shows on its page what would have left
        facts = {"state": State.SENT, "sent_at": clock.now(), "attempts": 1}
    return settling.reminder(hour, row, template=settling.REMINDER, provider=sender, **facts)
