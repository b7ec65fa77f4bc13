"""Links that ask: signed for one person, one thing and one purpose.

A link is the row's number and a keyed hash over everything it is good for, so that none can be made up, turned to
another question or used for another purpose. 80 bits of the hash travel: short enough for an SMS, and guesses are
limited where they come in.
"""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING

from django.conf import settings

from townhall.kernel.secrets import keyed_hash
from townhall.voice.models import Ask

if TYPE_CHECKING:
    from collections.abc import Callable

_TOKEN = re.compile(r"([0-9]{1,18})-([0-9a-f]{20})\Z")
_KEPT = 20


def _signature(ask: Ask) -> str:
    bound = f"{ask.id}:{ask.asker_id}:{ask.question_id}:{ask.purpose}:{ask.commitment_id}:{ask.round}"
    return keyed_hash("voice", bound)[:_KEPT]


def token_of(ask: Ask) -> str:
    """What stands in the address."""
    return f"{ask.id}-{_signature(ask)}"


def link_of(ask: Ask) -> str:
    """The address as a message carries it."""
    return f"{settings.BASE_URL}/voice/{token_of(ask)}/"


def find(token: str) -> Ask | None:
    """The row behind a link; ``None`` for a forged one."""
    match = _TOKEN.match(token)
    if match is None:
        return None
    rows = Ask.objects.select_related("asker__question__hour", "question__hour", "question__unit")
    ask = rows.filter(id=int(match[1])).first()
    return ask if ask is not None and hmac.compare_digest(_signature(ask), match[2]) else None


# The room of promises takes a "not done" back to its inspector: (promise, reason). `config` fills the slot.
REOPEN: list[Callable[[int, str], object]] = []
