"""Copying on while the server runs: what was committed is in the second place a moment later.

Each piece is the difference between two committed states, in an encrypted file of its own that has its name only when
it is whole; so whatever is killed whenever, the second place always leads to a committed state.
"""

from __future__ import annotations

import json
import logging
import os
import struct
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from townhall.backups import archive, image, keys, location, logs, making, places, state, vault
from townhall.backups.errors import BackupError, in_words
from townhall.kernel import clock

if TYPE_CHECKING:
    import threading

logger = logging.getLogger("townhall.backups")

LOOK_SECONDS, STATUS_SECONDS, PAUSE_SECONDS = 0.2, 1.0, 2.0
NEW_BACKUP_AFTER = timedelta(hours=24)
# What is copied on grows to at most this, or the size of its backup when that is more; then a new backup begins.
MOST_LOG_BYTES = 256 << 20
PAGE = struct.Struct(">I")


def run(to: Path, stop: threading.Event) -> None:
    """Copy on until ``stop``; what goes wrong is told and tried again.

    :raises BackupError: at once, when it cannot work at all
    """
    path = places.database_file()
    if path is None:
        message = "PostgreSQL ships its own log: see docs/how-to/backup.md (pg_receivewal, archive_command, pgBackRest)"
        raise BackupError(message)
    location.prepare(to)
    with places.lease("follow"):
        status = _Status(to)
        looking: image.Image | None = None
        while not stop.is_set():
            try:
                looking = looking or image.Image(path)  # before the copy: from here on nothing is missed
                _follow_one(looking, to, stop, status)
            except image.ReplacedError as error:
                looking = None
                status.trouble(str(error))
            except (BackupError, OSError) as error:
                _tell(status, error)
                stop.wait(PAUSE_SECONDS)
        status.gone()


def _follow_one(looking: image.Image, to: Path, stop: threading.Event, status: _Status) -> None:
    """Make a backup and copy on after it, until a new one is due."""
    made = making.make(to, into_folder=True)
    location.prune(to, settings.BACKUP_DAYS)
    log = _Log(made, looking)
    while not log.is_full():
        stopping = stop.wait(LOOK_SECONDS)
        try:
            if looking.stirred():
                log.copy_on()
            status.well(log)
        except OSError as error:
            if not log.is_there():
                raise
            _tell(status, error)  # what could not be put away is still to be done
            looking.let_go()
            stop.wait(PAUSE_SECONDS)
        if (Path(settings.DATA_DIR) / "traces").exists():
            looking.let_go()  # somebody's data are to vanish from SQLite's log: stand in nobody's way
        if stopping:
            return


def _tell(status: _Status, error: Exception) -> None:
    status.trouble(in_words(error) if isinstance(error, OSError) else str(error))


class _Log:
    """The pieces after one backup."""

    def __init__(self, made: making.Made, looking: image.Image) -> None:
        self.backup = made.backup
        self.number, self.compared = 0, 0
        self._image = looking
        self._image.know(made.sums)
        self._uploads = made.uploads
        self._head: bytes | None = None
        self._recipients = keys.recipients()
        self._folder = made.backup.beside(location.LOG)
        self._folder.mkdir(mode=0o700)
        self._bytes = 0
        self._most = max(MOST_LOG_BYTES, made.backup.path.stat().st_size)

    def is_full(self) -> bool:
        """Whether a new backup should begin."""
        return self._bytes > self._most or clock.now() - self.backup.made_at > NEW_BACKUP_AFTER

    def is_there(self) -> bool:
        """Whether the second place still has what this goes on from."""
        return self._folder.is_dir() and self.backup.path.is_file()

    def copy_on(self) -> None:
        """Put what was committed since into the next piece.

        :raises OSError: when it cannot be written; it is still to be done then
        """
        head = logs.head()  # before the pages: what it counts on is in them then
        found = self._image.changes(hold=not (Path(settings.DATA_DIR) / "traces").exists())
        at = clock.now()
        self.compared += found.compared
        there = frozenset(making.upload_names())  # after the pages: what they name is there already
        if found.content or there != self._uploads or head != self._head:
            path = self._folder / location.segment_name(self.number + 1, at)
            self._write(path, found, at.isoformat(), there, head)
            self.number += 1
            self._bytes += path.stat().st_size
        self._image.settle(found)
        self._uploads, self._head = there, head

    def _write(
        self, path: Path, found: image.Changes, at: str, there: frozenset[str], head: bytes | None
    ) -> None:
        told: dict[str, Any] = {
            "format": making.FORMAT,
            "backup": self.backup.stem,
            "number": self.number + 1,
            "at": at,
            "page_size": found.page_size,
            "pages": found.pages,
            "gone": sorted(self._uploads - there),
        }
        with vault.sealing(path, self._recipients) as sink:
            writer = archive.Writer(sink)
            writer.add(archive.MANIFEST, json.dumps(told).encode())
            writer.add(
                archive.PAGES,
                b"".join(PAGE.pack(number) + page for number, page in sorted(found.content.items())),
            )
            if head is not None and head != self._head:
                writer.add(logs.head_member(), head)  # the tiles it counts on can be made from the rows
            for name in sorted(there - self._uploads):
                making.add_upload(writer, name)
            writer.finish()


class _Status:
    """How it goes, in a small file that `doctor` reads."""

    def __init__(self, to: Path) -> None:
        self._path = Path(settings.DATA_DIR) / state.STATUS
        self._to = str(to)
        self._written = 0.0
        self._trouble = ""

    def well(self, log: _Log) -> None:
        if self._trouble:
            logger.info("copying on again")
        elif time.monotonic() - self._written < STATUS_SECONDS:
            return
        self._trouble = ""
        self._write(backup=log.backup.stem, number=log.number, compared=log.compared)

    def trouble(self, why: str) -> None:
        if why != self._trouble:
            logger.error("the second place is not reached: %s", why)
        self._trouble = why
        self._write(trouble=why)

    def gone(self) -> None:
        """Ended on purpose."""
        self._path.unlink(missing_ok=True)

    def _write(self, **more: Any) -> None:
        self._written = time.monotonic()
        told = {"at": clock.now().isoformat(), "to": self._to, "pid": os.getpid(), **more}
        try:
            location.write_aside(self._path, told)
        except OSError as error:
            logger.error("how it goes cannot be written down: %s", in_words(error))  # noqa: TRY400 - the words say it
