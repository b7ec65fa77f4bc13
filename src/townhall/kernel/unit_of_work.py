"""The one door through which anything is written.

SQLite takes one writer at a time, and more of them are slower and unfair, so writers queue here: first in,
first out, desks before the next batch of citizens' questions. Between processes a file lock does the same.
PostgreSQL locks rows instead and passes straight through.
"""

from __future__ import annotations

import fcntl
import logging
import os
import threading
import time
from collections import deque
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from django.conf import settings
from django.db import connection, transaction

from townhall.kernel import metrics, traces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

logger = logging.getLogger("townhall.kernel")
Priority = Literal["desk", "ask"]
# Busy desks would otherwise keep citizens waiting for their receipts without end.
ASK_PATIENCE_SECONDS = 0.1
# A file that stands as long as SQLite's log may still hold what was deleted; any process may empty it.
_TRACES = "traces"


class _Ticket:
    """One writer's place in its lane."""

    def __init__(self) -> None:
        self.since = time.monotonic()


class _Gate:
    """A first-come-first-served gate with one express lane; whoever has waited long enough goes all the same."""

    def __init__(self, patience: float = ASK_PATIENCE_SECONDS) -> None:
        self._condition = threading.Condition()
        self._lanes: dict[str, deque[_Ticket]] = {"desk": deque(), "ask": deque()}
        self._busy = False
        self._patience = patience
        # Decided once at every change of turns, so that all who wait agree on who is next.
        self._ask_first = False

    def enter(self, priority: Priority) -> None:
        ticket = _Ticket()
        lane = self._lanes[priority]
        with self._condition:
            lane.append(ticket)
            self._condition.wait_for(lambda: not self._busy and self._is_next(ticket))
            lane.popleft()
            self._busy = True

    def leave(self) -> None:
        with self._condition:
            ask = self._lanes["ask"]
            self._ask_first = bool(ask) and time.monotonic() - ask[0].since > self._patience
            self._busy = False
            self._condition.notify_all()

    def _is_next(self, ticket: _Ticket) -> bool:
        desk, ask = self._lanes["desk"], self._lanes["ask"]
        lane = ask if ask and (self._ask_first or not desk) else desk
        return bool(lane) and lane[0] is ticket


class _State(threading.local):
    """What the unit of work of this thread has still to do after its commit."""

    callbacks: list[Callable[[], None]] | None = None


_gate = _Gate()
_state = _State()


@contextmanager
def _machine_wide_lock() -> Iterator[None]:
    """Keep other processes on the same SQLite file waiting in the kernel instead of polling for the lock."""
    path = Path(settings.DATA_DIR) / "write.lock"
    handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def _turn(priority: Priority) -> Iterator[None]:
    if connection.vendor != "sqlite":
        yield
        return
    _gate.enter(priority)
    try:
        with _machine_wide_lock():
            yield
    finally:
        _gate.leave()


@contextmanager
def unit_of_work(priority: Priority = "desk") -> Iterator[None]:
    """One durable transaction; what was given to :func:`after_commit` runs once it is on the disk.

    :param priority: ``desk`` goes before the next waiting ``ask`` batch
    :raises RuntimeError: when opened inside another one
    """
    if _state.callbacks is not None:
        message = "a unit of work is already open in this thread"
        raise RuntimeError(message)
    callbacks: list[Callable[[], None]] = []
    _state.callbacks = callbacks
    try:
        watch = metrics.Watch()
        with traces.span("unit of work", lane=priority), _turn(priority):
            metrics.TURN.labels(priority).observe(watch.split())
            with transaction.atomic(durable=True):
                yield
                watch.split()
            metrics.COMMIT.labels(priority).observe(watch.split())
    finally:
        _state.callbacks = None
    for callback in callbacks:
        try:
            callback()
        except Exception:  # the work is done and stays done: nobody may be told that it failed
            logger.exception("something that follows a commit failed")


def after_commit(callback: Callable[[], None]) -> None:
    """Run ``callback`` once after the open unit of work has committed; the same callable only once.

    :raises RuntimeError: outside a unit of work
    """
    if _state.callbacks is None:
        message = "nothing is written outside a unit of work"
        raise RuntimeError(message)
    if callback not in _state.callbacks:
        _state.callbacks.append(callback)


def leave_no_trace() -> None:
    """What this unit of work deletes is to vanish from the disk too, not only from the tables.

    SQLite overwrites what is deleted (``secure_delete``), but its log keeps the earlier pages until it is emptied,
    which must not hold up whoever deletes: :func:`wipe_traces` does it, soon.
    """
    if connection.vendor == "sqlite":
        after_commit(_note_traces)


def _note_traces() -> None:
    (Path(settings.DATA_DIR) / _TRACES).touch(mode=0o600)


def wipe_traces() -> bool:
    """Empty SQLite's log when something was deleted for good; a reader in the middle of a page puts it off.

    :returns: whether the log was emptied
    """
    noted = Path(settings.DATA_DIR) / _TRACES
    if connection.vendor != "sqlite" or not noted.exists():
        return False
    noted.unlink(missing_ok=True)  # before: what is deleted meanwhile notes itself anew
    with _turn("ask"), connection.cursor() as cursor:
        waits = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
        cursor.execute("PRAGMA busy_timeout=0")
        try:
            busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        finally:
            cursor.execute(f"PRAGMA busy_timeout={waits}")
    if busy:
        _note_traces()
    return not busy


def one_at_a_time(key: str) -> None:
    """Keep others who name the same key waiting until this unit of work has ended.

    For rules about rows that do not exist yet. SQLite's single writer is alone anyway.
    """
    if connection.vendor == "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])


def is_open() -> bool:
    """Whether this thread is inside a unit of work."""
    return _state.callbacks is not None
