"""A tree that only grows: leaves go in at the right, full tiles go to disk at once, memory stays flat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from townhall.record import tiles
from townhall.record.merkle import EMPTY_ROOT, fold, leaf_hash, node_hash
from townhall.record.tiles import ENTRIES, WIDTH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Tree:
    """A log's tree at its right edge: at most 255 hashes a level, whatever its size."""

    def __init__(self, files: tiles.Files, size: int = 0) -> None:
        """Take up a tree whose files are there for ``size`` leaves.

        :raises FileNotFoundError: when they are not
        """
        self.files = files
        self.size = size
        self._edge, self._entries = tiles.read_parts(files.read, size)
        self._full: list[str] = []

    def append(self, entries: Iterable[bytes]) -> Iterator[str]:
        """Take in entries; yields the address of every file that was written because it is full."""
        for entry in entries:
            if len(entry) > tiles.LONGEST_ENTRY:
                message = f"an entry of {len(entry)} bytes"
                raise ValueError(message)
            self._entries.append(entry)
            if len(self._entries) == WIDTH:
                where = tiles.address(ENTRIES, self.size // WIDTH)
                self.files.write(where, tiles.bundle(self._entries))
                self._entries = []
                self._full.append(where)
                yield where
            yield from self._push(0, leaf_hash(entry))
            self.size += 1

    def _push(self, level: int, one: bytes) -> Iterator[str]:
        if level == len(self._edge):
            self._edge.append([])
        row = self._edge[level]
        row.append(one)
        if len(row) == WIDTH:
            where = tiles.address(level, self.size // WIDTH ** (level + 1))
            self.files.write(where, b"".join(row))
            self._full.append(where)
            self._edge[level] = []
            yield where
            yield from self._push(level + 1, fold(row))

    def flush(self) -> Iterator[str]:
        """Write the partial tiles that a checkpoint of the present size counts on; yields their addresses."""
        for level, row in enumerate(self._edge):
            if row:
                where = tiles.address(level, self.size // WIDTH ** (level + 1), len(row))
                self.files.write(where, b"".join(row))
                yield where
        if self._entries:
            where = tiles.address(ENTRIES, self.size // WIDTH, len(self._entries))
            self.files.write(where, tiles.bundle(self._entries))
            yield where
        self.files.settle()

    def tidy(self) -> None:
        """Drop the parts of tiles that have become full; to be called after the checkpoint."""
        for where in self._full:
            self.files.drop_parts(where)
        self._full.clear()

    @property
    def root(self) -> bytes:
        """The root over everything taken in."""
        found = b""
        for row in self._edge:
            for one in reversed(_perfect(row)):
                found = node_hash(one, found) if found else one
        return found or EMPTY_ROOT


def _perfect(row: list[bytes]) -> list[bytes]:
    """The largest perfect subtrees over a row, from the left."""
    found, start = [], 0
    while start < len(row):
        width = 1 << (len(row) - start).bit_length() - 1
        found.append(fold(row[start : start + width]))
        start += width
    return found
