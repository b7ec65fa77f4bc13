"""The second place: which files lie there, what their names say, which is the newest, which are too old.

::

    townhall-20261130T110000Z-1f0c9a2b.tar.age          a whole backup
    townhall-20261130T110000Z-1f0c9a2b.json             what may be known of it without the key
    townhall-20261130T110000Z-1f0c9a2b.log/             what changed since, copied on while the server runs
        00000001-20261130T110000412Z.age
    townhall-20261130T110000Z-1f0c9a2b.proof.json       what its last restoring proved
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from townhall.backups.errors import BackupError
from townhall.backups.vault import PARTIAL
from townhall.kernel import clock

SUFFIX, LOG, SIDE, PROOF = ".tar.age", ".log", ".json", ".proof.json"
_NAME = re.compile(r"townhall-(\d{8}T\d{6}Z)-[0-9a-f]{8}\.tar\.age")
_SEGMENT = re.compile(r"(\d{8})-(\d{8}T\d{6})(\d{3})Z\.age")
_STAMP = "%Y%m%dT%H%M%S"
LEFT_BEHIND = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Segment:
    """One piece of what changed after a backup."""

    path: Path
    number: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Backup:
    """A whole backup and what lies beside it."""

    path: Path

    @property
    def stem(self) -> str:
        """Its name without ending."""
        return self.path.name.removesuffix(SUFFIX)

    def beside(self, ending: str) -> Path:
        """A file or folder that belongs to it."""
        return self.path.with_name(self.stem + ending)

    @property
    def made_at(self) -> datetime:
        """When it was begun, as its name says; for one with another name, when it was written."""
        if match := _NAME.fullmatch(self.path.name):
            return datetime.strptime(match[1], _STAMP + "Z").replace(tzinfo=UTC)
        return datetime.fromtimestamp(self.path.stat().st_mtime, UTC)

    def segments(self) -> list[Segment]:
        """What was copied on after it, in order, up to the first gap."""
        folder = self.beside(LOG)
        found = sorted(folder.iterdir()) if folder.is_dir() else []
        rows: list[Segment] = []
        for path in found:
            match = _SEGMENT.fullmatch(path.name)
            if match and int(match[1]) == len(rows) + 1:
                at = datetime.strptime(match[2], _STAMP).replace(tzinfo=UTC)
                rows.append(Segment(path, len(rows) + 1, at + timedelta(milliseconds=int(match[3]))))
        return rows

    @property
    def state_at(self) -> datetime:
        """The moment up to which it and its pieces lead."""
        rows = self.segments()
        return rows[-1].at if rows else self.made_at

    def known(self) -> dict[str, Any]:
        """What may be known without the key; empty when nothing was left beside it."""
        return _read(self.beside(SIDE))

    def proof(self) -> dict[str, Any]:
        """What its last restoring proved; empty when nobody has restored it."""
        return _read(self.beside(PROOF))

    def state_by(self, until: datetime) -> datetime:
        """The newest state that it holds of the time up to a moment."""
        return max([self.made_at, *(one.at for one in self.segments() if one.at <= until)])


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_aside(path: Path, told: dict[str, Any]) -> None:
    """Write a small file so that nobody ever reads half of it."""
    partial = path.with_name(f".{path.name}-{secrets.token_hex(4)}{PARTIAL}")
    try:
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            json.dump(told, out, ensure_ascii=False, indent=1)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def new_name() -> str:
    """The name of a backup that begins now."""
    return f"townhall-{clock.now():{_STAMP}}Z-{secrets.token_hex(4)}{SUFFIX}"


def segment_name(number: int, at: datetime) -> str:
    """The name of a piece."""
    return f"{number:08d}-{at:{_STAMP}}{at.microsecond // 1000:03d}Z.age"


def prepare(folder: Path) -> Path:
    """Make the second place ready, for its owner only.

    :raises BackupError: when nothing can be written there
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        message = f"{folder} cannot be used for backups: {error.strerror}"
        raise BackupError(message) from None
    return folder


def all_in(folder: Path) -> list[Backup]:
    """Every whole backup in a folder, that with the newest state first."""
    found = folder.iterdir() if folder.is_dir() else []
    rows = [Backup(path) for path in found if _NAME.fullmatch(path.name)]
    return sorted(rows, key=lambda one: (one.state_at, one.made_at), reverse=True)


def find(source: Path, *, until: datetime | None = None) -> Backup:
    """The backup that a file or a folder means: the one with the newest state.

    :param until: one whose state is no newer than that moment, and of those the newest
    :raises BackupError: when there is none
    """
    rows = [Backup(source)] if source.is_file() else all_in(source)
    if not rows:
        message = f"{source} is no backup and holds none (townhall-...{SUFFIX})"
        raise BackupError(message)
    if until is None:
        return rows[0]
    early = [one for one in rows if one.made_at <= until]
    if not early:
        oldest = min(rows, key=lambda one: one.made_at)
        message = (
            f"nothing in {source} is as old as {clock.local(until):%Y-%m-%d %H:%M:%S %z}: "
            f"the oldest backup is of {clock.local(oldest.made_at):%Y-%m-%d %H:%M:%S %z}"
        )
        raise BackupError(message)
    # What was copied on behind that moment is left out.
    return max(early, key=lambda one: (one.state_by(until), one.made_at))


def prune(folder: Path, days: int) -> list[str]:
    """Delete what is older than so many days, but never the newest nor the newest that was proven; returns the names.

    What was withdrawn since must not live on in old copies.
    """
    rows = all_in(folder)
    keep = {row.stem for row in rows[:1]}
    keep |= {row.stem for row in [one for one in rows if one.proof().get("well")][:1]}
    edge = clock.now() - timedelta(days=days)
    gone = [row for row in rows if row.state_at < edge and row.stem not in keep]
    for row in gone:
        row.path.unlink(missing_ok=True)
        for ending in (SIDE, PROOF):
            row.beside(ending).unlink(missing_ok=True)
        shutil.rmtree(row.beside(LOG), ignore_errors=True)
    _sweep(folder)
    return [row.stem for row in gone]


def _sweep(folder: Path) -> None:
    """Take away what a killed process left half-written."""
    edge = (clock.now() - LEFT_BEHIND).timestamp()
    for path in [*folder.glob(f".*{PARTIAL}"), *folder.glob(f"*{LOG}/.*{PARTIAL}")]:
        with suppress(OSError):
            if path.stat().st_mtime < edge:
                path.unlink()
