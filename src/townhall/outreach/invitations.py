"""Messages to observers: queued in the transaction that invites them, forgotten when they withdraw."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _

from townhall.kernel import clock
from townhall.kernel.secrets import decrypt, encrypt
from townhall.kernel.unit_of_work import after_commit, unit_of_work
from townhall.outreach import asker_words
from townhall.outreach.choices import Channel
from townhall.outreach.models import Message
from townhall.outreach.sealing import index_of, seal, unseal
from townhall.people.identity import mask_mobile

if TYPE_CHECKING:
    from collections.abc import Mapping

logger = logging.getLogger("townhall.outreach")
# What observers are told, Chinese whatever the coordinator's own language is: it is the district's message, not the
# desk's. Beside it what askers are told, as it is filed.
TEXTS = {
    "observer_invited": (
        "您好！您报名第 {issue} 期区长网上办公网民代表已入选：{starts_at}，{place}。"
        "请在 {confirm_by} 前打开 {url} 凭查询码确认，过时席位留给候补。"
    ),
    **{name: words.chinese for name, words in asker_words.ALL.items()},
}


PLACES = ("issue", "starts_at", "place", "confirm_by", "url")
_PLACE = re.compile(r"\{(\w*)\}")


def places_of(text: str) -> list[str]:
    """The places of a filed text in the order in which they stand: some providers number them."""
    return list(dict.fromkeys(_PLACE.findall(text)))


def faults(text: str) -> str:
    """What is wrong with a filed invitation; empty when it can be sent."""
    if not {"confirm_by", "url"} <= set(places_of(text)):
        return _("邀请短信必须带确认期限 {confirm_by} 和网址 {url}。")
    leftover = _PLACE.sub(lambda found: "" if found[1] in PLACES else found[0], text)
    if "{" in leftover or "}" in leftover:
        return _("花括号里只能是 issue、starts_at、place、confirm_by、url。")
    return ""


def send_invitation(recipient_sealed: str, template: str, parameters: Mapping[str, str], key: str) -> None:
    """Queue a message to an observer; nothing waits for it.

    :param key: the same key never sends twice
    """
    mobile = decrypt(recipient_sealed)
    row, created = Message.objects.get_or_create(
        idempotency_key=key,
        defaults={
            "recipient_sealed": encrypt(mobile),
            "recipient_index": index_of("sms", mobile),
            "parameters_sealed": seal(dict(parameters)),
            "template": template,
            "provider": settings.SMS_SENDER,
            "queued_at": clock.now(),
        },
    )
    if created and settings.SMS_SENDER == "console":
        after_commit(lambda: _write_to_console(row.id))


def text_of(template: str, filled: Mapping[str, str]) -> str:
    """The words of a message to an observer or an asker."""
    if template in asker_words.ALL:
        return asker_words.text(template, filled)
    return TEXTS[template].format_map(filled)


def _write_to_console(message_id: int) -> None:
    """The default sender: the operator's console shows the words, the number only masked."""
    message = Message.objects.get(id=message_id)
    logger.info(
        "SMS to %s: %s",
        mask_mobile(decrypt(message.recipient_sealed)),
        text_of(message.template, unseal(message)),
    )
    with unit_of_work():
        message.state = Message.State.SENT
        message.sent_at = clock.now()
        message.attempts += 1
        message.save(update_fields=["state", "sent_at", "attempts"])


def forget(mobile: str) -> None:
    """Delete what was or is to be sent to this person alone; to be called in the unit of work that forgets them."""
    Message.objects.filter(
        channel=Channel.SMS, recipient_index=index_of("sms", mobile), broadcast=None
    ).delete()
