"""The working-day calendar: the shipped facts, the three answers, and the rule over 22 years."""

from __future__ import annotations

import re
from datetime import date, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from townhall.kernel import workdays
from townhall.kernel.workdays import MONDAY_TO_FRIDAY, Rule, SpecialDay, Workday

KNOWN_YEARS = range(2004, 2027)
DAYS = st.dates(date(2004, 1, 1), date(2026, 12, 31))


def test_every_day_agrees_with_the_reference_package() -> None:
    day = date(2004, 1, 1)
    while day.year in KNOWN_YEARS:
        assert workdays.is_workday(day) is chinese_calendar.is_workday(day), day
        day += timedelta(days=1)


def test_every_special_day_names_its_festival_and_source() -> None:
    days = workdays.china().days.values()
    assert all(day.name and day.source for day in days)
    assert all(re.fullmatch(r"国(?:办)?发明电〔20\d\d〕[1-9]\d*号", day.source) for day in days)
    assert workdays.china().years == frozenset(KNOWN_YEARS)
    assert workdays.china().days[date(2026, 2, 14)].source == "国办发明电〔2025〕7号"
    # Days before New Year come with the notice of the following year.
    assert workdays.china().days[date(2011, 12, 31)].source == "国办发明电〔2011〕45号"


def test_a_documents_date_is_known_or_said_to_be_unchecked_and_comes_before_what_it_fixes() -> None:
    dates: dict[str, set[date | None]] = {}
    for day in workdays.china().days.values():
        dates.setdefault(day.source, set()).add(day.dated)
        if day.dated is not None:
            assert day.dated < day.date, day
            assert f"〔{day.dated.year}〕" in day.source, day
    assert all(len(found) == 1 for found in dates.values()), "one document, one date"
    unchecked = {source for source, found in dates.items() if None in found}
    assert unchecked == {"国办发明电〔2007〕52号", "国办发明电〔2008〕42号"}
    for day in workdays.china().days.values():
        assert (day.published is None) == (day.dated is not None), "public by then, where its date is open"
        assert day.published is None or day.published < day.date


def test_every_makeup_day_is_a_weekend_day() -> None:
    days = workdays.china().days.values()
    assert all(day.date.weekday() >= 5 for day in days if day.kind == "makeup")


@pytest.mark.parametrize("day", [date(2010, 5, 31), date(2011, 5, 31), date(2026, 11, 30), date(2009, 1, 24)])
def test_the_rule_proposes(day: date) -> None:
    assert Workday(day, provisional=False) in workdays.propose_dates(day.year)


@pytest.mark.parametrize("day", [date(2008, 8, 27), date(2009, 1, 21), date(2011, 1, 27)])
def test_history_broke_the_rule(day: date) -> None:
    assert day not in [proposed.date for proposed in workdays.propose_dates(day.year)]


def test_january_2009_ends_on_a_worked_saturday() -> None:
    assert workdays.last_workday(2009, 1).date.weekday() == 5


def test_weekends_and_the_plain_rule_over_22_years() -> None:
    proposed = [day.date for year in range(2005, 2027) for day in workdays.propose_dates(year)]
    plain = [
        day.date
        for year in range(2005, 2027)
        for day in workdays.propose_dates(year, calendar=MONDAY_TO_FRIDAY)
    ]
    assert len(proposed) == 132
    assert sum(day.weekday() >= 5 for day in proposed) == 11
    assert sum(one != other for one, other in zip(proposed, plain, strict=True)) == 16


@given(st.sampled_from(KNOWN_YEARS), st.integers(1, 12))
def test_nothing_is_worked_between_the_last_workday_and_the_end_of_month(year: int, month: int) -> None:
    found = workdays.last_workday(year, month)
    assert (found.date.year, found.date.month, found.provisional) == (year, month, False)
    assert workdays.is_workday(found.date) is True
    day = found.date + timedelta(days=1)
    while day.month == month:
        assert workdays.is_workday(day) is False
        day += timedelta(days=1)


@given(DAYS, st.integers(1, 30))
def test_adding_counts_worked_days_only(start: date, n: int) -> None:
    end = workdays.add_workdays(start, n)
    if end is None:
        assert workdays.is_workday(start + timedelta(days=60)) is None
        return
    span = [start + timedelta(days=offset) for offset in range(1, (end - start).days + 1)]
    assert sum(workdays.is_workday(day) is True for day in span) == n
    assert workdays.is_workday(end) is True


@given(DAYS.filter(chinese_calendar.is_workday), st.integers(0, 30))
def test_back_is_the_inverse_of_forward(start: date, n: int) -> None:
    end = workdays.add_workdays(start, n)
    if end is not None:
        assert workdays.add_workdays(end, -n) == start


@given(DAYS.filter(lambda day: day > date(2004, 2, 1)))
def test_a_step_moves_earlier_never_later(day: date) -> None:
    shifted = workdays.shift_earlier(day)
    assert shifted.date <= day
    assert (shifted.date == day) is workdays.is_workday(day)


def test_known_deadlines_across_long_holidays() -> None:
    assert workdays.add_workdays(date(2025, 1, 27), 5) == date(2025, 2, 10)
    assert workdays.add_workdays(date(2025, 9, 30), 5) == date(2025, 10, 14)


def test_an_unpublished_year_is_unknown_and_never_guessed() -> None:
    assert workdays.is_workday(date(2027, 3, 1)) is None
    assert workdays.is_workday(date(2003, 12, 31)) is None
    assert workdays.add_workdays(date(2026, 12, 20), 15) is None
    assert workdays.add_workdays(date(2004, 1, 5), -10) is None
    assert all(day.provisional for day in workdays.propose_dates(2027))
    assert workdays.last_workday(2027, 1) == Workday(date(2027, 1, 29), provisional=True)


def test_a_search_that_reaches_into_an_unknown_year_is_provisional() -> None:
    assert workdays.shift_earlier(date(2027, 1, 2)) == Workday(date(2027, 1, 1), provisional=True)
    # 1 January 2004 is off, and what lies before it is not in the data.
    assert workdays.shift_earlier(date(2004, 1, 1)) == Workday(date(2003, 12, 31), provisional=True)


def test_a_published_year_makes_it_known() -> None:
    schedule = [
        SpecialDay(date(2027, 1, 1), "holiday", "元旦"),
        SpecialDay(date(2027, 1, 31), "makeup", "春节"),
    ]
    calendar = workdays.china().extended(schedule)
    assert calendar.last_workday(2027, 1) == Workday(date(2027, 1, 31), provisional=False)
    assert workdays.is_workday(date(2027, 3, 1), calendar) is True
    assert workdays.is_workday(date(2027, 3, 1)) is None


def test_december_days_alone_do_not_publish_their_year() -> None:
    calendar = workdays.china().extended([SpecialDay(date(2027, 12, 31), "holiday", "元旦")])
    assert calendar.is_workday(date(2027, 6, 1)) is None


def test_the_weekday_calendar_knows_every_year() -> None:
    assert workdays.is_workday(date(2300, 1, 1), MONDAY_TO_FRIDAY) is True
    assert workdays.last_workday(2027, 1, MONDAY_TO_FRIDAY) == Workday(date(2027, 1, 29), provisional=False)
    assert workdays.add_workdays(date(2026, 11, 20), 1, MONDAY_TO_FRIDAY) == date(2026, 11, 23)


def test_other_rules() -> None:
    third_thursday = Rule(months=tuple(range(1, 13)), pick="nth_weekday", weekday=3, nth=3)
    dates = workdays.propose_dates(2026, third_thursday)
    assert len(dates) == 12
    # 19 February 2026 lies in the Spring Festival: earlier, never later.
    assert dates[1] == Workday(date(2026, 2, 14), provisional=False)
    first = workdays.propose_dates(2026, Rule(months=(10,), pick="first_workday"))
    assert first == [Workday(date(2026, 10, 8), provisional=False)]


@pytest.mark.parametrize(
    "bad", [{"months": ()}, {"months": (13,)}, {"weekday": 7}, {"nth": 0}, {"pick": "moon"}]
)
def test_a_nonsensical_rule_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Rule(**bad)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "line",
    [
        "2027-02-30,holiday,春节,x,",
        "2027-01-01,party,元旦,x,",
        ",holiday,,,",
        "2027-01-01,holiday,元旦,x,去年",
    ],
)
def test_a_broken_line_is_named(line: str) -> None:
    with pytest.raises(ValueError, match="line 2"):
        list(workdays.read_csv(["date,kind,name,source,dated", line]))


def test_a_calendar_without_working_days_is_refused_not_endless() -> None:
    year = [SpecialDay(date(2026, 1, 1) + timedelta(days=n), "holiday") for n in range(365)]
    with pytest.raises(ValueError, match="no working day"):
        workdays.china().extended(year).last_workday(2026, 11)
