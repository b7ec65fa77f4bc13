"""From notes to messages: what came together goes together, and nobody is written to all day long.

The first few messages of a day leave minutes after the news. Whatever comes after them waits for the next morning
and goes as one. At night nothing leaves, by SMS or by mail.
"""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django.conf import settings
from django.db.models import Count, IntegerField, Min, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from townhall.following import slots
from townhall.following.choices import MOST_A_DAY, SETTLE
from townhall.following.models import Note
from townhall.kernel import clock
from townhall.kernel.unit_of_work import unit_of_work
from townhall.outreach.models import Message

NEWS = "follow"
AT_ONCE = 100
_WAITING = Q(gathered_at=None, follow__erased_at=None, follow__stopped_at=None)


def tick() -> int:
    """Make a message for each address that is due one; returns how many."""
    first, last = settings.SMS_HOURS
    if not first <= clock.local(clock.now()).time() < last:
        return 0
    return sum(_gather(channel, index) for channel, index in _due())


def _due() -> list[tuple[str, str]]:
    """Addresses whose oldest note has settled and who had few messages today, the longest waiting first."""
    rows = Note.objects.filter(_WAITING).values("follow__channel", "follow__address_index")
    settled = rows.annotate(oldest=Min("at")).filter(oldest__lte=clock.now() - SETTLE)
    free = settled.annotate(had=_had_today()).filter(had__lt=MOST_A_DAY).order_by("oldest")
    return [(row["follow__channel"], row["follow__address_index"]) for row in free[:AT_ONCE]]


def _had_today() -> Any:
    midnight = datetime.combine(clock.today(), time.min, clock.DISTRICT_ZONE)
    sent = Message.objects.filter(
        template=NEWS, recipient_index=OuterRef("follow__address_index"), channel=OuterRef("follow__channel"),
        queued_at__gte=midnight,
    )  # fmt: skip
    counted = sent.order_by().values("recipient_index").annotate(n=Count("id")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _gather(channel: str, index: str) -> int:
    """One message of everything that waits for an address; each note goes into one message only."""
    with unit_of_work():
        rows = Note.objects.select_for_update(of=("self",)).select_related("follow")
        notes = list(
            rows.filter(_WAITING, follow__channel=channel, follow__address_index=index).order_by("id")
        )
        if not notes:
            return 0
        follow = notes[0].follow
        # The same answer may be told of a unit and of a subject: once is enough.
        fresh = {(note.what, note.thing, note.version): note.id for note in reversed(notes)}
        parameters = {"notes": sorted(fresh.values()), "lang": follow.lang}
        for send in slots.SEND:
            send(channel, follow.address_sealed, NEWS, parameters, f"follow-{notes[0].id}")
        Note.objects.filter(id__in=[note.id for note in notes]).update(gathered_at=clock.now())
    return 1
