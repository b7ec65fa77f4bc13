"""What is lost and how long it takes when everything is killed under load: restored elsewhere, counted, timed."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench.machine import keep, table, verdict

ROUNDS, LOAD_SECONDS, CITIZENS = 3, 10.0, 6
MOST_LOST_SECONDS = 2.0
MOST_RESTORE_SECONDS = 300.0
QUESTION = "第 {key} 个问题：路灯什么时候修好？"  # what tests.faults.test_kill.Citizens asks


def main() -> bool:
    """Measure, print and keep; whether every target was met."""
    from tests.tools import demos

    with tempfile.TemporaryDirectory(prefix="townhall-bench-") as shelf:
        os.environ[demos.SHELF] = shelf
        rounds = [{"database": "SQLite, --follow", **_sqlite()} for _ in range(ROUNDS)]
        rounds += [{"database": "PostgreSQL, pg_receivewal", **_postgres()} for _ in range(ROUNDS)]
    head = [
        "what",
        "acknowledged",
        "lost",
        "lost at most (s)",
        "backup (s)",
        "proof (s)",
        "restore (s)",
        "serving (s)",
        "",
    ]
    rows = [head]
    met = True
    for figures in rounds:
        well = (
            figures["lost_seconds"] <= MOST_LOST_SECONDS
            and figures["serving_seconds"] <= MOST_RESTORE_SECONDS
        )
        met = met and well
        rows.append(
            [
                figures["database"],
                f"{figures['asked']} questions, {figures['signed']} signatures",
                f"{figures['lost_questions']}, {figures['lost_signatures']}",
                f"{figures['lost_seconds']:.2f}",
                *(f"{figures[f'{name}_seconds']:.1f}" for name in ("backup", "proof", "restore", "serving")),
                verdict(met=well),
            ]
        )
    print(table(rows))
    print(f"targets: what was acknowledged more than {MOST_LOST_SECONDS:.0f} s before the end is there")
    print(f"         serving again within {MOST_RESTORE_SECONDS:.0f} s of the command")
    keep("backup", {"load_seconds": LOAD_SECONDS, "rounds": rounds})
    return met


class _Noted(dict[str, Any]):
    """When each entry was made."""

    def __init__(self) -> None:
        super().__init__()
        self.at: dict[str, float] = {}

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key, value)
        self.at[key] = time.monotonic()


class _Load:
    """Citizens who ask and a mayor who signs, until everything is killed."""

    def __init__(self, evening: Any) -> None:
        from tests.faults.test_kill import Citizens, Signer

        self.stop = threading.Event()
        self.citizens = [Citizens(evening, f"citizen{number}", self.stop) for number in range(CITIZENS)]
        self.signer = Signer(evening, self.stop)
        for one in self.citizens:
            one.receipts = _Noted()
        self.signer.signed = _Noted()  # type: ignore[assignment]
        self.threads = [*self.citizens, self.signer]
        for thread in self.threads:
            thread.start()

    def acknowledged(self) -> tuple[dict[str, float], dict[int, tuple[float, str]]]:
        """Questions by key and signatures by question, each with its moment, up to now."""
        asked = {key: at for one in self.citizens for key, at in list(one.receipts.at.items())}  # type: ignore[attr-defined]
        at = self.signer.signed.at  # type: ignore[attr-defined]
        signed = {key: (at[key], answer) for key, answer in list(self.signer.signed.items())}
        return asked, signed


def _measured(evening: Any, kill: Callable[[], None], restore: Callable[[], Any]) -> dict[str, Any]:
    """Load, kill, restore, count.

    :param restore: gives the installation elsewhere, restored, not started
    """
    load = _Load(evening)
    time.sleep(LOAD_SECONDS)
    kill()
    killed = time.monotonic()
    asked, signed = load.acknowledged()
    load.stop.set()
    started = time.monotonic()
    again = restore()
    restored = time.monotonic()
    evening.place = again
    again.start()
    serving = time.monotonic()
    try:
        texts = {question["text"] for question in evening.staff_questions()}
        lost = [at for key, at in asked.items() if at < killed and QUESTION.format(key=key) not in texts]
        lost_signed = [
            at
            for question, (at, answer) in signed.items()
            if (evening.call("GET", f"/questions/{question}").json().get("answer") or {}).get("text")
            != answer
        ]
        for thread in load.threads:
            thread.join()
    finally:
        again.stop()
        evening.close()
    return {
        "asked": len(asked),
        "signed": len(signed),
        "lost_questions": len(lost),
        "lost_signatures": len(lost_signed),
        "lost_seconds": max((killed - at for at in [*lost, *lost_signed]), default=0.0),
        "restore_seconds": restored - started,
        "serving_seconds": serving - started,
    }


def _sqlite() -> dict[str, Any]:
    from tests.backups.conftest import Guarded, twin
    from tests.edge.evening import Evening

    with tempfile.TemporaryDirectory(prefix="townhall-bench-") as folder:
        place = Guarded(Path(folder))
        evening = Evening(place, patience=120)
        place.start()
        figures = {"backup_seconds": _timed(lambda: place.command("backup"))}
        figures["proof_seconds"] = _timed(
            lambda: place.command("backup", "--prove", "--identity", str(place.identity))
        )
        command = [Path(sys.executable).with_name("townhall"), "backup", "--follow"]
        follower = subprocess.Popen(command, env=place.environment, stdout=subprocess.DEVNULL)
        while not (place.data_dir / "backup-follow.json").exists():
            time.sleep(0.1)

        def kill() -> None:
            follower.kill()
            place.kill()
            follower.wait()

        def restore() -> Any:
            again = twin(place, Path(folder) / "elsewhere")
            again.command("restore", str(place.second), "--identity", str(place.identity))
            return again

        return figures | _measured(evening, kill, restore)


def _timed(act: Callable[[], Any]) -> float:
    started = time.monotonic()
    act()
    return time.monotonic() - started


@contextlib.contextmanager
def _postgres_place() -> Iterator[Path]:
    """A folder that PostgreSQL's own user may write to."""
    folder = Path(tempfile.mkdtemp(prefix="townhall-bench-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _postgres() -> dict[str, Any]:
    from tests.backups.conftest import Guarded, twin
    from tests.edge.evening import Evening
    from tests.tools import postgres

    durable = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "wal_level": "replica"}
    with tempfile.TemporaryDirectory(prefix="townhall-bench-") as folder, _postgres_place() as second:
        cluster = postgres.start(durable)
        address = ["--host=127.0.0.1", f"--port={cluster.port}", "--username=postgres", "--no-password"]
        place = Guarded(Path(folder), settings={"TOWNHALL_DATABASE_URL": cluster.create("townhall")})
        evening = Evening(place, patience=120)
        place.start()
        figures = {"backup_seconds": _timed(lambda: place.command("backup"))}
        figures["proof_seconds"] = _timed(
            lambda: place.command("backup", "--prove", "--identity", str(place.identity))
        )
        base, log = second / "base", second / "log"
        log.mkdir()
        receive = [cluster.bin / "pg_receivewal", *address, "--slot=bench", f"--directory={log}"]
        subprocess.run([*receive, "--create-slot"], check=True, capture_output=True)
        receiver = subprocess.Popen([*receive, "--synchronous", "--no-loop"], stderr=subprocess.DEVNULL)
        take = [
            cluster.bin / "pg_basebackup",
            *address,
            f"--pgdata={base}",
            "--checkpoint=fast",
            "--wal-method=none",
        ]
        subprocess.run(take, check=True, capture_output=True)
        running: list[postgres.Cluster] = []

        def kill() -> None:
            receiver.kill()
            cluster.process.kill()
            place.kill()
            receiver.wait()

        def restore() -> Any:
            running.append(_recovered(base, log))
            again = twin(place, Path(folder) / "elsewhere")
            again.environment["TOWNHALL_DATABASE_URL"] = running[0].url("townhall")
            return again

        try:
            return figures | _measured(evening, kill, restore)
        finally:
            for one in [cluster, *running]:
                one.stop()


def _recovered(base: Path, log: Path) -> Any:
    """A cluster from the base, led on by the log as far as it goes, the unfinished segment too."""
    from tests.tools import postgres

    (base / "recovery.signal").touch()
    with (base / "postgresql.auto.conf").open("a") as out:
        out.write(f"restore_command = 'cp {log}/%f %p || cp {log}/%f.partial %p'\n")
    if os.geteuid() == 0:
        for path in (base, *base.rglob("*"), *log.rglob("*")):
            shutil.chown(path, "postgres", "postgres")
    again = postgres.start({"fsync": "on"}, data=base)
    while _asked(again, "SELECT pg_is_in_recovery()") != "f":
        time.sleep(0.1)
    return again


def _asked(cluster: Any, question: str) -> str:
    command = [
        cluster.bin / "psql",
        "--host=127.0.0.1",
        f"--port={cluster.port}",
        "--username=postgres",
        "-Atc",
        question,
    ]
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout.strip()
