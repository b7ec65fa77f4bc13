"""The browser at a desk: its sign-in, the device it is, and how its person stands in it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.conf import settings

from townhall.kernel.pace import client_of
from townhall.signon import actions, places, standing
from townhall.signon.actions import Visit
from townhall.signon.choices import Lapse

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from townhall.people.models import Account
    from townhall.people.standing import Standing

# The longest that browsers keep a cookie (RFC 6265bis, 5.5).
DEVICE_SECONDS = 400 * 24 * 3600
# What a desk's script asks by itself is not a person's act, or no desk would ever fall idle.
BY_THEMSELVES = frozenset({"hold", "let-go", "ticket", "changes"})


def device_cookie() -> str:
    """The cookie by which a browser is known again; it opens nothing by itself."""
    return "__Host-device" if settings.SESSION_COOKIE_SECURE else "device"


def visit_of(request: HttpRequest) -> Visit:
    """Who sits there, as far as the browser says."""
    device = request.COOKIES.get(device_cookie(), "") or secrets.token_urlsafe(32)
    request.COOKIES[device_cookie()] = device  # one browser, one device, however often it is asked
    return Visit(request.session.session_key or "", device, request.headers.get("User-Agent", ""))


def remember_device(request: HttpRequest, response: HttpResponse) -> None:
    """Let the browser keep the secret by which it is known again."""
    response.set_cookie(
        device_cookie(), visit_of(request).device, max_age=DEVICE_SECONDS, path="/", httponly=True,
        secure=settings.SESSION_COOKIE_SECURE, samesite="Lax",
    )  # fmt: skip


def is_persons_own(request: HttpRequest) -> bool:
    """Whether a person does this, rather than the page by itself."""
    match = request.resolver_match
    by_itself = match is not None and match.url_name in BY_THEMSELVES
    return not by_itself and request.headers.get("X-Part", "") != "list"


def standing_of(request: HttpRequest, account: Account) -> Standing:
    """How the person stands in this sign-in; a desk left alone for too long lapses here."""
    if not standing.is_demanded_here(account):
        return standing.NOT_DEMANDED
    row = standing.current(account, request.session.session_key or "")
    found = standing.of(account, row)
    if row is not None and found.lapse != row.lapse:
        actions.lapse(row, Lapse(found.lapse))
    elif row is not None and is_persons_own(request):
        actions.see(row)
    return found


def may_work_here(request: HttpRequest, account: Account | None = None) -> bool:
    """Whether staff pages open where this browser is; before anybody signed in, on anybody's registered device."""
    return places.may_work(client_of(request), request.COOKIES.get(device_cookie(), ""), account)
