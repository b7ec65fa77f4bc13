"""The stream's frames for those who ask instead of listening; one rendering serves all who ask for the same.

``GET /live/{slug}/frames`` is answered at once, ``GET /live/{slug}/wait`` when there is something new.
"""

from __future__ import annotations

import hashlib
import json
import logging
import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from townhall.edge.replies import Reply, json_bytes, json_headers, lines, problem, stream_head, trouble
from townhall.live import reading

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, TimerHandle

    from townhall.edge.streams import Streams
    from townhall.live.reading import Frame, FrameSource

logger = logging.getLogger("townhall.edge")

CACHE_CONTROL = "public, max-age=1"
KEEP_SECONDS = 1.0  # an answer is given again for so long while nothing new is known
KEPT = 256
WATCH_SECONDS = 30.0
MOST_WAITING = 64  # different answers being made; past that a poll is told to come back
RETRY_AFTER = 3

WAIT_SECONDS = (20, 30)  # so long is a question for news held, each for another time; proxies allow a minute
MOST_HELD = 2_000  # held questions; past that they are answered at once, and the page comes back by itself
_PUBLIC, _NOT_KEPT = b"cache-control: public, max-age=1\r\n", b"cache-control: no-store\r\n"

EVENTS = "events "  # before a form: the frames as a stream would send them, for whoever goes on at an engine in front
RETRY_MS = (300, 1_500)  # what was missed has come: now the stream itself, each after another time
# Where an engine in front has the channel of an hour and a form; deploy/crowd.conf keeps it to itself.
ENGINE_PATH = "/fanout"

Key = tuple[str, int, str]  # slug, after, form
Then = Callable[[Reply], None]
Ask = Callable[[str, "int | None", str, Then], None]


class Polls:
    """Makes and keeps the answers of ``GET /live/{slug}/frames``.

    :param source: where frames come from
    :param streams: knows the hours' newest numbers
    :param loop: the event loop
    """

    def __init__(self, source: FrameSource, streams: Streams, loop: AbstractEventLoop) -> None:
        self._source = source
        self._streams = streams
        self._loop = loop
        self._kept: dict[Key, tuple[float, int, Reply]] = {}
        self._waiting: dict[Key, list[Then]] = {}
        self._held: dict[str, dict[int, tuple[TimerHandle, Callable[[], None], Then]]] = {}
        self._holds = 0

    def ask(self, slug: str, after: int | None, fmt: str, then: Then) -> None:
        """Call ``then`` with the frames of an admitted hour after a number, or after now."""
        room = self._streams.hub.rooms[slug]
        key = (slug, room.head if after is None else after, fmt)
        kept = self._kept.get(key)
        if kept is not None and kept[1] == room.head and kept[0] > self._loop.time():
            then(kept[2])
            return
        if key not in self._waiting and len(self._waiting) >= MOST_WAITING:
            then(problem("busy", retry_after=RETRY_AFTER))
            return
        waiting = self._waiting.setdefault(key, [])
        waiting.append(then)
        if len(waiting) == 1:
            self._streams.watch(slug, room.head, WATCH_SECONDS)
            self._streams.read_long(lambda: self._make(*key), lambda made: self._made(key, made))

    def wait(self, slug: str, after: int | None, fmt: str, then: Then) -> None:
        """Call ``then`` once an admitted hour has frames after a number; with none after half a minute."""
        room = self._streams.hub.rooms[slug]
        start = room.head if after is None else after

        def answer() -> None:
            self.ask(slug, start, fmt, lambda reply: then(_not_kept(reply)))

        if start != room.head or sum(map(len, self._held.values())) >= MOST_HELD:
            answer()
            return
        self._holds += 1
        seconds = random.uniform(*WAIT_SECONDS)  # noqa: S311 - spreads load, guards nothing
        held = self._held.setdefault(slug, {})
        held[self._holds] = (self._loop.call_later(seconds, self._release, slug, self._holds), answer, then)
        self._streams.watch(slug, room.head, seconds + WATCH_SECONDS)

    def moved(self, slug: str) -> None:
        """The journal of an hour has grown: answer those who wait for it."""
        for timer, answer, _then in self._held.pop(slug, {}).values():
            timer.cancel()
            answer()

    def close(self) -> None:
        """Send everybody away who waits; they come back."""
        for held in self._held.values():
            for timer, _answer, then in held.values():
                timer.cancel()
                then(problem("busy", retry_after=RETRY_AFTER))
        self._held.clear()

    def _release(self, slug: str, hold: int) -> None:
        held = self._held.get(slug, {})
        _timer, answer, _then = held.pop(hold)
        if not held:
            del self._held[slug]
        answer()

    def _make(self, slug: str, after: int, fmt: str) -> tuple[int, Reply] | None:
        head = self._source.head(slug)
        if head is None:
            return None
        if after > head:
            # They know another history, from before a restore; see the hub.
            if fmt.startswith(EVENTS):
                return head, _stream(reading.RELOAD)
            return head, _reply(head, [{"id": None, "event": "reload", "data": "{}"}])
        if fmt.startswith(EVENTS):
            return head, self._events(slug, after, fmt.removeprefix(EVENTS))
        frames = [*self._source.after(slug, after, fmt)]
        seq = max([head, *(frame.id for frame in frames if frame.id is not None)])
        count = self._source.counts(slug, fmt)
        told = [_told(frame, fmt) for frame in (frames if count is None else [*frames, count])]
        return head, _reply(seq, told)

    def _events(self, slug: str, after: int, fmt: str) -> Reply:
        """What somebody has missed, and then the end; or, when that is nothing, the way to the engine's own stream.

        The engine keeps the last minute, so nothing falls between this look and its first word.
        """
        encoded, _last = reading.rising(self._source.after(slug, after, fmt), after)
        if encoded:
            return _stream(b"retry: %d\n\n" % random.randint(*RETRY_MS) + b"".join(encoded))  # noqa: S311
        return Reply(200, stream_head() + lines([("X-Accel-Redirect", f"{ENGINE_PATH}/{slug}/{fmt}")]))

    def _made(self, key: Key, made: tuple[int, Reply] | Exception | None) -> None:
        if isinstance(made, Exception):
            logger.error("making frames failed", exc_info=made)
        if made is None or isinstance(made, Exception):
            reply = problem("no_hour") if made is None else trouble(made)
        else:
            head, reply = made
            if len(self._kept) >= KEPT:
                self._kept.clear()
            self._kept[key] = (self._loop.time() + KEEP_SECONDS, head, reply)
        for then in self._waiting.pop(key, ()):
            then(reply)


def _told(frame: Frame, fmt: str) -> dict[str, Any]:
    data = json.loads(frame.data) if fmt == "json" else frame.data
    return {"id": frame.id, "event": frame.event, "data": data}


def _reply(seq: int, frames: list[dict[str, Any]]) -> Reply:
    body = json_bytes({"seq": seq, "frames": frames})
    tag = hashlib.blake2s(body, digest_size=12).hexdigest()
    headers = (("Cache-Control", CACHE_CONTROL), ("Vary", "Cookie"), ("ETag", f'"{tag}"'))
    return Reply(200, json_headers(headers), body)


def _stream(body: bytes) -> Reply:
    return Reply(200, stream_head(), body)


def _not_kept(reply: Reply) -> Reply:
    """The same for one asker only: what was waited for is old news to the next."""
    return Reply(reply.status, reply.headers.replace(_PUBLIC, _NOT_KEPT), reply.body)


def unless_known(reply: Reply, known: bytes) -> Reply:
    """The answer, or "not modified" when the asker names its tag.

    :param known: the request's If-None-Match
    """
    tag = reply.headers.partition(b"etag: ")[2].partition(b"\r\n")[0]
    return Reply(304, reply.headers) if tag and tag in known else reply
