"""Links that confirm and stop: signed for one follow and one purpose, good without signing in."""

from __future__ import annotations

import hmac
import re

from django.conf import settings

from townhall.following.models import Follow
from townhall.kernel.secrets import keyed_hash

CONFIRM, STOP, ALL = "confirm", "stop", "all"
_TOKEN = re.compile(r"([0-9]{1,18})-([0-9a-f]{20})\Z")
# 80 bits: short enough for an SMS; guesses are limited where they come in.
_KEPT = 20


def token_of(follow: Follow, purpose: str) -> str:
    """What stands in the address: the row's number and a keyed hash over it and the purpose."""
    return f"{follow.id}-{keyed_hash(f'follow-{purpose}', f'{follow.id}:{follow.nonce}')[:_KEPT]}"


def confirm_link(follow: Follow) -> str:
    """Where the owner of a mail address agrees."""
    return f"{settings.BASE_URL}/follow/confirm/{token_of(follow, CONFIRM)}/"


def stop_link(follow: Follow, purpose: str = STOP) -> str:
    """Where one tap ends this follow, or with :data:`ALL` everything this address follows."""
    return f"{settings.BASE_URL}/unfollow/{token_of(follow, purpose)}/"


def find(token: str, *purposes: str) -> tuple[Follow, str] | None:
    """The follow behind a link and what the link is for; ``None`` for a forged one or one for another purpose."""
    match = _TOKEN.match(token)
    follow = Follow.objects.filter(id=int(match[1])).first() if match else None
    if follow is None:
        return None
    for purpose in purposes:
        if hmac.compare_digest(token_of(follow, purpose), token):
            return follow, purpose
    return None
