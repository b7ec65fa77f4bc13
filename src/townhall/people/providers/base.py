"""What a provider is asked for, what it may answer, and the ways in which it may fail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

# Fields of a provider that take one of a few words.
Choices = tuple[tuple[str, tuple[str, ...]], ...]
# Longer than any provider needs; what is longer is somebody's attempt.
LONGEST = 2048


@dataclass(frozen=True, slots=True)
class Journey:
    """One visit to a provider: what only this visit knows.

    :param back: where the provider sends the browser back to
    :param state: binds the way back to the way there
    :param nonce: binds an ID token to this visit
    :param verifier: the secret behind the PKCE challenge (RFC 7636)
    """

    back: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Proven:
    """Whom a provider vouches for: nothing else of its answer is kept.

    :param subject: the provider's own name for the person
    :param mobile: as the provider writes it; empty when it gives none that it has verified
    """

    subject: str
    mobile: str = ""


class NotProven(Exception):  # noqa: N818 - it says what happened
    """Nobody is vouched for. Its text is a word for the log and never holds what was sent."""


class Declined(NotProven):
    """The person did not agree, or gave up."""


class Untrusted(NotProven):
    """What came back does not hold."""


class Unreachable(NotProven):
    """The provider does not answer, or only with errors of its own."""


class Provider(Protocol):
    """One provider as described, and how it is spoken to."""

    @property
    def name(self) -> str:
        """Its code word; stands in addresses and in keyed hashes."""

    @property
    def title(self) -> str:
        """What citizens call it."""

    @property
    def title_en(self) -> str:
        """The same in English."""

    @property
    def echoes_state(self) -> bool:
        """Whether the way back carries the state."""

    def addresses(self) -> list[str]:
        """What may be called for it."""

    def leave(self, journey: Journey) -> str:
        """Where the browser goes to sign on.

        :raises Unreachable: when that cannot be found out
        """

    def arrive(self, journey: Journey, query: Mapping[str, str]) -> Proven:
        """Who came back.

        :raises NotProven: when nobody is vouched for
        """

    def look(self) -> None:
        """Whether it can be used now, for `townhall doctor`.

        :raises NotProven: when not; the text says what is wrong
        """


def with_query(address: str, query: Mapping[str, str]) -> str:
    """An address with more parameters behind those that it has."""
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(query)}" if query else address


def one(query: Mapping[str, str], name: str) -> str:
    """A parameter that must be there.

    :raises Untrusted: when it is not, or is too long
    """
    value = query.get(name, "")
    if not value or len(value) > LONGEST:
        raise Untrusted(f"no {name}")
    return value


def is_safe(address: str) -> bool:
    """Whether nobody on the way can read or change what is sent there; this machine itself is no way."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return False
    local = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost"}
    return bool(parts.hostname) and port != 0 and not parts.fragment and (parts.scheme == "https" or local)
