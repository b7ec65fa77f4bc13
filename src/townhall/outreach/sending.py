"""The sender: one turn after another, under a lease, so that there is one for the whole installation.

A message is marked as sent in a transaction of its own before its provider is called. Whatever dies afterwards,
and whenever, the message is not sent again: without an answer its fate is unknown until a receipt or a person
tells more.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Q

from townhall.journal.write import record
from townhall.kernel import clock
from townhall.kernel.secrets import decrypt
from townhall.kernel.unit_of_work import unit_of_work
from townhall.outreach import askers, filings, flow, posting, settling
from townhall.outreach.choices import BroadcastState, Channel, Provider, Purpose, State
from townhall.outreach.models import Batch, Broadcast, Message
from townhall.outreach.providers import carrier
from townhall.outreach.providers.base import Answer, Item, Letter, NoAnswer, NotSent
from townhall.outreach.sealing import unseal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

logger = logging.getLogger("townhall.outreach")
# After a failed connection the next try waits; nothing has left, so trying is harmless.
TRY_AGAIN = timedelta(seconds=30)
# A gateway that answers nothing must not turn a whole list into unknowns.
MOST_SILENT = 2
SINGLES = 20
# So much of a delay is made up for; after a longer one no provider gets more at once than it agreed to.
CATCH_UP = timedelta(seconds=1)
# WeCom and DingTalk show at most twenty messages of a robot in a minute, whatever minute they mean; DingTalk then shows
# none for ten.
ROBOTS, ROBOT_MINUTE, ROBOT_REST = (
    (Channel.WECOM, Channel.DINGTALK),
    timedelta(minutes=1),
    timedelta(minutes=10),
)
ROBOT_MOST = 18
JUST_ALLOWED = timedelta(milliseconds=200)
# Repeats of a webhook, whose receiver knows them by their id.
BACKOFF = (10, 60, 600, 3600, 6 * 3600)
CODE_LIFE = timedelta(minutes=10)
BY_DAY = frozenset(askers.PURPOSES) - {"observer_invited"} | {"follow", settling.REMINDER}


def tick() -> bool:
    """One turn: what a dead sender left, one-time codes and staff mail, then a batch of each broadcast.

    :returns: whether there is more to do at once
    """
    lose_orphans()
    more = send_singles() >= SINGLES
    start_due()
    running = Broadcast.objects.filter(state=BroadcastState.RUNNING).order_by("id")
    for broadcast_id in running.values_list("id", flat=True):
        more = send_batch(broadcast_id) or more
    return more


def next_batch_in() -> float | None:
    """Seconds until a broadcast's pace allows its next batch; ``None`` while none is paced.

    What has been allowed to go on for a while and has not waits for something else: a person, or a later try.
    """
    now = clock.now()
    rows = Broadcast.objects.filter(state=BroadcastState.RUNNING, paced_until__gt=now - JUST_ALLOWED)
    soonest = rows.order_by("paced_until").values_list("paced_until", flat=True).first()
    return max((soonest - now).total_seconds(), 0.0) if soonest else None


def lose_orphans() -> int:
    """Batches without an answer belong to a sender that died: their fate is unknown."""
    orphans = list(Batch.objects.filter(answered_at=None).values_list("id", flat=True))
    for batch_id in orphans:
        with unit_of_work():
            batch = Batch.objects.select_related("broadcast").get(id=batch_id)
            _close(batch, "interrupted")
            lost = _fate(batch.messages, "lose", error="interrupted")
            _tell(batch, unknown=lost)
    return len(orphans)


def _fate(rows: Any, verb: str, **fields: Any) -> int:
    """Move those of ``rows`` that may take this verb; returns how many did."""
    return int(rows.filter(state__in=flow.sources(verb)).update(state=flow.FATES[verb][1], **fields))


def _close(batch: Batch, error: str = "") -> None:
    batch.answered_at, batch.error = clock.now(), error[:200]
    batch.save(update_fields=["answered_at", "error"])


def _tell(batch: Batch, *, accepted: int = 0, failed: int = 0, unknown: int = 0) -> None:
    if batch.broadcast is not None:
        record(
            batch.broadcast.hour_id, "broadcast.batch", subject="broadcast", subject_id=batch.broadcast_id,
            size=batch.size, accepted=accepted, failed=failed, unknown=unknown,
        )  # fmt: skip


# -- broadcasts


def in_hours(moment: datetime) -> bool:
    """Whether mass messages may leave now: nobody's telephone rings at night."""
    first, last = settings.SMS_HOURS
    return bool(first <= clock.local(moment).time() < last)


def start_due() -> int:
    """Begin what a person has confirmed and whose time has come; a list for another office waits for its person."""
    now = clock.now()
    if not in_hours(now):
        return 0
    due = Broadcast.objects.filter(
        Q(not_before=None) | Q(not_before__lte=now), state=BroadcastState.CONFIRMED
    )
    ids = list(due.exclude(provider=Provider.EXPORT).values_list("id", flat=True))
    for broadcast_id in ids:
        with unit_of_work():
            broadcast = _locked(broadcast_id)
            if broadcast.state != BroadcastState.CONFIRMED or _overtaken(broadcast):
                continue
            settling.take_in_subscribers(broadcast)
            broadcast.state, broadcast.started_at = BroadcastState.RUNNING, broadcast.started_at or now
            broadcast.save(update_fields=["state", "started_at"])
            _say(broadcast, "broadcast.started")
    return len(ids)


def _locked(broadcast_id: int) -> Broadcast:
    rows = Broadcast.objects.select_for_update(of=("self",)).select_related("hour")
    return rows.get(id=broadcast_id)


def _say(broadcast: Broadcast, kind: str, **facts: Any) -> None:
    record(broadcast.hour_id, kind, subject="broadcast", subject_id=broadcast.id, **facts)


def _overtaken(broadcast: Broadcast) -> bool:
    """Stop when the hour has moved, ended or been cancelled since a person said yes to this text."""
    planned = broadcast.preview.get("starts_at")
    if planned != broadcast.hour.starts_at.astimezone(UTC).isoformat():
        return _halt(broadcast, "moved")
    if broadcast.hour.stage not in flow.MOVES["start"].stages:
        return _halt(broadcast, "stage")
    return False


def _halt(broadcast: Broadcast, why: str) -> bool:
    broadcast.state, broadcast.last_error = BroadcastState.PAUSED, why
    broadcast.save(update_fields=["state", "last_error"])
    _say(broadcast, "broadcast.paused", why=why)
    return True


def send_batch(broadcast_id: int) -> bool:
    """One batch of one broadcast; returns whether there may be another at once."""
    now = clock.now()
    if not in_hours(now):
        return False
    with unit_of_work():
        broadcast = _locked(broadcast_id)
        if broadcast.state != BroadcastState.RUNNING or _overtaken(broadcast):
            return False
        if broadcast.paced_until and broadcast.paced_until > now:
            return False
        messages = _next(broadcast)
        if not messages:
            return _finish(broadcast)
        batch = _mark(messages, messages[0].provider, broadcast)
        # Counted on from when this batch might have left, so that the pace asked for is the pace that is kept.
        began = max(broadcast.paced_until or now, now - CATCH_UP)
        broadcast.paced_until = began + timedelta(seconds=len(messages) / broadcast.rate)
        broadcast.save(update_fields=["paced_until"])
    if messages[0].channel == Channel.MAIL:
        _deliver_alone(batch, messages[0])
        return True
    _hand_over(broadcast, batch, messages)
    return True


def _next(broadcast: Broadcast) -> list[Message]:
    """The next messages that can share one call; never more of them in memory than the provider takes."""
    may_go = Q(next_try_at=None) | Q(next_try_at__lte=clock.now())
    # Locked, so that nobody stops or cancels between being chosen here and being marked.
    rows = Message.objects.select_for_update()
    waiting = rows.filter(may_go, broadcast=broadcast, state=State.QUEUED).order_by("id")
    if broadcast.provider == Provider.EXPORT:
        waiting = waiting.filter(channel=Channel.MAIL)
    first = waiting.first()
    if first is None:
        return []
    if first.channel == Channel.MAIL:
        return [first]
    bearer = carrier(broadcast.provider)
    most = bearer.most_personal if first.personal else bearer.most
    return list(waiting.filter(channel=first.channel, personal=first.personal)[:most])


def _mark(messages: Sequence[Message], provider: str, broadcast: Broadcast | None = None) -> Batch:
    """Write that these leave now; inside a unit of work, which commits before anybody is called."""
    now = clock.now()
    batch = Batch.objects.create(broadcast=broadcast, provider=provider, size=len(messages), handed_at=now)
    rows = Message.objects.filter(id__in=[message.id for message in messages], state=State.QUEUED)
    for message in messages:
        message.batch = batch
    rows.update(
        state=State.SENT, batch=batch, sent_at=now, provider=provider, provider_id="", error="",
        asked_at=None, denied_at=None,
    )  # fmt: skip
    return batch


def _finish(broadcast: Broadcast) -> bool:
    if Message.objects.filter(broadcast=broadcast, state=State.QUEUED).exists():
        return False  # a list for another office waits for its person
    rows = Message.objects.filter(broadcast=broadcast)
    facts = {
        state.value: rows.filter(state=state).count()
        for state in (State.ACCEPTED, State.DELIVERED, State.FAILED, State.UNKNOWN)
    }
    broadcast.state, broadcast.done_at = BroadcastState.DONE, broadcast.done_at or clock.now()
    broadcast.save(update_fields=["state", "done_at"])
    _say(broadcast, "broadcast.finished", **facts)
    return False


def letter_for(provider: str, batch: Batch, purpose: str) -> Letter:
    """Signature and template under which this provider knows the text."""
    filed = filings.approved(provider)
    signature, template = filed.get(Purpose.SIGNATURE.value), filed.get(purpose)
    return Letter(
        key=settling.key_of(batch.id),
        signature=signature.text if signature else settings.SITE_NAME,
        template=template.code if template else "",
    )


def _hand_over(broadcast: Broadcast, batch: Batch, messages: list[Message]) -> None:
    """Call the provider and write down what it said; no lock is held meanwhile."""
    purpose = Purpose.REMINDER if messages[0].personal else Purpose.BROADCAST
    letter = letter_for(broadcast.provider, batch, purpose)
    items = [_item(broadcast, message) for message in messages]
    try:
        answer = carrier(broadcast.provider).send(letter, items)
    except NotSent as error:
        _nothing_left(broadcast.id, batch, str(error))
    except Exception as error:  # whatever went wrong after the call began, nobody knows whether it left
        if not isinstance(error, NoAnswer):
            logger.exception("a provider failed in an unexpected way")
        _nobody_knows(broadcast.id, batch, str(error) or type(error).__name__)
    else:
        _write(batch, messages, answer)


def _item(broadcast: Broadcast, message: Message) -> Item:
    from townhall.outreach import wording

    token = unseal(message).get("stop", "") if message.personal else ""
    return Item(
        number=decrypt(message.recipient_sealed),
        text=settling.text_for(broadcast, message),
        parameters=wording.parameters(broadcast.hour, token),
    )


def _write(batch: Batch, messages: Sequence[Message], answer: Answer) -> None:
    """The provider's answer, place by place; a receipt that was quicker is not overwritten."""
    by_id: dict[str, list[int]] = {}
    by_reason: dict[str, list[int]] = {}
    for place, message in enumerate(messages):
        if place in answer.taken:
            by_id.setdefault(answer.taken[place][:80], []).append(message.id)
        elif place in answer.refused:
            by_reason.setdefault(answer.refused[place][:80], []).append(message.id)
    with unit_of_work():
        accepted = failed = 0
        for theirs, ids in by_id.items():
            rows = Message.objects.filter(id__in=ids)
            rows.update(provider_id=theirs)
            accepted += _fate(rows, "accept")
        for reason, ids in by_reason.items():
            failed += _fate(Message.objects.filter(id__in=ids), "fail", error=reason, settled_at=clock.now())
        unknown = _fate(batch.messages, "lose", error="not_mentioned")
        _close(batch, next(iter(by_reason), ""))
        _tell(batch, accepted=accepted, failed=failed, unknown=unknown)


def _nothing_left(broadcast_id: int, batch: Batch, why: str) -> None:
    with unit_of_work():
        _fate(batch.messages, "put_back", error=why[:80])
        _close(batch, why)
        _tell(batch)
        Broadcast.objects.filter(id=broadcast_id).update(
            paced_until=clock.now() + TRY_AGAIN, last_error=why[:200]
        )


def _nobody_knows(broadcast_id: int, batch: Batch, why: str) -> None:
    with unit_of_work():
        unknown = _fate(batch.messages, "lose", error=why[:80])
        _close(batch, why)
        _tell(batch, unknown=unknown)
        broadcast = _locked(broadcast_id)
        broadcast.last_error = why[:200]
        broadcast.save(update_fields=["last_error"])
        latest = Batch.objects.filter(broadcast=broadcast).order_by("-id").values_list("error", flat=True)
        silent = [bool(error) for error in latest[:MOST_SILENT]]
        if len(silent) == MOST_SILENT and all(silent) and broadcast.state == BroadcastState.RUNNING:
            _halt(broadcast, "no_answer")


# -- one at a time: codes, mail, robots, webhooks


def send_singles() -> int:
    """Messages that belong to no broadcast, the oldest first; returns how many were taken."""
    now = clock.now()
    waiting = Message.objects.filter(
        Q(next_try_at=None) | Q(next_try_at__lte=now), state=State.QUEUED, broadcast=None
    )
    waiting = waiting.exclude(channel=Channel.INBOX).exclude(provider=Provider.CONSOLE)
    if not in_hours(now):
        # A try that failed late in the evening is not made again at night; codes are waited for.
        waiting = waiting.exclude(channel=Channel.SMS, template__in=BY_DAY)
    found = list(waiting.exclude(channel__in=ROBOTS).order_by("id")[:SINGLES])
    found += _for_robots(waiting.filter(channel__in=ROBOTS))
    resting: set[str] = set()
    for message in found:
        if message.recipient_index in resting:
            continue
        if message.template == "code" and message.queued_at < now - CODE_LIFE:
            with unit_of_work():
                _fate(Message.objects.filter(id=message.id), "drop", error="expired", settled_at=now)
            continue
        with unit_of_work():
            batch = _mark([message], message.provider or settings.SMS_SENDER)
        if _deliver_alone(batch, message):
            resting.add(message.recipient_index)
    return len(found)


def _for_robots(waiting: QuerySet[Message]) -> list[Message]:
    """What each robot may show within its minute, the oldest first."""
    found: list[Message] = []
    for robot in waiting.order_by().values_list("recipient_index", flat=True).distinct():
        lately = Message.objects.filter(
            recipient_index=robot, channel__in=ROBOTS, sent_at__gt=clock.now() - ROBOT_MINUTE
        )
        left = max(ROBOT_MOST - lately.count(), 0)
        found += waiting.filter(recipient_index=robot).order_by("id")[:left]
    return found


def _deliver_alone(batch: Batch, message: Message) -> bool:
    """Send one message and write down what came of it; whether its recipient takes no more for a while."""
    rows = Message.objects.filter(id=message.id)
    try:
        theirs = posting.post(message, batch)
    except posting.TooFast as error:
        _try_later(batch, message, str(error))
        with unit_of_work():  # what waits behind it would only make the robot rest longer
            behind = Message.objects.filter(recipient_index=message.recipient_index, state=State.QUEUED)
            behind.update(next_try_at=clock.now() + ROBOT_REST)
        return True
    except NotSent as error:
        _try_later(batch, message, str(error))
    except posting.Declined as error:
        with unit_of_work():
            _fate(rows, "fail", error=str(error)[:80], settled_at=clock.now())
            _close(batch, str(error))
    except Exception as error:  # see _hand_over
        if not isinstance(error, NoAnswer):
            logger.exception("a message failed in an unexpected way")
        if message.channel == Channel.WEBHOOK:
            _try_later(batch, message, str(error))
            return False
        with unit_of_work():
            _fate(rows, "lose", error=str(error)[:80])
            _close(batch, str(error) or type(error).__name__)
    else:
        with unit_of_work():
            rows.update(provider_id=theirs[:80])
            _fate(rows, "accept")
            _close(batch)
    return False


def _try_later(batch: Batch, message: Message, why: str) -> None:
    """Wait longer each time, then give up. Only for what has surely not left, or is known by its id if it has."""
    attempts = message.attempts + 1
    rows = Message.objects.filter(id=message.id)
    now = clock.now()
    with unit_of_work():
        rows.update(attempts=attempts)
        if attempts > len(BACKOFF):
            _fate(rows, "fail", error=why[:80], settled_at=now)
        else:
            _fate(
                rows, "put_back", error=why[:80], next_try_at=now + timedelta(seconds=BACKOFF[attempts - 1])
            )
        _close(batch, why)
