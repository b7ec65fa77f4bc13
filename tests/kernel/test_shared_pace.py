"""One limit for all processes, and no address on the disk."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from townhall.kernel import shared_pace as pace
from townhall.kernel.shared_pace import SharedPace


def test_turns_are_used_up_and_come_back(tmp_path: Path) -> None:
    now = [100.0]
    limit = SharedPace(tmp_path / "pace", per_minute=30, burst=3, now=lambda: now[0])
    assert [limit.take("10.0.0.1") for _ in range(5)] == [None, None, None, 2, 2]
    assert limit.take("10.0.0.2") is None
    now[0] += 2
    assert limit.take("10.0.0.1") is None
    assert limit.take("10.0.0.1") == 2
    now[0] += 1000
    assert [limit.take("10.0.0.1") for _ in range(4)] == [None, None, None, 2]


def test_processes_share_it(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from townhall.kernel.shared_pace import SharedPace;"
        "limit = SharedPace(pathlib.Path(sys.argv[1]), 1, 10);"
        "print(sum(limit.take('10.0.0.1') is None for _ in range(4)))"
    )
    taken = [
        int(
            subprocess.run(
                [sys.executable, "-c", code, tmp_path / "pace"], capture_output=True, check=True
            ).stdout
        )
        for _ in range(4)
    ]
    assert sum(taken) == 10


def test_it_forgets_the_longest_unused_and_holds_no_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "SLOTS", pace.WAYS)
    monkeypatch.setattr(pace, "_SIZE", pace._KEY_BYTES + pace.SLOTS * pace._SLOT.size)
    now = [100.0]
    limit = SharedPace(tmp_path / "pace", per_minute=1, burst=1, now=lambda: now[0])
    for number in range(pace.WAYS):
        now[0] += 1
        assert limit.take(f"10.0.0.{number}") is None
    assert limit.take("10.0.0.0")
    assert limit.take("10.0.1.1") is None  # in place of 10.0.0.0
    assert limit.take("10.0.0.7")
    assert limit.take("10.0.0.0") is None
    assert b"10.0.0" not in (tmp_path / "pace").read_bytes()


def test_a_clock_that_started_anew_gives_everybody_their_turns_back(tmp_path: Path) -> None:
    before = SharedPace(tmp_path / "pace", per_minute=1, burst=1, now=lambda: 1e9)
    assert before.take("10.0.0.1") is None
    after = SharedPace(tmp_path / "pace", per_minute=1, burst=1, now=lambda: 5.0)
    assert after.take("10.0.0.1") is None
    assert after.take("10.0.0.1") == 60


def test_it_is_quick(tmp_path: Path) -> None:
    limit = SharedPace(tmp_path / "pace", per_minute=1e9, burst=1e9)
    started = time.process_time()
    for number in range(20_000):
        limit.take(f"10.0.{number % 250}.1")
    assert time.process_time() - started < 1
