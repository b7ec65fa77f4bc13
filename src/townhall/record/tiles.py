"""The tree as files (https://c2sp.org/tlog-tiles): what is written stays, and survives a power cut in order.

A file is complete before it gets its name, and its name is on the disk before the checkpoint that counts on it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from townhall.record.merkle import HASH_BYTES, Node, fold

WIDTH = 256
_HEIGHT = 8  # of a full tile, in levels of the tree
ENTRIES = "entries"
CHECKPOINT = "checkpoint"
LONGEST_ENTRY = 65_535
# Tiles are for anybody, and nginx reads them as files: whatever umask keeps all else of an installation private.
FOR_ANYBODY, FOLDER_FOR_ANYBODY = 0o644, 0o755
_ADDRESS = re.compile(
    r"tile/(?P<level>[0-9]|[1-5][0-9]|6[0-3]|entries)/(?P<number>(?:x[0-9]{3}/){0,5}[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?\Z"
)

Fetch = Callable[[str], bytes]


class RecordBroken(Exception):  # noqa: N818 - reads as the sentence it prints
    """Files that contradict each other, the database or what was published; its text says which."""


def address(level: int | str, number: int, width: int = WIDTH) -> str:
    """Where a tile stands below the log's prefix.

    :param level: of tiles, or :data:`ENTRIES`
    :param width: how many hashes or entries it holds
    """
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.append(f"x{number % 1000:03d}")
    suffix = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(reversed(groups))}{suffix}"


def is_address(text: str) -> bool:
    """Whether this names a tile, so that nothing else is ever opened."""
    return _ADDRESS.match(text) is not None


def full_address(text: str) -> str | None:
    """The full tile's address for that of a part, which may be gone; ``None`` for anything else."""
    found = _ADDRESS.match(text)
    return text.rpartition(".p/")[0] if found and found["width"] else None


def part_width(text: str) -> int:
    """How many hashes or entries the tile at an address holds."""
    found = _ADDRESS.match(text)
    return int(found["width"]) if found and found["width"] else WIDTH


def bundle(entries: Iterable[bytes]) -> bytes:
    """Entries one after another, each with its length before it."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def unbundle(data: bytes) -> list[bytes]:
    """The entries of a bundle.

    :raises RecordBroken: when the lengths do not add up
    """
    entries, place = [], 0
    while place < len(data):
        length = int.from_bytes(data[place : place + 2], "big")
        entry = data[place + 2 : place + 2 + length]
        if place + 2 + length > len(data):
            message = "a bundle of entries ends in the middle of one"
            raise RecordBroken(message)
        entries.append(entry)
        place += 2 + length
    return entries


def hashes(data: bytes) -> list[bytes]:
    """The hashes of a tile."""
    return [data[start : start + HASH_BYTES] for start in range(0, len(data), HASH_BYTES)]


def widths(size: int) -> list[int]:
    """How wide the last, partial tile of each level is in a tree of ``size`` leaves; 0 where there is none."""
    found = []
    while size:
        found.append(size % WIDTH)
        size //= WIDTH
    return found


def addresses(size: int) -> Iterator[str]:
    """Every tile and bundle of a tree of ``size`` leaves."""
    for level, last in enumerate(widths(size)):
        full = size >> _HEIGHT * (level + 1)
        yield from (address(level, number) for number in range(full))
        if last:
            yield address(level, full, last)
    yield from (address(ENTRIES, number) for number in range(size // WIDTH))
    if size % WIDTH:
        yield address(ENTRIES, size // WIDTH, size % WIDTH)


def nodes(fetch: Fetch, size: int) -> Node:
    """The tree of ``size`` leaves, read from tiles; each tile is fetched once.

    :param fetch: gives the bytes at an address
    """
    kept: dict[tuple[int, int], list[bytes]] = {}

    def tile(level: int, number: int) -> list[bytes]:
        if (level, number) not in kept:
            width = min(WIDTH, (size >> _HEIGHT * level) - number * WIDTH)
            found = hashes(fetch(address(level, number, width)))
            if len(found) < width:
                message = f"the tile {address(level, number, width)} is too short"
                raise RecordBroken(message)
            kept[level, number] = found
        return kept[level, number]

    def node(height: int, place: int) -> bytes:
        level, within = divmod(height, _HEIGHT)
        first = place << within
        number, start = divmod(first, WIDTH)
        return fold(tile(level, number)[start : start + (1 << within)])

    return node


class Files:
    """The files of one log in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._stirred: set[Path] = set()

    def read(self, where: str) -> bytes:
        """What stands at an address; the full tile's beginning where a part is gone.

        :raises FileNotFoundError: when neither is there
        """
        try:
            return (self.folder / where).read_bytes()
        except FileNotFoundError:
            full = full_address(where)
            if full is None:
                raise
        data, width = (self.folder / full).read_bytes(), part_width(where)
        if where.startswith(f"tile/{ENTRIES}/"):
            return bundle(unbundle(data)[:width])
        return data[: width * HASH_BYTES]

    def write(self, where: str, data: bytes) -> None:
        """Write a file that is never changed; what stands there already must be the same.

        :raises RecordBroken: when something else stands there
        """
        path = self.folder / where
        if path.exists():
            if path.read_bytes() != data:
                message = f"{where} was published with other contents"
                raise RecordBroken(message)
            return
        self._put(path, data, FOR_ANYBODY)

    def replace(self, where: str, data: bytes) -> None:
        """Write a file that is written again and again, durably: whoever reads sees the old or the new one.

        Not for anybody: what stands in such a file is told by pages.
        """
        self._put(self.folder / where, data, None)
        self.settle()

    def _put(self, path: Path, data: bytes, mode: int | None) -> None:
        self._open_way(path.parent)
        rough = path.with_name(f".{path.name}.new")
        with rough.open("wb") as handle:
            handle.write(data)
            if mode is not None:
                os.fchmod(handle.fileno(), mode)
            handle.flush()
            os.fsync(handle.fileno())
        rough.replace(path)
        folder = path.parent
        while folder != self.folder.parent:
            self._stirred.add(folder)
            folder = folder.parent

    def _open_way(self, folder: Path) -> None:
        """Make the folders down to this one, from the record's own on for anybody."""
        if folder.is_dir():
            return
        if folder != self.folder:
            self._open_way(folder.parent)
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(FOLDER_FOR_ANYBODY)

    def settle(self) -> None:
        """Make the names of what was written durable."""
        # The deepest first: a folder's own name is worth something only when what is in it is there.
        for folder in sorted(self._stirred, key=lambda one: -len(one.parts)):
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        self._stirred.clear()

    def drop_parts(self, where: str) -> None:
        """Take away the parts of a tile that is full now; a reader who still wants one gets it from the full one."""
        folder = self.folder / f"{where}.p"
        if folder.is_dir():
            for part in folder.iterdir():
                part.unlink(missing_ok=True)
            folder.rmdir()

    def node(self, size: int) -> Node:
        """The tree of ``size`` leaves as it stands in the files."""
        return nodes(self.read, size)


def read_parts(fetch: Fetch, size: int) -> tuple[list[list[bytes]], list[bytes]]:
    """The right edge of a tree: the hashes of each level's partial tile, and the entries of the last bundle."""
    edge = []
    for level, width in enumerate(widths(size)):
        number = (size >> _HEIGHT * level) // WIDTH
        edge.append(hashes(fetch(address(level, number, width))) if width else [])
    width = size % WIDTH
    entries = unbundle(fetch(address(ENTRIES, size // WIDTH, width))) if width else []
    return edge, entries


def bundles(fetch: Fetch, size: int, start: int = 0) -> Iterator[tuple[int, list[bytes]]]:
    """The entries of a log bundle by bundle, each with the index of its first one."""
    for number in range(start // WIDTH, -(-size // WIDTH)):
        first = number * WIDTH
        where = address(ENTRIES, number, min(WIDTH, size - first))
        yield first, unbundle(fetch(where))
