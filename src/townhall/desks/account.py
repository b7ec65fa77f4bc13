"""One's own account: second factor, recovery codes, password, and where one is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from townhall.desks import visits
from townhall.desks.access import signed_in, staff
from townhall.desks.second_step import half_signed_in, onward
from townhall.kernel.errors import INVALID, TOO_MANY, InvalidFields
from townhall.kernel.pace import Pace, client_of
from townhall.kernel.text import whole_number
from townhall.signon import actions, queries, standing

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

# Whoever sits at an open desk must not try passwords there either.
MOST_WRONG = 5
SPAN_MINUTES = 15
WRONG_OLD = Pace(MOST_WRONG / SPAN_MINUTES, MOST_WRONG)


@staff
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """What is bound, and where one is signed in."""
    account = signed_in(request)
    return render(request, "desks/account.html", queries.own(account, _key(request)))


def _key(request: HttpRequest) -> str:
    return request.session.session_key or ""


@staff
@require_POST
def stop(request: HttpRequest) -> HttpResponse:
    """End sign-ins elsewhere: one, or all but this."""
    account = signed_in(request)
    here = standing.current(account, _key(request))
    chosen = whole_number(request.POST.get("sign_in", ""))
    ids = [row.id for row in queries.open_sign_ins(account) if row != here and chosen in (None, row.id)]
    ended = actions.stop(account, ids, by=account)
    messages.success(request, _("已终止 %(n)s 处登录。") % {"n": ended})
    return redirect("desks:account")


@staff
@require_POST
def renew_codes(request: HttpRequest) -> HttpResponse:
    """Ten new recovery codes, shown this once."""
    made = actions.renew_recovery_codes(signed_in(request), _key(request))
    return render(
        request,
        "desks/recovery_codes.html",
        {"codes": made, "onward": reverse("desks:account"), "again": True},
    )


@staff
@require_POST
def register_device(request: HttpRequest) -> HttpResponse:
    """Let this browser open the desks from anywhere; only from inside."""
    actions.register_device(signed_in(request), visits.visit_of(request), client_of(request))
    messages.success(request, _("已登记。今后在这台设备上，从哪里都能打开工作台。"))
    response = redirect("desks:account")
    visits.remember_device(request, response)
    return response


@staff
@require_POST
def release_device(request: HttpRequest) -> HttpResponse:
    """Take that back."""
    chosen = whole_number(request.POST.get("device", "")) or 0
    actions.release_device(signed_in(request), chosen, by=signed_in(request))
    return redirect("desks:account")


@staff
@require_POST
def remove_passkey(request: HttpRequest) -> HttpResponse:
    """Take a passkey back."""
    chosen = whole_number(request.POST.get("passkey", "")) or 0
    actions.remove_passkey(signed_in(request), _key(request), chosen)
    return redirect("desks:account")


@half_signed_in
@require_http_methods(["GET", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Choose another password; it is asked for when the present one came from somebody else, or is too old."""
    account = signed_in(request)
    # A password alone must not be enough to change it: that would end everything its owner has open, in mid-hour.
    if standing.must_prove_again(account, standing.current(account, _key(request))):
        here = f"{request.path}?next={quote(onward(request))}"
        return redirect(f"{reverse('desks:second-step')}?next={quote(here)}")
    errors: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        if WRONG_OLD.is_spent(str(account.id)):
            errors, status = {"old": _("密码多次不对，请 15 分钟后再试，或请技术保障重设密码。")}, TOO_MANY
        else:
            errors = _change(request)
            status = INVALID
        if not errors:
            messages.success(request, _("密码已更换，别处的登录都已终止。"))
            return redirect(onward(request))
    context: dict[str, Any] = {
        "errors": errors, "onward": onward(request), "mixed": actions.asks_for_kinds(),
        "due": standing.of(account, standing.current(account, _key(request))).password_due,
    }  # fmt: skip
    return render(request, "desks/password.html", context, status=status)


def _change(request: HttpRequest) -> dict[str, str]:
    account = signed_in(request)
    new = request.POST.get("new", "")
    if new != request.POST.get("again", ""):
        return {"again": _("两次输入的新密码不一样。")}
    try:
        actions.change_password(account, request.POST.get("old", ""), new)
    except InvalidFields as wrong:
        if "old" in wrong.errors:
            WRONG_OLD.take(str(account.id))
            actions.note_wrong(account, "password")
        return {name: str(message) for name, message in wrong.errors.items()}
    before = _key(request)
    update_session_auth_hash(request, account)
    actions.follow(account, before, _key(request))
    return {}
