"""What the pages before the hour say about steps and days."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import template
from django.utils.formats import date_format
from django.utils.translation import get_language

from townhall.hours.published import worded
from townhall.hours.seats import Actor
from townhall.kernel import clock

if TYPE_CHECKING:
    from datetime import date

register = template.Library()


@register.filter
def titled(step: Any) -> str:
    """A step's title in the reader's language."""
    return worded(step, "title")


@register.filter
def topic(hour: Any) -> str:
    """An hour's topic in the reader's language."""
    return worded(hour, "topic")


@register.filter
def day(moment: date | datetime | None) -> str:
    """A day with its weekday; the year only when it is not this one."""
    if not moment:
        return ""
    found = clock.local(moment).date() if isinstance(moment, datetime) else moment
    this_year = found.year == clock.today().year
    if (get_language() or "").startswith("en"):
        return date_format(found, "D j M" if this_year else "D j M Y")
    return date_format(found, "n月j日 D" if this_year else "Y年n月j日 D")


@register.filter
def sits(actor: object, role: str) -> bool:
    """Whether the person holds this seat in the hour; nobody does on a page of no hour."""
    return isinstance(actor, Actor) and actor.holds(frozenset({role}))
