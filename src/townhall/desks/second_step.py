"""The second step of signing in: show the second factor, or bind one; lock the desk when leaving it."""

from __future__ import annotations

from functools import wraps
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
from townhall.desks.access import signed_in
from townhall.kernel.errors import INVALID, TOO_MANY, InvalidFields, Refused
from townhall.kernel.pace import Pace
from townhall.kernel.secrets import decrypt, encrypt
from townhall.signon import actions, codes, standing
from townhall.signon.choices import Lapse

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

# Six digits, three steps valid at a time: five tries in a quarter of an hour leave a guesser years (ASVS 5.0 6.3.1).
MOST_WRONG = 5
SPAN_MINUTES = 15
WRONG_CODES = Pace(MOST_WRONG / SPAN_MINUTES, MOST_WRONG)
_OFFERED = "offered_secret"


def half_signed_in(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view for somebody whose password was right, whatever else is still to be shown."""

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
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
    error = ""
    if request.method == "POST":
        if WRONG_CODES.is_spent(str(account.id)):
            error = str(_too_many().message)
        else:
            try:
                actions.prove(account, visits.visit_of(request), request.POST.get("code", ""))
            except InvalidFields as wrong:
                WRONG_CODES.take(str(account.id))
                error = str(wrong.errors["code"])
            else:
                return _let_in(request)
    context = {"error": error, "onward": onward(request)}
    return render(request, "desks/second_step.html", context, status=INVALID if error else 200)


def _let_in(request: HttpRequest) -> HttpResponse:
    response = redirect(onward(request))
    visits.remember_device(request, response)
    return response


def _too_many() -> Refused:
    return Refused(TOO_MANY, "codes", _("验证码多次不对，请 15 分钟后再试，或请技术保障重设。"))


@half_signed_in
@require_http_methods(["GET", "POST"])
def bind(request: HttpRequest) -> HttpResponse:
    """Bind an authenticator app; the ten codes for paper are shown this once."""
    account = signed_in(request)
    row = standing.current(account, request.session.session_key or "")
    if standing.has_factor(account) and (row is None or standing.of(account, row).proved_at is None):
        return redirect(f"{reverse('desks:second-step')}?next={request.path}")
    sealed = request.session.get(_OFFERED) or encrypt(codes.make_secret())
    request.session[_OFFERED] = sealed
    secret = decrypt(sealed)
    errors: dict[str, str] = {}
    if request.method == "POST" and not WRONG_CODES.is_spent(str(account.id)):
        try:
            made = actions.add_generator(account, visits.visit_of(request), secret, request.POST.dict())
        except InvalidFields as wrong:
            WRONG_CODES.take(str(account.id))
            errors = {name: str(message) for name, message in wrong.errors.items()}
        else:
            del request.session[_OFFERED]
            return _show_codes(request, made)
    elif request.method == "POST":
        errors = {"code": str(_too_many().message)}
    address = codes.address(secret, account.username, settings.SITE_NAME)
    context = {
        "errors": errors, "onward": onward(request), "typed": request.POST, "secret": secret, "address": address,
        "qr": segno.make(address, error="m").svg_data_uri(scale=4, border=2),
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
