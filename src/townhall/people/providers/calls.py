"""One call to a provider: through the one door, no longer than it may take, no larger than it may be."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from townhall.kernel import outbound
from townhall.people.providers.base import Unreachable, Untrusted

if TYPE_CHECKING:
    from collections.abc import Iterable

# A citizen waits for it, and a thread with them.
SECONDS = 5.0
LARGEST = 256 * 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered."""

    status: int
    body: bytes

    def json(self) -> dict[str, Any]:
        """The JSON object in it.

        :raises Untrusted: when it is none
        """
        found = read_json(self.body)
        if not isinstance(found, dict):
            raise Untrusted("no object")
        return found


def call(method: str, url: str, **more: Any) -> Reply:
    """Ask once; errors of the server count as no answer, refusals as an answer.

    :raises Unreachable: when there is no answer in time, or no setting names the address
    :raises Untrusted: when the answer is no end of data, or sends us elsewhere
    """
    until = time.monotonic() + SECONDS
    try:
        with outbound.client(SECONDS) as client, client.stream(method, url, **more) as response:
            status, body = response.status_code, _whole(response.iter_bytes(), until)
    except outbound.Foreign as error:
        raise Unreachable("an address that the file does not name") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unreachable(type(error).__name__) from error
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise Unreachable(f"HTTP {status}")
    if status >= httpx.codes.MULTIPLE_CHOICES:
        raise Untrusted(f"HTTP {status}")
    return Reply(status, body)


def _whole(pieces: Iterable[bytes], until: float) -> bytes:
    found = bytearray()
    for piece in pieces:
        found += piece
        if len(found) > LARGEST:
            raise Untrusted("too large")
        if time.monotonic() > until:
            raise Unreachable("too slow")
    return bytes(found)


def read_json(text: bytes | str) -> Any:
    """JSON in which no name stands twice: two readers must not see two things.

    :raises Untrusted: when it is something else
    """
    try:
        return json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise Untrusted("no JSON") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        message = "a name twice"
        raise ValueError(message)
    return found
