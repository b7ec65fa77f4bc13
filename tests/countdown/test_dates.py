"""When steps are due: counted back from the hour, moved earlier when nobody works, never later."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from townhall.countdown import dates
from townhall.countdown.models import Step
from townhall.kernel import clock, workdays

CHINA = workdays.china()
HOURS = st.builds(
    lambda year, month: workdays.last_workday(year, month, CHINA).date,
    st.integers(2005, 2026),
    st.sampled_from((1, 3, 5, 7, 9, 11)),
)


def evening(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 11, tzinfo=UTC)


def due(day: date, **facts: object) -> dates.Due:
    return dates.due(Step(code="x", **facts), evening(day), CHINA)


@pytest.mark.parametrize(
    ("offset", "expected"),
    [(10, date(2026, 11, 20)), (7, date(2026, 11, 23)), (5, date(2026, 11, 25)), (3, date(2026, 11, 27))],
)
def test_the_next_hour_has_the_days_everybody_expects(offset: int, expected: date) -> None:
    assert due(date(2026, 11, 30), offset=offset).on == expected


def test_a_sunday_moves_to_the_friday_before() -> None:
    assert due(date(2026, 11, 30), offset=1).on == date(2026, 11, 27)
    assert due(date(2026, 11, 30), offset=2).on == date(2026, 11, 27)


def test_a_holiday_moves_before_the_holiday_and_a_make_up_saturday_is_worked() -> None:
    assert due(date(2025, 10, 14), offset=10).on == date(2025, 9, 30)  # Golden Week lasts to October 8
    assert CHINA.is_workday(date(2009, 1, 24))  # a Saturday worked
    assert due(date(2009, 1, 31), offset=7).on == date(2009, 1, 24)


def test_working_days_are_counted_over_a_holiday() -> None:
    assert due(date(2025, 10, 14), offset=5, unit="working").on == date(2025, 9, 30)


def test_five_days_before_three_at_the_latest() -> None:
    step = due(date(2026, 11, 30), offset=5, tolerance=2)
    assert clock.local(step.late_at).date() == date(2026, 11, 28)  # from midnight after the 27th
    assert clock.local(step.late_at).hour == 0


def test_minutes_are_minutes_and_have_no_tolerance() -> None:
    step = due(date(2026, 11, 30), offset=15, unit="minutes", tolerance=3)
    assert step.at == step.late_at == evening(date(2026, 11, 30)) - timedelta(minutes=15)


def test_the_hours_own_day_was_a_persons_decision() -> None:
    sunday = date(2026, 11, 29)
    assert due(sunday, offset=0).on == sunday


def test_an_unpublished_year_is_provisional() -> None:
    assert due(date(2029, 3, 30), offset=10).provisional
    assert due(date(2029, 3, 30), offset=4, unit="working").provisional
    assert not due(date(2026, 11, 30), offset=10).provisional


@given(HOURS, st.integers(1, 60), st.integers(0, 10), st.sampled_from(("natural", "working")))
def test_a_step_moves_earlier_never_later_and_onto_a_working_day(
    day: date, offset: int, tolerance: int, unit: str
) -> None:
    found = due(day, offset=offset, tolerance=tolerance, unit=unit)
    assert found.on < day
    assert CHINA.is_workday(found.on) or found.provisional
    if unit == "natural":
        assert found.on <= day - timedelta(days=offset)
    else:
        between = [found.on + timedelta(days=n) for n in range((day - found.on).days)]
        assert sum(bool(CHINA.is_workday(one)) for one in between) == offset or found.provisional
    assert found.at <= found.late_at <= evening(day)


@given(HOURS, st.integers(1, 40), st.integers(0, 20))
def test_a_later_hour_has_no_earlier_steps(day: date, offset: int, more: int) -> None:
    assert due(day, offset=offset).on <= due(day + timedelta(days=more), offset=offset).on


def test_how_often_the_seeds_days_fall_on_a_day_off() -> None:
    """The counts that the seed's rule gives over 22 years."""
    hours = [
        workdays.last_workday(year, month, CHINA).date
        for year in range(2005, 2027)
        for month in (1, 3, 5, 7, 9, 11)
    ]
    moved = {n: sum(due(day, offset=n).on != day - timedelta(days=n) for day in hours) for n in (10, 7, 5, 3)}
    assert len(hours) == 132
    assert moved == {10: 36, 7: 14, 5: 69, 3: 34}
