"""What becomes of messages: subscribers taken in, receipts matched, fates written; never back from delivered."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from townhall.hours.models import OfficeHour
from townhall.kernel import clock
from townhall.kernel.secrets import decrypt
from townhall.kernel.text import sought
from townhall.kernel.unit_of_work import unit_of_work
from townhall.outreach import filings, flow, queries, wording
from townhall.outreach.choices import FILING_PROVIDERS, Channel, Purpose, State
from townhall.outreach.models import Message, Subscription
from townhall.outreach.providers.base import Receipt
from townhall.outreach.sealing import index_of, seal, unseal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from django.db.models import QuerySet

    from townhall.outreach.models import Broadcast

# Carriers report for so long (Huawei marks what had no report after it as expired).
OPEN_FOR = timedelta(hours=72)
CHUNK = 500
_KEY = re.compile(r"th-(\d{1,18})\Z")
_REMINDER_KEY = re.compile(r"r(\d{1,18})-\d+\Z")
REMINDER = "reminder"


def key_of(batch_id: int) -> str:
    """Our id of one call, as providers give it back with receipts."""
    return f"th-{batch_id}"


def text_for(broadcast: Broadcast, message: Message) -> str:
    """The text as this recipient gets it."""
    token = unseal(message).get("stop", "") if message.personal else ""
    text = broadcast.text
    if message.personal and broadcast.provider in FILING_PROVIDERS:
        filed = filings.approved(broadcast.provider).get(Purpose.REMINDER.value)
        text = filed.text if filed else text
    return wording.fill(text, wording.parameters(broadcast.hour, token))


def take_in_subscribers(broadcast: Broadcast) -> int:
    """Queue those who agreed to be reminded and have not been yet; inside a unit of work."""
    if not broadcast.to_subscribers:
        return 0
    rows = list(queries.waiting(broadcast.hour).select_for_update().order_by("id"))
    made = Message.objects.bulk_create(
        [
            reminder(
                broadcast.hour, row, broadcast=broadcast, template="broadcast",
                provider=broadcast.provider if row.channel == Channel.SMS else Channel.MAIL,
            )
            for row in rows
        ],
        batch_size=CHUNK,
        ignore_conflicts=True,
    )  # fmt: skip
    claim(broadcast.hour, rows)
    return len(made)


def reminder(hour: OfficeHour, row: Subscription, **facts: Any) -> Message:
    """A subscriber's one message about an hour at this time, unsaved; its key is refused a second time."""
    start = int(hour.starts_at.timestamp())
    filled = {"stop": decrypt(row.stop_sealed), "lang": row.lang, "hour": hour.id, "start": start}
    return Message(
        channel=row.channel,
        recipient_sealed=row.address_sealed,
        recipient_index=row.address_index,
        personal=True,
        parameters_sealed=seal(filled),
        idempotency_key=f"r{row.id}-{start}",
        queued_at=clock.now(),
        **facts,
    )


def reminder_text(filled: Mapping[str, Any]) -> str:
    """The words of a reminder that goes out by itself, as of now."""
    hour = OfficeHour.objects.get(id=filled["hour"])
    return wording.fill(wording.USUAL_TEXT, wording.parameters(hour, filled["stop"]))


def claim(hour: OfficeHour, rows: Sequence[Subscription]) -> None:
    """Note that these have their reminder of the hour at its present time."""
    for start in range(0, len(rows), CHUNK):
        ids = [row.id for row in rows[start : start + CHUNK]]
        Subscription.objects.filter(id__in=ids).update(reminder_for=hour.starts_at)


def release(rows: QuerySet[Message]) -> None:
    """Have those subscribers reminded after all whose message among ``rows`` never left; inside a unit of work."""
    for row in rows.filter(personal=True, state=State.FAILED, sent_at=None):
        if ours := _REMINDER_KEY.match(row.idempotency_key):
            Message.objects.filter(id=row.id).update(idempotency_key=f"x{row.id}")
            Subscription.objects.filter(id=int(ours[1])).update(reminder_for=None)


def settle(provider: str, receipts: Iterable[Receipt]) -> int:
    """Write what receipts say; returns how many changed a fate.

    Twice, late or out of order does no harm: a fate only moves the way its table allows.
    """
    pending = storable(receipts)
    changed = 0
    for start in range(0, len(pending), CHUNK):
        with unit_of_work():
            changed += sum(_settle_one(provider, one) for one in pending[start : start + CHUNK])
    return changed


def storable(receipts: Iterable[Receipt]) -> list[Receipt]:
    """The receipts without what no database takes: one bad row must not stop the others."""
    return [
        replace(
            one,
            number=sought(one.number),
            provider_id=sought(one.provider_id),
            code=sought(one.code),
            key=sought(one.key),
        )
        for one in receipts
    ]


def _settle_one(provider: str, receipt: Receipt) -> int:
    message = meant(provider, receipt)
    if message is None:
        return 0
    if receipt.delivered is None:
        rows = Message.objects.filter(id=message, state__in=flow.sources("accept"))
        return rows.update(state=flow.FATES["accept"][1], receipt_code=receipt.code[:40])
    verb = "deliver" if receipt.delivered else "fail"
    return Message.objects.filter(id=message, state__in=flow.sources(verb)).update(
        state=flow.FATES[verb][1],
        receipt_code=receipt.code[:40],
        receipt_at=receipt.at or clock.now(),
        settled_at=clock.now(),
    )


def meant(provider: str, receipt: Receipt) -> int | None:
    """Which message is meant: by the provider's id, by our key that came back, or as the only one it can be.

    The last two find a message whose call was never answered: its receipt is how we learn that it left.
    """
    rows = Message.objects.filter(provider=provider)
    index = index_of("sms", receipt.number[-11:]) if receipt.number else ""
    if receipt.provider_id:
        theirs = rows.filter(provider_id=receipt.provider_id)
        if found := _only(theirs.filter(recipient_index=index) if index else theirs):
            return found
    if not index:
        return None
    if ours := _KEY.match(receipt.key):
        return _only(rows.filter(batch_id=int(ours[1]), recipient_index=index))
    recent = rows.filter(recipient_index=index, sent_at__gt=clock.now() - OPEN_FOR, provider_id="")
    return _only(recent.filter(state__in=[State.SENT, State.UNKNOWN]))


def _only(rows: object) -> int | None:
    ids = list(rows.values_list("id", flat=True)[:2])  # type: ignore[attr-defined]
    return ids[0] if len(ids) == 1 else None
