"""Messages to askers, after the hour and while a promise is being kept: the one way to tell them.

Queued in the transaction that has something to tell, sent by day.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _

from townhall.kernel import clock
from townhall.outreach import asker_words, invitations, queueing
from townhall.outreach.choices import Channel, Purpose
from townhall.outreach.models import Message
from townhall.questions import contacts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from townhall.questions.models import Asker

# Under which purpose the text of each message is filed with a provider.
PURPOSES = {
    "observer_invited": Purpose.INVITATION,
    **{name: words.purpose for name, words in asker_words.ALL.items()},
}
# Every message can say these; the others only what their own words say.
_ALWAYS = ("issue", "number")
_OF_PURPOSE = {words.purpose: words for words in asker_words.ALL.values()}


def faults(purpose: Purpose, text: str) -> str:
    """What is wrong with a filed text; empty when it can be sent."""
    words = _OF_PURPOSE[purpose]
    known, needed = {*_ALWAYS, *invitations.places_of(words.chinese)}, words.needed
    found = set(invitations.places_of(text))
    if not needed <= found:
        return _("这条短信必须带 %(places)s。") % {
            "places": "、".join("{" + one + "}" for one in sorted(needed))
        }
    if not found <= known or text.count("{") != text.count("}"):
        return _("花括号里只能是 %(places)s。") % {"places": "、".join(sorted(known))}
    return ""


def tell(asker: Asker, template: str, parameters: Mapping[str, str], key: str) -> None:
    """Queue a message to an asker: by mail where they agreed to it, else by SMS; at night for the morning.

    It is in the language of the question. Nothing is queued for whom neither reaches.

    :param parameters: fill the template's places; ``due`` as a date (``2026-12-07``)
    :param key: the same key never sends twice
    """
    told = {**parameters, "lang": "en" if asker.question.lang == "en" else "zh"}
    if (mail := contacts.mail_of(asker)) is not None:
        queueing.send(Channel.MAIL, mail.address_sealed, template, {**told, "stop": mail.stop}, key)
    elif mobile := contacts.mobile_of(asker):
        invitations.send_invitation(mobile, template, told, key)
    if (opens := _next_morning()) is not None:
        Message.objects.filter(idempotency_key=key, next_try_at=None).update(next_try_at=opens)


def _next_morning() -> datetime | None:
    """When messages may leave again; nothing when they may leave now."""
    now = clock.local(clock.now())
    first, last = settings.SMS_HOURS
    if first <= now.time() < last:
        return None
    day = now.date() if now.time() < first else now.date() + timedelta(days=1)
    return datetime.combine(day, first, clock.DISTRICT_ZONE)
