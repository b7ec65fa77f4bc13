"""Deleting in time whom was written to: the numbers and addresses go, what was sent when and how it fared stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import CharField, F, Value
from django.db.models.functions import Cast, Concat

from townhall.hours.choices import Stage
from townhall.journal.models import DISTRICT_LINE
from townhall.journal.write import record
from townhall.keeping import retention
from townhall.kernel import clock
from townhall.kernel.unit_of_work import leave_no_trace, unit_of_work
from townhall.outreach.choices import Channel, State
from townhall.outreach.models import Message, RecipientList, Subscription

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from django.db.models import QuerySet

# So many fit between two beats of a live hour.
BATCH = 500
CITIZENS_CHANNELS = (Channel.SMS, Channel.MAIL)
# Rooms above know by which mail boxes a legal hold finds what was written: their keyed hashes. `config` fills the slot.
HELD: list[Callable[[], list[str]]] = []


def erase_due(edge: datetime) -> int:
    """Delete citizens' numbers and addresses of messages queued by ``edge`` and of hours closed by then.

    A batch at a time; returns how many messages, reminders and lists it was.
    """
    messages, reminders, lists = _messages(edge)[:BATCH], _reminders(edge)[:BATCH], _lists(edge)[:BATCH]
    ids = [list(rows.values_list("id", flat=True)) for rows in (messages, reminders, lists)]
    if not any(ids):
        return 0
    with unit_of_work():
        leave_no_trace()
        # The index is part of what makes a number be written to once in a mass message, so each gets one of its own.
        erased = Concat(Value("erased:"), Cast(F("id"), CharField()))
        Message.objects.filter(id__in=ids[0]).update(
            recipient_sealed="", parameters_sealed="", recipient_index=erased
        )
        Subscription.objects.filter(id__in=ids[1]).delete()
        RecipientList.objects.filter(id__in=ids[2]).update(wrong_sealed="")
        record(
            DISTRICT_LINE,
            "outreach.data_erased",
            messages=len(ids[0]),
            reminders=len(ids[1]),
            lists=len(ids[2]),
        )
    return sum(map(len, ids))


def _messages(edge: datetime) -> QuerySet[Message]:
    rows = Message.objects.filter(channel__in=CITIZENS_CHANNELS, account=None, queued_at__lte=edge)
    rows = rows.exclude(recipient_index__in=retention.held_numbers())
    rows = rows.exclude(recipient_index__in=[box for boxes in HELD for box in boxes()])
    return rows.exclude(recipient_sealed="").exclude(state=State.QUEUED).order_by("id")


def _reminders(edge: datetime) -> QuerySet[Subscription]:
    over = Subscription.objects.filter(hour__stage=Stage.ARCHIVED, hour__archived_at__lte=edge)
    return (
        over | Subscription.objects.filter(hour__stage=Stage.CANCELLED, hour__ends_at__lte=edge)
    ).order_by("id")


def _lists(edge: datetime) -> QuerySet[RecipientList]:
    return RecipientList.objects.filter(added_at__lte=edge).exclude(wrong_sealed="").order_by("id")


# -- at the wish of whoever it is about -----------------------------------------------------------------


def own_data(index: str) -> dict[str, list[dict[str, Any]]]:
    """When something was sent to this mobile and how it fared, and which reminders it waits for."""
    messages = Message.objects.filter(recipient_index=index, channel=Channel.SMS, account=None).order_by("id")
    reminders = Subscription.objects.filter(address_index=index, channel=Channel.SMS).select_related("hour")
    return {
        "messages": [
            {
                "about": one.template,
                "at": clock.local(one.queued_at).isoformat(timespec="seconds"),
                "state": one.state,
            }
            for one in messages
        ],
        "reminders": [{"hour": one.hour.slug, "stopped": one.stopped_at is not None} for one in reminders],
    }


def erase_own(index: str, asked_at: datetime) -> int:
    """Forget this mobile in messages and reminders up to that moment, and send none of them; inside a unit of work.

    What was written to somebody whose question is on legal hold stays until that is lifted.
    """
    rows = Message.objects.filter(
        recipient_index=index, channel=Channel.SMS, account=None, queued_at__lte=asked_at
    )
    rows.filter(state=State.QUEUED).update(state=State.FAILED, error="erased", settled_at=clock.now())
    reminders = Subscription.objects.filter(address_index=index, channel=Channel.SMS)
    gone, _of_each = reminders.filter(asked_at__lte=asked_at).delete()
    if retention.held_numbers().filter(mobile_index=index).exists():
        return gone
    erased = Concat(Value("erased:"), Cast(F("id"), CharField()))
    return gone + rows.update(recipient_sealed="", parameters_sealed="", recipient_index=erased)
