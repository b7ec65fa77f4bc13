"""The desks of the three administrators: accounts, rights, and the journal, each for one of them only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from townhall.desks.access import signed_in, staff
from townhall.kernel.errors import INVALID, InvalidFields
from townhall.kernel.text import whole_number
from townhall.record import key_changes
from townhall.signon import administration

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@staff
@require_GET
def accounts(request: HttpRequest) -> HttpResponse:
    """Everybody's account, with what this administrator may do to it."""
    return _list(request)


def _list(request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
    account = signed_in(request)
    words = request.GET.get("words", "")
    rows = administration.accounts(account, words, request.GET.get("after", ""))
    held = administration.offices_of(account)
    verbs = [power for power in administration.POWERS.values() if power.office in held]
    context: dict[str, Any] = {
        "rows": rows, "words": words, "verbs": {power.verb: power.label for power in verbs},
        "offices": administration.OFFICES,
        "following": rows[-1].username if len(rows) == administration.MOST_ACCOUNTS else "",
    }  # fmt: skip
    return render(request, "desks/administration/accounts.html", context | more, status=status)


@staff
@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    """A new account; its first password is shown this once."""
    typed = request.POST.dict()
    try:
        made, password = administration.enter(signed_in(request), typed)
    except InvalidFields as wrong:
        return _list(request, INVALID, errors=wrong.errors, typed=typed)
    return _list(request, handed={"name": made.username, "secret": password})


@staff
@require_POST
def act(request: HttpRequest, account_id: int, verb: str) -> HttpResponse:
    """One of the powers; what is to be handed over is shown this once."""
    try:
        secret = administration.perform(signed_in(request), verb, account_id, request.POST.dict())
    except InvalidFields as wrong:
        return _list(request, INVALID, errors=wrong.errors)
    if secret:
        return _list(request, handed={"name": request.POST.get("username", ""), "secret": secret})
    messages.success(request, _("已完成。"))
    return redirect("desks:administration")


@staff
@require_GET
def journal(request: HttpRequest) -> HttpResponse:
    """What happened, for the audit administrator; ids and code words, as it was written."""
    before = whole_number(request.GET.get("before", ""))
    kind, actor = request.GET.get("kind", ""), request.GET.get("actor", "")
    rows = administration.journal(signed_in(request), before, kind, actor)
    following = rows[-1]["entry"].id if len(rows) == administration.MOST_ENTRIES else None
    context = {"rows": rows, "kind": kind, "actor": actor, "following": following}
    return render(request, "desks/administration/journal.html", context)


@staff
@require_GET
def record_key(request: HttpRequest) -> HttpResponse:
    """The keys that sign the public record, and the change of them that two administrators decide."""
    return render(request, "desks/administration/record_key.html", key_changes.shown(signed_in(request)))


@staff
@require_POST
def change_key(request: HttpRequest, verb: str) -> HttpResponse:
    """Propose a change, confirm another's, or call it off."""
    account = signed_in(request)
    if verb == "propose":
        key_changes.propose(account, request.POST.get("what", ""))
    else:
        act = key_changes.confirm if verb == "confirm" else key_changes.withdraw
        act(account, whole_number(request.POST.get("change", "")) or 0)
    messages.success(request, _("已完成。"))
    return redirect("desks:administration-record-key")
