"""The demo lands in the middle of preparation: the weeks before were played on their usual days."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest

from tests.rehearsal.conftest import NOW
from townhall.countdown import queries
from townhall.hours.models import OfficeHour
from townhall.kernel import clock
from townhall.preparation import published
from townhall.rehearsal import company, fill

pytestmark = pytest.mark.django_db


def states(stage: str, now: datetime = NOW) -> dict[str, str]:
    with clock.steer(now):
        hour = OfficeHour.objects.get(slug=fill.fill(stage)["hour"])
        rows = queries.countdown(company.find().actor("coordinator", hour), hour)
        return {row.standing.step.code: row.standing.state.value for row in rows}


@pytest.fixture(autouse=True)
def _nobody_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="townhall.rehearsal.before")


def refusals(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "townhall.rehearsal.before"]


DONE_WHEN_PLANNED = {"topic", "plan_submitted", "sms_ready", "plan_approved", "notice_issued"}
DONE_WHEN_ANNOUNCED = DONE_WHEN_PLANNED | {"notice_signed", "meeting", "published"}
DONE_WHEN_PREPARING = DONE_WHEN_ANNOUNCED | {"press", "asking_closed", "observers", "sms_sent", "staffing"}


@pytest.mark.parametrize(
    ("stage", "done"),
    [("planned", DONE_WHEN_PLANNED), ("announced", DONE_WHEN_ANNOUNCED), ("preparing", DONE_WHEN_PREPARING)],
)
def test_each_stage_lands_in_the_middle(stage: str, done: set[str], caplog: pytest.LogCaptureFixture) -> None:
    found = states(stage)
    assert done <= {code for code, state in found.items() if state == "done"}
    assert found["checked_in"] not in {"done", "late"}
    assert refusals(caplog) == []
    if stage == "announced":  # the page says until when people may ask
        hour = OfficeHour.objects.get(stage=stage)
        assert NOW < (published.asking(hour.id).closes_at or NOW) < hour.starts_at
        assert hour.leaders.exists() and hour.materials.exists() and hour.introduction_en
    if stage == "planned":
        assert found["notice_signed"] != "done"  # a slow unit is left to be chased


@pytest.mark.long
def test_nobody_applies_before_the_hour_is_public(caplog: pytest.LogCaptureFixture) -> None:
    """Nine days before is a Saturday here: the act moves to Friday noon, and the announcement is on Friday evening."""
    states("announced", datetime(2026, 11, 29, 16, 37, tzinfo=UTC))
    assert refusals(caplog) == []


@pytest.mark.long
@pytest.mark.parametrize("month", [2, 5, 10])
def test_a_holiday_before_the_hour_stops_no_demo(month: int) -> None:
    """Spring Festival, May Day and the Golden Week fold several days into one."""
    found = states(
        "preparing", datetime(2026, month, 24 if month == 2 else 10, 4, tzinfo=UTC) + timedelta(hours=1)
    )
    assert found["plan_approved"] == found["notice_issued"] == "done"
