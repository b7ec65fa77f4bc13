"""The headers every answer carries and the one check of the Host header, shared by the edge and Django."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from django.conf import settings
from django.http.request import split_domain_port, validate_host

if TYPE_CHECKING:
    from collections.abc import Sequence

Kind = Literal["page", "embed", "api", "stream"]

# Nothing here needs a device. Sign-in by passkey stays allowed, for our own pages only, as browsers have it by default.
_PERMISSIONS = (
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), "
    "magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=()"
)
# Two years, as the browsers' preload lists ask for: whoever came once is never again sent unprotected.
_ONLY_HTTPS = "max-age=63072000; includeSubDomains"
_PAGE_SOURCES = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; manifest-src 'self'"
)


def security_headers(kind: Kind, embed_origins: Sequence[str] = ()) -> list[tuple[str, str]]:
    """The security headers of one kind of answer.

    :param kind: ``page``, ``embed`` for a page that a portal may frame, ``api`` and ``stream`` for programs
    :param embed_origins: the portals that may frame it
    """
    return list(_headers(kind, tuple(embed_origins), settings.BASE_URL.startswith("https://")))


@lru_cache(maxsize=32)
def _headers(kind: Kind, embed_origins: tuple[str, ...], secure: bool) -> tuple[tuple[str, str], ...]:  # noqa: FBT001 - part of the cache's key
    headers = {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Permissions-Policy": _PERMISSIONS,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if secure:
        headers["Strict-Transport-Security"] = _ONLY_HTTPS
    if kind == "embed":
        ancestors = " ".join(embed_origins) or "'self'"
        headers["Content-Security-Policy"] = f"{_PAGE_SOURCES}; frame-ancestors {ancestors}"
        # A framed page is no window of its own, and the portal that frames it must be able to load it.
        headers["Cross-Origin-Opener-Policy"] = "unsafe-none"
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    elif kind == "page":
        headers["Content-Security-Policy"] = f"{_PAGE_SOURCES}; frame-ancestors 'none'"
        headers["X-Frame-Options"] = "DENY"
    else:
        headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
    return tuple(headers.items())


def host_allowed(host: str, allowed: Sequence[str]) -> bool:
    """Whether a Host header names this installation.

    :param allowed: as in Django's ``ALLOWED_HOSTS``
    """
    return _host_allowed(host, tuple(allowed))


@lru_cache(maxsize=1024)
def _host_allowed(host: str, allowed: tuple[str, ...]) -> bool:
    domain, _port = split_domain_port(host)
    return bool(domain) and validate_host(domain, allowed)
