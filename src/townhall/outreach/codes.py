"""One-time codes on their way out: queued in the transaction that made them, sent after its commit."""

from __future__ import annotations

import logging

from django.conf import settings

from townhall.kernel import clock
from townhall.kernel.secrets import decrypt, encrypt
from townhall.kernel.unit_of_work import after_commit, unit_of_work
from townhall.outreach.models import Message
from townhall.outreach.sealing import index_of
from townhall.people.identity import mask_mobile

logger = logging.getLogger("townhall.outreach")
CODE_TEMPLATE = "code"


def send_code(mobile: str, code: str, key: str) -> None:
    """Queue a one-time code; nothing waits for it.

    To the console it goes once the transaction has committed; a real gateway is called by the sender, which looks
    every second and takes codes before anything else.

    :param key: the same key never sends twice
    """
    row, created = Message.objects.get_or_create(
        idempotency_key=key,
        defaults={
            "recipient_sealed": encrypt(mobile),
            "recipient_index": index_of("sms", mobile),
            "parameters_sealed": encrypt(code),
            "template": CODE_TEMPLATE,
            "provider": settings.SMS_SENDER,
            "queued_at": clock.now(),
        },
    )
    if created and settings.SMS_SENDER == "console":
        after_commit(lambda: _write_to_console(row.id))


def _write_to_console(message_id: int) -> None:
    """The default sender: the operator's console shows the code, the number only masked."""
    message = Message.objects.get(id=message_id)
    mobile, code = decrypt(message.recipient_sealed), decrypt(message.parameters_sealed)
    logger.info("SMS to %s: code %s (valid for ten minutes)", mask_mobile(mobile), code)
    with unit_of_work():
        message.state = Message.State.SENT
        message.sent_at = clock.now()
        message.attempts += 1
        message.save(update_fields=["state", "sent_at", "attempts"])
