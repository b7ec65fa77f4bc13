"""Order without gaps while many write, on both databases."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.real_database import together
from townhall.journal import read
from townhall.journal.write import record
from townhall.kernel.unit_of_work import unit_of_work
from townhall.people.models import Unit

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


class HalfwayError(Exception):
    """A transaction that fails."""


def write(line: int, count: int, *, fail: bool) -> None:
    for number in range(count):
        try:
            with unit_of_work():
                record(line, "question.signed", version=number)
                record(line + 1, "question.signed", version=number)
                if fail and number % 2:
                    raise HalfwayError
        except HalfwayError:
            continue


def watch(line: int, until: int) -> list[int]:
    """Read on after what was read, as viewers do."""
    seen: list[int] = []
    while len(seen) < until:
        seen += [entry.seq for entry in read.after(line, seen[-1] if seen else 0)]
    return seen


def test_numbers_rise_without_gap_while_eight_threads_write_and_some_fail(on_disk: Path | None) -> None:
    writers = [partial(write, 5, 10, fail=number % 2 == 0) for number in range(8)]
    written = 4 * 10 + 4 * 5
    *done, first, second = together(*writers, partial(watch, 5, written), partial(watch, 6, written))
    assert not any(done)
    # A reader that goes on after the last number it has seen never misses one that commits later.
    assert first == second == list(range(1, written + 1))
    assert read.head(5) == read.head(6) == written


def test_what_was_recorded_is_seen_with_its_rows_or_not_at_all(on_disk: Path | None) -> None:
    def enter() -> None:
        for number in range(20):
            with unit_of_work():
                unit = Unit.objects.create(name=f"单位{number}", kind="department")
                record(9, "account.changed", subject="unit", subject_id=unit.id, field="created")

    def look() -> list[int]:
        missing: list[int] = []
        while (head := read.head(9)) < 20:
            told = read.after(9, 0)[: head or 1]
            missing += [entry.seq for entry in told if not Unit.objects.filter(id=entry.subject_id).exists()]
        return missing

    entered, missing = together(enter, look)
    assert entered is None
    assert missing == []
