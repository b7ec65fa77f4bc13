"""The pace a provider agreed to: kept, made up for, never exceeded by more than a moment's worth."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.outreach.conftest import T3, Desk, numbers
from townhall.config import jobs
from townhall.kernel import clock
from townhall.outreach import sending

if TYPE_CHECKING:
    from tests.outreach.gateway import LocalGateway

pytestmark = pytest.mark.django_db


@pytest.fixture
def paced(desk: Desk, gateway: LocalGateway, settings: Any) -> Desk:
    """Sixty numbers, ten a call, twenty a second."""
    settings.SMS_RATE = 20
    desk.confirmed(numbers(60))
    return desk


def at(seconds: float) -> Any:
    return clock.steer(T3 + timedelta(seconds=seconds))


def test_the_sender_rests_until_its_next_batch_may_leave_and_no_longer(paced: Desk) -> None:
    with at(0):
        assert sending.tick()
        assert not sending.tick()
        assert sending.next_batch_in() == pytest.approx(0.5)
        assert jobs._until_next(sending.next_batch_in()) == pytest.approx(0.5)
    with at(0.51):
        assert jobs._until_next(sending.next_batch_in()) == jobs.LEAST_REST_SECONDS
    assert jobs._until_next(None) == jobs._until_next(7.0) == jobs.TICK_SECONDS


def test_what_waits_for_something_else_is_not_looked_at_without_rest(paced: Desk) -> None:
    with at(0):
        sending.tick()
    with at(2):
        assert sending.next_batch_in() is None


def test_a_little_lateness_is_made_up_for(paced: Desk, gateway: LocalGateway) -> None:
    for seconds in (0, 0.7, 1.0, 1.6, 2.0):
        with at(seconds):
            sending.tick()
    assert sum(gateway.numbers.values()) == 50, "as many as at 0, 0.5, 1.0, 1.5 and 2.0"


def test_a_long_silence_gives_no_provider_more_at_once(paced: Desk, gateway: LocalGateway) -> None:
    with at(0):
        sending.tick()
    with at(60):
        while sending.tick():
            pass
    assert sum(gateway.numbers.values()) <= 10 + 10 * 3, "a second's worth and the batch that is due"
