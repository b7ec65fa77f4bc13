"""What the hub wants to have read, and how a worker thread reads it: from a source to encoded frames."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

CHUNK = 64 * 1024  # a replay is handed over in pieces of about this many bytes
_BREAKS = re.compile(r"\r\n|\r|\n")


class Frame(Protocol):
    """What a viewer is told: see the contract's chapter on streams."""

    @property
    def id(self) -> int | None:
        """The journal's number, strictly rising within an hour; ``None`` for counts."""

    @property
    def event(self) -> str:
        """The kind of frame."""

    @property
    def data(self) -> str:
        """Finished HTML or JSON."""

    @property
    def at(self) -> float | None:
        """When it was signed (Unix time), where this frame is a signature's."""


class FrameSource(Protocol):
    """Where frames come from; every method is called in a worker thread and may read the database."""

    def head(self, slug: str) -> int | None:
        """The number of the hour's newest entry; ``None`` when there is no such public hour."""

    def after(self, slug: str, seq: int, fmt: str) -> Sequence[Frame]:
        """The frames with an id above ``seq``, rising, made from the present state."""

    def counts(self, slug: str, fmt: str) -> Frame | None:
        """The present supports and followers as one frame without an id."""


@dataclass(frozen=True, slots=True)
class Pull:
    """Read what is new in an hour, once for every form in use."""

    slug: str
    heads: dict[str, int]
    counts: bool
    round: int


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a :class:`Pull` found.

    ``head`` is ``None`` when the hour has gone; ``signed`` names, by form, when the oldest signature was given.
    """

    head: int | None
    frames: dict[str, Sequence[Frame]] = field(default_factory=dict)
    counts: dict[str, Frame | None] = field(default_factory=dict)
    signed: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Replay:
    """Read what somebody at ``after`` has missed."""

    slug: str
    fmt: str
    after: int


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a :class:`Replay` found: it ``reaches`` this number. ``None`` when the hour has gone."""

    reaches: int | None
    chunks: tuple[bytes, ...] = ()


def encode(frame: Frame) -> bytes:
    """The frame as Server-Sent Events write it (HTML standard, 9.2.6)."""
    lines = [] if frame.id is None else [f"id: {frame.id}"]
    lines.append(f"event: {frame.event}")
    lines.extend("data: " + line for line in _BREAKS.split(frame.data))
    return ("\n".join(lines) + "\n\n").encode("utf-8", "replace")


def rising(frames: Iterable[Frame], above: int) -> tuple[list[bytes], int]:
    """Encode frames in order, leaving out any whose number does not rise above the one before."""
    encoded: list[bytes] = []
    for frame in frames:
        if frame.id is not None:
            if frame.id <= above:
                continue
            above = frame.id
        encoded.append(encode(frame))
    return encoded, above


def chunked(pieces: Iterable[bytes], size: int) -> tuple[bytes, ...]:
    """Join whole frames into pieces of about ``size`` bytes; a comment line may stand between any two."""
    chunks: list[bytes] = []
    current: list[bytes] = []
    length = 0
    for piece in pieces:
        if current and length + len(piece) > size:
            chunks.append(b"".join(current))
            current, length = [], 0
        current.append(piece)
        length += len(piece)
    if current:
        chunks.append(b"".join(current))
    return tuple(chunks)


def read_pull(source: FrameSource, pull: Pull) -> Pulled:
    """Do what a :class:`Pull` asks; runs in a worker thread.

    The head is read first: what is committed while frames are rendered is at worst read twice, never missed.
    """
    head = source.head(pull.slug)
    if head is None:
        return Pulled(None)
    frames = {fmt: source.after(pull.slug, seq, fmt) for fmt, seq in pull.heads.items() if seq < head}
    counts = {fmt: source.counts(pull.slug, fmt) for fmt in pull.heads} if pull.counts else {}
    signed = {fmt: [frame.at for frame in found if frame.at is not None] for fmt, found in frames.items()}
    return Pulled(head, frames, counts, {fmt: min(times) for fmt, times in signed.items() if times})


def read_replay(source: FrameSource, replay: Replay) -> Replayed:
    """Do what a :class:`Replay` asks; runs in a worker thread."""
    head = source.head(replay.slug)
    if head is None:
        return Replayed(None)
    encoded, last = rising(source.after(replay.slug, replay.after, replay.fmt), replay.after)
    return Replayed(max(head, last), chunked(encoded, CHUNK))


RELOAD = encode(type("Reload", (), {"id": None, "event": "reload", "data": "{}"})())
