"""How many processes serve follows from how many are to watch and how many files one process may open."""

import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from townhall.config import commands
from townhall.edge import server


@pytest.mark.parametrize(
    ("files", "viewers", "processes"),
    [(1_048_576, 10_000, 1), (20_000, 10_000, 1), (20_000, 19_000, 1), (20_000, 19_001, 2), (20_000, 50_000, 3),
     (4_096, 10_000, 4), (1_024, 10_000, 32)],
)  # fmt: skip
def test_few_files_make_more_processes(
    files: int, viewers: int, processes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "raise_file_limit", lambda: files)
    assert server.processes_for(viewers) == processes


def test_the_start_says_so_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(server, "raise_file_limit", lambda: 20_000)
    settings.VIEWERS = 50_000
    assert commands._processes(0) == 3
    assert capsys.readouterr().out == (
        "20,000 open files a process: 3 process(es) hold 57,000 viewers (TOWNHALL_VIEWERS=50000).\n"
    )
    assert commands._processes(1) == 1
    assert "1 process(es) hold 19,000 viewers" in (said := capsys.readouterr().out)
    assert "raise LimitNOFILE or --processes" in said


def test_the_limit_is_the_one_that_the_system_gives() -> None:
    """Asked in a process of its own, whose limit is lowered for good."""
    lower = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (3000, 5000))"
    ask = "from townhall.edge import server; print(server.limits()['viewers'], server.processes_for(10_000))"
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[1] >= 5_000
    done = subprocess.run(
        [sys.executable, "-c", f"{lower}; {ask}"], capture_output=True, text=True, check=True,
        cwd=Path(__file__).resolve().parents[2],
    )  # fmt: skip
    assert done.stdout.split() == ["4000", "3"]
