"""Which backup is meant: the newest, or the newest that is old enough."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from townhall.backups import location

if TYPE_CHECKING:
    from pathlib import Path


def moment(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 12, 1, hour, minute, tzinfo=UTC)


def backup(folder: Path, hour: int, *pieces: datetime) -> str:
    name = f"townhall-20261201T{hour:02d}0000Z-0000000{hour % 10}"
    (folder / f"{name}{location.SUFFIX}").touch()
    for number, at in enumerate(pieces, 1):
        copied = folder / f"{name}{location.LOG}"
        copied.mkdir(exist_ok=True)
        (copied / location.segment_name(number, at)).touch()
    return f"{name}{location.SUFFIX}"


@pytest.fixture
def second(tmp_path: Path) -> Path:
    backup(tmp_path, 1, moment(2, 10), moment(4, 50))
    backup(tmp_path, 3, moment(3, 10))
    backup(tmp_path, 5)
    return tmp_path


@pytest.mark.parametrize(
    ("until", "hour"),
    [
        (None, 5), (moment(6), 5), (moment(5), 5),
        (moment(4, 55), 1),  # copied on the longest
        (moment(4), 3), (moment(3, 5), 3), (moment(2, 59), 1), (moment(1), 1),
    ],
)  # fmt: skip
def test_what_is_restored_is_never_newer_than_was_asked_for(
    second: Path, until: datetime | None, hour: int
) -> None:
    assert location.find(second, until=until).made_at == moment(hour)


def test_nothing_so_old_is_refused_with_the_oldest_there_is(second: Path) -> None:
    with pytest.raises(location.BackupError, match=r"the oldest backup is of 2026-12-01 09:00:00 \+0800"):
        location.find(second, until=moment(0, 59))
    only = second / f"townhall-20261201T050000Z-00000005{location.SUFFIX}"
    assert only.exists()
    with pytest.raises(location.BackupError, match="as old as"):
        location.find(only, until=moment(4))
