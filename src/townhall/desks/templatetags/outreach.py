"""The count beside the inbox in the desks' navigation, and a broadcast's values in its forms."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import template

from townhall.kernel import clock
from townhall.outreach import queries

if TYPE_CHECKING:
    from collections.abc import Mapping

    from townhall.people.models import Account

register = template.Library()


@register.simple_tag
def unread(account: Account) -> int:
    """How many messages this person has not read: one query of an index that holds only those."""
    return queries.unread(account)


@register.filter
def typed_moment(value: Any) -> str:
    """A time as a browser's field wants it; typed text as it was typed."""
    return clock.local(value).strftime("%Y-%m-%dT%H:%M") if isinstance(value, datetime) else str(value or "")


@register.filter
def of(found: Mapping[str, Any], name: str) -> Any:
    """What stands under a name."""
    return found.get(name, "")
