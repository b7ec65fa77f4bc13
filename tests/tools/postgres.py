"""A private PostgreSQL cluster from the distribution's package: own directory, own port, gone with the tests.

It needs no running service and no rights: as root it runs as the user `postgres`, otherwise as whoever runs the tests.
Durability is switched off, because the data live as long as one test run; what tests prove about lost power they prove
on SQLite and on the order of statements, not on this cluster.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.tools.ports import free_port

START_SECONDS = 60
FAST_AND_FORGETFUL = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "120",
    "autovacuum": "off",
    "listen_addresses": "127.0.0.1",
}


class PostgresMissingError(RuntimeError):
    """PostgreSQL's programs are not installed on this machine."""


def programs() -> Path:
    """Find the directory with `initdb` and `postgres` of the newest installed version (15 or later)."""
    found = [
        p
        for p in Path("/usr/lib/postgresql").glob("*/bin")
        if p.parent.name.isdigit() and int(p.parent.name) >= 15
    ]
    if not found:
        raise PostgresMissingError("PostgreSQL 15 is not installed: apt-get install postgresql")
    return max(found, key=lambda p: int(p.parent.name))


@dataclass
class Cluster:
    """A running cluster."""

    directory: Path
    port: int
    process: subprocess.Popen[bytes]
    bin: Path
    command: list[str | Path]

    def url(self, database: str = "townhall") -> str:
        """Address of one database, in the form of TOWNHALL_DATABASE_URL."""
        return f"postgres://postgres@127.0.0.1:{self.port}/{database}"

    def create(self, database: str) -> str:
        """Create an empty database and return its address."""
        self._client("createdb", database)
        return self.url(database)

    def drop(self, database: str) -> None:
        """Remove a database even when somebody is still connected."""
        self._client("dropdb", "--if-exists", "--force", database)

    def halt(self) -> None:
        """Stop the server as its own script does: whoever is connected is hung up on. The data stay."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=30)

    def resume(self) -> None:
        """Start it again on the same data and port."""
        with (self.directory / "log").open("ab") as sink:
            self.process = subprocess.Popen(
                self.command, stdout=sink, stderr=subprocess.STDOUT, cwd=self.directory
            )
        _wait_until_ready(self, self.directory / "log")

    def stop(self) -> None:
        """Stop the server and remove its directory."""
        self.process.terminate()
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _client(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [
                self.bin / program,
                "--host=127.0.0.1",
                f"--port={self.port}",
                "--username=postgres",
                *arguments,
            ],
            check=True,
            capture_output=True,
        )


def start(more: Mapping[str, str] | None = None, *, data: Path | None = None) -> Cluster:
    """Make a new cluster and wait until it answers.

    :param more: further settings, or others than the usual ones
    :param data: start on this data directory instead of a new one
    :raises PostgresMissingError: when the package is not installed
    :raises RuntimeError: when the server does not come up; the message carries its log
    """
    bin_directory = programs()
    directory = Path(tempfile.mkdtemp(prefix="townhall-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(directory, "postgres", "postgres")
    log, port = directory / "log", free_port()
    if data is None:
        data = directory / "data"
        subprocess.run(
            [
                *_as_unprivileged(), bin_directory / "initdb", f"--pgdata={data}", "--username=postgres",
                "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync",
            ],
            check=True, capture_output=True, cwd=directory,
        )  # fmt: skip
    settings = FAST_AND_FORGETFUL | dict(more or {})
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    # The server goes when the tests go, even if they are killed.
    command: list[str | Path] = [
        *_as_unprivileged("--pdeathsig=INT"), bin_directory / "postgres", "-D", data, "-p", str(port),
        "-c", f"unix_socket_directories={directory}", *options,
    ]  # fmt: skip
    with log.open("wb") as sink:
        process = subprocess.Popen(command, stdout=sink, stderr=subprocess.STDOUT, cwd=directory)
    cluster = Cluster(directory, port, process, bin_directory, command)
    _wait_until_ready(cluster, log)
    return cluster


@contextlib.contextmanager
def running() -> Iterator[Cluster]:
    """A cluster for the length of a `with` block."""
    cluster = start()
    try:
        yield cluster
    finally:
        cluster.stop()


def _as_unprivileged(*options: str) -> list[str]:
    """PostgreSQL refuses to run as root: step down to its own user."""
    command = ["setpriv", *options]
    if os.geteuid() == 0:
        command += ["--reuid=postgres", "--regid=postgres", "--init-groups"]
    return [*command, "--"] if len(command) > 1 else []


def _wait_until_ready(cluster: Cluster, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if cluster.process.poll() is not None:
            break
        probe = subprocess.run(
            [cluster.bin / "pg_isready", "--quiet", "--host=127.0.0.1", f"--port={cluster.port}"], check=False
        )
        if probe.returncode == 0:
            return
        time.sleep(0.1)
    text = log.read_text(errors="replace")[-2000:]
    cluster.stop()
    raise RuntimeError(f"PostgreSQL did not start:\n{text}")
