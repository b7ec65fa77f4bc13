"""Bringing a backup back: unpacked and checked beside the data first, put into its place only when all is well."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader

from townhall.backups import archive, facts, follow, keys, location, logs, making, places, postgres, vault
from townhall.backups.errors import (
    DamagedError,
    ForeignError,
    NewerError,
    NotEmptyError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_PRIVATE = stat.S_IRUSR | stat.S_IWUSR


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A state, unpacked into a folder.

    :param state_at: the moment it stands for
    :param pieces: how many pieces of what changed after the backup are in it
    """

    folder: Path
    manifest: dict[str, Any]
    state_at: datetime
    pieces: int

    @property
    def database(self) -> Path:
        """The SQLite file, or what pg_dump wrote."""
        return self.folder / archive.DATABASE

    @property
    def uploads(self) -> Path:
        """The folder of uploaded files."""
        return self.folder / "uploads"

    @property
    def log(self) -> Path:
        """The folder of the log's files."""
        return self.folder / logs.FOLDER


def peek(backup: location.Backup, identities: Sequence[Any]) -> dict[str, Any]:
    """What a backup says of itself.

    :raises WrongKeyError: when the keys do not open it
    :raises DamagedError: when it is none
    """
    with vault.opening(backup.path, identities) as source:
        for name, content in archive.Reader(source, backup.path.name).members():
            if name != archive.MANIFEST:
                break
            told: dict[str, Any] = json.loads(content.read())
            return told
    message = f"{backup.path.name} is no backup of Townhall"
    raise DamagedError(message)


def is_ours(manifest: dict[str, Any]) -> bool:
    """Whether it was made under this installation's DATA_KEY."""
    return bool(manifest["fingerprints"].get("DATA_KEY") == keys.fingerprints()["DATA_KEY"])


def refuse_unfit(manifest: dict[str, Any], *, other_keys: bool) -> None:
    """Refuse what this program and this installation cannot live with.

    :raises NewerError: when a newer program made it
    :raises ForeignError: when another installation or another kind of database did
    """
    if manifest.get("format") != making.FORMAT:
        message = f"its format is {manifest.get('format')}, this program reads {making.FORMAT}; use the newer program"
        raise NewerError(message)
    known = set(MigrationLoader(None).disk_migrations)
    if unknown := sorted(set(map(tuple, manifest["migrations"])) - known):
        message = (
            f"it was made by Townhall {manifest['version']} and has {'.'.join(unknown[0])}, which this program "
            "does not know: install that version first"
        )
        raise NewerError(message)
    if manifest["vendor"] != places.vendor():
        message = (
            f"it is of {manifest['vendor']}, here is {places.vendor()}; set TOWNHALL_DATABASE_URL to one"
        )
        raise ForeignError(message)
    if not is_ours(manifest) and not other_keys:
        told = keys.shown([("DATA_KEY", manifest["fingerprints"]["DATA_KEY"])])
        here = keys.shown([("DATA_KEY", keys.fingerprints()["DATA_KEY"])])
        message = (
            f"it is of another installation: its key is {told}, here stands {here}. Put the DATA_KEY kept with that "
            "installation here; or, if it is lost, say --other-keys: contact data and receipts are lost with it"
        )
        raise ForeignError(message)


def refuse_occupied() -> None:
    """Refuse when something stands where the data would go.

    :raises NotEmptyError: naming it
    """
    path = places.database_file()
    occupied = [one for one in _files_of(path) if one.exists()] if path else []
    folder = places.uploads()
    if folder.is_dir() and any(folder.glob("??/*")):
        occupied.append(folder)
    if occupied:
        message = (
            f"{occupied[0]} is there already; nothing is overwritten: stop the server and move it away first"
        )
        raise NotEmptyError(message)
    if path is None and places.has_data():
        message = f"the database {postgres.own_name()} holds tables already; nothing is overwritten: use an empty one"
        raise NotEmptyError(message)


def _files_of(path: Path) -> list[Path]:
    return [path, *(path.with_name(path.name + ending) for ending in ("-wal", "-shm", "-journal"))]


def unpack(
    backup: location.Backup, identities: Sequence[Any], folder: Path, *, until: datetime | None = None
) -> Unpacked:
    """Unpack a backup and what was copied on after it, and check every seal.

    :param until: leave out what was copied on after that moment
    :raises DamagedError: when something is not as it was sealed
    """
    (folder / "uploads").mkdir(mode=0o700)
    with vault.opening(backup.path, identities) as source:
        reader = archive.Reader(source, backup.path.name)
        manifest: dict[str, Any] = {}
        for name, content in reader.members():
            if name == archive.MANIFEST:
                manifest = json.loads(content.read())
            else:
                _take(name, content, folder)
    if not manifest or not (folder / archive.DATABASE).exists():
        message = f"{backup.path.name} is no backup of Townhall"
        raise DamagedError(message)
    ours = is_ours(manifest)
    reader.check(ours=ours)
    pieces = [one for one in backup.segments() if until is None or one.at <= until]
    for piece in pieces:
        _apply(backup, piece, identities, folder, ours=ours)
    if manifest["vendor"] == "sqlite":
        places.check_sqlite(folder / archive.DATABASE)
    return Unpacked(folder, manifest, pieces[-1].at if pieces else backup.made_at, len(pieces))


def _take(name: str, content: IO[bytes], folder: Path) -> None:
    """Write one member where it belongs; uploads must be what their names say, the log is proven as a whole later."""
    upload = archive.UPLOAD.fullmatch(name)
    if name != archive.DATABASE and not upload and not logs.is_member(name):
        message = f"{name!r} does not belong into a backup"
        raise DamagedError(message)
    path = folder / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    digest = archive.copy(content, path)
    if upload and digest != upload[2]:
        message = f"{name} is not what its name says; use another backup"
        raise DamagedError(message)


def _apply(
    backup: location.Backup, piece: location.Segment, identities: Sequence[Any], folder: Path, *, ours: bool
) -> None:
    """Bring the state forward by one piece."""
    told: dict[str, Any] = {}
    with vault.opening(piece.path, identities) as source:
        reader = archive.Reader(source, f"{backup.stem}/{piece.path.name}")
        for name, content in reader.members():
            if name == archive.MANIFEST:
                told = json.loads(content.read())
                _belongs(told, backup, piece)
            elif name == archive.PAGES:
                _write_pages(content, told, folder / archive.DATABASE)
            else:
                _take(name, content, folder)
    reader.check(ours=ours)
    for name in told["gone"]:
        if archive.UPLOAD.fullmatch(name):
            (folder / name).unlink(missing_ok=True)


def _belongs(told: dict[str, Any], backup: location.Backup, piece: location.Segment) -> None:
    if (told.get("backup"), told.get("number")) != (backup.stem, piece.number):
        message = f"{piece.path.name} belongs to another backup; take it out of {piece.path.parent.name}"
        raise DamagedError(message)


def _write_pages(content: IO[bytes], told: dict[str, Any], database: Path) -> None:
    size = int(told["page_size"])
    with database.open("r+b") as out:
        while head := content.read(follow.PAGE.size):
            out.seek((follow.PAGE.unpack(head)[0] - 1) * size)
            out.write(content.read(size))
        out.truncate(int(told["pages"]) * size)


def differences(found: Unpacked, alias: str) -> list[str]:
    """What is not as it was told when the backup was made; of a state copied on later, only what never changes."""
    place = facts.Place(alias, found.uploads, found.log)
    told = found.manifest["facts"]
    older = set(MigrationLoader(None).disk_migrations) - set(map(tuple, found.manifest["migrations"]))
    if older:  # today's program reads today's tables
        call_command("migrate", database=alias, verbosity=0, interactive=False)
    kept = logs.log()
    wrong = kept.examine(found.log, alias) if kept else ""
    different = facts.contradictions(told, place) if found.pieces or older else facts.compare(told, place)
    return [*([f"log: {wrong}"] if wrong else []), *different]


@dataclass(frozen=True, slots=True)
class Restored:
    """What was brought back.

    :param words: what is still to be done about the log, if anything
    """

    backup: location.Backup
    manifest: dict[str, Any]
    state_at: datetime
    pieces: int
    words: str


def restore(
    source: Path, identity: Path | None, *, other_keys: bool = False, until: datetime | None = None
) -> Restored:
    """Bring the newest state of a file or folder into this installation, which must be empty.

    :param identity: the file with the private key
    :param other_keys: restore although the DATA_KEY is another one
    :param until: the newest state that is no newer than that moment
    :raises BackupError: saying why not and what to do; nothing was changed then
    """
    backup = location.find(source, until=until)
    identities = keys.identities(identity)
    refuse_unfit(peek(backup, identities), other_keys=other_keys)
    refuse_occupied()
    with places.scratch() as folder:
        found = unpack(backup, identities, folder, until=until)
        if path := places.database_file():
            with places.beside(str(found.database)) as alias:
                _refuse_different([*differences(found, alias), *_parted(found)])
            _settle_uploads(found)
            words = _settle_log(found)
            _settle(found.database, path)
        else:
            _refuse_different(_parted(found))
            postgres.load(found.database, postgres.own_name())
            _refuse_different(differences(found, "default"))
            _settle_uploads(found)
            words = _settle_log(found)
    return Restored(backup, found.manifest, found.state_at, found.pieces, words)


def _parted(found: Unpacked) -> list[str]:
    """A log that stands here already and is another one: a fork is never put in its place."""
    kept = logs.log()
    why = kept.part(found.log) if kept else ""
    return [f"log: {why}"] if why else []


def _settle_log(found: Unpacked) -> str:
    kept = logs.log()
    return kept.settle(found.log) if kept else ""


def _refuse_different(found: list[str]) -> None:
    if found:
        message = f"what comes back is not what was backed up ({'; '.join(found)}); use another backup"
        raise DamagedError(message)


def _settle_uploads(found: Unpacked) -> None:
    for path in [path for path in found.uploads.rglob("*") if path.is_file()]:
        _sync(path)
    folder = places.uploads()
    if folder.is_dir():
        for left in (
            folder.iterdir()
        ):  # a lock or empty folders: refuse_occupied() has seen that nothing else is there
            left.rmdir() if left.is_dir() else left.unlink()
        folder.rmdir()
    found.uploads.rename(folder)
    vault.sync_folder(folder.parent)


def _settle(database: Path, path: Path) -> None:
    """The database comes last: where it stands, everything stands. A link never takes another file's place."""
    _sync(database)
    database.chmod(_PRIVATE)
    try:
        os.link(database, path)
    except OSError:  # on another disk
        _across(database, path)
    vault.sync_folder(path.parent)


def _across(database: Path, path: Path) -> None:
    near = path.with_name(f".{path.name}-restored")
    near.unlink(missing_ok=True)
    try:
        with database.open("rb") as content:
            archive.copy(content, near)
        _sync(near)
        os.link(near, path)
    finally:
        near.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
