"""What the edge needs from the rest of the house, named here and filled in by ``config``.

Every callable is called in a worker thread, never on the event loop, unless its description says otherwise.
Those that read the database look after their thread's connection themselves.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any, Protocol

from townhall.kernel.pace import Pace
from townhall.live.reading import FrameSource

Network = IPv4Network | IPv6Network


class Changes(Protocol):
    """What a member of staff is told: which of their questions changed, and how many are new."""

    @property
    def seq(self) -> int:
        """The journal's number up to which this tells."""

    @property
    def changed(self) -> Sequence[int]:
        """Ids of questions."""

    @property
    def new(self) -> int:
        """How many of them were not there before."""


class StaffSource(Protocol):
    """Staff streams: who may hear, and what changed."""

    def open(self, slug: str, ticket: str) -> Any | None:
        """The session a one-minute ticket opens, at the present number; ``None`` when it opens nothing."""

    def changes(self, session: Any, seq: int | None) -> Changes:
        """What changed after ``seq`` for this session; ``None`` asks for the present number only."""

    def alive(self, session: Any) -> bool:
        """Whether seat and sign-in still stand."""


class Limiter(Protocol):
    """Decides on the event loop, so it must be quick and must not wait."""

    def take(self, address: str) -> int | None:
        """Use up one turn of ``address``: ``None`` when it had one, else the seconds until the next."""


class Effort(Protocol):
    """Asks for a small effort under pressure; decides on the event loop, without the database."""

    def means(self, share: float, payload: dict[str, Any], address: str) -> dict[str, Any] | None:
        """What the asker may do first, when the intake is so full; ``None`` when the question is welcome as it is."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it came in, not yet looked at.

    ``payload`` is the decoded JSON (an object), ``lang`` the language of refusals, ``address`` the citizen's,
    ``key`` a rehearsal's secret, ``agent`` what the citizen's program calls itself.
    """

    slug: str
    payload: dict[str, Any]
    lang: str
    address: str
    key: str = ""
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a :class:`Question`: 201 and the API's object, or a problem document."""

    status: int
    body: dict[str, Any]
    retry_after: int | None = None


AskBatch = Callable[[Sequence[Question]], Sequence[Answer]]


def _no_bell() -> socket.socket | None:
    return None


@dataclass(frozen=True)
class Wiring:
    """The injected parts.

    :param wsgi: Django, for everything the edge does not answer itself
    :param frames: the public stream's source
    :param staff: the staff stream's source
    :param render: ``(path, lang)`` -> the page's bytes, or ``None`` when Django must answer (unknown, hidden)
    :param ask: one durable batch of questions; each gets its own answer
    :param admits: ``(slug, key)`` -> whether this key opens the hour's stream; asked for every hour, so that
        a rehearsal hour stays behind its secret link
    :param urgent: ``(slug, seq)`` -> whether something after ``seq`` must be on the page at once: a
        signature, a removal, a stage
    :param hands_over: ``slug`` -> whether this hour's frames are handed to a fan-out engine in front
    :param warm: the slugs whose pages are ready whether or not anybody asks, that of "/" first; asked again and again
    :param saved_pages: the folder in which those pages stand as files as well, written by the first process only
    :param open_bell: a socket that becomes readable when something was committed
    :param close_bell: takes it away again
    :param poll_seconds: the look that makes up for a lost ring comes so often
    :param effort: what is asked of askers under pressure
    :param limiter: per-address limits of asking
    :param trusted_proxies: only from these is X-Forwarded-For believed
    :param trusted_networks: exempt from per-address limits
    :param allowed_hosts: host names this installation answers to
    :param embed_origins: portals that may frame ``/embed/``
    :param ask_queue: how many questions may wait to be written; past that asking answers 503
    :param wsgi_threads: how many requests Django works on at once
    :param background: long-running functions, each started in a daemon thread of the first process and given
        an event that is set at the end
    """

    wsgi: Callable[..., Any]
    frames: FrameSource
    staff: StaffSource | None = None
    render: Callable[[str, str], bytes | None] = lambda _path, _lang: None
    ask: AskBatch | None = None
    admits: Callable[[str, str], bool] = lambda _slug, _key: True
    urgent: Callable[[str, int], bool] = lambda _slug, _seq: False
    hands_over: Callable[[str], bool] = lambda _slug: False
    warm: Callable[[], Sequence[str]] = lambda: ()
    saved_pages: Path | None = None
    open_bell: Callable[[], socket.socket | None] = _no_bell
    close_bell: Callable[[socket.socket], None] = socket.socket.close
    effort: Effort | None = None
    limiter: Limiter = field(default_factory=lambda: Pace(per_minute=30, burst=30))
    trusted_proxies: Sequence[Network] = ()
    trusted_networks: Sequence[Network] = ()
    allowed_hosts: Sequence[str] = ("localhost", "127.0.0.1", "[::1]")
    embed_origins: Sequence[str] = ()
    ask_queue: int = 2_000
    wsgi_threads: int = 12
    poll_seconds: float = 1.0
    background: Sequence[Callable[[Any], None]] = ()
