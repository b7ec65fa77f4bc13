"""The second step of signing in: show the second factor, or bind one; lock the desk when leaving it."""

from __future__ import annotations

from functools import partial, wraps
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import segno
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from townhall.desks import visits
from townhall.desks.access import elsewhere, signed_in
from townhall.kernel.errors import INVALID, InvalidFields
from townhall.kernel.pace import Pace
from townhall.kernel.secrets import decrypt, encrypt
from townhall.signon import actions, codes, passkeys, standing
from townhall.signon.choices import Lapse

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    from townhall.people.models import Account

# Six digits, three steps valid at a time: five tries in a quarter of an hour leave a guesser years (ASVS 5.0 6.3.1).
MOST_WRONG = 5
SPAN_MINUTES = 15
WRONG_CODES = Pace(MOST_WRONG / SPAN_MINUTES, MOST_WRONG)
# What the session keeps until the browser answers: the secret on offer, and what was asked of a passkey.
_OFFERED = "offered_secret"
_ASKED = "passkey_asked"


def half_signed_in(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view for somebody whose password was right, whatever else is still to be shown."""

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not visits.may_work_here(request, signed_in(request)):
            return elsewhere(request)
        return view(request, *args, **kwargs)

    return guarded


def onward(request: HttpRequest) -> str:
    """Where the person wanted to go, if that is on this site."""
    wanted = request.GET.get("next", "")
    inside = wanted.startswith("/desk/") and url_has_allowed_host_and_scheme(wanted, {request.get_host()})
    return wanted if inside else reverse("desks:home")


@half_signed_in
@require_http_methods(["GET", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    """Ask for the second factor; whoever has none yet binds one first."""
    account = signed_in(request)
    if not standing.has_factor(account):
        return redirect(f"{reverse('desks:bind')}?next={quote(onward(request))}")
    errors: dict[str, str] = {}
    if request.method == "POST":
        errors = _attempt(account, partial(_prove, request))
        if not errors:
            return _let_in(request)
    context = {"errors": errors, "onward": onward(request), "passkey": _passkey_wanted(request)}
    return render(request, "desks/second_step.html", context, status=INVALID if errors else 200)


def _prove(request: HttpRequest) -> None:
    account, visit = signed_in(request), visits.visit_of(request)
    if "answer" in request.POST:
        state = request.session.pop(_ASKED, None) or {}
        actions.prove_by_passkey(account, visit, state, request.POST["answer"])
    else:
        actions.prove(account, visit, request.POST.get("code", ""))


def _attempt(account: Account, act: Callable[[], object]) -> dict[str, str]:
    """Try something that can be guessed at; what was wrong with it, by field."""
    who = str(account.id)
    if WRONG_CODES.is_spent(who):
        return {"code": _("验证码多次不对，请 15 分钟后再试，或请技术保障重设。")}
    try:
        act()
    except InvalidFields as wrong:
        WRONG_CODES.take(who)
        actions.note_wrong(account, "code")
        return {name: str(message) for name, message in wrong.errors.items()}
    return {}


def _passkey_wanted(request: HttpRequest) -> str:
    """What the page's script asks the browser for; empty when this person has no passkey, or none can be used."""
    known = actions.known_passkeys(signed_in(request)) if passkeys.are_possible() else []
    if not known:
        return ""
    asked, request.session[_ASKED] = passkeys.ask_to_show(known)
    return asked


def _let_in(request: HttpRequest) -> HttpResponse:
    response = redirect(onward(request))
    visits.remember_device(request, response)
    return response


@half_signed_in
@require_http_methods(["GET", "POST"])
def bind(request: HttpRequest) -> HttpResponse:
    """Bind a passkey or an authenticator app; the ten codes for paper are shown this once."""
    account = signed_in(request)
    row = standing.current(account, request.session.session_key or "")
    if standing.has_factor(account) and standing.of(account, row).proved_at is None:
        return redirect(f"{reverse('desks:second-step')}?next={request.path}")
    sealed = request.session.setdefault(_OFFERED, encrypt(codes.make_secret()))
    errors: dict[str, str] = {}
    if request.method == "POST":
        made: list[str] = []
        errors = _attempt(account, lambda: made.extend(_add(request, decrypt(sealed))))
        if not errors:
            return _show_codes(request, made) if made else _let_in(request)
    return _offer(request, decrypt(sealed), errors)


def _add(request: HttpRequest, secret: str) -> list[str]:
    account, visit, typed = signed_in(request), visits.visit_of(request), request.POST.dict()
    if "answer" in typed:
        return actions.add_passkey(account, visit, request.session.pop(_ASKED, None) or {}, typed)
    made = actions.add_generator(account, visit, secret, typed)
    del request.session[_OFFERED]
    return made


def _offer(request: HttpRequest, secret: str, errors: dict[str, str]) -> HttpResponse:
    account = signed_in(request)
    address = codes.address(secret, account.username, settings.SITE_NAME)
    asked = ""
    if passkeys.are_possible():
        asked, request.session[_ASKED] = passkeys.ask_to_make(account, actions.known_passkeys(account))
    context = {
        "errors": errors, "onward": onward(request), "typed": request.POST, "secret": secret, "address": address,
        "qr": segno.make(address, error="m").svg_data_uri(scale=4, border=2), "passkey": asked,
        "needs_binding": actions.needs_binding_code(account),
    }  # fmt: skip
    return render(request, "desks/bind.html", context, status=INVALID if errors else 200)


def _show_codes(request: HttpRequest, made: list[str]) -> HttpResponse:
    context = {"codes": made, "onward": onward(request)}
    response = render(request, "desks/recovery_codes.html", context)
    visits.remember_device(request, response)
    return response


@half_signed_in
@require_POST
def lock(request: HttpRequest) -> HttpResponse:
    """Leave the desk: whoever comes next has to show the second factor."""
    account = signed_in(request)
    row = standing.current(account, request.session.session_key or "")
    if row is not None and standing.has_factor(account):
        actions.lapse(row, Lapse.LOCKED)
        messages.info(request, _("工作台已锁定。"))
    return redirect("desks:second-step")
