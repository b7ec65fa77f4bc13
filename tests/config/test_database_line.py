"""The line to a PostgreSQL elsewhere: encrypted to the server that the operator named, or not at all."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import OperationalError
from django.db.backends.postgresql.base import DatabaseWrapper

from tests.tools import postgres
from townhall.backups import postgres as programs
from townhall.config import databases, probes
from townhall.readiness.choices import Level

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.django_db, pytest.mark.long, pytest.mark.sqlite]


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """One that signs itself, for 127.0.0.1."""
    key, made = folder / f"{name}.key", folder / f"{name}.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", made],
        check=True, capture_output=True,
    )  # fmt: skip
    return key, made


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder that the server's own user may look into."""
    made = Path(f"/tmp/townhall-line-{os.getpid()}")
    made.mkdir(mode=0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[postgres.Cluster]:
    key, made = certificate(folder, "server")
    certificate(folder, "another")
    key.chmod(0o600)
    if os.geteuid() == 0:
        shutil.chown(key, "postgres", "postgres")
    running = postgres.start({"ssl": "on", "ssl_cert_file": str(made), "ssl_key_file": str(key)})
    yield running
    running.stop()


def described(server: postgres.Cluster, tmp_path: Path, query: str) -> dict[str, Any]:
    found = databases.describe(server.url("postgres") + query, tmp_path)
    defaults = {"AUTOCOMMIT": True, "TIME_ZONE": None, "ATOMIC_REQUESTS": False, "TEST": {}}
    return defaults | found


def is_encrypted(told: dict[str, Any]) -> bool:
    line = DatabaseWrapper(told)
    try:
        with line.cursor() as cursor:
            cursor.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
            return bool(cursor.fetchone()[0])
    finally:
        line.close()


def test_the_line_is_as_the_address_says(server: postgres.Cluster, folder: Path, tmp_path: Path) -> None:
    proven = f"?sslmode=verify-full&sslrootcert={folder}/server.pem"
    assert is_encrypted(described(server, tmp_path, proven))
    assert is_encrypted(described(server, tmp_path, "?sslmode=require"))
    assert not is_encrypted(described(server, tmp_path, "?sslmode=disable"))
    with pytest.raises(OperationalError, match="certificate verify failed"):
        is_encrypted(described(server, tmp_path, f"?sslmode=verify-full&sslrootcert={folder}/another.pem"))


def test_backups_go_over_the_same_line(
    server: postgres.Cluster, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, works in (("server", True), ("another", False)):
        told = described(server, tmp_path, f"?sslmode=verify-full&sslrootcert={folder}/{name}.pem")
        monkeypatch.setitem(programs.connections.settings, "default", told)
        if works:
            programs._run("pg_dump", f"--file={tmp_path}/dump", database="postgres")
            continue
        with pytest.raises(programs.BackupError, match="certificate verify failed"):
            programs._run("pg_dump", f"--file={tmp_path}/dump", database="postgres")


@pytest.mark.parametrize(
    ("query", "level"), [("?sslmode=require", Level.OK), ("?sslmode=disable", Level.WARN)]
)
def test_the_doctor_sees_whether_it_is_encrypted(
    db: None,
    server: postgres.Cluster,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    query: str,
    level: Level,
) -> None:
    line = DatabaseWrapper(described(server, tmp_path, query))
    monkeypatch.setattr(probes, "connection", line)
    try:
        assert list(probes._line_to_it()) == []
        monkeypatch.setattr(probes, "LOOPBACK", ())
        [said] = probes._line_to_it()
    finally:
        line.close()
    assert said.level == level
