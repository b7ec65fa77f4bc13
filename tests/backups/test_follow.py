"""The copy that runs on: what was acknowledged is in the second place, whatever is killed whenever."""

import json
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.backups.conftest import Guarded, twin
from tests.edge.evening import Evening
from tests.faults.test_kill import Citizens, Signer
from tests.tools.server import TOWNHALL

pytestmark = [pytest.mark.sqlite, pytest.mark.long]  # PostgreSQL ships its own log
FRAME_BYTES = 24 + 4096  # of SQLite's log: a header and a page (sqlite.org/fileformat2.html, section 4)
RPO_SECONDS = 2.0  # what was acknowledged longer ago than this must be there


class Follower:
    """`townhall backup --follow` in a process of its own."""

    def __init__(self, place: Guarded) -> None:
        self.place = place
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def status(self) -> dict[str, object]:
        try:
            found: dict[str, object] = json.loads((self.place.data_dir / "backup-follow.json").read_text())
        except FileNotFoundError:
            return {}
        return found

    def start(self) -> None:
        self.process = subprocess.Popen([TOWNHALL, "backup", "--follow"], env=self.place.environment)
        pid = self.process.pid
        eventually(lambda: self.status.get("pid") == pid and bool(self.status.get("backup")), 120)

    def end(self, how: signal.Signals = signal.SIGKILL) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(60)


def eventually(what: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)


@pytest.fixture
def follower(guarded: Guarded) -> Iterator[Follower]:
    running = Follower(guarded)
    yield running
    if running.process is not None and running.process.poll() is None:
        running.end()


class Timed(dict[str, object]):
    """Remembers when each was acknowledged."""

    def __init__(self) -> None:
        super().__init__()
        self.at: dict[str, float] = {}

    def __setitem__(self, key: str, value: object) -> None:
        self.at[key] = time.monotonic()
        super().__setitem__(key, value)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_what_was_acknowledged_is_restored_elsewhere(
    guarded: Guarded, follower: Follower, tmp_path: Path
) -> None:
    evening = Evening(guarded, patience=60)
    guarded.start()
    follower.start()
    stop = threading.Event()
    citizens = [Citizens(evening, f"citizen{number}", stop) for number in range(3)]
    signer = Signer(evening, stop)
    for citizen in citizens:
        citizen.receipts = Timed()  # type: ignore[assignment]
    for thread in [*citizens, signer]:
        thread.start()
    time.sleep(5)
    follower.end()  # killed once, and started again: it begins anew
    follower.start()
    time.sleep(random.uniform(4, 8))
    follower.end()
    killed = time.monotonic()
    guarded.kill()
    stop.set()
    owed = {
        key: receipt
        for citizen in citizens
        for key, receipt in dict(citizen.receipts).items()
        if killed - citizen.receipts.at[key] > RPO_SECONDS  # type: ignore[attr-defined]
    }
    signed = dict(list(signer.signed.items())[:-1])
    assert owed
    assert len(guarded.archives) == 2

    again = twin(guarded, tmp_path / "elsewhere")
    told = again.command("restore", str(guarded.second), "--identity", str(guarded.identity))
    assert "pieces copied on" in told
    evening.place = again
    again.start()
    try:
        for thread in [*citizens, signer]:
            thread.join()
        texts = [question["text"] for question in evening.staff_questions()]
        assert [key for key in owed if f"第 {key} 个问题：路灯什么时候修好？" not in texts] == []
        for question, answer in signed.items():
            assert evening.call("GET", f"/questions/{question}").json()["answer"]["text"] == answer
        assert evening.ask("恢复以后提的问题：人行道何时铺好？").status_code == 201
        counts = evening.call("GET", f"/hours/{evening.slug}").json()["counts"]
        assert counts["asked"] == sum(number for name, number in counts.items() if name != "asked")
    finally:
        evening.close()
        again.stop()


def test_pieces_are_proven_and_lead_back_to_any_moment(
    guarded: Guarded, follower: Follower, tmp_path: Path
) -> None:
    evening = Evening(guarded, patience=30)
    guarded.start()
    follower.start()
    evening.asked("第一个问题：路灯何时修好？")
    eventually(lambda: len(guarded.pieces) >= 1)
    time.sleep(1.5)
    between = datetime.now(UTC)
    time.sleep(0.5)
    evening.asked("第二个问题：人行道何时铺好？")
    eventually(lambda: guarded.pieces[-1].name.split("-")[1] > between.strftime("%Y%m%dT%H%M%S%f"))
    status, words = guarded.prove()
    assert status == 0, words
    assert "what is committed is copied on at once" in guarded.tried("doctor")[1]
    follower.end(signal.SIGINT)
    assert not follower.status, "ended on purpose"
    guarded.kill()
    evening.close()

    newest = twin(guarded, tmp_path / "newest")
    newest.command("restore", str(guarded.second), "--identity", str(guarded.identity))
    assert [texts(newest, wanted) for wanted in ("第一个问题", "第二个问题")] == [1, 1]
    earlier = twin(guarded, tmp_path / "earlier")
    earlier.command(
        "restore", str(guarded.second), "--identity", str(guarded.identity), "--until", between.isoformat()
    )
    assert [texts(earlier, wanted) for wanted in ("第一个问题", "第二个问题")] == [1, 0]
    gap = guarded.pieces[0]
    gap.rename(gap.with_name("lost"))
    told = twin(guarded, tmp_path / "gap").command(
        "restore", str(guarded.second), "--identity", str(guarded.identity)
    )
    assert "0 pieces copied on" in told, "after a gap nothing is taken"


def texts(place: Guarded, wanted: str) -> int:
    import sqlite3

    connection = sqlite3.connect(place.data_dir / "townhall.sqlite3")
    try:
        found = connection.execute(
            "SELECT count(*) FROM questions_question WHERE text LIKE ?", (f"%{wanted}%",)
        )
        return int(found.fetchone()[0])
    finally:
        connection.close()


def test_there_is_one_at_a_time(guarded: Guarded, follower: Follower) -> None:
    guarded.demo("archived")
    guarded.start()
    follower.start()
    status, words = guarded.tried("backup", "--follow")
    assert status == 1
    assert "another process is at it already" in words


def test_what_vanishes_from_the_data_vanishes_from_sqlites_log_too(
    guarded: Guarded, follower: Follower
) -> None:
    guarded.demo("live")
    guarded.start()
    follower.start()
    log = guarded.data_dir / "townhall.sqlite3-wal"
    eventually(lambda: log.stat().st_size > FRAME_BYTES)
    frame = log.read_bytes()[-FRAME_BYTES:]  # with its checksum and salt: no later one is the same
    traces = guarded.data_dir / "traces"
    traces.touch()  # what an erasing action leaves for the jobs
    eventually(lambda: not traces.exists() and frame not in log.read_bytes())


@pytest.fixture
def small(guarded: Guarded) -> Iterator[Path]:
    guarded.second.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", guarded.second], check=False
    ).returncode:
        pytest.skip("mounting a small disk needs root")
    yield guarded.second
    subprocess.run(["umount", "-l", guarded.second], check=True)


def test_a_full_second_place_is_told_and_made_up_for(
    guarded: Guarded, follower: Follower, small: Path
) -> None:
    evening = Evening(guarded, patience=30)
    guarded.start()
    follower.start()
    ballast = small / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as out:
        while out.write(b"\0" * 4096):
            pass
    evening.asked("磁盘满的时候提的问题：路灯何时修好？")
    eventually(lambda: "no room left" in str(follower.status.get("trouble")))
    assert "copying on is hindered" in guarded.tried("doctor")[1]
    backups = len(guarded.archives)
    ballast.unlink()
    eventually(lambda: bool(follower.status.get("number")) and not follower.status.get("trouble"))
    assert len(guarded.archives) == backups, "it went on where it had stopped"
    assert guarded.prove()[0] == 0
    evening.close()


@pytest.mark.timeout(900)
def test_a_backup_killed_anywhere_leaves_nothing_that_looks_like_one(guarded: Guarded) -> None:
    guarded.demo("archived")
    guarded.command("backup")
    whole = guarded.archives
    for _ in range(4):
        process = subprocess.Popen([TOWNHALL, "backup"], env=guarded.environment, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not list(guarded.data_dir.glob(".backup-*")):
            time.sleep(0.005)
        time.sleep(random.uniform(0, 0.4))
        process.kill()
        process.wait()
    for archive in set(guarded.archives) - set(whole):
        assert guarded.tried("backup", "--prove", "--to", archive, "--identity", guarded.identity)[0] == 0, (
            "one that has its name is whole"
        )
    guarded.command("backup")
    assert not list(guarded.data_dir.glob(".backup-*")), "the next one sweeps what was left in the data"
    assert guarded.prove()[0] == 0
