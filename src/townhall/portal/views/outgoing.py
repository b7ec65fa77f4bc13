"""The messages a demo would have sent: so that one can try verified asking without a gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.views.decorators.http import require_safe

from townhall.outreach import outbox
from townhall.portal import pages

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def outgoing(request: HttpRequest) -> HttpResponse:
    """The newest messages with their codes; on a district's own data there is no such page."""
    messages = outbox.outgoing()
    if messages is None:
        return pages.not_found(request)
    return pages.respond(request, "outgoing", {"messages": messages}, cache=pages.PRIVATE)
