"""The hub alone: whatever order publishing, joining, reading and writing happen in, nobody misses or hears twice."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hypothesis import settings, strategies
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, precondition, rule

from townhall.live import hub as hubs
from townhall.live import reading


@dataclass(frozen=True)
class Told:
    id: int | None
    event: str
    data: str
    at: float | None = None


@dataclass
class House:
    """A journal in a list; each entry names the subject it is about."""

    entries: list[str] = field(default_factory=list)

    def head(self, _slug: str) -> int | None:
        return len(self.entries)

    def after(self, _slug: str, seq: int, _fmt: str) -> Sequence[Told]:
        latest = {subject: number for number, subject in enumerate(self.entries, 1) if number > seq}
        return [
            Told(number, "question", subject)
            for subject, number in sorted(latest.items(), key=lambda one: one[1])
        ]

    def counts(self, _slug: str, _fmt: str) -> Told | None:
        return None


class Ear:
    """A viewer who remembers what was written to it; reads long replays piece by piece when told to."""

    def __init__(self, start: int, known: int) -> None:
        self.start, self.known = start, known
        self.text = b""
        self.channel: hubs.Channel | None = None
        self.beat = 0
        self.dropped = False
        self.chunks: list[bytes] = []
        self.done: Callable[[], None] | None = None

    def write(self, data: bytes) -> None:
        self.text += data

    def feed(self, chunks: Sequence[bytes], done: Callable[[], None]) -> None:
        self.chunks, self.done = list(chunks), done

    def read_on(self) -> None:
        if self.chunks:
            self.write(self.chunks.pop(0))
        if not self.chunks and self.done is not None:
            done, self.done = self.done, None
            done()

    def is_stuck(self) -> bool:
        return False

    def drop(self) -> None:
        self.dropped = True

    def heard(self) -> list[int]:
        return [int(line[4:]) for line in self.text.split(b"\n") if line.startswith(b"id: ")]

    def reloads(self) -> int:
        return self.text.count(b"event: reload")


class Seamless(RuleBasedStateMachine):
    """Reads are started and answered in any order, as threads do; the house publishes in between."""

    ears: Bundle[Ear] = Bundle("ears")

    def __init__(self) -> None:
        super().__init__()
        self.house = House()
        self.time = 0.0
        self.hub = hubs.Hub(now=lambda: self.time)
        self.hub.open("one", 0, watch_seconds=1e9)
        self.all: list[Ear] = []
        reading.CHUNK, self._chunk = 60, reading.CHUNK  # so that replays of a few frames are long ones
        self.pending: list[tuple[str, object, object]] = []

    def teardown(self) -> None:
        self.settle()
        for ear in self.all:
            self.check_complete(ear)
        reading.CHUNK = self._chunk

    @rule(subject=strategies.sampled_from("abcdef"), ring=strategies.booleans())
    def publish(self, subject: str, ring: bool) -> None:
        self.house.entries.append(subject)
        if ring:
            self.hub.ring()

    @rule(target=ears, back=strategies.integers(-1, 12), fmt=strategies.sampled_from(["html-zh", "json"]))
    def join(self, back: int, fmt: str) -> Ear:
        """From a few entries back; -1 is somebody another process has told more than this one knows."""
        start = max(0, len(self.house.entries) - back) if back >= 0 else len(self.house.entries) + 1
        if back < 0:
            self.house.entries.append("z")
        ear = Ear(start, len(self.house.entries))
        self.hub.join(self.hub.rooms["one"], fmt, ear, start)
        self.all.append(ear)
        return ear

    @rule(ear=consumes(ears))
    def leave(self, ear: Ear) -> None:
        self.hub.leave(ear)
        if ear.done is not None:  # its connection was lost while it was being fed
            done, ear.done = ear.done, None
            done()

    @rule(ear=ears)
    def read_on(self, ear: Ear) -> None:
        ear.read_on()

    @rule()
    def start_reading(self) -> None:
        """Threads read now; when their answers arrive is another rule's choice."""
        self.pending += self.read()

    @precondition(lambda self: self.pending)
    @rule(which=strategies.integers(0, 3), fails=strategies.integers(0, 9))
    def answer(self, which: int, fails: int) -> None:
        self.deliver(self.pending.pop(which % len(self.pending)), fails=fails == 9)

    @rule(budget=strategies.integers(1, 4))
    def write(self, budget: int) -> None:
        self.hub.step(budget)

    @rule()
    def pass_time(self) -> None:
        self.time += 1
        self.hub.poll()
        self.hub.beat()

    @invariant()
    def nobody_hears_twice_or_backwards(self) -> None:
        for ear in self.all:
            heard = ear.heard()
            assert heard == sorted(set(heard))
            assert not heard or heard[0] > ear.start
            assert not ear.reloads()

    def deliver(self, one: tuple[str, object, object], *, fails: bool = False) -> None:
        kind, question, found = one
        if kind == "pull":
            assert isinstance(question, reading.Pull)
            assert isinstance(found, reading.Pulled)
            self.hub.pull_failed(question) if fails else self.hub.pulled(question, found)
        else:
            assert isinstance(question, reading.Replay)
            assert isinstance(found, reading.Replayed)
            self.hub.replay_failed(question) if fails else self.hub.replayed(question, found)

    def read(self) -> list[tuple[str, object, object]]:
        pulls = [("pull", pull, reading.read_pull(self.house, pull)) for pull in self.hub.next_pulls()]
        replays = [("replay", one, reading.read_replay(self.house, one)) for one in self.hub.next_replays()]
        return [*pulls, *replays]

    def settle(self) -> None:
        """Let everything come to rest, as it does when nothing new is published for a while."""
        for _ in range(60):
            self.time += 1
            self.hub.poll()
            for one in self.pending:
                self.deliver(one)
            self.pending = self.read()
            while self.hub.step(100):
                pass
            for ear in self.all:
                for _piece in range(30):
                    ear.read_on()

    def check_complete(self, ear: Ear) -> None:
        """Who is still there has heard the last word about every subject since it came."""
        if ear.channel is None or ear.dropped:
            return
        latest = {
            subject: number for number, subject in enumerate(self.house.entries, 1) if number > ear.start
        }
        heard = set(ear.heard())
        missing = {subject: number for subject, number in latest.items() if number not in heard}
        assert not missing, (ear.start, sorted(heard), self.house.entries)


TestSeamless = Seamless.TestCase
TestSeamless.settings = settings(max_examples=150, stateful_step_count=50, deadline=None)


def test_a_frame_of_many_lines_is_one_frame() -> None:
    assert (
        reading.encode(Told(7, "answer", "a\nb\r\nc\rd"))
        == b"id: 7\nevent: answer\ndata: a\ndata: b\ndata: c\ndata: d\n\n"
    )
    assert reading.encode(Told(None, "count", json.dumps({"a": 1}))) == b'event: count\ndata: {"a": 1}\n\n'
    assert "\u2028".encode() in reading.encode(Told(1, "x", "a\u2028b"))


def test_pieces_never_cut_a_frame() -> None:
    frames = [b"id: %d\ndata: %s\n\n" % (number, b"x" * (number % 50)) for number in range(1, 200)]
    pieces = reading.chunked(frames, 100)
    assert b"".join(pieces) == b"".join(frames)
    assert all(piece.endswith(b"\n\n") for piece in pieces)


def test_who_never_reads_is_hung_up_on_at_its_second_beat() -> None:
    hub = hubs.Hub(now=lambda: 0.0)
    room = hub.open("one", 0)
    ears = [Ear(0, 0) for _ in range(hubs.BEATS * 2)]
    for ear in ears:
        hub.join(room, "json", ear, 0)
    for _ in range(hubs.BEATS):
        hub.beat()
    assert all(ear.text == hubs.COMMENT for ear in ears)
    ears[0].is_stuck = lambda: True  # type: ignore[method-assign]
    for _ in range(hubs.BEATS):
        hub.beat()
    assert ears[0].dropped
    assert not ears[1].dropped


def test_an_hour_that_has_gone_hangs_up_on_its_viewers() -> None:
    hub = hubs.Hub(now=lambda: 0.0)
    ear = Ear(0, 0)
    hub.join(hub.open("one", 0), "json", ear, 0)
    pull = hub.next_pulls()[0]
    hub.pulled(pull, reading.Pulled(None))
    assert ear.dropped
    assert "one" not in hub.rooms


def test_an_empty_room_is_forgotten() -> None:
    now = [0.0]
    hub = hubs.Hub(now=lambda: now[0])
    ear = Ear(0, 0)
    hub.join(hub.open("one", 0), "json", ear, 0)
    for pull in hub.next_pulls():
        hub.pulled(pull, reading.Pulled(0))
    hub.leave(ear)
    now[0] = hubs.IDLE_SECONDS + 1
    hub.poll()
    hub.poll()
    assert not hub.rooms


def started(house: House, hub: hubs.Hub) -> tuple[reading.Pull, reading.Pulled]:
    pull = hub.next_pulls()[0]
    return pull, reading.read_pull(house, pull)


def test_what_is_published_while_a_replay_is_made_is_not_missed() -> None:
    house = House(["a", "b"])
    hub = hubs.Hub(now=lambda: 0.0)
    late = Ear(0, 0)
    hub.join(hub.open("one", 2), "json", late, 0)
    replay = hub.next_replays()[0]
    found = reading.read_replay(house, replay)
    house.entries.append("c")
    hub.ring()
    hub.pulled(*started(house, hub))
    hub.replayed(replay, found)
    while hub.step(10):
        pass
    assert late.heard() == [1, 2]
    rest = hub.next_replays()[0]
    assert rest.after == 2
    hub.replayed(rest, reading.read_replay(house, rest))
    hub.step(10)
    assert late.heard() == [1, 2, 3]
    assert late.channel is not None
    assert late in late.channel.viewers


def test_a_replay_that_knows_more_than_the_channel_is_not_repeated() -> None:
    house = House(["a"])
    hub = hubs.Hub(now=lambda: 0.0)
    late = Ear(0, 0)
    hub.join(hub.open("one", 1), "json", late, 0)
    old = started(house, hub)
    replay = hub.next_replays()[0]
    house.entries.append("b")
    hub.replayed(replay, reading.read_replay(house, replay))
    hub.pulled(*old)
    hub.pulled(*started(house, hub))
    hub.step(10)
    assert late.heard() == [1, 2]


def test_somebody_told_more_by_another_process_is_not_sent_away() -> None:
    house = House(["a"])
    hub = hubs.Hub(now=lambda: 0.0)
    room = hub.open("one", 1)
    hub.join(room, "json", Ear(1, 1), 1)
    slow = started(house, hub)
    house.entries.append("b")  # the other process has read this already
    ahead = Ear(2, 2)
    hub.join(room, "json", ahead, 2)
    hub.pulled(*slow)
    hub.step(10)
    assert ahead.text == b""
    house.entries.append("c")
    hub.pulled(*started(house, hub))
    for replay in hub.next_replays():
        hub.replayed(replay, reading.read_replay(house, replay))
    hub.step(10)
    assert ahead.heard() == [3]
    assert not ahead.reloads()


def test_a_signature_has_arrived_when_the_last_viewer_was_written_to() -> None:
    reached: list[float] = []
    hub = hubs.Hub(now=lambda: 0.0, reached=reached.append)
    room = hub.open("one", 0)
    ears = [Ear(0, 0) for _ in range(5)]
    for ear in ears:
        hub.join(room, "json", ear, 0)
    pull = hub.next_pulls()[0]
    answers = [Told(1, "answer", "a", at=20.0), Told(2, "answer", "b", at=10.0), Told(3, "question", "c")]
    hub.pulled(pull, reading.Pulled(3, {"json": answers}, signed={"json": 10.0}))
    hub.step(4)
    assert not reached
    assert hub.unwritten == 1
    hub.step(4)
    assert reached == [10.0]
    assert all(ear.heard() == [1, 2, 3] for ear in ears)


class Signed(House):
    """A house that signs everything, each entry a second after the one before."""

    def after(self, slug: str, seq: int, fmt: str) -> Sequence[Told]:
        return [
            Told(one.id, "answer", one.data, at=float(one.id or 0)) for one in super().after(slug, seq, fmt)
        ]


def test_of_several_signatures_read_at_once_the_oldest_counts() -> None:
    found = reading.read_pull(
        Signed(["a", "b", "c"]), reading.Pull("one", {"json": 1, "html-zh": 3}, False, 1)
    )
    assert found.signed == {"json": 2.0}
