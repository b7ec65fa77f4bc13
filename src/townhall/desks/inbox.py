"""What a member of staff was told."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from townhall.desks.access import signed_in, staff
from townhall.outreach import actions, queries


@staff
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """The newest messages; what is new says so until it is marked as read."""
    return render(request, "desks/outreach/inbox.html", {"rows": queries.inbox(signed_in(request))})


@staff
@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Everything has been read."""
    actions.mark_read(signed_in(request))
    return redirect("desks:inbox")
