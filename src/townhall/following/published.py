"""What pages show of following: what can be followed and how, and what a link is about, the address masked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings

from townhall.following import links, telling, things
from townhall.following.choices import Kind
from townhall.following.citizen_actions import is_expired, is_over
from townhall.following.models import ALIVE, Follow
from townhall.kernel.secrets import decrypt
from townhall.outreach.sealing import mask_mail
from townhall.people.identity import mask_mobile

if TYPE_CHECKING:
    from townhall.following.things import Thing

__all__ = ["Kind", "confirming", "find", "offer", "stopping"]
find = things.find


def ways() -> list[str]:
    """By what citizens can be told here."""
    return ["sms", "mail"] if settings.EMAIL_HOST else ["sms"]


def offer(kind: str, target: int | str) -> dict[str, Any]:
    """What the small form on a page needs; who calls has made sure that there is such a page."""
    return {"action": f"/follow/{kind}/{target}/", "ways": ways(), "is_promise": kind == Kind.PROMISE}


def of_thing(thing: Thing) -> dict[str, Any]:
    """What the whole page of following one thing needs."""
    return {
        "name": thing.name, "page": thing.page, "goes_on": thing.goes_on,
        **offer(thing.kind, thing.target),
    }  # fmt: skip


def own_mail(question_id: int) -> str:
    """The mail box in which the asker of a question agreed to be told of it, masked; empty without one."""
    row = telling.agreed(question_id)
    return _masked(row) if row else ""


def _masked(follow: Follow) -> str:
    if not follow.address_sealed:
        return ""
    address = decrypt(follow.address_sealed)
    return mask_mobile(address) if follow.channel == "sms" else mask_mail(address)


def _told(follow: Follow) -> dict[str, Any]:
    found = things.find(follow.kind, follow.target)
    return {
        "kind": str(Kind(follow.kind).label),
        "name": things.name_of(follow.kind, follow.target),
        "page": found.page if found else "",
        "address": _masked(follow),
        "stop": links.token_of(follow, links.STOP),
        "ended": follow.ended_at is not None,
    }


def confirming(token: str) -> dict[str, Any] | None:
    """What a confirm link is about; ``None`` when it is unknown, stopped or expired."""
    found = links.find(token, links.CONFIRM)
    if found is None or is_over(found[0]):
        return None
    follow = found[0]
    if follow.agreed_at is None and is_expired(follow):
        return None
    return {**_told(follow), "agreed": follow.agreed_at is not None}


def stopping(token: str) -> dict[str, Any] | None:
    """What a stop link would end: one follow, or all of its address; ``None`` for an unknown link."""
    found = links.find(token, links.STOP, links.ALL)
    if found is None:
        return None
    follow, purpose = found
    rows = [] if is_over(follow) else [follow]
    if purpose == links.ALL and follow.address_index:
        mine = Follow.objects.filter(channel=follow.channel, address_index=follow.address_index)
        rows = list(mine.filter(ALIVE).exclude(agreed_at=None).order_by("id"))
    return {
        "address": _masked(follow),
        "follows": [_told(row) for row in rows],
        "all": purpose == links.ALL,
        "stopped": is_over(follow),
        "kept": follow.held,
    }
