"""Template words: dates, states and names as the public reads them."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from townhall.live import steps, wording

register = template.Library()
register.filter("day", wording.day)
register.filter("minute", wording.minute)
register.filter("day_minute", wording.day_minute)
register.filter("kind_words", wording.kind)
register.filter("status_words", wording.status_words)
register.filter("change_reason", wording.change_reason)
register.filter("signer", wording.signer)
register.filter("tongue", wording.tongue)
register.filter("paragraphs", wording.paragraphs)
register.filter("linked", wording.linked)
register.filter("step_fact", steps.fact)
register.filter("step_said", steps.said)


@register.filter
def long_moment(value: Any) -> str:
    """Date with weekday and minute: 11月30日（周一）19:00."""
    return wording.day_minute(value, weekday=True)


@register.filter
def short_day(value: Any) -> str:
    """Date without weekday: 12月15日."""
    return wording.day(value, weekday=False)


@register.filter
def door_words(words: str) -> SafeString:
    """A door's words with the one place where very large letters may break them: 我要 | 提问题."""
    first, want, rest = words.partition("我要")
    return format_html("{}{}<wbr>{}" if want else "{}", first, want, rest)


@register.filter
def iso(value: Any) -> str:
    """The machine's form of a time, for the ``datetime`` attribute."""
    at = wording.moment(value)
    return at.isoformat(timespec="seconds") if at else ""


@register.simple_tag
def span(start: Any, end: Any) -> str:
    """From when to when."""
    return wording.span(start, end)
