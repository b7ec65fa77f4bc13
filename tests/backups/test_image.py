"""What the copy that runs on sees of SQLite's file: at every moment a committed state, and in the end all of it."""

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from townhall.backups import image
from townhall.backups.errors import BackupError
from townhall.backups.image import Changes, Image

pytestmark = [pytest.mark.long, pytest.mark.both_databases]

# Every transaction moves something from one row to another: whatever else is read, the sum is the same.
WRITER = """
import random, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=20)
connection.execute(f"PRAGMA wal_autocheckpoint={sys.argv[2]}")
connection.execute("PRAGMA synchronous=OFF")
chance = random.Random(int(sys.argv[3]))
while True:
    connection.execute("BEGIN IMMEDIATE")
    for _ in range(chance.choice((1, 3, 40))):
        one, other, much = chance.randrange(1, 300), chance.randrange(1, 300), chance.randrange(9)
        connection.execute("UPDATE money SET much = much - ?, text = ? WHERE id = ?", (much, "x" * chance.randrange(900), one))
        connection.execute("UPDATE money SET much = much + ? WHERE id = ?", (much, other))
    connection.execute(chance.choice(("COMMIT",) * 9 + ("ROLLBACK",)))
    if chance.random() < 0.02:
        connection.execute(chance.choice(("PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA wal_checkpoint(PASSIVE)", "VACUUM")))
"""


def make(path: Path, rows: int = 300) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=20)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE IF NOT EXISTS money (id INTEGER PRIMARY KEY, much INTEGER, text TEXT)")
    connection.executemany("INSERT INTO money (much, text) VALUES (100, ?)", [("x" * 500,)] * rows)
    return connection


class Copy:
    """A second file that is brought forward by changes."""

    def __init__(self, path: Path, looking: Image) -> None:
        self.path, self.image, self.compared = path, looking, 0
        path.touch()
        looking.know([])

    def step(self, *, hold: bool = True) -> Changes:
        found = self.image.changes(hold=hold)
        with self.path.open("r+b") as out:
            for number, page in found.content.items():
                out.seek((number - 1) * found.page_size)
                out.write(page)
            out.truncate(found.pages * found.page_size)
        self.image.settle(found)
        self.compared += found.compared
        return found

    def read(self, question: str) -> list[tuple[object, ...]]:
        """Asked of another copy, so that SQLite leaves nothing beside this one."""
        asked = shutil.copy(self.path, self.path.with_suffix(".asked"))
        connection = sqlite3.connect(asked)
        try:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            return connection.execute(question).fetchall()
        finally:
            connection.close()


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    connection = make(tmp_path / "live.sqlite3")
    yield tmp_path / "live.sqlite3"
    connection.close()


@pytest.mark.parametrize("hold", [True, False])
@pytest.mark.parametrize("autocheckpoint", [5, 60, 1000])
def test_every_look_gives_a_committed_state_whoever_writes_meanwhile(
    file: Path, tmp_path: Path, autocheckpoint: int, hold: bool
) -> None:
    copy = Copy(tmp_path / "copy.sqlite3", Image(file))
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(file), str(autocheckpoint), str(seed)])
        for seed in (1, 2)
    ]
    try:
        looks, end = 0, time.monotonic() + 3
        while time.monotonic() < end:
            copy.step(hold=hold)
            assert copy.read("SELECT count(*), sum(much) FROM money") == [(300, 30_000)]
            looks += 1
            if looks % 7 == 0:
                writers[0].kill()
                writers[0].wait()
                writers[0] = subprocess.Popen(
                    [sys.executable, "-c", WRITER, str(file), str(autocheckpoint), str(looks)]
                )
        assert looks > 5
    finally:
        for writer in writers:
            writer.kill()
            writer.wait()
    copy.step()
    live = sqlite3.connect(file).execute("SELECT * FROM money ORDER BY id").fetchall()
    assert copy.read("SELECT * FROM money ORDER BY id") == live


class Following(RuleBasedStateMachine):
    """Writes, checkpoints of every kind, shrinking, looks that hold their place or not: the copy is always the file."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(os.environ["TOWNHALL_DATA_DIR"]) / f"image-{random.getrandbits(64):x}"
        self.folder.mkdir()
        self.live = make(self.folder / "live.sqlite3", rows=30)
        self.copy = Copy(self.folder / "copy.sqlite3", Image(self.folder / "live.sqlite3"))
        self.held = False
        self.seen: list[tuple[object, ...]] = []

    @rule(row=st.integers(1, 30), size=st.integers(0, 9000))
    def write(self, row: int, size: int) -> None:
        self.live.execute("UPDATE money SET text = ? WHERE id = ?", ("y" * size, row))

    @rule(rows=st.integers(1, 60))
    def grow(self, rows: int) -> None:
        self.live.executemany("INSERT INTO money (much, text) VALUES (1, ?)", [("z" * 700,)] * rows)

    @rule()
    def shrink(self) -> None:
        self.live.execute("DELETE FROM money WHERE id > 30")

    @rule(how=st.sampled_from(["PASSIVE", "FULL", "RESTART", "TRUNCATE"]))
    def checkpoint(self, how: str) -> None:
        if self.held:
            how = "PASSIVE"  # the others wait for whoever reads
        self.live.execute(f"PRAGMA wal_checkpoint({how})")

    @rule()
    def vacuum(self) -> None:
        self.live.execute("VACUUM")

    @rule(hold=st.booleans())
    def look(self, hold: bool) -> None:
        self.copy.step(hold=hold)
        self.held = hold
        self.seen = self.copy.read("SELECT * FROM money")
        assert self.seen == self.rows()

    @rule()
    def let_go(self) -> None:
        self.copy.image.let_go()
        self.held = False

    @invariant()
    def a_change_is_noticed(self) -> None:
        if self.seen != self.rows():
            assert self.copy.image.stirred()

    def rows(self) -> list[tuple[object, ...]]:
        return self.live.execute("SELECT * FROM money").fetchall()

    def teardown(self) -> None:
        self.live.close()
        shutil.rmtree(self.folder, ignore_errors=True)


TestFollowing = Following.TestCase


def test_a_look_after_a_look_reads_only_what_is_new(file: Path, tmp_path: Path) -> None:
    copy = Copy(tmp_path / "copy.sqlite3", Image(file))
    copy.step()
    live = sqlite3.connect(file, isolation_level=None)
    for much in range(50):
        live.execute("UPDATE money SET much = ? WHERE id = 7", (much,))
        assert len(copy.step().content) == 1
    live.execute("PRAGMA wal_checkpoint(PASSIVE)")
    copy.image.let_go()
    live.execute("UPDATE money SET much = 1 WHERE id = 7")
    found = copy.step()
    assert len(found.content) == 1
    assert copy.compared == 1, "begun anew, but the counter of changes proves that nothing was missed"


def test_a_change_that_was_missed_is_found_by_comparing(file: Path, tmp_path: Path) -> None:
    copy = Copy(tmp_path / "copy.sqlite3", Image(file))
    copy.step(hold=False)
    live = sqlite3.connect(file, isolation_level=None)
    live.execute("UPDATE money SET much = 1 WHERE id = 7")
    live.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    live.execute("UPDATE money SET much = 2 WHERE id = 290")
    assert copy.step().compared
    assert copy.read("SELECT much FROM money WHERE id IN (7, 290)") == [(1,), (2,)]


def test_a_file_that_was_replaced_is_refused(file: Path, tmp_path: Path) -> None:
    looking = Image(file)
    make(tmp_path / "new.sqlite3").close()
    (tmp_path / "new.sqlite3").replace(file)
    with pytest.raises(image.ReplacedError):
        looking.changes(hold=False)


def test_a_file_without_a_log_is_refused(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "plain.sqlite3")
    connection.execute("CREATE TABLE t (a)")
    connection.close()
    with pytest.raises(BackupError, match="WAL"):
        Image(tmp_path / "plain.sqlite3")
