"""Who hears what, and in which order: the logic of the public stream, without input or output of its own.

A *room* is one office hour, a *channel* one form of its frames (Chinese, English, JSON). The hub never reads
and never waits: it says what should be read next (:class:`Pull`, :class:`Replay`), is told the result, and
keeps a queue of writes that its driver works off in slices. What makes joining seamless is one rule: a viewer
has a cursor, and it joins the channel exactly when its cursor equals the channel's; behind, it is given a
replay from its cursor; ahead (another process was quicker), it waits until the channel has read as far.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from townhall.live.reading import RELOAD, Pull, Pulled, Replay, Replayed, encode, rising

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

BEATS = 60  # a viewer gets a comment line once in this many beats
BEAT_SECONDS = 0.25  # so every 15 s, and never all of them at once
COUNT_SECONDS = 1.0  # supports and followers are weather: sampled, at most this often
COUNT_BACKUP_SECONDS = 5.0  # and looked at this often even when no bell rang
IDLE_SECONDS = 60.0  # an empty channel is kept so long for those who reconnect
COMMENT = b":\n\n"


class Sink(Protocol):
    """One viewer as the hub sees it."""

    write: Callable[[bytes], object]
    channel: Channel | None
    beat: int

    def feed(self, chunks: Sequence[bytes], done: Callable[[], None]) -> None:
        """Write a long replay no faster than the viewer reads it, then call ``done``."""

    def is_stuck(self) -> bool:
        """Whether nothing at all has been read since this was asked last."""

    def drop(self) -> None:
        """Hang up; the viewer comes back and resumes."""


@dataclass(slots=True)
class _Waiting:
    """Viewers at one cursor that is not the channel's."""

    sinks: list[Sink]
    since: int


@dataclass(slots=True, eq=False)
class Channel:
    """One form of one hour's frames and the viewers who hear it."""

    room: Room
    fmt: str
    head: int
    viewers: set[Sink] = field(default_factory=set)
    waiting: dict[int, _Waiting] = field(default_factory=dict)
    replaying: set[int] = field(default_factory=set)
    counts: bytes = b""
    feeding: int = 0
    used_at: float = 0.0


@dataclass(slots=True, eq=False)
class Room:
    """One office hour with an audience."""

    slug: str
    head: int
    channels: dict[str, Channel] = field(default_factory=dict)
    stale: bool = True
    pulling: bool = False
    rounds: int = 0
    counts_due: bool = True
    counts_at: float = 0.0
    watched_until: float = 0.0


@dataclass(slots=True)
class _Write:
    """One buffer, or one long replay, for many viewers; worked off in slices."""

    sinks: list[Sink]
    buffer: bytes = b""
    chunks: tuple[bytes, ...] = ()
    done: Callable[[Sink], None] | None = None
    position: int = 0
    signed: float | None = None


class Hub:
    """The rooms, their channels and the queue of writes. Used from one thread only.

    :param now: a monotonic clock in seconds
    :param moved: told ``(slug, head)`` whenever an hour's journal has grown
    :param woken: told when there is something to read or to write again after a long replay
    :param reached: told, once the last viewer was written to, when that signature was given (Unix time)
    """

    def __init__(
        self,
        *,
        now: Callable[[], float] = time.monotonic,
        moved: Callable[[str, int], None] = lambda _slug, _head: None,
        woken: Callable[[], None] = lambda: None,
        reached: Callable[[float], None] = lambda _signed: None,
    ) -> None:
        self.rooms: dict[str, Room] = {}
        self.viewers = 0
        self.dropped = 0
        self.deliveries = 0
        self._now = now
        self._moved = moved
        self._woken = woken
        self._reached = reached
        self._joined = 0
        self._writes: deque[_Write] = deque()
        self._replays: deque[Replay] = deque()
        self._beats: list[set[Sink]] = [set() for _ in range(BEATS)]
        self._beat = 0

    # -- rooms --------------------------------------------------------------------------------------

    def open(self, slug: str, head: int, *, watch_seconds: float = 0.0) -> Room:
        """The room of an hour known to exist, made when missing and kept for at least ``watch_seconds``."""
        room = self.rooms.get(slug)
        if room is None:
            room = self.rooms[slug] = Room(slug, head)
        room.watched_until = max(room.watched_until, self._now() + watch_seconds)
        return room

    def ring(self) -> None:
        """Something was committed somewhere: every room looks."""
        for room in self.rooms.values():
            room.stale = True
            room.counts_due = True

    def poll(self) -> None:
        """The slow look: a lost ring costs a second, never a frame. It also clears away what is empty."""
        now = self._now()
        for room in list(self.rooms.values()):
            room.stale = True
            if now - room.counts_at > COUNT_BACKUP_SECONDS:
                room.counts_due = True
            for channel in list(room.channels.values()):
                if channel.viewers or channel.waiting or channel.feeding:
                    channel.used_at = now
                elif now - channel.used_at > IDLE_SECONDS:
                    del room.channels[channel.fmt]
            if not room.channels and not room.pulling and now > room.watched_until:
                del self.rooms[room.slug]

    # -- viewers ------------------------------------------------------------------------------------

    def join(self, room: Room, fmt: str, sink: Sink, after: int) -> None:
        """Let a viewer hear a room from ``after`` on."""
        channel = room.channels.get(fmt)
        if channel is None:
            channel = room.channels[fmt] = Channel(room, fmt, room.head, used_at=self._now())
            room.stale = room.counts_due = True
        sink.channel = channel
        sink.beat = self._joined % BEATS
        self._joined += 1
        self._beats[sink.beat].add(sink)
        self.viewers += 1
        if after == channel.head:
            self._admit(channel, [sink])
        else:
            self._wait(channel, after, [sink])
            self._settle(channel)

    def leave(self, sink: Sink) -> None:
        """Forget a viewer; harmless when it is unknown or has left before."""
        channel = sink.channel
        if channel is None:
            return
        sink.channel = None
        channel.viewers.discard(sink)
        self._beats[sink.beat].discard(sink)
        self.viewers -= 1

    def everybody(self) -> list[Sink]:
        """All viewers, for a clean end."""
        return [sink for beat in self._beats for sink in beat]

    # -- reading ------------------------------------------------------------------------------------

    def next_pulls(self) -> list[Pull]:
        """What should be read now; each must be answered by :meth:`pulled` or :meth:`pull_failed`."""
        pulls = []
        now = self._now()
        for room in self.rooms.values():
            counts = self._counts_wait(room, now)
            if room.pulling or not (room.stale or counts):
                continue
            # An answer does not wait for counts: they are read when nothing else is new, or have waited long.
            counts = counts and (not room.stale or now - room.counts_at >= 2 * COUNT_SECONDS)
            if counts:
                room.counts_due, room.counts_at = False, now
            room.stale, room.pulling = False, True
            room.rounds += 1
            heads = {channel.fmt: channel.head for channel in room.channels.values()}
            pulls.append(Pull(room.slug, heads, counts, room.rounds))
        return pulls

    @staticmethod
    def _counts_wait(room: Room, now: float) -> bool:
        return room.counts_due and bool(room.channels) and now - room.counts_at >= COUNT_SECONDS

    def pulled(self, pull: Pull, found: Pulled) -> None:
        """Fan out what a pull has found."""
        room = self.rooms.get(pull.slug)
        if room is None:
            return
        room.pulling = False
        if found.head is None:
            self._close_room(room)
            return
        grown = found.head > room.head
        room.head = max(room.head, found.head)
        for channel in room.channels.values():
            if channel.fmt in pull.heads:
                self._publish(channel, found, pull)
            if channel.head < room.head:
                room.stale = True
            self._settle(channel, pull.round)
        if grown:
            self._moved(room.slug, room.head)

    def pull_failed(self, pull: Pull) -> None:
        """A read went wrong; the next poll tries again."""
        if room := self.rooms.get(pull.slug):
            room.pulling = False

    def wants_reading(self) -> bool:
        """Whether :meth:`next_pulls` or :meth:`next_replays` would name anything."""
        now = self._now()
        return bool(self._replays) or any(
            not room.pulling and (room.stale or self._counts_wait(room, now)) for room in self.rooms.values()
        )

    def next_replays(self) -> list[Replay]:
        """Replays to make now; each must be answered by :meth:`replayed` or :meth:`replay_failed`."""
        replays = list(self._replays)
        self._replays.clear()
        return replays

    def replayed(self, replay: Replay, found: Replayed) -> None:
        """Hand a replay to everybody who waits for it."""
        channel = self._channel(replay)
        if channel is None:
            return
        channel.replaying.discard(replay.after)
        waiting = channel.waiting.pop(replay.after, None)
        if waiting is None:
            return
        if found.reaches is None:
            self._hang_up(waiting.sinks)
            return
        # A source whose head went backwards must not send the same people round for ever.
        reaches = found.reaches if found.reaches > replay.after else channel.head
        if len(found.chunks) > 1:
            channel.feeding += len(waiting.sinks)
            self._writes.append(
                _Write(
                    waiting.sinks, chunks=found.chunks, done=lambda sink: self._fed(channel, sink, reaches)
                )
            )
            return
        if found.chunks:
            self._writes.append(_Write(waiting.sinks, found.chunks[0]))
        self._wait(channel, reaches, waiting.sinks)
        self._settle(channel)

    def replay_failed(self, replay: Replay) -> None:
        """A replay went wrong: its viewers come back by themselves and ask again."""
        channel = self._channel(replay)
        if channel is not None:
            channel.replaying.discard(replay.after)
            if waiting := channel.waiting.pop(replay.after, None):
                self._hang_up(waiting.sinks)

    # -- writing ------------------------------------------------------------------------------------

    def step(self, budget: int) -> bool:
        """Make at most ``budget`` writes; whether more are to be made."""
        while self._writes and budget > 0:
            write = self._writes[0]
            end = min(write.position + budget, len(write.sinks))
            budget -= end - write.position
            if write.done is None:
                buffer = write.buffer
                for sink in write.sinks[write.position : end]:
                    sink.write(buffer)
            else:
                self._feed(write, end)
            self.deliveries += end - write.position
            write.position = end
            if end == len(write.sinks):
                self._writes.popleft()
                if write.signed is not None:
                    self._reached(write.signed)
        return bool(self._writes)

    @property
    def unwritten(self) -> int:
        """How many writes to viewers are still to be made."""
        return sum(len(write.sinks) - write.position for write in self._writes)

    def beat(self) -> None:
        """A comment line for the next share of the viewers, and an end for those who have stopped reading."""
        self._beat = (self._beat + 1) % BEATS
        for sink in list(self._beats[self._beat]):
            if sink.is_stuck():
                self.dropped += 1
                sink.drop()
            else:
                sink.write(COMMENT)

    # -- inside -------------------------------------------------------------------------------------

    def _channel(self, replay: Replay) -> Channel | None:
        room = self.rooms.get(replay.slug)
        return room.channels.get(replay.fmt) if room else None

    def _wait(self, channel: Channel, cursor: int, sinks: list[Sink]) -> None:
        waiting = channel.waiting.get(cursor)
        if waiting is None:
            channel.waiting[cursor] = _Waiting(sinks, channel.room.rounds)
        else:
            waiting.sinks.extend(sinks)
            waiting.since = channel.room.rounds

    def _settle(self, channel: Channel, finished_round: int = 0) -> None:
        """Bring everybody who waits one step nearer to the channel."""
        for cursor, waiting in list(channel.waiting.items()):
            if cursor == channel.head:
                del channel.waiting[cursor]
                self._admit(channel, waiting.sinks)
            elif cursor < channel.head:
                if cursor not in channel.replaying:
                    channel.replaying.add(cursor)
                    self._replays.append(Replay(channel.room.slug, channel.fmt, cursor))
            elif finished_round > waiting.since:
                # Read again since they came, and still nothing so high: they know another history.
                del channel.waiting[cursor]
                self._writes.append(_Write(list(waiting.sinks), RELOAD))
                self._admit(channel, waiting.sinks)
            else:
                channel.room.stale = True

    def _admit(self, channel: Channel, sinks: list[Sink]) -> None:
        present = [sink for sink in sinks if sink.channel is channel]
        channel.viewers.update(present)
        if channel.counts and present:
            self._writes.append(_Write(present, channel.counts))

    def _publish(self, channel: Channel, found: Pulled, pull: Pull) -> None:
        # A second pull never starts before the first is answered, so the channel stands where the pull began.
        encoded, last = rising(found.frames.get(channel.fmt, ()), pull.heads[channel.fmt])
        channel.head = max(last, found.head or 0, channel.head)
        count = found.counts.get(channel.fmt)
        if count is not None and (line := encode(count)) != channel.counts:
            channel.counts = line
            encoded.append(line)
        if encoded and channel.viewers:
            signed = found.signed.get(channel.fmt)
            self._writes.append(_Write(list(channel.viewers), b"".join(encoded), signed=signed))

    def _feed(self, write: _Write, end: int) -> None:
        done = write.done
        assert done is not None  # noqa: S101 - only such writes come here
        for sink in write.sinks[write.position : end]:
            if sink.channel is None:
                done(sink)
            else:
                sink.feed(write.chunks, lambda sink=sink: done(sink))  # type: ignore[misc]

    def _fed(self, channel: Channel, sink: Sink, reaches: int) -> None:
        channel.feeding -= 1
        if sink.channel is channel:
            self._wait(channel, reaches, [sink])
            self._settle(channel)
            self._woken()

    def _close_room(self, room: Room) -> None:
        del self.rooms[room.slug]
        for channel in room.channels.values():
            self._hang_up(
                [*channel.viewers, *(sink for wait in channel.waiting.values() for sink in wait.sinks)]
            )

    def _hang_up(self, sinks: Iterable[Sink]) -> None:
        for sink in list(sinks):
            sink.drop()
