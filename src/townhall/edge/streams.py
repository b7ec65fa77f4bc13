"""Public streams on detached transports: the hub's decisions, carried out on the loop and in threads."""

from __future__ import annotations

import asyncio
import logging
import random
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from townhall.edge.replies import stream_head
from townhall.edge.threads import in_thread
from townhall.live import hub as hubs
from townhall.live import reading

if TYPE_CHECKING:
    from townhall.edge.wiring import Wiring

logger = logging.getLogger("townhall.edge")
T = TypeVar("T")
# An hour's newest number, nothing when there is no such hour for this visitor, or why that cannot be known now.
Looked = int | Exception | None

SLICE = 250  # writes between two looks at everything else the loop has to do: about 3 ms
BUFFER = 256 * 1024  # unread bytes at which a viewer is dropped; it comes back and resumes
GATE_SECONDS = 30.0  # so long is it remembered that a key opens an hour
MISS_SECONDS = 1.0  # and so long that it does not
LOOK_SECONDS = 0.01  # at most one look at an hour in so long
GATE_KEYS = 10_000
RETRY_MS = (1_500, 6_000)  # come back after this long, each after another time


def _nowhere(_data: bytes) -> None:
    """Where writes to a viewer go after its connection has ended."""


class Viewer(asyncio.Protocol):
    """One open stream. It holds as little as possible: there are ten thousand of them."""

    __slots__ = ("_chunks", "_done", "_held", "_hub", "beat", "channel", "transport", "write")

    def __init__(self, hub: hubs.Hub, transport: asyncio.Transport) -> None:
        self._hub = hub
        self.transport = transport
        self.write: Callable[[bytes], object] = transport.write
        self.channel: hubs.Channel | None = None
        self.beat = 0
        self._held = 0
        self._chunks: list[bytes] | None = None
        self._done: Callable[[], None] | None = None
        transport.set_write_buffer_limits(high=BUFFER)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """The viewer has gone."""
        self.write = _nowhere
        self._hub.leave(self)
        self._finish()

    def pause_writing(self) -> None:
        """More is unread than a viewer may leave: drop it, unless it is being given a long replay."""
        if self._chunks is None:
            self._hub.dropped += 1
            self.drop()

    def resume_writing(self) -> None:
        """The viewer has read: go on with its replay."""
        self._next_chunk()

    def feed(self, chunks: Sequence[bytes], done: Callable[[], None]) -> None:
        """Write a long replay no faster than it is read; see :class:`townhall.live.hub.Sink`."""
        self._chunks = list(reversed(chunks))
        self._done = done
        self.transport.set_write_buffer_limits(high=reading.CHUNK)
        self._next_chunk()

    def _next_chunk(self) -> None:
        # Above this size, and only above it, the transport pauses and so will also resume.
        while self._chunks and self.transport.get_write_buffer_size() <= reading.CHUNK:
            self.write(self._chunks.pop())
        if self._chunks is not None and not self._chunks:
            self.transport.set_write_buffer_limits(high=BUFFER)
            self._finish()

    def _finish(self) -> None:
        self._chunks = None
        if self._done is not None:
            done, self._done = self._done, None
            done()

    def is_stuck(self) -> bool:
        """Whether unread bytes have not become fewer since the last beat."""
        waiting = self.transport.get_write_buffer_size()
        stuck = 0 < self._held <= waiting
        self._held = waiting
        return stuck

    def drop(self) -> None:
        """Hang up at once, without waiting for unread bytes."""
        self.write = _nowhere
        self._hub.leave(self)
        self.transport.abort()


def greeting(date: bytes) -> bytes:
    """Status line, head and the first lines of a stream; when to come back differs from viewer to viewer."""
    retry = random.randint(*RETRY_MS)  # noqa: S311 - spreads load, guards nothing
    return b"HTTP/1.1 200 OK\r\n" + date + _head() + b"\r\nretry: %d\n:\n\n" % retry


_cached_head: list[bytes] = []


def _head() -> bytes:
    if not _cached_head:
        _cached_head.append(stream_head() + b"connection: close\r\n")
    return _cached_head[0]


class Streams:
    """Drives one hub: starts its reads in threads, makes its writes in slices, beats and polls.

    :param wiring: the injected parts
    :param most: how many viewers this process takes; more are told to come back
    :param moved: told ``(slug, head)`` on the loop whenever an hour's journal has grown
    :param rung: told on the loop whenever the bell rang
    :param reached: told on the loop when a signature's frame was written to the last viewer, and when it was given
    """

    def __init__(
        self,
        wiring: Wiring,
        *,
        most: int,
        moved: Callable[[str, int], None],
        rung: Callable[[], None],
        reached: Callable[[float], None] = lambda _signed: None,
    ) -> None:
        self.hub = hubs.Hub(moved=self._moved_on, woken=self.pump, reached=reached)
        self.most = most
        self._tell_rung = rung
        self._tell_moved = moved
        self._moves: dict[str, int] = {}
        self._wiring = wiring
        self._loop = asyncio.get_running_loop()
        # Replays have threads of their own: a storm of them must not keep a fresh answer waiting.
        self._pulls = ThreadPoolExecutor(2, "live")
        self._replays = ThreadPoolExecutor(2, "replay")
        self._stepping = False
        self._closed = False
        self._gates: dict[tuple[str, str], tuple[float, bool]] = {}
        self._asking: dict[tuple[str, str], list[Callable[[Looked], None]]] = {}
        self._looking: set[tuple[str, str]] = set()
        self._timers: list[asyncio.TimerHandle] = []
        self._bell: socket.socket | None = None

    def start(self) -> None:
        """Begin to listen, to beat and to poll."""
        self._bell = self._wiring.open_bell()
        if self._bell is not None:
            self._loop.add_reader(self._bell, self._rung)
        self._every(hubs.BEAT_SECONDS, self.hub.beat)
        self._every(self._wiring.poll_seconds, self._poll)

    def close(self) -> None:
        """Hang up on everybody and stop."""
        self._closed = True
        if self._bell is not None:
            self._loop.remove_reader(self._bell)
            self._wiring.close_bell(self._bell)
            self._bell = None
        for timer in self._timers:
            timer.cancel()
        for sink in self.hub.everybody():
            sink.drop()
        self._pulls.shutdown(wait=False, cancel_futures=True)
        self._replays.shutdown(wait=False, cancel_futures=True)

    # -- viewers ------------------------------------------------------------------------------------

    def is_full(self) -> bool:
        """Whether this process has as many viewers as it may have open files for."""
        return self.hub.viewers >= self.most

    def admit(self, slug: str, key: str, then: Callable[[Looked], None], *, fresh: bool = False) -> None:
        """Find out whether the hour exists and the key opens it.

        :param then: told the hour's newest number, ``None`` to refuse, or why it cannot be known now
        :param fresh: whether the number must have been read after this call; otherwise what is remembered will do
        """
        known = self._gates.get((slug, key))
        if known is not None and known[0] > self._loop.time() and not (known[1] and fresh):
            room = self.hub.rooms.get(slug)
            if not known[1] or room is not None:
                then(room.head if room is not None and known[1] else None)
                return
        waiting = self._asking.setdefault((slug, key), [])
        waiting.append(then)
        if (slug, key) not in self._looking:
            self._looking.add((slug, key))
            self._look(slug, key)

    def open(self, slug: str, fmt: str, transport: asyncio.Transport, date: bytes, after: int) -> Viewer:
        """Turn a connection into a viewer of an admitted hour; the caller gives up the transport."""
        viewer = Viewer(self.hub, transport)
        transport.set_protocol(viewer)
        viewer.write(greeting(date))
        self.hub.join(self.hub.rooms[slug], fmt, viewer, after)
        self.pump()
        return viewer

    def look_up(self, work: Callable[[], T], then: Callable[[T | Exception], None]) -> None:
        """Run a short read in a thread and ``then`` on the loop with its result."""
        in_thread(self._loop, self._pulls, work, then)

    def read_long(self, work: Callable[[], T], then: Callable[[T | Exception], None]) -> None:
        """The same for a read that may take long: it has to keep out of the way of fresh answers."""
        in_thread(self._loop, self._replays, work, then)

    def watch(self, slug: str, head: int, seconds: float) -> None:
        """Keep an eye on an hour although nobody streams it: its page is hot, or somebody polls."""
        self.hub.open(slug, head, watch_seconds=seconds)

    def _look(self, slug: str, key: str) -> None:
        """Look the hour up for everybody who has asked by now; who asks later is answered by the next look."""
        asking = self._asking.pop((slug, key), [])
        if not asking:
            self._looking.discard((slug, key))
            return

        def look() -> int | None:
            head = self._wiring.frames.head(slug)
            return head if head is not None and self._wiring.admits(slug, key) else None

        self.look_up(look, lambda head: self._looked(slug, key, head, asking))

    def _looked(self, slug: str, key: str, head: Looked, asking: list[Callable[[Looked], None]]) -> None:
        if isinstance(head, Exception):
            logger.error("could not look up an office hour", exc_info=head)
        else:
            self._remember(slug, key, head)
        for then in asking:
            then(head)
        # In a storm one look serves all who come within these milliseconds.
        self._loop.call_later(LOOK_SECONDS, self._look, slug, key)

    def _remember(self, slug: str, key: str, head: int | None) -> None:
        now = self._loop.time()
        if len(self._gates) > GATE_KEYS:
            self._gates = {which: gate for which, gate in self._gates.items() if gate[0] > now and gate[1]}
        self._gates[slug, key] = (
            now + (GATE_SECONDS if head is not None else MISS_SECONDS),
            head is not None,
        )
        if head is not None:
            self.hub.open(slug, head, watch_seconds=GATE_SECONDS)

    # -- carrying out -------------------------------------------------------------------------------

    def pump(self) -> None:
        """Start every read the hub wants and see to it that its writes go out."""
        if self._closed:
            return
        for pull in self.hub.next_pulls():
            in_thread(
                self._loop,
                self._pulls,
                lambda pull=pull: reading.read_pull(self._wiring.frames, pull),  # type: ignore[misc]
                lambda found, pull=pull: self._pulled(pull, found),  # type: ignore[misc]
            )
        for replay in self.hub.next_replays():
            in_thread(
                self._loop,
                self._replays,
                lambda replay=replay: reading.read_replay(self._wiring.frames, replay),  # type: ignore[misc]
                lambda found, replay=replay: self._replayed(replay, found),  # type: ignore[misc]
            )
        if not self._stepping:
            self._stepping = True
            self._step()

    def _step(self) -> None:
        if self.hub.step(SLICE):
            self._loop.call_soon(self._step)
            return
        self._stepping = False
        # Pages are made again after the viewers have heard: rendering would take the fan-out's processor time.
        moves, self._moves = self._moves, {}
        for slug, head in moves.items():
            self._tell_moved(slug, head)
        if self.hub.wants_reading():
            self.pump()

    def _moved_on(self, slug: str, head: int) -> None:
        self._moves[slug] = head

    def _pulled(self, pull: reading.Pull, found: reading.Pulled | Exception) -> None:
        if isinstance(found, Exception):
            logger.error("reading new frames failed; the next poll tries again", exc_info=found)
            self.hub.pull_failed(pull)
        else:
            self.hub.pulled(pull, found)
        self.pump()

    def _replayed(self, replay: reading.Replay, found: reading.Replayed | Exception) -> None:
        if isinstance(found, Exception):
            logger.error("a replay failed; its viewers reconnect", exc_info=found)
            self.hub.replay_failed(replay)
        else:
            self.hub.replayed(replay, found)
        self.pump()

    def _rung(self) -> None:
        assert self._bell is not None  # noqa: S101 - only an open bell is listened to
        with suppress(BlockingIOError):
            while self._bell.recv(64):
                pass
        self._tell_rung()
        self.hub.ring()
        self.pump()

    def _poll(self) -> None:
        self.hub.poll()
        self.pump()

    def _every(self, seconds: float, action: Callable[[], None]) -> None:
        slot = len(self._timers)

        def run() -> None:
            self._timers[slot] = self._loop.call_later(seconds, run)
            action()

        self._timers.append(self._loop.call_later(seconds, run))
