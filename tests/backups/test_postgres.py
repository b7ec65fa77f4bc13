"""PostgreSQL's own log in a second place: the shipped command, and the way back to a moment."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.house.source import ROOT
from tests.tools import postgres

pytestmark = pytest.mark.long
ARCHIVE = ROOT / "deploy" / "archive-wal"


@pytest.fixture
def second(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder that the server's own user may write to."""
    if shutil.which("age") is None:
        pytest.skip("age is not installed: apt-get install age")
    folder = Path(f"/tmp/townhall-wal-{os.getpid()}-{time.monotonic_ns()}")
    folder.mkdir(mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    yield folder
    shutil.rmtree(folder)


def keys(folder: Path) -> tuple[Path, str]:
    path = folder / "key"
    subprocess.run(["age-keygen", "-o", path], check=True, capture_output=True)
    public = subprocess.run(
        ["age-keygen", "-y", path], check=True, capture_output=True, text=True
    ).stdout.strip()
    return path, public


def test_an_archived_log_leads_back(second: Path, tmp_path: Path) -> None:
    key, public = keys(tmp_path)
    script = second / "archive-wal"
    shutil.copy(ARCHIVE, script)  # the checkout may lie where the server's user cannot look
    script.chmod(0o755)
    log = second / "log"
    log.mkdir()
    if os.geteuid() == 0:
        shutil.chown(log, "postgres", "postgres")
    options = {
        "archive_mode": "on", "wal_level": "replica", "fsync": "on", "synchronous_commit": "on",
        "archive_command": f"{script} %p %f {log} {public}",
    }  # fmt: skip
    cluster = postgres.start(options)
    try:
        url = cluster.create("town")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE signed (id int)")
            base = second / "base"
            subprocess.run(
                [cluster.bin / "pg_basebackup", f"--pgdata={base}", "--checkpoint=fast", "--host=127.0.0.1",
                 f"--port={cluster.port}", "--username=postgres"],
                check=True, capture_output=True,
            )  # fmt: skip
            connection.execute("INSERT INTO signed SELECT generate_series(1, 500)")
            connection.execute("SELECT pg_switch_wal()")
            deadline = time.monotonic() + 60
            while connection.execute("SELECT last_archived_wal IS NULL FROM pg_stat_archiver").fetchone() == (
                True,
            ):
                assert time.monotonic() < deadline
                time.sleep(0.1)
            time.sleep(1)
        cluster.process.kill()
        cluster.process.wait()
        opened = second / "opened"
        opened.mkdir()
        for path in log.glob("*.age"):
            subprocess.run(["age", "-d", "-i", key, "-o", opened / path.stem, path], check=True)
        assert restored(base, opened, cluster) == 500
    finally:
        cluster.stop()


def restored(base: Path, opened: Path, cluster: postgres.Cluster) -> int:
    """How many rows a cluster has that starts from the base and goes on by the opened log."""
    (base / "recovery.signal").touch()
    with (base / "postgresql.auto.conf").open("a") as out:
        out.write(f"restore_command = 'cp {opened}/%f %p'\narchive_mode = off\n")
    if os.geteuid() == 0:
        for path in (base, *base.rglob("*"), opened, *opened.rglob("*")):
            shutil.chown(path, "postgres", "postgres")
    again = postgres.start({}, data=base)
    try:
        deadline = time.monotonic() + 60
        while True:
            with psycopg.connect(again.url("town"), autocommit=True) as connection:
                row = connection.execute(
                    "SELECT pg_is_in_recovery(), (SELECT count(*) FROM signed)"
                ).fetchone()
            assert row is not None
            if not row[0]:
                return int(row[1])
            assert time.monotonic() < deadline
            time.sleep(0.2)
    finally:
        again.stop()


def test_a_taken_name_is_right_only_with_the_same_content(second: Path, tmp_path: Path) -> None:
    _key, public = keys(tmp_path)
    segment = tmp_path / "segment"
    segment.write_bytes(b"one")

    def archive() -> int:
        command = [ARCHIVE, segment, "000000010000000000000001", second, public]
        return subprocess.run(command, check=False, capture_output=True).returncode

    assert archive() == 0
    assert archive() == 0, "told again after a crash"
    segment.write_bytes(b"other")
    assert archive() == 1
    assert not list(second.glob(".*.partial"))
    assert not [path for path in second.iterdir() if path.stat().st_mode & 0o077]
