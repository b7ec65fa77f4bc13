"""What staff do with mass messages, filings and their own inbox."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext as _

from townhall.hours.models import OfficeHour
from townhall.journal.models import DISTRICT_LINE
from townhall.journal.write import record
from townhall.kernel import clock
from townhall.kernel import text as texts
from townhall.kernel.errors import CONFLICT, InvalidFields, Refused, missing
from townhall.kernel.secrets import encrypt
from townhall.kernel.unit_of_work import unit_of_work
from townhall.outreach import (
    askers,
    asking,
    filings,
    flow,
    invitations,
    letters,
    lists,
    queries,
    settling,
    wording,
)
from townhall.outreach.choices import (
    FILING_PROVIDERS,
    BroadcastState,
    Channel,
    Provider,
    Purpose,
    State,
)
from townhall.outreach.exporting import confirm_sent, hand_over, read_results
from townhall.outreach.forgetting import erase_due
from townhall.outreach.locking import known, locked, note, reason_of, tell, to
from townhall.outreach.models import Broadcast, Filing, Message, RecipientList, Subscription
from townhall.outreach.providers import available
from townhall.outreach.sealing import index_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.db.models import QuerySet

    from townhall.hours.seats import Actor
    from townhall.outreach.asking import Asked
    from townhall.people.models import Account

__all__ = [
    "add_list", "cancel", "check_receipts", "confirm", "confirm_sent", "draft", "edit", "erase_due",
    "file_with_provider", "hand_over", "mark_read", "pause", "preview", "read_results", "resume", "send_unknown_again",
    "send_unknown_anyway",
]  # fmt: skip
CHUNK = 1000


def _words(data: Mapping[str, Any], name: str) -> str:
    """What was typed, without characters that steer or end a text; nothing when half a character is in it."""
    try:
        return texts.clean(str(data.get(name, "")))
    except ValueError:
        return ""


def _cleaned(data: Mapping[str, Any], hour: OfficeHour) -> dict[str, Any]:
    """Provider, text and earliest time of this hour's message, checked.

    :raises InvalidFields: naming each field
    """
    errors: dict[str, str] = {}
    provider = str(data.get("provider", ""))
    if provider not in available(rehearsal=hour.rehearsal):
        errors["provider"] = _("请选择发送通道。")
    text = _words(data, "text")
    if provider in FILING_PROVIDERS:
        filed = filings.approved(provider).get(Purpose.BROADCAST.value)
        text = filed.text if filed else text
    if fault := wording.faults(text):
        errors["text"] = fault
    elif len(text) > wording.LONGEST:
        errors["text"] = _("内容太长，请写在 %(most)s 字以内。") % {"most": wording.LONGEST}
    not_before, fault = _earliest(str(data.get("not_before", "")).strip(), hour)
    if fault:
        errors["not_before"] = fault
    if errors:
        raise InvalidFields(errors)
    return {
        "provider": provider,
        "text": text,
        "not_before": not_before,
        "to_subscribers": bool(data.get("to_subscribers")),
    }


def _earliest(given: str, hour: OfficeHour) -> tuple[datetime | None, str]:
    """The time before which nothing leaves, and what is wrong with what was typed."""
    if not given:
        return None, ""
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        return None, _("请填写日期和时间，如 2026-11-27 09:00。")
    moment = moment if moment.tzinfo else moment.replace(tzinfo=clock.DISTRICT_ZONE)
    if abs(moment.year - clock.today().year) > 1:
        return None, _("请填写日期和时间，如 2026-11-27 09:00。")
    if moment >= hour.starts_at:
        return None, _("那时本期已经开始，短信要在开始之前发出。")
    return moment, ""


def draft(actor: Actor, data: Mapping[str, Any]) -> Broadcast:
    """Begin a mass message of the actor's hour.

    :raises Refused: without the seat
    :raises InvalidFields: with the fields to mend
    """
    queries.may_see(actor)
    hour = OfficeHour.objects.get(id=actor.hour_id)
    cleaned = _cleaned(data, hour)
    with unit_of_work():
        broadcast = Broadcast.objects.create(
            hour_id=actor.hour_id,
            drafted_by_id=actor.id,
            drafted_at=clock.now(),
            rate=settings.SMS_RATE,
            **cleaned,
        )
        tell(actor, broadcast, "broadcast.drafted", provider=broadcast.provider)
    return broadcast


def edit(actor: Actor, broadcast_id: int, data: Mapping[str, Any]) -> Broadcast:
    """Change text, way of sending and earliest time; a dry run made before counts no longer."""
    with unit_of_work():
        broadcast = locked(actor, broadcast_id, "edit")
        for name, value in _cleaned(data, broadcast.hour).items():
            setattr(broadcast, name, value)
        to(broadcast, "edit")
        broadcast.previewed_at, broadcast.preview = None, {}
        broadcast.save()
        tell(actor, broadcast, "broadcast.drafted", provider=broadcast.provider)
    return broadcast


def add_list(actor: Actor, broadcast_id: int, name: str, content: bytes) -> RecipientList:
    """Take a list in: good rows wait to be sent, wrong ones come back with reasons, nobody is taken twice.

    :raises InvalidFields: naming ``file``
    """
    found = lists.sort_out(content)
    with unit_of_work():
        broadcast = locked(actor, broadcast_id, "add_list")
        indexed = {index_of("sms", number): number for number in found.numbers}
        present = known(broadcast)
        stopped = _stopped(broadcast.hour_id) & indexed.keys()
        fresh = {index: number for index, number in indexed.items() if index not in present | stopped}
        _queue(broadcast, fresh)
        wrong = found.wrong + [(0, "", _("已退订"))] * len(stopped)
        row = RecipientList.objects.create(
            broadcast=broadcast,
            name=name[:120],
            rows=found.rows,
            accepted=len(fresh),
            duplicates=found.duplicates + len(indexed.keys() & present - stopped),
            wrong=len(wrong),
            wrong_sealed=lists.keep_wrong(wrong),
            added_by_id=actor.id,
            added_at=clock.now(),
        )
        to(broadcast, "add_list")
        broadcast.previewed_at, broadcast.preview = None, {}
        broadcast.save()
        tell(
            actor, broadcast, "broadcast.listed",
            accepted=row.accepted, wrong=row.wrong, duplicates=row.duplicates,
        )  # fmt: skip
    return row


def _stopped(hour_id: int) -> set[str]:
    """Who stopped the reminders of this hour is not written to from a list either."""
    rows = Subscription.objects.filter(hour_id=hour_id, stopped_at__isnull=False)
    return set(rows.values_list("address_index", flat=True))


def _queue(broadcast: Broadcast, numbers: Mapping[str, str]) -> None:
    now = clock.now()
    Message.objects.bulk_create(
        [
            Message(
                channel=Channel.SMS,
                recipient_sealed=encrypt(number),
                recipient_index=index,
                broadcast=broadcast,
                template="broadcast",
                idempotency_key=f"b{broadcast.id}-{index[:48]}",
                provider=broadcast.provider,
                queued_at=now,
            )
            for index, number in numbers.items()
        ],
        batch_size=CHUNK,
    )


def preview(actor: Actor, broadcast_id: int) -> Broadcast:
    """The dry run: how many, how long, what it costs, what it looks like. Nothing is sent."""
    with unit_of_work():
        broadcast = locked(actor, broadcast_id, "preview")
        counts = queries.counts_of(broadcast)
        listed, subscribed = counts.get(State.QUEUED, 0), counts.get("subscribers", 0)
        by_sms = queries.waiting(broadcast.hour).filter(channel=Channel.SMS).count()
        by_sms = by_sms if broadcast.to_subscribers else 0
        plain = _signed(broadcast, wording.fill(broadcast.text, wording.parameters(broadcast.hour)))
        personal = _signed(
            broadcast, wording.fill(broadcast.text, wording.parameters(broadcast.hour, "x" * 22))
        )
        parts = listed * wording.segments(plain) + by_sms * wording.segments(personal)
        broadcast.preview = {
            "listed": listed,
            "subscribers": subscribed,
            "by_mail": subscribed - by_sms if broadcast.to_subscribers else 0,
            "again": queries.told_already(broadcast),
            "characters": wording.characters(plain),
            "segments": wording.segments(plain),
            "segments_personal": wording.segments(personal),
            "parts": parts,
            "cost": parts * settings.SMS_PRICE,
            "seconds": (listed + by_sms) // max(broadcast.rate, 1),
            "text": plain,
            "text_personal": personal if by_sms else "",
            "starts_at": broadcast.hour.starts_at.astimezone(UTC).isoformat(),
        }
        broadcast.preview["digest"] = _digest(broadcast)
        broadcast.previewed_at = clock.now()
        to(broadcast, "preview")
        Message.objects.filter(broadcast=broadcast, state=State.QUEUED).update(provider=broadcast.provider)
        broadcast.save()
        tell(
            actor, broadcast, "broadcast.previewed",
            recipients=listed + subscribed, segments=broadcast.preview["segments"], cost=broadcast.preview["cost"],
        )  # fmt: skip
    return broadcast


def _signed(broadcast: Broadcast, text: str) -> str:
    """The text with the signature that stands before it on the telephone."""
    filed = filings.approved(broadcast.provider).get(Purpose.SIGNATURE.value)
    return f"【{filed.text if filed else settings.SITE_NAME}】{text}"


def _digest(broadcast: Broadcast) -> str:
    facts = [
        broadcast.provider,
        broadcast.preview["text"],
        broadcast.preview["listed"],
        broadcast.preview["cost"],
    ]
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def confirm(actor: Actor, broadcast_id: int, digest: str) -> Broadcast:
    """A person says yes to exactly what the dry run showed.

    :param digest: what the page that was confirmed carried
    :raises Refused: 409 when the dry run is another one by now
    """
    with unit_of_work():
        broadcast = locked(actor, broadcast_id, "confirm")
        moved = broadcast.preview["starts_at"] != broadcast.hour.starts_at.astimezone(UTC).isoformat()
        if moved or digest != broadcast.preview["digest"]:
            raise Refused(CONFLICT, "changed", _("试算之后内容或开始时间变了，请重新试算再确认。"))
        by_sms = queries.waiting(broadcast.hour).filter(channel=Channel.SMS).exists()
        if reason := filings.missing_for(broadcast.provider, subscribers=broadcast.to_subscribers and by_sms):
            raise Refused(CONFLICT, "filed", reason)
        broadcast.confirmed_by_id, broadcast.confirmed_at = actor.id, clock.now()
        to(broadcast, "confirm")
        broadcast.save()
        recipients = broadcast.preview["listed"] + broadcast.preview["subscribers"]
        tell(actor, broadcast, "broadcast.confirmed", recipients=recipients)
    return broadcast


def pause(actor: Actor, broadcast_id: int) -> Broadcast:
    """Stop after the batch that is on its way."""
    with unit_of_work():
        broadcast = locked(actor, broadcast_id, "pause")
        to(broadcast, "pause")
        broadcast.save(update_fields=["state"])
        tell(actor, broadcast, "broadcast.paused", why="person")
    return broadcast


def resume(actor: Actor, broadcast_id: int) -> Broadcast:
    """Go on where it stopped.

    :raises Refused: 409 when the hour has been moved since: the text names the old time
    """
    with unit_of_work():
        broadcast = locked(actor, broadcast_id, "resume")
        if broadcast.preview["starts_at"] != broadcast.hour.starts_at.astimezone(UTC).isoformat():
            raise Refused(
                CONFLICT, "changed", _("本期已经改期，这条短信里的时间不对了。请取消这次群发，重新拟定。")
            )
        broadcast.state = BroadcastState.RUNNING if broadcast.started_at else BroadcastState.CONFIRMED
        broadcast.last_error = ""
        broadcast.save(update_fields=["state", "last_error"])
        tell(actor, broadcast, "broadcast.resumed")
    return broadcast


def cancel(actor: Actor, broadcast_id: int) -> Broadcast:
    """What has not left is not sent any more."""
    with unit_of_work():
        broadcast = locked(actor, broadcast_id, "cancel")
        waiting = Message.objects.filter(broadcast=broadcast, state=State.QUEUED)
        dropped = waiting.update(state=State.FAILED, error="cancelled", settled_at=clock.now())
        settling.release(Message.objects.filter(broadcast=broadcast))
        to(broadcast, "cancel")
        broadcast.save(update_fields=["state"])
        tell(actor, broadcast, "broadcast.cancelled", dropped=dropped)
    return broadcast


def check_receipts(actor: Actor, broadcast_id: int) -> Asked:
    """Ask the provider for the fate of what is not settled, and note that a person had it asked."""
    queries.get(actor, broadcast_id)
    found = asking.ask_about(broadcast_id)
    with unit_of_work():
        broadcast = locked(actor, broadcast_id, "check_receipts")
        tell(
            actor, broadcast, "broadcast.receipts_checked",
            settled=found.settled, answered=found.answered, silent=found.silent,
        )  # fmt: skip
    return found


def send_unknown_again(actor: Actor, broadcast_id: int) -> int:
    """A person's decision: what nobody knows about and the provider says it never got is sent once more."""
    with unit_of_work():
        broadcast = locked(actor, broadcast_id, "send_unknown_again")
        lost = Message.objects.filter(broadcast=broadcast, denied_at__isnull=False)
        return _again(actor, broadcast, "send_unknown_again", lost)


def send_unknown_anyway(actor: Actor, broadcast_id: int, reason: str) -> int:
    """A person's decision at their own risk: all that nobody knows about is sent once more, whoever got it already.

    :param reason: kept with the person's name, and shown with the broadcast
    :raises InvalidFields: naming ``reason``
    """
    text = reason_of(reason)
    with unit_of_work():
        broadcast = locked(actor, broadcast_id, "send_unknown_anyway")
        count = _again(
            actor, broadcast, "send_unknown_anyway", Message.objects.filter(broadcast=broadcast), anyway=True
        )
        note(actor, broadcast, "send_unknown_anyway", text, count)
    return count


def _again(
    actor: Actor, broadcast: Broadcast, verb: str, rows: QuerySet[Message], *, anyway: bool = False
) -> int:
    lost = rows.filter(state__in=flow.sources("send_again"))
    count = lost.update(state=State.QUEUED, error="", asked_at=None, denied_at=None)
    to(broadcast, verb)
    broadcast.save(update_fields=["state"])
    tell(actor, broadcast, "broadcast.unknown_again", count=count, anyway=anyway)
    return count


# -- bound to no hour


# What is looked for in a text that is filled in for each message.
_FAULTS: dict[str, Callable[[str], str]] = {
    Purpose.BROADCAST: wording.faults,
    Purpose.REMINDER: wording.faults,
    Purpose.INVITATION: invitations.faults,
    **{one: partial(askers.faults, one) for one in set(askers.PURPOSES.values()) - {Purpose.INVITATION}},
    Purpose.FOLLOW: letters.faults,
}


def file_with_provider(account: Account, data: Mapping[str, Any]) -> Filing:
    """Enter what is filed with a provider: the text, the provider's code for it, when filed, when approved.

    :raises Refused: to who is not in office
    :raises InvalidFields: with the fields to mend
    """
    queries.in_office(account)
    provider, purpose = str(data.get("provider", "")), str(data.get("purpose", ""))
    if provider not in Provider.values or purpose not in Purpose.values:
        raise missing(_("没有这项报备。"))
    errors: dict[str, str] = {}
    text = _words(data, "text")[: wording.LONGEST]
    if not text:
        errors["text"] = _("请填写报备的文字。")
    elif purpose in _FAULTS and (fault := _FAULTS[Purpose(purpose)](text)):
        errors["text"] = fault
    elif purpose == Purpose.REMINDER and "{stop}" not in text:
        errors["text"] = _("订阅提醒必须带退订链接 {stop}。")
    days: dict[str, date | None] = {}
    for name in ("filed_on", "approved_on"):
        try:
            days[name] = date.fromisoformat(str(data[name])) if data.get(name) else None
        except ValueError:
            errors[name] = _("请填写日期，如 2026-11-02。")
    if not errors and days["approved_on"] and not days["filed_on"]:
        errors["filed_on"] = _("请填写报备日期。")
    if errors:
        raise InvalidFields(errors)
    with unit_of_work():
        row, _created = Filing.objects.update_or_create(
            provider=provider,
            purpose=purpose,
            defaults={
                "text": text,
                "code": _words(data, "code")[:80],
                "entered_by": account,
                **days,
            },
        )
        record(
            DISTRICT_LINE, "filing.changed", actor=account.id, subject="filing", subject_id=row.id,
            provider=provider, purpose=purpose, approved=row.approved_on is not None,
        )  # fmt: skip
    return row


def mark_read(account: Account) -> int:
    """Everything in this person's inbox has been seen; how much was new. Weather, not history: no entry."""
    with unit_of_work():
        rows = Message.objects.filter(account=account, channel=Channel.INBOX, read_at=None)
        return rows.update(read_at=clock.now())
