"""Frames handed to another fan-out engine: what was published, in order, nothing left out, repeated after any doubt.

The engine (nginx with nchan) keeps the last minute of each channel and knows nothing of the journal. A message is some
finished frames as Server-Sent Events write them, so their ids are the journal's numbers, whichever engine a viewer
hears; a frame that comes twice is known by its id. Where this has got to is kept after each message, never before: who
dies in between says it again. When an engine has lost what it kept, the last minutes are said again as well.
"""

from __future__ import annotations

import json
import logging
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

from townhall.hours.choices import PUBLIC_STAGES
from townhall.hours.models import OfficeHour
from townhall.kernel import outbound
from townhall.live.reading import CHUNK, Frame, FrameSource, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

logger = logging.getLogger("townhall.live")

FORMS = ("html-zh", "html-en", "json")
OVER = frozenset({"archived", "cancelled", "postponed"})
KEPT_SECONDS = 60.0  # deploy/crowd*.conf: what an engine keeps, for those who join meanwhile
SAID_AGAIN_SECONDS = 90.0  # more than that: all who could have missed something hear it again
LEAVING_SECONDS = 600.0  # an hour that is over is carried so long, so that its end is heard
COUNT_SECONDS = 1.0  # supports are weather: at most so often
BEAT_SECONDS = (
    15.0  # a comment keeps a quiet stream alive, and tells whether the engine still knows the channel
)
CALL_SECONDS = 3.0
NEXT_SECOND = 1.1
PAUSE_SECONDS = (0.5, 5.0)  # an engine that does not answer is tried again after so long, longer each time
BEAT = b":\n\n"


class EngineError(Exception):
    """An engine took a message not, or not for certain."""


def carried() -> list[str]:
    """The hours whose frames are handed over: every public one that is not over."""
    rows = OfficeHour.objects.filter(stage__in=PUBLIC_STAGES).exclude(stage__in=OVER)
    return list(rows.order_by("id").values_list("slug", flat=True))


@dataclass(slots=True)
class _Channel:
    """One form of one hour's frames at one engine."""

    slug: str
    fmt: str
    seq: int  # everything up to here was taken
    count: bytes = b""
    said_at: float = -1e9
    again_at: float = -1e9  # nothing is said before
    # When something was said, and from which number on: the last minutes.
    said: deque[tuple[float, int]] = field(default_factory=deque)

    def start(self) -> int:
        """The number after which an engine that has lost everything must hear it again."""
        return min((seq for _when, seq in self.said), default=self.seq)


@dataclass(slots=True)
class _Engine:
    """One engine: where it is published to, and what it has.

    ``url`` names its door, or several with ``|`` between them: fronts that share what they keep (a Redis).
    """

    url: str
    door: int = 0
    channels: dict[str, _Channel] = field(default_factory=dict)
    failures: int = 0
    again_at: float = 0.0


class Publisher:
    """Hands frames over to every engine.

    :param source: where frames come from
    :param urls: addresses that take ``POST {url}/{slug}/{form}``; ``A|B`` are doors to the same engine
    :param kept: file with what each engine has; missing or broken: everything public is said once more
    :param hours: which hours are carried now
    :param now: a monotonic clock in seconds
    """

    def __init__(
        self,
        source: FrameSource,
        urls: Iterable[str],
        kept: Path,
        *,
        hours: Callable[[], list[str]] = carried,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._kept = kept
        self._hours = hours
        self._now = now
        self._leaving: dict[str, float] = {}
        self._counts_at = -1e9
        self._client = outbound.client(CALL_SECONDS)
        told = _read(kept)
        self._engines = [_Engine("|".join(door.rstrip("/") for door in url.split("|"))) for url in urls]
        for engine in self._engines:
            for key, (seq, start) in told.get(engine.url, {}).items():
                slug, _slash, fmt = key.partition("/")
                # Whether the engine still has what was said last is seen at the first message.
                said = deque([(self._now(), start)])
                engine.channels[key] = _Channel(slug, fmt, seq, said_at=self._now() - BEAT_SECONDS, said=said)

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    def round(self, *, rung: bool = True) -> int:
        """Hand over whatever is new; returns how many messages were taken.

        :param rung: whether something was committed since the last round, so that counts may have changed
        """
        now = self._now()
        counts = rung and now - self._counts_at >= COUNT_SECONDS
        if counts:
            self._counts_at = now
        taken = 0
        slugs = self._slugs(now)
        heads = {slug: self._source.head(slug) for slug in slugs}
        for engine in self._engines:
            if now < engine.again_at:
                continue
            try:
                for slug, head in heads.items():
                    if head is not None:
                        for fmt in FORMS:
                            taken += self._carry(engine, slug, fmt, head, counts=counts)
            except EngineError as error:
                engine.failures += 1
                shortest, longest = PAUSE_SECONDS
                engine.again_at = self._now() + min(longest, shortest * 2 ** (engine.failures - 1))
                logger.warning("%s did not take frames, tried again soon: %s", engine.url, error)
            else:
                engine.failures = 0
        return taken

    # -- inside -------------------------------------------------------------------------------------

    def _slugs(self, now: float) -> list[str]:
        present = self._hours()
        self._leaving |= dict.fromkeys(present, now + LEAVING_SECONDS)
        self._leaving = {slug: until for slug, until in self._leaving.items() if until > now}
        return list(self._leaving)

    def _carry(self, engine: _Engine, slug: str, fmt: str, head: int, *, counts: bool) -> int:
        key = f"{slug}/{fmt}"
        channel = engine.channels.get(key)
        if channel is None:
            channel = engine.channels[key] = _Channel(slug, fmt, 0)
        if self._now() < channel.again_at:
            return 0
        if (
            channel.seq > head
        ):  # another history, from before a restore; the edge sends its viewers for a fresh page
            channel.seq = 0
        taken = self._say(engine, channel, head) if channel.seq < head else 0
        if counts and (found := self._source.counts(slug, fmt)) is not None:
            line = encode(found)
            if line != channel.count and self._post(engine, channel, line):
                channel.count = line
                taken += 1
        if self._now() - channel.said_at >= BEAT_SECONDS:
            self._post(engine, channel, BEAT)
        return taken

    def _say(self, engine: _Engine, channel: _Channel, head: int) -> int:
        """Everything above what the engine has, in messages of about 64 KB."""
        taken = 0
        for last, message in _messages(
            self._source.after(channel.slug, channel.seq, channel.fmt), channel.seq
        ):
            is_kept = self._post(engine, channel, message, from_seq=channel.seq)
            if is_kept:
                channel.seq = last
            self._keep()
            if not is_kept:
                return taken
            taken += 1
        channel.seq = max(channel.seq, head)
        return taken

    def _post(
        self, engine: _Engine, channel: _Channel, message: bytes, *, from_seq: int | None = None
    ) -> bool:
        """Say one message; ``False`` when the engine has lost those before it, and all must be said again."""
        now = self._now()
        while channel.said and now - channel.said[0][0] > SAID_AGAIN_SECONDS:
            channel.said.popleft()
        held = self._call_any(engine, channel, message)
        is_fresh = now - channel.said_at < KEPT_SECONDS / 2
        channel.said_at = now
        if from_seq is not None:
            channel.said.append((now, from_seq))
        # Half a minute ago it took a message, and now it keeps none but this one.
        if held > 1 or not is_fresh:
            return True
        logger.warning(
            "%s has lost %s/%s; said again from %d", engine.url, channel.slug, channel.fmt, channel.start()
        )
        channel.seq, channel.count = channel.start(), b""
        # An engine that has forgotten counts a second's messages from zero again, and whoever heard more in this second
        # takes them for old ones.
        channel.again_at = now + NEXT_SECOND
        return False

    def _call_any(self, engine: _Engine, channel: _Channel, message: bytes) -> int:
        """Say it at the door that answered last, else at the next. What two of them take is known by its numbers."""
        doors = engine.url.split("|")
        for left in reversed(range(len(doors))):
            try:
                return self._call(doors[engine.door], channel, message)
            except EngineError:
                engine.door = (engine.door + 1) % len(doors)
                if not left:
                    raise
        raise AssertionError  # an engine has a door

    def _call(self, url: str, channel: _Channel, message: bytes) -> int:
        """How many messages the channel keeps now."""
        try:
            answer = self._client.post(
                f"{url}/{channel.slug}/{channel.fmt}",
                content=message,
                headers={"Accept": "text/json", "Content-Type": "text/event-stream"},
            )
            if answer.status_code not in {httpx.codes.CREATED, httpx.codes.ACCEPTED}:
                raise EngineError(f"HTTP {answer.status_code}")
            return int(answer.json()["messages"])
        except (httpx.HTTPError, ValueError, KeyError) as error:
            raise EngineError(str(error) or type(error).__name__) from error

    def _keep(self) -> None:
        told = {
            engine.url: {key: (channel.seq, channel.start()) for key, channel in engine.channels.items()}
            for engine in self._engines
        }
        rough = self._kept.with_name(f".{self._kept.name}.new")
        rough.write_text(json.dumps(told), encoding="ascii")
        rough.replace(self._kept)


def _messages(frames: Iterable[Frame], above: int) -> Iterator[tuple[int, bytes]]:
    """Frames joined to messages of about 64 KB, each with the number that it reaches."""
    pieces: list[bytes] = []
    last = above
    for frame in frames:
        if frame.id is None or frame.id <= last:
            continue
        if pieces and sum(map(len, pieces)) > CHUNK:
            yield last, b"".join(pieces)
            pieces = []
        pieces.append(encode(frame))
        last = frame.id
    if pieces:
        yield last, b"".join(pieces)


def _read(path: Path) -> dict[str, dict[str, tuple[int, int]]]:
    try:
        told = json.loads(path.read_text(encoding="ascii"))
        return {
            str(url): {str(key): (int(seq), int(start)) for key, (seq, start) in channels.items()}
            for url, channels in told.items()
        }
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
