"""Making a backup while the server runs: one consistent state, encrypted, in one file."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any

from django.db import connections
from django.db.migrations.recorder import MigrationRecorder

from townhall.backups import archive, facts, image, keys, location, logs, places, postgres, vault
from townhall.backups.errors import BackupError, in_words
from townhall.kernel import clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FORMAT = "townhall-backup/1"
PAGES_AT_ONCE = -1  # all: a copy in steps begins anew whenever somebody writes
SECONDS_WAITED = 60


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made.

    :param sums: of the database's pages, where it is SQLite
    :param uploads: names of the uploaded files in it
    """

    backup: location.Backup
    manifest: dict[str, Any]
    sums: list[bytes]
    uploads: frozenset[str]


def make(target: Path, *, into_folder: bool) -> Made:
    """Back up database, uploads and the log.

    :param target: a folder (the file gets its name by the time), or the file itself
    :raises BackupError: when it cannot be made; nothing half-written stays
    """
    recipients = keys.recipients()
    folder = location.prepare(target if into_folder else target.parent)
    backup = location.Backup(folder / location.new_name() if into_folder else target)
    if backup.path.exists():
        message = f"{backup.path} is there already; nothing is overwritten"
        raise BackupError(message)
    try:
        head = logs.head()  # before the database: what it counts on is in there then
        with places.scratch() as scratch, _still(scratch) as (dumped, alias):
            manifest = _manifest(alias, _set_aside(head, scratch))
            names = _write(backup.path, recipients, manifest, dumped, head)
            sums = image.sums_of_file(dumped) if places.database_file() else []
        side = {name: manifest[name] for name in ("format", "made_at", "version", "vendor", "fingerprints")}
        location.write_aside(backup.beside(location.SIDE), side | {"bytes": backup.path.stat().st_size})
    except OSError as error:
        raise BackupError(in_words(error)) from error
    return Made(backup, manifest, sums, names)


@contextmanager
def _still(scratch: Path) -> Iterator[tuple[Path, str]]:
    """One state of the database: as a file, and under an alias of Django's to be read."""
    copy = scratch / archive.DATABASE
    if path := places.database_file():
        copy.touch(mode=0o600)
        copy_sqlite(path, copy)
        with places.beside(str(copy)) as alias:
            yield copy, alias
        return
    with places.beside(postgres.own_name()) as alias, postgres.snapshot(alias) as name:
        postgres.dump(copy, name)
        yield copy, alias


def copy_sqlite(path: Path, copy: Path) -> None:
    """Copy by SQLite's online backup, beside whoever writes."""
    try:
        with (
            closing(
                sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=SECONDS_WAITED)
            ) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target, pages=PAGES_AT_ONCE)
    except sqlite3.Error as error:
        message = f"the database cannot be copied: {error}; is there room on the disk?"
        raise BackupError(message) from error


def _set_aside(head: bytes | None, scratch: Path) -> Path:
    """The log's head in a folder of its own, to be told of beside the database of the same moment."""
    folder = scratch / logs.FOLDER
    folder.mkdir()
    if head is not None:
        (scratch / logs.head_member()).write_bytes(head)
    return folder


def _manifest(alias: str, log: Path) -> dict[str, Any]:
    applied = MigrationRecorder(connections[alias]).applied_migrations()
    return {
        "format": FORMAT,
        "made_at": clock.now().isoformat(),
        "version": metadata.version("townhall"),
        "vendor": places.vendor(),
        "migrations": sorted(applied),
        "fingerprints": keys.fingerprints(),
        "facts": facts.tell(facts.Place(alias, places.uploads(), log)),
    }


def _write(
    path: Path, recipients: list[Any], manifest: dict[str, Any], dumped: Path, head: bytes | None
) -> frozenset[str]:
    with vault.sealing(path, recipients) as sink:
        writer = archive.Writer(sink)
        writer.add(archive.MANIFEST, json.dumps(manifest, ensure_ascii=False).encode())
        writer.add_file(archive.DATABASE, dumped)
        for name, content in logs.members(head) if head is not None else ():
            writer.add(name, content)
        names = frozenset(name for name in upload_names() if add_upload(writer, name))
        writer.finish()
    return names


def upload_names() -> set[str]:
    """The uploaded files there are, as members of an archive."""
    folder = places.uploads()
    found = (f"uploads/{path.parent.name}/{path.name}" for path in folder.glob("??/*"))
    return {name for name in found if archive.UPLOAD.fullmatch(name)}


def add_upload(writer: archive.Writer, name: str) -> bool:
    """Put one in; false when it was thrown away meanwhile."""
    try:
        writer.add_file(name, places.uploads().parent / name)
    except FileNotFoundError:
        return False
    return True
