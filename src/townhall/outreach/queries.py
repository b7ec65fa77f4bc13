"""What staff see of mass messages, of their own inbox, of providers' readiness."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Count, Min, Q
from django.utils.translation import gettext as _

from townhall.hours.choices import Role
from townhall.hours.models import OfficeHour, Seat
from townhall.kernel import clock
from townhall.kernel.errors import FORBIDDEN, Refused, missing
from townhall.kernel.secrets import decrypt, keyed_hash
from townhall.outreach import filed_texts, filings, flow, lists, staff_notices, wording
from townhall.outreach.choices import BroadcastState, Channel, Provider, Purpose, State
from townhall.outreach.models import (
    Batch,
    Broadcast,
    BroadcastNote,
    Filing,
    Message,
    RecipientList,
    Subscription,
)
from townhall.outreach.providers import available
from townhall.outreach.sealing import unseal
from townhall.people.models import Office

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from townhall.hours.seats import Actor
    from townhall.people.models import Account

MOST_SHOWN = 50
# Messages to one person: the tasks of a prep meeting alone come back by the dozen, and stand as one line a day.
MOST_TOLD = 200
COUNTED = timedelta(days=30)


def may_see(actor: Actor) -> None:
    """Mass messages are the coordinator's.

    :raises Refused: to everybody else
    """
    if not actor.holds(frozenset({"coordinator"})):
        raise Refused(FORBIDDEN, "seat", _("群发由区府办办理，您在本期没有这个岗位。"))


def in_office(account: Account) -> None:
    """What belongs to no hour is for the coordinators in office.

    :raises Refused: to everybody else
    """
    current = Q(until=None) | Q(until__gt=clock.now())
    if not Office.objects.filter(current, account=account, role=Office.Role.COORDINATOR).exists():
        raise Refused(FORBIDDEN, "office", _("这一页由区府办的在职人员办理。"))


def get(actor: Actor, broadcast_id: int) -> Broadcast:
    """One mass message of the actor's hour.

    :raises Refused: 403 without the seat, 404 without the message
    """
    may_see(actor)
    row = Broadcast.objects.select_related("hour", "drafted_by", "confirmed_by").filter(
        hour_id=actor.hour_id, id=broadcast_id
    )
    found = row.first()
    if found is None:
        raise missing(_("没有这次群发。"))
    return found


def counts_of(broadcast: Broadcast) -> dict[str, int]:
    """How many of its messages are in which state, and how many subscribers wait to be taken in."""
    rows = Message.objects.filter(broadcast=broadcast).values("state").annotate(n=Count("id")).order_by()
    found = {row["state"]: row["n"] for row in rows}
    if found.get(State.UNKNOWN):
        lost = Message.objects.filter(broadcast=broadcast, state=State.UNKNOWN)
        found[flow.DENIED] = lost.filter(denied_at__isnull=False).count()
    if broadcast.to_subscribers and broadcast.started_at is None:
        found["subscribers"] = waiting(broadcast.hour).count()
    return found


def subscribers(hour_id: int) -> Any:
    """Those who agreed to be reminded and have not stopped."""
    return Subscription.objects.filter(hour_id=hour_id, consented_at__isnull=False, stopped_at=None)


def waiting(hour: OfficeHour) -> QuerySet[Subscription]:
    """Those of them who have not been reminded of the hour at its present time."""
    rows: QuerySet[Subscription] = subscribers(hour.id)
    return rows.exclude(reminder_for=hour.starts_at)


def moves(actor: Actor, broadcast: Broadcast, counts: dict[str, int] | None = None) -> dict[str, Any]:
    """Every verb with why it cannot be done now, or ``None``."""
    counts = counts_of(broadcast) if counts is None else counts
    found = {}
    for verb in flow.MOVES:
        if verb not in flow.BY_THE_SYSTEM:
            refused = flow.refusal(actor, verb, broadcast, broadcast.hour.stage, counts)
            found[verb] = str(refused.message) if refused else None
    return found


def broadcasts(actor: Actor) -> list[dict[str, Any]]:
    """The hour's mass messages, newest first, with their counts, in a constant number of queries."""
    may_see(actor)
    by_state = {state.value: Count("messages", filter=Q(messages__state=state.value)) for state in State}
    rows = Broadcast.objects.filter(hour_id=actor.hour_id).annotate(
        **{f"n_{k}": v for k, v in by_state.items()}
    )
    return [
        {
            "id": row.id,
            "state": row.state,
            "label": row.get_state_display(),
            "provider": row.get_provider_display(),
            "drafted_at": row.drafted_at,
            "total": sum(getattr(row, f"n_{state}") for state in by_state),
            **{state: getattr(row, f"n_{state}") for state in by_state},
        }
        for row in rows[:MOST_SHOWN]
    ]


def present(actor: Actor, broadcast: Broadcast) -> dict[str, Any]:
    """One mass message as its page shows it."""
    counts = counts_of(broadcast)
    total = sum(counts.get(state.value, 0) for state in State)
    waiting = counts.get(State.QUEUED, 0)
    return {
        "id": broadcast.id,
        "row": broadcast,
        "state": broadcast.state,
        "label": broadcast.get_state_display(),
        "provider": broadcast.provider,
        "provider_label": broadcast.get_provider_display(),
        "is_export": broadcast.provider == Provider.EXPORT,
        "text": broadcast.text,
        "sample": wording.fill(broadcast.text, wording.parameters(broadcast.hour)),
        "subscribers": counts.get("subscribers", 0),
        "total": total,
        "gone": total - waiting,
        "fates": [(state.label, counts.get(state.value, 0), state.value) for state in State],
        "lists": RecipientList.objects.filter(broadcast=broadcast).select_related("added_by"),
        "unknown": counts.get(State.UNKNOWN, 0),
        "denied": counts.get(flow.DENIED, 0),
        "notes": BroadcastNote.objects.filter(broadcast=broadcast).select_related("by"),
        "moves": moves(actor, broadcast, counts),
        "preview": broadcast.preview,
        "failures": failures(broadcast) if counts.get(State.FAILED) else [],
    }


def failures(broadcast: Broadcast) -> list[dict[str, Any]]:
    """Why messages failed, the most frequent first."""
    rows = Message.objects.filter(broadcast=broadcast, state=State.FAILED).values("error", "receipt_code")
    counted = rows.annotate(n=Count("id")).order_by("-n")[:MOST_SHOWN]
    return [{"why": row["receipt_code"] or row["error"], "n": row["n"]} for row in counted]


def ways(hour: OfficeHour) -> list[tuple[str, str]]:
    """What this installation can send by, with its wording."""
    return [(name, str(Provider(name).label)) for name in available(rehearsal=hour.rehearsal)]


def wrong_rows(actor: Actor, broadcast_id: int, list_id: int) -> bytes:
    """The rows of a list that could not be taken, with reasons, as .xlsx.

    :raises Refused: without the list
    """
    row = RecipientList.objects.filter(broadcast=get(actor, broadcast_id), id=list_id).first()
    if row is None:
        raise missing(_("没有这份名单。"))
    return lists.wrong_file(row.wrong_sealed)


def ready_at(hour: OfficeHour) -> datetime | None:
    """Since when everything that this installation's way of sending wants filed stands approved."""
    day = filings.ready_on(filings.provider())
    return datetime.combine(day, time(0), clock.DISTRICT_ZONE) if day else None


# Carriers refuse a few in a hundred of an old list; when fewer than half were taken, something else is wrong.
LEAST_TOLD = 0.5
# Nobody meant to write to them any more.
_LEFT_OUT = ("stopped", "cancelled", "erased")


def broadcast_sent_at(hour: OfficeHour) -> datetime | None:
    """Since when citizens of this hour have been told: the first of its mass messages that most recipients got.

    Handing a list to another office tells nobody: that office's result file does, or a person who knows it from there.
    """
    taken = Q(messages__state__in=[State.ACCEPTED, State.DELIVERED])
    meant = ~Q(messages__state=State.FAILED, messages__error__in=_LEFT_OUT)
    rows = Broadcast.objects.filter(hour=hour, done_at__isnull=False).annotate(
        told=Count("messages", filter=taken),
        meant=Count("messages", filter=meant),
        first=Min("messages__settled_at", filter=taken),
    )
    found = [_told_since(row) for row in rows if row.told and row.told >= LEAST_TOLD * row.meant]
    return min(found, default=None)


def _told_since(broadcast: Any) -> datetime:
    """When it was known: at the end of sending, or for a list handed over by the first word that came back."""
    done: datetime = broadcast.done_at
    if broadcast.provider != Provider.EXPORT:
        return done
    said = BroadcastNote.objects.filter(broadcast=broadcast, verb="confirm_sent").values_list("at", flat=True)
    words = [moment for moment in (broadcast.first, said.first()) if moment]
    return max(done, min(words, default=done))


# -- the office's page


def office(account: Account) -> dict[str, Any]:
    """Providers, filings, robots and what went wrong last.

    :raises Refused: to who is not in office
    """
    in_office(account)
    filed = {(row.provider, row.purpose): row for row in Filing.objects.all()}
    filing_for = filings.provider()
    return {
        "sender": str(Provider(settings.SMS_SENDER).label),
        "receipts": receipt_address(settings.SMS_SENDER),
        "filing_for": str(Provider(filing_for).label),
        "filing_provider": filing_for,
        "filings": [
            {
                "purpose": purpose.value,
                "label": purpose.label,
                "needed": purpose.value in filings.needed(filing_for),
                "row": filed.get((filing_for, purpose.value)),
                "usual": filed_texts.TEXTS.get(purpose, ""),
                "typed": filed_texts.written_for(filing_for, filed_texts.TEXTS.get(purpose, "")),
            }
            for purpose in Purpose
        ],
        "ready_on": filings.ready_on(filing_for),
        "lacking": filings.lacking(filing_for),
        "hours": settings.SMS_HOURS,
        "rate": settings.SMS_RATE,
        "mail": settings.EMAIL_HOST,
        "robots": [
            (Channel.WECOM.label, len(settings.WECOM_ROBOTS)),
            (Channel.DINGTALK.label, len(settings.DINGTALK_ROBOTS)),
            (Channel.WEBHOOK.label, len(settings.WEBHOOKS) + len(settings.PUBLIC_WEBHOOKS)),
        ],
        "waiting": Message.objects.filter(state=State.QUEUED, broadcast=None).count(),
        "errors_seen": [
            *Batch.objects.exclude(error="").select_related("broadcast__hour").order_by("-id")[:20]
        ],
    }


def may_see_deliveries(account: Account) -> None:
    """Deliveries to other systems are for the coordinators in office and whoever keeps the technology running.

    :raises Refused: to everybody else
    """
    if not Seat.objects.filter(account=account, role=Role.TECHNICIAN, active=True).exists():
        in_office(account)


def deliveries(account: Account, *, before: int | None = None) -> dict[str, Any]:
    """What other systems were told, the newest first, and how it went; addresses without what may be secret in them.

    :raises Refused: to who may not see it
    """
    may_see_deliveries(account)
    rows = Message.objects.filter(channel=Channel.WEBHOOK).order_by("-id").select_related("batch")
    lately = rows.filter(queued_at__gte=clock.now() - COUNTED)
    counted = dict(lately.order_by().values_list("state").annotate(n=Count("id")))
    found = list((rows.filter(id__lt=before) if before else rows)[: MOST_SHOWN + 1])
    return {
        "configured": [_host(address) for address in (*settings.WEBHOOKS, *settings.PUBLIC_WEBHOOKS)],
        "signed": bool(settings.WEBHOOK_SECRET),
        "counts": [(state.label, counted.get(state.value, 0)) for state in State if state.value in counted],
        "rows": [
            {
                "id": row.idempotency_key,
                "kind": row.template,
                "host": _host(decrypt(row.recipient_sealed)),
                "state": State(row.state).label,
                "failed": row.state == State.FAILED,
                "attempts": row.attempts + (row.state in {State.ACCEPTED, State.DELIVERED}),
                "error": row.error,
                "queued_at": row.queued_at,
                "sent_at": row.sent_at,
                "next_try_at": row.next_try_at if row.state == State.QUEUED else None,
            }
            for row in found[:MOST_SHOWN]
        ],
        "older": found[MOST_SHOWN - 1].id if len(found) > MOST_SHOWN else None,
    }


def _host(address: str) -> str:
    """Where an address leads, without the path, which may be a secret."""
    return urlsplit(address).netloc.rpartition("@")[2]


def receipt_address(provider: str) -> str:
    """Where a provider pushes its receipts; the path itself is the secret. Empty for those that push none."""
    if provider in {Provider.EXPORT, Provider.CONSOLE}:
        return ""
    return f"{settings.BASE_URL}/receipts/{provider}/{receipt_secret(provider)}/"


def receipt_secret(provider: str) -> str:
    """The secret part of a provider's receipt address."""
    return keyed_hash("receipts", provider)[:40]


def told_already(broadcast: Broadcast) -> int:
    """How many of a broadcast's recipients have or get a message of another broadcast about the same hour."""
    others = Message.objects.filter(broadcast__hour_id=broadcast.hour_id).exclude(broadcast=broadcast)
    others = others.exclude(state=State.FAILED).exclude(
        broadcast__state=BroadcastState.CANCELLED, state=State.QUEUED
    )
    indexes = others.values("recipient_index")
    reminded = Subscription.objects.filter(
        hour_id=broadcast.hour_id, channel=Channel.SMS, reminder_for=broadcast.hour.starts_at
    )
    either = Q(recipient_index__in=indexes) | Q(recipient_index__in=reminded.values("address_index"))
    found = Message.objects.filter(either, broadcast=broadcast, state=State.QUEUED).count()
    if broadcast.to_subscribers:
        found += waiting(broadcast.hour).filter(address_index__in=indexes).count()
    return found


# -- the inbox


def unread(account: Account) -> int:
    """How many messages this person has not read."""
    return Message.objects.filter(account=account, channel=Channel.INBOX, read_at=None).count()


def inbox(account: Account) -> list[dict[str, Any]]:
    """What this person was told, newest first, in their own language.

    What was said over and over on one day, with the same page to go on to, is one line; ``abouts`` has each time.
    """
    rows = Message.objects.filter(account=account, channel=Channel.INBOX)[:MOST_TOLD]
    told = [(row, unseal(row)) for row in rows]
    known = staff_notices.known(said for _row, said in told)
    lines: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row, said in told:
        words = staff_notices.worded(row.template, said, known)
        unread = row.read_at is None
        same = (words["text"], words["page"], clock.local(row.queued_at).date(), unread)
        line = lines.setdefault(
            same, {"id": row.id, "at": row.queued_at, "unread": unread, **words, "abouts": []}
        )
        line["abouts"].append({"about": words["about"], "at": row.queued_at})
    return list(lines.values())


def sealed_text(sealed: str) -> str:
    """A sealed text in clear."""
    return decrypt(sealed) if sealed else ""
