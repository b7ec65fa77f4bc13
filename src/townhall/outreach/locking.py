"""What every action on a broadcast begins and ends with: the row, locked and allowed; its entry in the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.journal.write import record
from townhall.kernel import clock
from townhall.kernel import text as texts
from townhall.kernel.errors import InvalidFields, Refused, missing
from townhall.outreach import flow, queries
from townhall.outreach.choices import Channel
from townhall.outreach.models import Broadcast, BroadcastNote, Message

if TYPE_CHECKING:
    from townhall.hours.seats import Actor

LONGEST_REASON = 200


def locked(actor: Actor, broadcast_id: int, verb: str) -> Broadcast:
    """The broadcast, locked, if the actor may do ``verb`` to it now.

    :raises Refused: with the reason
    """
    queries.may_see(actor)
    rows = Broadcast.objects.select_for_update(of=("self",)).select_related("hour")
    broadcast = rows.filter(hour_id=actor.hour_id, id=broadcast_id).first()
    if broadcast is None:
        raise missing(_("没有这次群发。"))
    counts = queries.counts_of(broadcast)
    if refused := flow.refusal(actor, verb, broadcast, broadcast.hour.stage, counts):
        raise Refused(refused.status, refused.code, refused.message)
    return broadcast


def tell(actor: Actor, broadcast: Broadcast, kind: str, **facts: Any) -> None:
    """Write the entry with which the action ends."""
    record(
        broadcast.hour_id, kind, actor=actor.account_id, subject="broadcast", subject_id=broadcast.id, **facts
    )


def reason_of(given: str, field: str = "reason") -> str:
    """What a person gave as the reason, without characters that steer or end a text.

    :raises InvalidFields: naming ``field``
    """
    try:
        text = texts.clean(given)
    except ValueError:
        text = ""
    if not text:
        raise InvalidFields({field: _("请写明理由。")})
    if len(text) > LONGEST_REASON:
        raise InvalidFields({field: _("内容太长，请写在 %(most)s 字以内。") % {"most": LONGEST_REASON}})
    return text


def note(actor: Actor, broadcast: Broadcast, verb: str, text: str, count: int) -> None:
    """Keep what a person gave as the reason for ``verb``, which concerned ``count`` messages."""
    BroadcastNote.objects.create(
        broadcast=broadcast, verb=verb, text=text, count=count, by_id=actor.id, at=clock.now()
    )


def to(broadcast: Broadcast, verb: str) -> None:
    """Move the broadcast where the table says; not saved here."""
    broadcast.state = flow.MOVES[verb].target or broadcast.state


def known(broadcast: Broadcast) -> set[str]:
    """Whose number is in the broadcast already."""
    rows = Message.objects.filter(broadcast=broadcast, channel=Channel.SMS)
    return set(rows.values_list("recipient_index", flat=True))
