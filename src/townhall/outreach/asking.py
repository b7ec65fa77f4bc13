"""Asking providers for the fate of messages: by a person's button, and by itself at a pace that burdens nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import F, Q

from townhall.kernel import clock
from townhall.kernel.secrets import decrypt
from townhall.kernel.unit_of_work import unit_of_work
from townhall.outreach import settling
from townhall.outreach.choices import Channel, Provider, State
from townhall.outreach.models import Broadcast, Message
from townhall.outreach.providers import carrier
from townhall.outreach.providers.base import NoAnswer, NotSent

if TYPE_CHECKING:
    from django.db.models import QuerySet

# Rows a person's button asks about: the rest is asked by itself or by the next press.
MOST_ASKED = 200
# Sent to be visible at the provider: what it does not know sooner may still lie in its queue.
VISIBLE_AFTER = timedelta(minutes=10)
# A turn is short, so that it ends soon after `stop`; one a few seconds is far below what any provider allows.
A_TURN = 10
# What nobody knows about is asked for hourly; what was taken usually has its receipt pushed: asked for late and seldom.
UNKNOWN_EVERY = timedelta(hours=1)
TAKEN_EVERY = timedelta(hours=12)
NO_CALL = (Provider.EXPORT, Provider.CONSOLE)


@dataclass(slots=True)
class Asked:
    """What came of asking.

    :param settled: messages whose fate is known now
    :param answered: messages about which the provider said something, be it that it does not know them
    :param silent: whether the provider could not be reached or did not answer, so that no more were asked
    """

    settled: int = 0
    answered: int = 0
    silent: bool = False


def ask_about(broadcast_id: int) -> Asked:
    """Ask about a broadcast's messages that are not settled, first those nobody knows about, longest unasked first."""
    rows = _open().filter(broadcast_id=broadcast_id)
    unknown = _in_turn(rows.filter(state=State.UNKNOWN), MOST_ASKED)
    return _ask(unknown + _in_turn(rows.exclude(state=State.UNKNOWN), MOST_ASKED - len(unknown)))


def tick() -> Asked:
    """One short turn of asking by itself, while carriers still report."""
    now = clock.now()
    rows = _open().filter(sent_at__gt=now - settling.OPEN_FOR)
    rows = rows.filter(Q(broadcast__isnull=False) | Q(template=settling.REMINDER))
    unknown = rows.filter(state=State.UNKNOWN, sent_at__lte=now - VISIBLE_AFTER)
    found = _ask(_in_turn(_not_asked_since(unknown, now - UNKNOWN_EVERY), A_TURN))
    if found.silent or found.answered:
        return found
    taken = rows.exclude(state=State.UNKNOWN).filter(sent_at__lte=now - UNKNOWN_EVERY)
    return _ask(_in_turn(_not_asked_since(taken, now - TAKEN_EVERY), A_TURN))


def _open() -> QuerySet[Message]:
    rows = Message.objects.filter(
        channel=Channel.SMS, state__in=[State.UNKNOWN, State.SENT, State.ACCEPTED], sent_at__isnull=False
    )
    return rows.exclude(provider__in=NO_CALL).exclude(recipient_sealed="")  # deleted in time


def _not_asked_since(rows: QuerySet[Message], moment: object) -> QuerySet[Message]:
    return rows.filter(Q(asked_at=None) | Q(asked_at__lte=moment))


def _in_turn(rows: QuerySet[Message], most: int) -> list[Message]:
    return list(rows.order_by(F("asked_at").asc(nulls_first=True), "id")[:most])


def _ask(messages: list[Message]) -> Asked:
    """Ask about each; the first that is not answered ends the turn, and moves to the end of the next one."""
    found = Asked()
    for message in messages:
        try:
            settled, denied = _one(message)
        except (NotSent, NoAnswer, ValueError):
            with unit_of_work():
                Message.objects.filter(id=message.id).update(asked_at=clock.now())
            found.silent = True
            break
        found.settled += settled
        found.answered += 1
        _note(message, denied=denied)
    return found


def _one(message: Message) -> tuple[int, bool]:
    """How many messages settled, and whether the provider said that it knows nothing of this one.

    It has said so when it answered, late enough for the message to be visible there, and everything it told of is
    another of our messages. Whatever cannot be told apart counts as knowing.
    """
    sent_at = message.sent_at or message.queued_at
    day = clock.local(sent_at).strftime("%Y%m%d")
    receipts = carrier(message.provider).pull(message.provider_id, decrypt(message.recipient_sealed), day)
    others = all(
        settling.meant(message.provider, one) not in {None, message.id} for one in settling.storable(receipts)
    )
    visible = clock.now() >= sent_at + VISIBLE_AFTER
    return settling.settle(message.provider, receipts), others and visible


def _note(message: Message, *, denied: bool) -> None:
    now = clock.now()
    with unit_of_work():
        rows = Message.objects.filter(id=message.id)
        rows.update(asked_at=now)
        if denied:
            rows.filter(state=State.UNKNOWN, sent_at=message.sent_at).update(denied_at=now)
        if message.broadcast_id is not None:
            Broadcast.objects.filter(id=message.broadcast_id).update(receipts_checked_at=now)
