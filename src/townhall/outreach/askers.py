"""Messages to askers, after the hour and while a promise is being kept.

Queued in the transaction that has something to tell, sent by day.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _

from townhall.kernel import clock
from townhall.outreach import invitations
from townhall.outreach.choices import Purpose
from townhall.outreach.models import Message

if TYPE_CHECKING:
    from collections.abc import Mapping

# Under which purpose the text of each message is filed with a provider.
PURPOSES = {
    "observer_invited": Purpose.INVITATION,
    "backlog": Purpose.BACKLOG,
    "extended": Purpose.EXTENDED,
    "answered": Purpose.ANSWERED,
    "closed": Purpose.CLOSED,
    "promise_extended": Purpose.PUT_OFF,
    "promise_ended": Purpose.ENDED,
}
# What a filed text may be filled with, and what it cannot do without.
_PLACES = {
    Purpose.BACKLOG: ({"issue", "number", "due"}, {"number", "due"}),
    Purpose.EXTENDED: ({"issue", "number", "due"}, {"number", "due"}),
    Purpose.ANSWERED: ({"issue", "number", "url"}, {"url"}),
    Purpose.CLOSED: ({"issue", "number", "url"}, {"url"}),
    Purpose.PUT_OFF: ({"issue", "number", "due", "url"}, {"due", "url"}),
    Purpose.ENDED: ({"issue", "number", "url"}, {"url"}),
}


def faults(purpose: Purpose, text: str) -> str:
    """What is wrong with a filed text; empty when it can be sent."""
    known, needed = _PLACES[purpose]
    found = set(invitations.places_of(text))
    if not needed <= found:
        return _("这条短信必须带 %(places)s。") % {
            "places": "、".join("{" + one + "}" for one in sorted(needed))
        }
    if not found <= known or text.count("{") != text.count("}"):
        return _("花括号里只能是 %(places)s。") % {"places": "、".join(sorted(known))}
    return ""


def tell(recipient_sealed: str, template: str, parameters: Mapping[str, str], key: str) -> None:
    """Queue a message to an asker; by night it waits for the morning.

    :param key: the same key never sends twice
    """
    invitations.send_invitation(recipient_sealed, template, parameters, key)
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
