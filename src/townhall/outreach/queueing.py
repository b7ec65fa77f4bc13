"""Letters of other rooms on their way into the outbox, and out of it when their reader is forgotten."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import translation

from townhall.kernel import clock
from townhall.kernel.secrets import decrypt
from townhall.kernel.unit_of_work import after_commit, unit_of_work
from townhall.outreach import asker_words, letters
from townhall.outreach.choices import Channel
from townhall.outreach.models import Message
from townhall.outreach.sealing import index_of, seal
from townhall.people.identity import mask_mobile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet

logger = logging.getLogger("townhall.outreach")


def send(channel: str, address_sealed: str, template: str, parameters: Mapping[str, Any], key: str) -> None:
    """Queue a message; nothing waits for it. Inside a unit of work.

    :param key: the same key never sends twice
    """
    address = decrypt(address_sealed)
    row, created = Message.objects.get_or_create(
        idempotency_key=key,
        defaults={
            "channel": channel,
            "recipient_sealed": address_sealed,
            "recipient_index": index_of(channel, address),
            "parameters_sealed": seal(dict(parameters)),
            "template": template,
            "provider": settings.SMS_SENDER if channel == Channel.SMS else Channel.MAIL,
            "queued_at": clock.now(),
        },
    )
    if created and row.provider == "console":
        after_commit(lambda: _write_to_console(row.id))


def _write_to_console(message_id: int) -> None:
    """The default sender: the operator's console shows the words, the number only masked."""
    message = Message.objects.get(id=message_id)
    with translation.override("zh-hans"):
        words = letters.write(message)
    logger.info("SMS to %s: %s", mask_mobile(decrypt(message.recipient_sealed)), words.text if words else "-")
    with unit_of_work():
        message.state = Message.State.SENT
        message.sent_at = clock.now()
        message.attempts += 1
        message.save(update_fields=["state", "sent_at", "attempts"])


def forget(channel: str, index: str) -> None:
    """Delete what other rooms wrote or are to write to this address; in the unit of work that forgets it."""
    _written_to(channel, index).delete()


def hush(channel: str, index: str) -> None:
    """Send nothing more of what waits for this address, which has to be kept; in the caller's unit of work."""
    waiting = _written_to(channel, index).filter(state=Message.State.QUEUED)
    waiting.update(state=Message.State.FAILED, error="erased", settled_at=clock.now())


def _written_to(channel: str, index: str) -> QuerySet[Message]:
    templates = [name for name, _writer in letters.WRITERS]
    if channel == Channel.MAIL:  # an asker's mobile is not given up with a follow; a mail box is
        templates += list(asker_words.ALL)
    return Message.objects.filter(channel=channel, recipient_index=index, template__in=templates)
