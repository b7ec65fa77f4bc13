"""The pages of a SQLite file in WAL mode, as of its last commit, read beside whoever writes it.

SQLite's own index of its log (``-shm``, https://sqlite.org/walformat.html) says how many frames are committed; frames
are read from the log, everything else from the file. A read transaction is open meanwhile: nobody may write a page of
the file then that does not stand in the log, and nobody may begin the log anew, except when all of it is in the file.

What changed since the last time are the frames that came since. Has the log been begun anew, the counter of changes
proves that nothing was missed; where it does not, every page's sum is compared with the one known.

**The files are opened once and never closed:** closing one would release SQLite's own locks (POSIX, fcntl(2)).
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import struct
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from townhall.backups.errors import BackupError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_INDEX = struct.Struct("=III BBH II II 8s II")  # WalIndexHdr: native byte order, 48 bytes, there twice
_WAL_HEAD, _FRAME_HEAD = 32, 24
_FRAME = struct.Struct(">II8s8s")
_PLAIN_PAGE_SIZE_64K = 1
_PAGE_SIZE_AT = 16  # in the head of the file
_BLOCK_PAGES = 256
TRIES = 50
# While the log is shorter, the reader keeps its place between two looks, so that it need never compare everything.
MOST_HELD_FRAMES = 4_000


class ReplacedError(BackupError):
    """The database file is another one than before."""


@dataclass(frozen=True, slots=True)
class Head:
    """The index of the log at one moment: what is committed."""

    change: int
    page_size: int
    frames: int
    pages: int
    salt: bytes


@dataclass(frozen=True, slots=True)
class Changes:
    """Pages that differ from what is known, and what is known once they are put away.

    :param pages: how many the database has now
    :param content: page number (from 1) to content
    """

    head: Head
    pages: int
    page_size: int
    content: dict[int, bytes]
    compared: bool


def sum_of(page: bytes) -> bytes:
    """Enough of a hash to tell a page from its former content."""
    return hashlib.blake2b(page, digest_size=12).digest()


class Image:
    """One database file and what is known of it."""

    def __init__(self, path: Path) -> None:
        """Open the file and keep it open.

        :raises BackupError: when it is not in WAL mode
        """
        self._path = path
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._inode = os.fstat(self._file).st_ino
        self._connection = sqlite3.connect(path, isolation_level=None, timeout=20)
        self._connection.execute("PRAGMA query_only=ON")
        self._begin()
        if self._connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            message = f"{path} is not in WAL mode; start the server once, it sets it"
            raise BackupError(message)
        self._wal = os.open(f"{path}-wal", os.O_RDONLY | os.O_CLOEXEC)
        self._shm = os.open(f"{path}-shm", os.O_RDONLY | os.O_CLOEXEC)
        self._connection.execute("COMMIT")
        self._known: Head | None = None
        self._sums: list[bytes] = []

    def know(self, sums: list[bytes]) -> None:
        """Begin with these pages as known."""
        self._known, self._sums = None, sums

    def stirred(self) -> bool:
        """Whether something was committed since; costs one small read."""
        if self._known is None:
            return True
        data = os.pread(self._shm, _INDEX.size, 0)
        return len(data) != _INDEX.size or _head(data) != self._known

    def let_go(self) -> None:
        """Give up the place in the log, so that it can be emptied."""
        if self._connection.in_transaction:
            self._connection.execute("COMMIT")

    def changes(self, *, hold: bool) -> Changes:
        """What differs from what is known.

        :param hold: keep the place in the log afterwards, until the next look or :meth:`let_go`
        :raises ReplacedError: when the file is another one
        """
        if self._path.stat().st_ino != self._inode:
            message = f"{self._path} was replaced"
            raise ReplacedError(message)
        with self._reading(hold=hold):
            for _ in range(TRIES):
                head = self._index()
                found = self._since(head)
                if found is not None and self._index().salt == head.salt:
                    return found
        message = f"{self._path}: its log changes faster than it can be read"
        raise BackupError(message)

    def settle(self, found: Changes) -> None:
        """What was found is put away: it is known from now on."""
        self._known = found.head
        self._sums = self._sums[: found.pages] + [b""] * (found.pages - len(self._sums))
        for number, page in found.content.items():
            self._sums[number - 1] = sum_of(page)

    # -- the transaction --

    def _begin(self) -> None:
        self._connection.execute("BEGIN")
        self._connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone()

    @contextmanager
    def _reading(self, *, hold: bool) -> Iterator[None]:
        # A held place lies before what is read now; it protects that just as well.
        if not self._connection.in_transaction:
            self._begin()
        try:
            yield
        finally:
            self.let_go()
            if hold and self._known is not None and self._index().frames < MOST_HELD_FRAMES:
                self._begin()

    # -- what stands in the files --

    def _index(self) -> Head:
        """The index's head, when both copies of it agree."""
        for _ in range(TRIES):
            first = os.pread(self._shm, _INDEX.size, 0)
            if first == os.pread(self._shm, _INDEX.size, _INDEX.size):
                return _head(first)
        message = f"{self._path}-shm does not come to rest"
        raise BackupError(message)

    def _since(self, head: Head) -> Changes | None:
        """What differs; nothing when the log was begun anew while it was read."""
        known = self._known
        if known and known.salt == head.salt and known.frames <= head.frames:
            more = self._frames(head, known.frames)
            return more and Changes(head, head.pages, head.page_size, more[0], compared=False)
        read = self._frames(head, 0)
        if read is None:
            return None
        content, commits = read
        if known and _begun_once_more(known, head) and (head.change - known.change) % 2**32 == commits:
            return Changes(head, head.pages, head.page_size, content, compared=False)
        return Changes(head, head.pages, head.page_size, self._compared(head, content), compared=True)

    def _frames(self, head: Head, after: int) -> tuple[dict[int, bytes], int] | None:
        """The last content of each page in these frames, and how many of them end a transaction."""
        content: dict[int, bytes] = {}
        commits = 0
        size = _FRAME_HEAD + head.page_size
        for number in range(after, head.frames):
            data = os.pread(self._wal, size, _WAL_HEAD + number * size)
            if len(data) != size:
                return None
            page, ends, salt, _sum = _FRAME.unpack_from(data)
            if salt != head.salt:
                return None
            content[page] = data[_FRAME_HEAD:]
            commits += bool(ends)
        return {page: text for page, text in content.items() if page <= head.pages}, commits

    def _compared(self, head: Head, in_log: dict[int, bytes]) -> dict[int, bytes]:
        """Every page whose sum is not the one known."""
        size, sums = head.page_size, self._sums
        found: dict[int, bytes] = {}
        for start in range(0, head.pages, _BLOCK_PAGES):
            block = os.pread(self._file, _BLOCK_PAGES * size, start * size)
            for at in range(min(_BLOCK_PAGES, head.pages - start)):
                number = start + at
                page = in_log.get(number + 1) or block[at * size : (at + 1) * size].ljust(size, b"\0")
                if number >= len(sums) or sums[number] != sum_of(page):
                    found[number + 1] = page
        return found


def _head(data: bytes) -> Head:
    _version, _unused, change, _init, _big, size, frames, pages, _sum0, _sum1, salt, _c0, _c1 = _INDEX.unpack(
        data
    )
    return Head(change, 65536 if size == _PLAIN_PAGE_SIZE_64K else size, frames, pages, salt)


def _begun_once_more(known: Head, head: Head) -> bool:
    """Whether the log was begun anew exactly once: the first half of its salt counts that."""
    before, after = (int.from_bytes(one.salt[:4], "big") for one in (known, head))
    return (before + 1) % 2**32 == after


def sums_of_file(path: Path) -> list[bytes]:
    """The sums of all pages of a SQLite file that nobody writes."""
    with path.open("rb") as file:
        told = int.from_bytes(file.read(_PAGE_SIZE_AT + 2)[_PAGE_SIZE_AT:], "big")
        page_size = 65536 if told == _PLAIN_PAGE_SIZE_64K else told
        file.seek(0)
        return [sum_of(page) for page in iter(lambda: file.read(page_size), b"")]
