"""The reader of the journal that tells staff: each entry once, whenever a process dies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import F, OuterRef, Q, Subquery

from townhall.hours.models import OfficeHour
from townhall.journal import read
from townhall.journal.models import Line
from townhall.kernel import clock
from townhall.kernel.secrets import encrypt
from townhall.kernel.unit_of_work import unit_of_work
from townhall.outreach.choices import Channel, State
from townhall.outreach.models import Cursor, Message
from townhall.outreach.sealing import index_of, seal
from townhall.outreach.staff_notices import NOTIFY, addressees
from townhall.people.models import Account

if TYPE_CHECKING:
    from townhall.journal.models import Entry

AT_ONCE = 500


def tick() -> int:
    """Read on in every line that has grown; returns how many messages were made."""
    cursor = Cursor.objects.filter(line=OuterRef("id")).values("seq")
    lines = Line.objects.annotate(read=Subquery(cursor)).filter(Q(read=None) | Q(read__lt=F("last_seq")))
    return sum(_read_on(line.id, line.read or 0) for line in lines)


def _read_on(line: int, seq: int) -> int:
    """The cursor moves in the transaction that makes the messages, so nothing is told twice or left out."""
    entries = read.after(line, seq, limit=AT_ONCE)
    if not entries:
        return 0
    with unit_of_work():
        made = [message for entry in entries for message in _messages(entry)]
        Message.objects.bulk_create(made, batch_size=AT_ONCE, ignore_conflicts=True)
        Cursor.objects.update_or_create(line=line, defaults={"seq": entries[-1].seq})
    return len(made)


def _messages(entry: Entry) -> list[Message]:
    return [*_to_staff(entry), *_to_the_public(entry)]


def _to_the_public(entry: Entry) -> list[Message]:
    """Other sites hear of every public change: its kind and ids, never a word, which they fetch while it is public."""
    if not (entry.public and settings.PUBLIC_WEBHOOKS):
        return []
    if OfficeHour.objects.filter(id=entry.line, rehearsal=True).exists():
        return []
    return [_out(entry, Channel.WEBHOOK, address) for address in settings.PUBLIC_WEBHOOKS]


def _to_staff(entry: Entry) -> list[Message]:
    if entry.kind not in NOTIFY:
        return []
    people = Account.objects.filter(id__in=addressees(entry), is_active=True)
    found = [_inbox(entry, person) for person in people]
    if OfficeHour.objects.filter(id=entry.line, rehearsal=True).exists():
        return found  # a rehearsal stays inside the house
    if settings.EMAIL_HOST:
        found += [_out(entry, Channel.MAIL, person.email) for person in people if person.email]
    if people:
        for channel, addresses in (
            (Channel.WECOM, settings.WECOM_ROBOTS),
            (Channel.DINGTALK, settings.DINGTALK_ROBOTS),
            (Channel.WEBHOOK, settings.WEBHOOKS),
        ):
            found += [_out(entry, channel, address) for address in addresses]
    return found


def _facts(entry: Entry) -> str:
    return seal({
        "line": entry.line, "seq": entry.seq, "subject": entry.subject, "subject_id": entry.subject_id,
        "at": entry.at.isoformat(),
    })  # fmt: skip


def _inbox(entry: Entry, person: Account) -> Message:
    return Message(
        channel=Channel.INBOX,
        account=person,
        template=entry.kind,
        parameters_sealed=_facts(entry),
        idempotency_key=f"inbox-{entry.line}-{entry.seq}-{person.id}",
        state=State.DELIVERED,
        provider=Channel.INBOX,
        queued_at=entry.at,
        settled_at=clock.now(),
    )


def _out(entry: Entry, channel: Channel, address: str) -> Message:
    index = index_of(channel, address)
    return Message(
        channel=channel,
        recipient_sealed=encrypt(address),
        recipient_index=index,
        template=entry.kind,
        parameters_sealed=_facts(entry),
        idempotency_key=f"{channel.value}-{entry.line}-{entry.seq}-{index[:24]}",
        provider=channel,
        queued_at=clock.now(),
    )
