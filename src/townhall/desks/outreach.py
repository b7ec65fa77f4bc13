"""Messages between hours: how they leave, what is filed with providers, what went wrong last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from townhall.desks.access import signed_in, staff
from townhall.kernel.errors import INVALID, InvalidFields
from townhall.outreach import actions, queries

if TYPE_CHECKING:
    from collections.abc import Mapping

_TYPED = ("provider", "purpose", "text", "code", "filed_on", "approved_on")


@staff
@require_GET
def outreach(request: HttpRequest) -> HttpResponse:
    """Provider, readiness, robots, errors."""
    return _show(request)


@staff
@require_GET
def deliveries(request: HttpRequest) -> HttpResponse:
    """What other systems were told and how it went."""
    before = request.GET.get("before", "")
    number = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None  # noqa: PLR2004 - 64 bits
    found = queries.deliveries(signed_in(request), before=number)
    return render(request, "desks/outreach/deliveries.html", found)


def _show(
    request: HttpRequest, typed: Mapping[str, Any] | None = None, errors: Mapping[str, Any] | None = None
) -> HttpResponse:
    found = queries.office(signed_in(request))
    context = {**found, "typed": typed or {}, "errors": errors or {}}
    return render(request, "desks/outreach/office.html", context, status=INVALID if errors else 200)


@staff
@require_POST
def file(request: HttpRequest) -> HttpResponse:
    """Enter what is filed with a provider."""
    typed = {name: request.POST.get(name, "") for name in _TYPED}
    try:
        actions.file_with_provider(signed_in(request), typed)
    except InvalidFields as error:
        return _show(request, typed, error.errors)
    messages.success(request, _("已登记。"))
    return redirect("desks:outreach")
