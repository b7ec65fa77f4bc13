"""Chance plays whole evenings; a few in every run, hundreds in the patient one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.fixtures import START, make_district
from tests.stateful.evening import Evening
from townhall.kernel import clock

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def machine(db: None) -> Iterator[type[Evening]]:
    with clock.steer(START):
        Evening.district = make_district()
    yield Evening
    del Evening.district


def play(machine: type[Evening], evenings: int, steps: int) -> None:
    """Play evenings, the same ones every time, so that a red run can be run again."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=evenings, stateful_step_count=steps, deadline=None, derandomize=True,
            suppress_health_check=list(HealthCheck), print_blob=True, database=None,
        ),
    )  # fmt: skip


@pytest.mark.timeout(900)
def test_whatever_happens_in_an_evening_its_truths_hold(machine: type[Evening]) -> None:
    play(machine, 6, 40)


@pytest.mark.long
@pytest.mark.timeout(3000)
def test_whatever_happens_in_many_long_evenings_their_truths_hold(machine: type[Evening]) -> None:
    play(machine, 25, 60)
