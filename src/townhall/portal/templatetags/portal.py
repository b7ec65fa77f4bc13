"""What every page of the public face needs, also where no view has prepared anything (error pages)."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings

from townhall.live import wording

register = template.Library()


@register.simple_tag
def site_name() -> str:
    """The portal's own name in the reader's language, a setting; without an English one the name as it is."""
    return str((wording.english() and settings.SITE_NAME_EN) or settings.SITE_NAME)


@register.simple_tag
def is_english() -> bool:
    """Whether this page is in English."""
    return wording.english()


@register.simple_tag(takes_context=True)
def here(context: dict[str, Any]) -> str:
    """The address of this page without its language, to come back to."""
    request = context.get("request")
    return str(context.get("here") or (request.path if request else "/"))
