"""HTTP as a rehearsal speaks it: patient, repeating what may be repeated, counting what failed."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

if TYPE_CHECKING:
    from townhall.rehearsal.ledger import Ledger

TIMEOUT = 30.0
MOST_TRIES = 12
LONGEST_WAIT = 30.0
# A household's worth of requests, then the next household: limits count addresses, and citizens have their own.
REQUESTS_PER_ADDRESS = 20
_AGAIN = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.BAD_GATEWAY,
                    HTTPStatus.GATEWAY_TIMEOUT})  # fmt: skip

_LATER = {"assign": ("assigned", "submitted", "published"), "submit": ("submitted", "published")}
# What a question's status shows when a verb has been done.
_REACHED: dict[str, tuple[str, ...]] = _LATER | {
    "accept": ("accepted",), "merge": ("merged",), "decline": ("declined",), "confirm_decline": ("declined",),
    "sign": ("published",),
}  # fmt: skip
# Servers hang up on idle connections after five seconds; better not to find out by a request.
_KEEP_ALIVE = httpx.Limits(keepalive_expiry=2.0)


class Lost(Exception):  # noqa: N818 - it names what happened to the request
    """A request that found no answer in all its tries."""


class Households:
    """Source addresses for citizens: on one machine, 127.0.0.0/8 has one for each of them."""

    def __init__(self, url: str) -> None:
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self.many = _is_loopback(url) and _can_bind("127.1.0.1")

    def next(self) -> str | None:
        """A fresh address, or ``None`` where the machine's own is the only one."""
        if not self.many:
            return None
        with self._lock:
            number = next(self._numbers)
        return f"127.{1 + number // 64_000 % 250}.{number // 250 % 256}.{1 + number % 250}"


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host == "localhost" or host.startswith("127.")


def _can_bind(address: str) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True


class Caller:
    """One person's connection to the server.

    :param token: a member of staff's
    :param households: a citizen moves house every few requests
    """

    #: whether the last request may have reached the server more than once
    repeated = False

    def __init__(
        self, url: str, ledger: Ledger, *, token: str = "", households: Households | None = None
    ) -> None:
        self._url = url
        self._ledger = ledger
        self._token = token
        self._households = households
        self._client: httpx.Client | None = None
        self._used = 0

    def close(self) -> None:
        """Hang up."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _open(self) -> httpx.Client:
        if self._households is not None and self._used >= REQUESTS_PER_ADDRESS:
            self.close()
        if self._client is None:
            address = self._households.next() if self._households is not None else None
            host = urlsplit(self._url).hostname
            base = self._url.replace("localhost", "127.0.0.1", 1) if host == "localhost" else self._url
            transport = httpx.HTTPTransport(
                verify=base.startswith("https"), local_address=address, limits=_KEEP_ALIVE
            )
            headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
            self._client = httpx.Client(base_url=base, transport=transport, headers=headers, timeout=TIMEOUT)
            self._used = 0
        self._used += 1
        return self._client

    def send(self, method: str, path: str, body: Any = None, **params: Any) -> httpx.Response:
        """Send until there is an answer that says something; the body must bear being sent twice.

        :raises Lost: when every try failed
        """
        wait = 0.2
        self.repeated = False
        for _try in range(MOST_TRIES):
            try:
                response = self._open().request(method, path, json=body, params=params or None)
            except httpx.HTTPError as error:
                self._ledger.error(f"{type(error).__name__} {method} {_what(path)}", trying_again=True)
                self.repeated = True
                self.close()
            else:
                if response.status_code not in _AGAIN:
                    return response
                self._ledger.error(f"http {response.status_code} {method} {_what(path)}", trying_again=True)
                wait = max(wait, _asked_to_wait(response))
                if self._households is not None:
                    self.close()
            time.sleep(min(wait, LONGEST_WAIT))
            wait *= 1.6
        message = f"{method} {path}"
        raise Lost(message)

    def get(self, path: str, **params: Any) -> Any:
        """The JSON at an address.

        :raises Lost: when there is none
        """
        response = self.send("GET", path, **params)
        if response.status_code != HTTPStatus.OK:
            self._ledger.error(f"http {response.status_code} GET")
            message = f"GET {path}: {response.status_code}"
            raise Lost(message)
        return response.json()

    def pages(self, path: str, **params: Any) -> Iterator[list[dict[str, Any]]]:
        """A list's pages, one after the other."""
        after = None
        while True:
            page = self.get(path, **(params | ({"after": after} if after else {})))
            yield page["items"]
            after = page["next"]
            if after is None:
                return

    def move(self, question: int, verb: str, **data: Any) -> dict[str, Any] | None:
        """One staff verb; ``None`` when the question has moved on meanwhile or the verb was refused."""
        path = f"/api/v1/desk/questions/{question}"
        response = self.send("POST", f"{path}/{verb}", data)
        moved: dict[str, Any]
        if response.status_code == HTTPStatus.OK:
            moved = response.json()
            return moved
        if self.repeated and response.status_code == HTTPStatus.CONFLICT:
            # The first try may have done it although its answer was lost.
            moved = self.get(path)
            if moved["status"] in _REACHED.get(verb, ()):
                return moved
        self._ledger.error(f"http {response.status_code} {verb} {_code(response)}".rstrip())
        return None


def _asked_to_wait(response: httpx.Response) -> float:
    try:
        return float(response.headers.get("Retry-After", ""))
    except ValueError:
        return 0.0


def _what(path: str) -> str:
    """The last word of an address that names no one thing."""
    words = [word for word in path.strip("/").split("/") if not word.isdigit()]
    return words[-1] if words else path


def _code(response: httpx.Response) -> str:
    try:
        return str(response.json().get("code", ""))
    except ValueError:
        return ""
