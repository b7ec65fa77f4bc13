"""A database that several threads write at once: a file for SQLite, the cluster's own for PostgreSQL."""

from __future__ import annotations

import contextvars
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, connections

from tests.fixtures import START, make_district
from townhall.kernel import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.fixtures import District


@pytest.fixture(scope="session")
def empty_file(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A file with all tables and no rows, to be copied."""
    path = tmp_path_factory.mktemp("database") / "empty.sqlite3"
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(path)])
    return path


@pytest.fixture
def on_disk(request: pytest.FixtureRequest, django_db_blocker: Any, tmp_path: Path) -> Iterator[Path | None]:
    """Work on a real database for one test; gives SQLite's file, or nothing on PostgreSQL.

    Tests that use it are marked ``django_db(transaction=True)``.
    """
    if connection.vendor != "sqlite":
        yield None
        return
    path = tmp_path / "townhall.sqlite3"
    shutil.copy(request.getfixturevalue("empty_file"), path)
    in_memory, settings = connections["default"], connections.settings["default"]
    name = settings["NAME"]
    settings["NAME"] = str(path)
    del connections["default"]
    try:
        with django_db_blocker.unblock():
            yield path
            connections["default"].close()
    finally:
        settings["NAME"] = name
        connections["default"] = in_memory


@pytest.fixture
def busy(on_disk: Path | None) -> Iterator[District]:
    """A district in its live hour, on that database."""
    with clock.steer(START):
        district = make_district()
        district.to_stage("live")
        yield district


def together(*acts: Callable[[], Any]) -> list[Any]:
    """Start all acts at the same moment, each in a thread of its own; gives what each returned or raised."""
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        connection.ensure_connection()
        start.wait(10)
        try:
            return act()
        except Exception as error:  # noqa: BLE001 - an accident is a result that the test judges
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        running = [pool.submit(contextvars.copy_context().run, run, act) for act in acts]
        return [one.result(60) for one in running]
