"""The program's own log, kept in files of a day each, every line carrying the hash of the one before.

A line cannot be changed, added or taken out without every later line showing it. What all of them show in the end, the
newest hash, is told to the journal once a day, so that a file rewritten as a whole shows too. Nothing personal is in a
line: paths come in without receipts, and mobiles, id numbers, cards and addresses are covered here once more.
"""

from __future__ import annotations

import fcntl
import hashlib
import ipaddress
import logging
import os
import re
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from townhall.kernel import masks
from townhall.kernel.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

FOLDER = "logs"
HEAD = "head"
# 《网络安全法》第二十一条 asks for six months at least; this is what covers a year's hours and their promises.
KEEP_DAYS = 400
BEGINNING = "0" * 64
_NAME = re.compile(r"townhall-(\d{4}-\d{2}-\d{2})\.log\Z")
_LINE = re.compile(r"([0-9a-f]{64}) (.*)\Z", re.DOTALL)
_ADDRESS = re.compile(
    r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])|(?<![\w:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![\w:])"
)


class Broken(NamedTuple):
    """Where a chain does not hold."""

    file: str
    line: int
    why: str


class Checked(NamedTuple):
    """What a check found.

    :param lines: how many were read
    :param head: the hash of the last one
    :param broken: the first place that does not hold
    """

    files: int
    lines: int
    head: str
    broken: Broken | None


def bare(text: str) -> str:
    """One line without personal data, without characters that begin another line or steer a terminal."""
    text = masks.mask(text)
    text = _ADDRESS.sub(lambda match: "*" if _is_outside(match.group()) else match.group(), text)
    return printable(text)


def _is_outside(text: str) -> bool:
    """Whether this is a citizen's address; the machine's own is not."""
    try:
        return not ipaddress.ip_address(text).is_loopback
    except ValueError:
        return False


def hash_of(line: str) -> str:
    """The hash that the next line carries (SHA-256 over the line with its own, without the line end)."""
    return hashlib.sha256(line.encode()).hexdigest()


class ChainedHandler(logging.Handler):
    """Appends to the day's file; processes of one installation take turns."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record. A disk that is full or gone must not stop what is logged."""
        try:
            day = datetime.fromtimestamp(record.created, UTC).date()
            append(self._folder, bare(self.format(record)), day)
        except OSError:
            self.handleError(record)


@contextmanager
def _turn(folder: Path) -> Iterator[int]:
    """The head's file, held alone."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(folder / HEAD, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        os.close(handle)


def append(folder: Path, text: str, day: date) -> None:
    """Write one line under the hash of the one before."""
    with _turn(folder) as head:
        before = os.pread(head, 64, 0).decode("ascii") or BEGINNING
        line = f"{before} {text}"
        path = folder / f"townhall-{day.isoformat()}.log"
        file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            os.write(file, f"{line}\n".encode())
        finally:
            os.close(file)
        os.pwrite(head, hash_of(line).encode(), 0)


def files(folder: Path) -> list[Path]:
    """The files, the oldest first."""
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in found if _NAME.match(path.name))


def check(folder: Path, told: Sequence[str] = ()) -> Checked:
    """Follow the chain from the oldest line that is kept to the newest.

    :param told: heads that the journal knows; each must be met as far back as lines are kept
    """
    before, lines, wanted = "", 0, dict.fromkeys(told)
    paths = files(folder)
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n")[:-1], start=1):
            lines += 1
            match = _LINE.match(line)
            if match is None:
                return Checked(len(paths), lines, before, Broken(path.name, number, "no line of a chain"))
            if before and match[1] != before:
                why = "does not carry the hash of the line before"
                return Checked(len(paths), lines, before, Broken(path.name, number, why))
            wanted.pop(match[1], None)  # also one whose own line was deleted in time
            before = hash_of(line)
            wanted.pop(before, None)
    head = _head(folder)
    if head != (before or head):
        return Checked(len(paths), lines, before, Broken(HEAD, 1, "the newest lines are missing"))
    if wanted and paths:
        return Checked(
            len(paths), lines, before, Broken(paths[-1].name, 0, "what the journal was told is not there")
        )
    return Checked(len(paths), lines, before, None)


def _head(folder: Path) -> str:
    path = folder / HEAD
    return path.read_text(encoding="ascii")[:64] if path.exists() else ""


def newest(folder: Path) -> str:
    """The hash of the newest line; nothing when none was written."""
    return _head(folder)


def forget(folder: Path, today: date) -> int:
    """Delete files whose time is over; returns how many."""
    edge, done = today - timedelta(days=KEEP_DAYS), 0
    for path in files(folder):
        match = _NAME.match(path.name)
        if match and date.fromisoformat(match[1]) < edge:
            path.unlink()
            done += 1
    return done
