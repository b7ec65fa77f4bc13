"""The record's files in a backup: taken along, proven against the rows they came from, put back without a fork."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from townhall.backups.logs import Log
from townhall.record import merkle, notes, stamping, tiles
from townhall.record.actions import folder
from townhall.record.growing import Tree
from townhall.record.models import Key, Leaf
from townhall.record.tiles import CHECKPOINT, RecordBroken

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROWS_AT_ONCE = 2_000
_STAMP = re.compile(rf"{stamping.FOLDER}/[1-9][0-9]{{0,18}}(?:\.tsr)?\Z")


def read_checkpoint() -> bytes | None:
    """The newest checkpoint here."""
    try:
        return tiles.Files(folder()).read(CHECKPOINT)
    except FileNotFoundError:
        return None


def files_of(checkpoint: bytes) -> Iterator[tuple[str, bytes]]:
    """Every tile and bundle that a checkpoint counts on, also where a wider one has taken its place; and the stamps."""
    files = tiles.Files(folder())
    size = _told(checkpoint).size
    for where in [*tiles.addresses(size), *_stamps(folder(), size)]:
        yield where, files.read(where)


def is_file(name: str) -> bool:
    """Whether a name is one of the record's files: a tile, a bundle, a stamp of another clock and what it is about."""
    return tiles.is_address(name) or _STAMP.match(name) is not None


def _stamps(place: Path, most: int) -> list[str]:
    """The stamps in a folder of at most so many entries, which nobody can make again, each with its checkpoint."""
    stamped = sorted(one.stem for one in (place / stamping.FOLDER).glob("*.tsr"))
    names = [f"{stamping.FOLDER}/{size}" for size in stamped if size.isdigit() and int(size) <= most]
    return [where for name in names if (place / name).is_file() for where in (name, f"{name}.tsr")]


def _told(data: bytes) -> notes.Checkpoint:
    return notes.parse_checkpoint(notes.parse_note(data))


def of_folder(place: Path) -> notes.Checkpoint | None:
    """What the checkpoint in a folder says, whoever signed it."""
    try:
        return _told(tiles.Files(place).read(CHECKPOINT))
    except FileNotFoundError:
        return None


def root_in(place: Path, size: int) -> str:
    """The root that a folder's tiles give for its first ``size`` leaves, as hex; empty where they do not go so far."""
    found = of_folder(place)
    if found is None or found.size < size:
        return ""
    try:
        return (
            merkle.root(tiles.Files(place).node(found.size), size).hex() if size else merkle.EMPTY_ROOT.hex()
        )
    except (FileNotFoundError, RecordBroken):
        return ""


def examine(place: Path, using: str) -> str:
    """What is wrong with the record in a folder beside its database: its signature, its rows, its tiles, its root.

    Every tile is made from the rows once more and compared with what stands there; those that a later checkpoint counts
    on, and that no piece carried along, are written by that.
    """
    files = tiles.Files(place)
    try:
        data = files.read(CHECKPOINT)
    except FileNotFoundError:
        return ""
    known = [notes.verifier(vkey) for vkey in Key.objects.using(using).values_list("vkey", flat=True)]
    try:
        told, _note = notes.open_checkpoint(data, known)
        rows = (
            Leaf.objects.using(using)
            .filter(index__lt=told.size)
            .order_by("index")
            .values_list("data", flat=True)
        )
        tree = Tree(files)
        for _where in tree.append(row.encode() for row in rows.iterator(ROWS_AT_ONCE)):
            pass
        if tree.size != told.size:
            return f"{told.size} entries are signed, the database holds {tree.size} of them"
        for _where in tree.flush():
            pass
    except (notes.NoteBroken, RecordBroken) as broken:
        return str(broken)
    return (
        ""
        if tree.root == told.root
        else f"the rows do not lead to the root that is signed for {told.size} entries"
    )


def part(place: Path) -> str:
    """Where the record of a folder and the one here part; nothing while one is the beginning of the other."""
    theirs, ours = of_folder(place), of_folder(folder())
    if theirs is None or ours is None:
        return ""
    if theirs.size <= ours.size:
        longer, shorter = folder(), theirs
    else:
        longer, shorter = place, ours
    if root_in(longer, shorter.size) == shorter.root.hex():
        return ""
    return f"it and the one in {folder()} part within the first {shorter.size} entries, or files are missing"


def settle(place: Path) -> str:
    """Put it where it is served from, unless what stands there goes further; the district's word is never cut short."""
    theirs, ours = of_folder(place), of_folder(folder())
    if theirs is None:
        return ""
    source, files = tiles.Files(place), tiles.Files(folder())
    for where in _stamps(place, theirs.size):
        if not (folder() / where).exists():
            files.write(where, source.read(where))
    files.settle()
    if ours is not None and ours.size >= theirs.size:
        if ours.size == theirs.size:
            return ""
        return (
            f"The public record here goes on to {ours.size} entries, the backup's to {theirs.size}; "
            "it was left as it is. Run `townhall record-recover` before anything is published."
        )
    for where in tiles.addresses(theirs.size):
        files.write(where, source.read(where))
    files.settle()
    files.replace(CHECKPOINT, source.read(CHECKPOINT))
    return ""


LOG = Log(
    head=CHECKPOINT,
    folder=folder,
    is_file=is_file,
    read_head=read_checkpoint,
    files=files_of,
    examine=examine,
    part=part,
    settle=settle,
)
