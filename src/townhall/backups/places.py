"""Scratch folders, leases, and databases looked at beside the installation's own."""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connections

from townhall.backups.errors import DamagedError, OccupiedError

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRATCH = ".backup-"


def database_file() -> Path | None:
    """The SQLite file, or nothing on PostgreSQL."""
    described = connections.settings["default"]
    return Path(described["NAME"]) if described["ENGINE"].endswith("sqlite3") else None


def vendor() -> str:
    """Which kind of database the installation has."""
    return "sqlite" if database_file() else "postgresql"


def has_data() -> bool:
    """Whether there is anything to compare with: a machine that only keeps backups has no database of its own."""
    path = database_file()
    if path is not None:
        return path.exists()
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = current_schema())")
        return bool(cursor.fetchone()[0])


def uploads() -> Path:
    """Where the installation's uploaded files lie."""
    return Path(settings.DATA_DIR) / "uploads"


@contextmanager
def lease(name: str) -> Iterator[None]:
    """Be the only process that does this on this installation.

    :raises OccupiedError: when another one does it now
    """
    handle = os.open(Path(settings.DATA_DIR) / f"{name}.lease", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = f"another process is at it already ({name}); wait for it"
            raise OccupiedError(message) from None
        yield
    finally:
        os.close(handle)


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for a while, on the disk of the data, for the owner of the process only."""
    folder = Path(tempfile.mkdtemp(dir=settings.DATA_DIR, prefix=SCRATCH))
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH)  # what nobody holds was left behind by somebody killed
        _sweep()
        yield folder
    finally:
        os.close(handle)
        shutil.rmtree(folder, ignore_errors=True)


def _sweep() -> None:
    for folder in Path(settings.DATA_DIR).glob(f"{SCRATCH}*"):
        with suppress(OSError):
            handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(handle)


@contextmanager
def beside(name: str) -> Iterator[str]:
    """Look at another database of the same kind; gives Django's alias for it.

    :param name: SQLite: the file; PostgreSQL: the name of a database on the same server
    """
    described: dict[str, Any] = connections.settings["default"] | {"NAME": name, "OPTIONS": {}}
    alias = "beside"
    connections.settings[alias] = described
    try:
        yield alias
    finally:
        connections[alias].close()
        del connections[alias]
        del connections.settings[alias]


def check_sqlite(path: Path) -> None:
    """Let SQLite look for damage in a file.

    :raises DamagedError: with what it finds
    """
    connection = sqlite3.connect(path)
    try:
        found = str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
        orphan = connection.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as error:
        found, orphan = str(error), None
    finally:
        connection.close()
    if found != "ok" or orphan:
        message = (
            f"the restored database is damaged ({found if found != 'ok' else orphan}); use another backup"
        )
        raise DamagedError(message)
