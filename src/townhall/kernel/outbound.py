"""Whom this installation calls: the addresses that its settings name, and nobody else (OWASP ASVS 5.0, 13.2.4).

Every call over HTTP goes out through :func:`client`; a house test finds who opens connections otherwise. Mail goes to
the one server that ``TOWNHALL_MAIL_HOST`` names.
"""

from __future__ import annotations

import ssl
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

# Settings that hold an address to call, or a list of them, or of pairs that begin with one.
NAMED = (
    "ALIYUN_URL",
    "TENCENT_URL",
    "GATEWAY_URL",
    "GATEWAY_RECEIPTS",
    "WECOM_ROBOTS",
    "DINGTALK_ROBOTS",
    "WEBHOOKS",
    "PUBLIC_WEBHOOKS",
    "RECORD_WITNESSES",
    "RECORD_STAMPS",
    "SIGN_ON_ADDRESSES",
    "TRACES_URL",
    "FANOUT_URLS",
)
_PORTS = {"http": 80, "https": 443}

Place = tuple[str, str, int]


class Foreign(httpx.ConnectError):
    """No setting names this address; nothing was sent."""


def known() -> frozenset[Place]:
    """Every scheme, host and port that may be called."""
    return frozenset(_place(url) for name in NAMED for url in _urls(getattr(settings, name, None)))


def client(seconds: float) -> httpx.Client:
    """A caller that reaches known addresses only: no proxy from the environment, no redirect followed.

    :param seconds: how long one step of a call may take
    :raises Foreign: (the caller, when it is used) for any other address
    """
    return httpx.Client(
        timeout=httpx.Timeout(seconds),
        verify=_trusted(),
        trust_env=False,
        follow_redirects=False,
        event_hooks={"request": [_demand_known]},
    )


def _demand_known(request: httpx.Request) -> None:
    if _place(str(request.url)) not in known():
        raise Foreign(f"{request.url.host} is named by no setting", request=request)


def _urls(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from value.split("|") if value else []  # several doors to one receiver (TOWNHALL_FANOUT_URLS)
    else:
        for one in value or ():
            yield from _urls(one if isinstance(one, str) else one[0])


def _place(url: str) -> Place:
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or _PORTS.get(parts.scheme, 0)


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """The machine's certificates, read once: reading them takes longer than a call."""
    return ssl.create_default_context()
