"""The plan that holds, as far as the public may see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from townhall.hours import published as hours
from townhall.plans import published as plans
from townhall.portal import pages

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def plan(request: HttpRequest, slug: str) -> HttpResponse:
    """The approved plan of an hour: its fields and its groups."""
    key = pages.key_of(request)
    hour = hours.find(slug, key)
    shown = plans.for_hour(hour) if hour else None
    if hour is None or shown is None:
        return pages.not_found(request, _("本期还没有公布方案。"))
    found = hours.present([hour])[0]
    return pages.respond(
        request, "plan", pages.hour_frame(found, pages.language_of(request)) | {"plan": shown}
    )
