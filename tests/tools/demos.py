"""Demo installations to copy: filling one takes as long as a hundred tests, so each kind is filled once a while."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

SHELF = "PRIVATE_DEMO_SHELF"  # a directory shared by all workers of one run; see environment.py
# A live demo's hour has half of its sixty minutes before it when it is filled: a copy must still have time for a test.
FRESH_SECONDS = 600
# What is about days keeps longer.
CALM_SECONDS = 3600
DATABASE = "townhall.sqlite3"


def copy(data_dir: Path, options: Sequence[str]) -> dict[str, Any]:
    """Put a demo of this kind into an empty data directory; what the command told when it was filled, and ``tokens``.

    :param options: what follows ``townhall demo --stage``
    """
    shelf = Path(os.environ[SHELF])
    name = "-".join(options).replace("--", "")
    with (shelf / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        original, told = shelf / name, shelf / f"{name}.json"
        fresh = FRESH_SECONDS if options[0] == "live" else CALM_SECONDS
        if not told.exists() or time.time() - told.stat().st_mtime > fresh:
            _fill(original, told, options)
        shutil.copytree(original, data_dir, dirs_exist_ok=True)
        answer: dict[str, Any] = json.loads(told.read_text())
    return answer


def lay_schema(data_dir: Path) -> None:
    """Put an SQLite database without a row where none is yet.

    Migrating takes seven seconds of processor each time; `townhall` finds it done. The first start itself, from an
    empty directory, has its own tests (tests/journeys/test_stages.py).
    """
    shelf = Path(os.environ[SHELF])
    with (shelf / "empty.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = shelf / "empty"
        if not made.exists():
            made.mkdir()
            migrate({"TOWNHALL_DATA_DIR": str(made)})
    shutil.copy(made / DATABASE, data_dir / DATABASE)


def migrate(settings: dict[str, str]) -> None:
    """Bring a database of its own to the newest schema."""
    surrounding = {name: value for name, value in os.environ.items() if not name.startswith("TOWNHALL_")}
    subprocess.run(
        [Path(sys.executable).with_name("townhall"), "manage", "migrate", "--verbosity", "0"],
        env=surrounding | settings,
        check=True,
    )


def _fill(original: Path, told: Path, options: Sequence[str]) -> None:
    from tests.tools.server import Installation

    told.unlink(missing_ok=True)
    shutil.rmtree(original, ignore_errors=True)
    place = Installation(original)
    answer = place.filled(*options)
    told.write_text(json.dumps(answer | {"tokens": place.issue_tokens()}))
