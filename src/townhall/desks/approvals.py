"""What waits for somebody's approval, whatever hours they sit in; an approver needs no seat."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from townhall.desks.access import signed_in, staff
from townhall.plans import queries


@staff
@require_GET
def approvals(request: HttpRequest) -> HttpResponse:
    """The plans on which this person is to decide now, and what they decided before."""
    account = signed_in(request)
    context = {"waiting": queries.waiting_for(account), "earlier": queries.decided_by(account)}
    return render(request, "desks/plans/approvals.html", context)
