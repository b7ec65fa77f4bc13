"""An evening that does not end: under steady reading, asking and signing the server's memory stays flat."""

from __future__ import annotations

import os
import time
from pathlib import Path

import psutil
import pytest

from tests.edge.evening import SETTINGS, Evening
from tests.tools.server import Installation

SECONDS = float(os.environ.get("SOAK_SECONDS", "40"))
# Until pages, connections and caches have their usual size; then as often the memory is looked at.
WARM_SHARE, LOOKS = 0.3, 40
# What a flat line may rise, in parts of the warm size: the allocator's own breathing. Questions themselves are in the database.
MOST_GROWTH = 0.10


def memory(place: Installation) -> int:
    """Bytes in memory of the server and what it has started."""
    assert place.process is not None
    top = psutil.Process(place.process.pid)
    return sum(one.memory_info().rss for one in [top, *top.children(recursive=True)])


@pytest.mark.long
@pytest.mark.sqlite
@pytest.mark.timeout(SECONDS * 3 + 600)
def test_memory_stays_flat(tmp_path: Path) -> None:
    place = Installation(tmp_path / "data", settings=SETTINGS)
    evening = Evening(place, patience=60)
    try:
        place.start()
        evening.extend(
            180
        )  # the evening of a two hours' soak is longer than the demo's, which ends in half an hour
        until, number, sizes = time.monotonic() + SECONDS, 0, list[tuple[float, int]]()
        while (left := until - time.monotonic()) > 0:
            number += 1
            question = evening.asked(f"第 {number} 问：路灯何时修好？")
            if number % 5 == 0:
                evening.sign(question["id"], evening.bring_to_signing(question["id"]))
            reader = evening.stream()
            evening.call("GET", f"/hours/{evening.slug}/questions")
            reader.close()
            if 1 - left / SECONDS > WARM_SHARE and len(sizes) < LOOKS * (1 - left / SECONDS):
                sizes.append((left, memory(place)))
    finally:
        evening.close()
        place.stop()
    quarter = max(1, len(sizes) // 4)
    begin = sorted(size for _left, size in sizes[:quarter])[quarter // 2]
    end = sorted(size for _left, size in sizes[-quarter:])[quarter // 2]
    print(f"{number} questions in {SECONDS:.0f} s; memory {begin >> 20} MB at first, {end >> 20} MB at last")
    assert len(sizes) >= 4
    assert end < begin * (1 + MOST_GROWTH), f"{begin} bytes became {end}"
