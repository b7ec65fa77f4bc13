"""PostgreSQL's own programs: pg_dump and pg_restore of the same major version as the server or newer."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import DatabaseError, connections

from townhall.backups.errors import BackupError

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEBIAN = Path("/usr/lib/postgresql")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _program(name: str) -> str:
    """Debian keeps one of each major version; the newest speaks to all older servers."""
    versions = sorted(
        (path for path in _DEBIAN.glob(f"*/bin/{name}") if path.parts[-3].isdigit()),
        key=lambda path: int(path.parts[-3]),
    )
    found = str(versions[-1]) if versions else shutil.which(name)
    if found is None:
        message = f"{name} is not installed: apt-get install postgresql-client"
        raise BackupError(message)
    return found


def _run(name: str, *arguments: str, database: str) -> None:
    described: dict[str, Any] = settings.DIRECT_DATABASE or connections.settings["default"]
    told = {
        "PGHOST": described["HOST"],
        "PGPORT": str(described["PORT"]),
        "PGUSER": described["USER"],
        "PGPASSWORD": described["PASSWORD"],  # by environment: arguments can be read by everybody
        "PGDATABASE": database,
        # The same protection of the line as everywhere else: sslmode is PGSSLMODE, and so on.
        **{
            f"PG{name.upper()}": str(value)
            for name, value in described["OPTIONS"].items()
            if name.startswith("ssl")
        },
        "PGTARGETSESSIONATTRS": described["OPTIONS"].get("target_session_attrs", ""),
    }
    environment = {key: value for key, value in os.environ.items() if not key.startswith("TOWNHALL_")}
    environment |= {key: value for key, value in told.items() if value}
    done = subprocess.run(  # noqa: S603 - a fixed program with our own arguments
        [_program(name), "--no-password", *arguments],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        message = f"{name} failed: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else done.returncode}"
        raise BackupError(message)


def own_name() -> str:
    """The installation's database."""
    return str(connections.settings["default"]["NAME"])


@contextmanager
def snapshot(alias: str) -> Iterator[str]:
    """Hold one state of the database still, to be read here and dumped elsewhere; gives its name.

    The connection behind ``alias`` reads that state inside the block.
    """
    with connections[alias].cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            cursor.execute("SELECT pg_export_snapshot()")
            yield str(cursor.fetchone()[0])
        finally:
            cursor.execute("ROLLBACK")


def dump(to: Path, of_snapshot: str) -> None:
    """Write that state to a file in pg_dump's own format."""
    to.touch(mode=0o600)
    _run(
        "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={of_snapshot}",
        f"--file={to}", database=own_name(),
    )  # fmt: skip


def load(dumped: Path, database: str) -> None:
    """Fill an empty database, wholly or not at all."""
    _run(
        "pg_restore", "--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges",
        f"--dbname={database}", str(dumped), database=database,
    )  # fmt: skip


@contextmanager
def scratch() -> Iterator[str]:
    """A database on the same server for a while.

    :raises BackupError: when the role may not create one
    """
    name = f"townhall_proof_{secrets.token_hex(6)}"
    _ask(f'CREATE DATABASE "{name}" TEMPLATE template0')
    try:
        yield name
    finally:
        _ask(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _ask(statement: str) -> None:
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute(statement)
    except DatabaseError as error:
        role = connections.settings["default"]["USER"]
        message = f"{str(error).strip()}; proving needs: ALTER ROLE {role} CREATEDB"
        raise BackupError(message) from None
