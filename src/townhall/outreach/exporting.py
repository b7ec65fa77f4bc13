"""A mass message that another office sends: its list out, marked first, and each row's fate back in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from townhall.kernel import clock
from townhall.kernel.secrets import decrypt
from townhall.kernel.unit_of_work import unit_of_work
from townhall.outreach import flow, lists, settling
from townhall.outreach.choices import BroadcastState, Channel, Provider, State
from townhall.outreach.locking import known, locked, note, reason_of, tell
from townhall.outreach.models import Batch, Message
from townhall.outreach.sealing import index_of

if TYPE_CHECKING:
    from townhall.hours.seats import Actor

CHUNK = 1000


def hand_over(actor: Actor, broadcast_id: int) -> bytes:
    """The list and the text for another office, as .xlsx; from here on its rows count as sent.

    Marked before the file is given out, so that nobody is written to twice; the same file can be had again.
    """
    with unit_of_work():
        broadcast = locked(actor, broadcast_id, "hand_over")
        now = clock.now()
        settling.take_in_subscribers(broadcast)
        waiting = Message.objects.filter(broadcast=broadcast, channel=Channel.SMS, state=State.QUEUED)
        size = waiting.count()
        if size:
            batch = Batch.objects.create(
                broadcast=broadcast, provider=Provider.EXPORT, size=size, handed_at=now, answered_at=now
            )
            waiting.update(state=State.SENT, batch=batch, sent_at=now, provider=Provider.EXPORT)
        broadcast.started_at = broadcast.started_at or now
        if not Message.objects.filter(broadcast=broadcast, state=State.QUEUED).exists():
            broadcast.state, broadcast.done_at = BroadcastState.DONE, broadcast.done_at or now
        elif broadcast.state == BroadcastState.CONFIRMED:
            broadcast.state = BroadcastState.RUNNING
        broadcast.save()
        tell(actor, broadcast, "broadcast.handed_over", size=size)
    rows = Message.objects.filter(broadcast=broadcast, channel=Channel.SMS, batch__isnull=False)
    rows = rows.exclude(recipient_sealed="").order_by("id")
    return lists.export_file(
        (decrypt(row.recipient_sealed), settling.text_for(broadcast, row)) for row in rows.iterator(CHUNK)
    )


def confirm_sent(actor: Actor, broadcast_id: int, said: str) -> int:
    """The other office has said that it sent the list; returns how many messages that was said of.

    :param said: who said so and when, kept with the person's name
    :raises InvalidFields: naming ``said``
    """
    text = reason_of(said, "said")
    with unit_of_work():
        broadcast = locked(actor, broadcast_id, "confirm_sent")
        rows = Message.objects.filter(broadcast=broadcast, provider=Provider.EXPORT)
        count = rows.filter(state=State.SENT).update(state=flow.FATES["accept"][1])
        note(actor, broadcast, "confirm_sent", text, count)
        tell(actor, broadcast, "broadcast.sent_elsewhere", count=count)
    return count


def read_results(actor: Actor, broadcast_id: int, content: bytes) -> dict[str, int]:
    """What became of a list that was handed over: each row's fate; strangers and unreadable rows counted.

    :raises InvalidFields: naming ``file``
    """
    told, wrong = lists.results(content)
    with unit_of_work():
        broadcast = locked(actor, broadcast_id, "read_results")
        indexes = {index_of("sms", one.number): one for one in told}
        facts = {"delivered": 0, "failed": 0, "strangers": len(wrong)}
        ours = known(broadcast)
        facts["strangers"] += len(indexes.keys() - ours)
        for verb, wanted in (("deliver", True), ("fail", False)):
            hit = [index for index, one in indexes.items() if one.delivered is wanted and index in ours]
            for start in range(0, len(hit), CHUNK):
                rows = Message.objects.filter(
                    broadcast=broadcast, channel=Channel.SMS, state__in=flow.sources(verb),
                    recipient_index__in=hit[start : start + CHUNK],
                )  # fmt: skip
                target = flow.FATES[verb][1]
                now = clock.now()
                changed = rows.update(state=target, settled_at=now, receipt_at=now, receipt_code="file")
                facts["delivered" if wanted else "failed"] += changed
        tell(actor, broadcast, "broadcast.results_read", **facts)
    return facts
