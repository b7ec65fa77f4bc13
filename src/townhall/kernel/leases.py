"""What is done once for an installation, however many processes and machines it has.

On one machine a lock on a file decides. With PostgreSQL there may be several machines, and an advisory lock of one
session decides among them as well: the database lets go of it when the session ends, however it ends. Neither can be
held by somebody who has died.
"""

from __future__ import annotations

import fcntl
import logging
import os
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from townhall.kernel import sessions

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

logger = logging.getLogger("townhall.jobs")
# The other machine takes over some ten seconds after a session has died; it is asked about more often than that.
LOOK_SECONDS = 1.0
# A database that does not answer is not asked again at once: each try may take seconds.
PAUSE_SECONDS = 2.0


class _Session:
    """One session for all leases of this process; when it breaks, all of them are lost."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection: psycopg.Connection[Any] | None = None
        self._life = 0
        self._seen_at = self._again_at = 0.0

    def take(self, name: str) -> int:
        """The session's number if the lease was free, else 0."""
        with self._lock:
            row = self._ask("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", f"townhall lease {name}")
            return self._life if row and row[0] else 0

    def holds(self, life: int) -> bool:
        """Whether the session with this number still lives."""
        with self._lock:
            if life != self._life:
                return False
            return time.monotonic() - self._seen_at < LOOK_SECONDS or self._ask("SELECT 1") is not None

    def let_go(self, name: str, life: int) -> None:
        """Give a lease back."""
        with self._lock:
            if life == self._life:
                self._ask("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", f"townhall lease {name}")

    def _ask(self, statement: str, *values: str) -> tuple[Any, ...] | None:
        import psycopg

        if self._connection is None and time.monotonic() < self._again_at:
            return None
        try:
            if self._connection is None:
                self._connection = sessions.open_session("leases")
                self._life += 1
            row: tuple[Any, ...] | None = self._connection.execute(statement, values).fetchone()
        except psycopg.Error as error:
            logger.warning("the session that holds leases has ended: %s", error)
            self._end()
            return None
        self._seen_at = time.monotonic()
        return row

    def _end(self) -> None:
        broken, self._connection = self._connection, None
        self._life += 1
        self._again_at = time.monotonic() + PAUSE_SECONDS
        if broken is not None:
            with suppress(Exception):
                broken.close()


_session = _Session()


class Lease:
    """One try to hold a lease. True as long as it is held; asked again and again, it notices when it is lost."""

    def __init__(self, name: str, *, here: bool, among_machines: bool) -> None:
        """Take it if it is free.

        :param here: whether no other process of this machine has it or waits for it
        :param among_machines: whether only one machine may hold it
        """
        self.here = here
        self._name = name
        self._among_machines = among_machines and sessions.is_wanted()
        self._session = _session
        self._life = self._session.take(name) if here and self._among_machines else 0

    def __bool__(self) -> bool:
        if not self._among_machines:
            return self.here
        return bool(self._life) and self._session.holds(self._life)

    def let_go(self) -> None:
        """Leave it to others."""
        if self._life:
            self._session.let_go(self._name, self._life)


@contextmanager
def lease(name: str, *, among_machines: bool = True) -> Iterator[Lease]:
    """Whether this process holds the installation's lease for a job; let go at the end or at death.

    :param among_machines: whether one machine of several does the job; otherwise one process of each
    """
    handle = os.open(Path(settings.DATA_DIR) / f"{name}.lease", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield Lease(name, here=False, among_machines=among_machines)
        else:
            held = Lease(name, here=True, among_machines=among_machines)
            try:
                yield held
            finally:
                held.let_go()
    finally:
        os.close(handle)
