"""What several tests of questions start from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction

from tests.fixtures import START, make_district
from tests.questions import every_state
from tests.real_database import busy, empty_file, on_disk
from townhall.kernel import clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.questions.every_state import EveryState

__all__ = ["busy", "empty_file", "on_disk"]  # fixtures


@pytest.fixture(scope="module")
def states(django_db_setup: None, django_db_blocker: Any) -> Iterator[EveryState]:
    with django_db_blocker.unblock(), clock.steer(START):
        block: Any = transaction.atomic()
        block._from_testcase = True
        with block:
            district = make_district()
            district.to_stage("live")
            yield every_state.make(district)
            transaction.set_rollback(True)


@pytest.fixture
def evening(states: EveryState) -> Iterator[None]:
    with clock.steer(START):
        yield
