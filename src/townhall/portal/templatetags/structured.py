"""What pages say to machines about themselves (schema.org as JSON-LD): data blocks, which no browser runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django import template
from django.conf import settings
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from townhall.live import wording
from townhall.questions import published

if TYPE_CHECKING:
    from collections.abc import Mapping

register = template.Library()
# Nothing in the data may end the block it stands in.
_ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


def _block(data: Mapping[str, Any]) -> str:
    text = json.dumps({"@context": "https://schema.org", **data}, ensure_ascii=False).translate(_ESCAPES)
    return mark_safe(f'<script type="application/ld+json" data-told>{text}</script>')


def _publisher() -> dict[str, Any]:
    name = settings.ORGANISER or settings.SITE_NAME
    return {"@type": "GovernmentOrganization", "name": name, "url": f"{settings.BASE_URL}/"}


@register.simple_tag
def question_data(question: Mapping[str, Any]) -> str:
    """A question with its signed answer; nothing for what not everybody may read."""
    if question["withheld"] or question["private"]:
        return ""
    asked = {
        "@type": "Question",
        "name": question["title"],
        "text": question["text"],
        "url": question["url"],
        "dateCreated": question["asked_at"],
        "inLanguage": wording.tongue(question["text"]),
        "author": {"@type": "Person", "name": question["display_name"]},
        "answerCount": 1 if question["answer"] else 0,
    }
    if answer := question["answer"]:
        asked["acceptedAnswer"] = {
            "@type": "Answer",
            "text": published.told_in_full(answer),
            "url": f"{question['url']}#verify",
            "dateCreated": answer["signed_at"],
            "version": answer["version"],
            "author": {"@type": "GovernmentOrganization", "name": answer["unit"]},
            "publisher": _publisher(),
        }
    return _block({"@type": "QAPage", "mainEntity": asked})


@register.simple_tag
def service_data(hour: Mapping[str, Any]) -> str:
    """An office hour as a service of the government."""
    if hour["rehearsal"]:
        return ""
    channel = {
        "@type": "ServiceChannel",
        "serviceUrl": hour["page_url"],
        "hoursAvailable": {"validFrom": hour["starts_at"], "validThrough": hour["ends_at"]},
    }
    return _block(
        {
            "@type": "GovernmentService",
            "name": hour["title"],
            "description": hour["topic"],
            "url": hour["page_url"],
            "serviceType": _("区长网上办公"),
            "provider": _publisher(),
            "availableChannel": channel,
        }
    )


@register.simple_tag
def unit_data(unit: Mapping[str, Any]) -> str:
    """A unit of the government."""
    return _block(
        {
            "@type": "GovernmentOrganization",
            "name": unit["name"],
            "url": f"{settings.BASE_URL}/units/{unit['id']}/",
            "parentOrganization": _publisher(),
        }
    )


@register.simple_tag
def site_setting(name: str) -> str:
    """A word about the site that government sites must carry, as the operator has set it."""
    return str(getattr(settings, name)) if name in _SHOWN else ""


_SHOWN = frozenset(
    {"SITE_DOMAIN", "SITE_ID_CODE", "CONTENT_SOURCE", "ORGANISER", "ICP_NUMBER", "POLICE_NUMBER"}
)


@register.filter
def told_minute(value: Any) -> str:
    """A time as the meta tags of government sites have it: YYYY-MM-DD hh:mm."""
    at = wording.moment(value)
    return f"{at:%Y-%m-%d %H:%M}" if at else ""
