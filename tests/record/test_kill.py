"""`kill -9` between journal, leaves, tiles and checkpoint: the next life goes on, and no signed past has changed."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.tools.environment import database
from tests.tools.server import Installation

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

pytestmark = pytest.mark.both_databases


def lives(folder: Path, steps: Iterable[str]) -> list[str]:
    """What each life said last."""
    place = Installation(folder, settings=database())
    place.lay_schema()
    said = []
    for step in steps:
        done = subprocess.run(
            [sys.executable, "-m", "tests.record.kill_round", step],
            env=place.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode in {0, -9}, done.stderr
        said.append(done.stdout.strip().split("\n")[-1])
    return said


@pytest.mark.long
def test_a_life_that_ends_after_leaves_after_a_tile_or_before_the_checkpoint(tmp_path: Path) -> None:
    said = lives(tmp_path, ("leaves", "tile/0", "sealed", "never"))
    assert said[0] == "killed after leaves"
    assert said[1] == "killed after tile/0/000"
    assert said[2] == "killed after sealed"
    assert int(said[3].split()[-1]) == 4 * 300 + 1  # every publication once, and the key


@pytest.mark.long
def test_a_life_may_end_anywhere(tmp_path: Path) -> None:
    steps = [
        "tile/entries",
        "tile/1",
        "checkpoint",
        "leaves",
        "3",
        "never",
        "2",
        "4",
        "5",
        "6",
        "sealed",
        "7",
        "never",
    ]
    said = lives(tmp_path, steps)
    assert sum(line.startswith("killed") for line in said) == len(steps) - 2
    assert int(said[-1].split()[-1]) == len(steps) * 300 + 1
