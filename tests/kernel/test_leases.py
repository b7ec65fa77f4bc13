"""What is done once for an installation: on one machine by a file, among several by the database."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.tools import postgres
from townhall.config import databases
from townhall.journal import bell
from townhall.kernel import leases, sessions


def until(found: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def cluster(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], None]]:
    """A PostgreSQL that this installation is on; executes a statement there."""
    with postgres.running() as running:
        url = running.create("townhall")
        settings.DIRECT_DATABASE = databases.describe(url, tmp_path)
        monkeypatch.setattr(sessions, "is_wanted", lambda: True)
        monkeypatch.setattr(leases, "PAUSE_SECONDS", 0.0)
        monkeypatch.setattr(leases, "LOOK_SECONDS", 0.0)
        with psycopg.connect(url, autocommit=True) as connection:
            yield lambda statement: connection.execute(statement.encode()) and None
        for session in _sessions.values():
            session._end()
        _sessions.clear()


@contextmanager
def machine(name: str, settings: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Be on a machine of its own for a moment: other files, another session."""
    (folder / name).mkdir(exist_ok=True)
    before, session = settings.DATA_DIR, _sessions.setdefault(f"{folder}/{name}", leases._Session())
    settings.DATA_DIR = folder / name
    with monkeypatch.context() as patch:
        patch.setattr(leases, "_session", session)
        yield
    settings.DATA_DIR = before


_sessions: dict[str, Any] = {}


def test_one_process_of_a_machine_holds_a_lease(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    with leases.lease("once", among_machines=False) as first:
        assert first
        with leases.lease("once", among_machines=False) as second:
            assert not second
            assert not second.here
        with leases.lease("other", among_machines=False) as other:
            assert other
    with leases.lease("once", among_machines=False) as third:
        assert third


@pytest.mark.long
@pytest.mark.sqlite
def test_one_of_two_machines_holds_a_lease_until_its_session_ends(
    cluster: Callable[[str], None], settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def on(name: str) -> Any:
        return machine(name, settings, tmp_path, monkeypatch)

    def taken_on_two() -> bool:
        with on("two"), leases.lease("jobs") as other:
            return bool(other)  # its session has ended as well, and is opened anew

    with on("one"), leases.lease("jobs") as mine:
        assert mine
        with on("two"), leases.lease("jobs") as other:
            assert not other
            assert other.here, "another machine has it, no process of this one"
        with on("two"), leases.lease("record") as another:
            assert another, "each job has its own"
        cluster(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'townhall leases'"
        )
        until(lambda: not mine)
        until(taken_on_two)
        assert not mine
    with on("one"), leases.lease("jobs") as again:
        assert again, "given back at the end, it is free"


@pytest.mark.long
@pytest.mark.sqlite
def test_a_machine_hears_the_others_bell_and_not_its_own(
    cluster: Callable[[str], None], settings: Any, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path
    bell._house.cache_clear()
    listener, stop = bell.open_listener(), threading.Event()

    def heard() -> bool:
        try:
            return bool(listener.recv(16))
        except BlockingIOError:
            return False

    relay = threading.Thread(target=bell.relay, args=(stop,))
    relay.start()
    try:
        until(heard)  # whoever begins to listen may have missed something
        cluster(f"NOTIFY {bell.CHANNEL}, 'another machine'")
        until(heard)
        cluster(f"NOTIFY {bell.CHANNEL}, '{bell._house()}'")
        cluster(f"NOTIFY {bell.CHANNEL}, 'another machine'")
        until(heard)
        time.sleep(0.2)
        assert not heard(), "its own it hears without the database"
    finally:
        stop.set()
        relay.join()
        bell.close_listener(listener)
        bell._house.cache_clear()
