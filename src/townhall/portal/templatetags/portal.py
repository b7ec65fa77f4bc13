"""What every page of the public face needs, also where no view has prepared anything (error pages)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import template
from django.conf import settings

from townhall.live import wording
from townhall.people.providers import described

if TYPE_CHECKING:
    from townhall.people.providers.base import Provider

register = template.Library()


@register.simple_tag
def site_name() -> str:
    """The portal's own name in the reader's language, a setting; without an English one the name as it is."""
    return str((wording.english() and settings.SITE_NAME_EN) or settings.SITE_NAME)


def title_of(provider: Provider) -> str:
    """What a provider is called in the reader's language."""
    return (wording.english() and provider.title_en) or provider.title


@register.simple_tag
def sign_on_ways() -> list[tuple[str, str]]:
    """Name and title of every identity provider that one may sign on with."""
    return [(one.name, title_of(one)) for one in described.every()]


@register.simple_tag
def is_english() -> bool:
    """Whether this page is in English."""
    return wording.english()


@register.simple_tag(takes_context=True)
def here(context: dict[str, Any]) -> str:
    """The address of this page without its language, to come back to."""
    request = context.get("request")
    return str(context.get("here") or (request.path if request else "/"))
