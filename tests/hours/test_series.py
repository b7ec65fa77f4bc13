"""The series: what the rule proposes over the years, and what a person makes of each date."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.hours.test_calendar import MOVES, SETTLES
from tests.hours.test_calendar import data as schedule
from townhall.hours import actions as hour_actions
from townhall.hours import calendar_entry, planning, series, series_actions, series_flow, series_rule
from townhall.hours.choices import ProposalState
from townhall.hours.models import HourNotice, OfficeHour, Proposal, SeriesRule
from townhall.hours.seats import Actor, actor_for, staff_actor
from townhall.journal.models import Entry
from townhall.kernel import clock, workdays
from townhall.kernel.errors import InvalidFields, Refused
from townhall.people import actions as people

if TYPE_CHECKING:
    from tests.fixtures import District

MOVE = {"on": "2027-01-27", "reason": "春节前一周提前举行"}


@pytest.fixture
def office(district: District) -> Actor:
    found = staff_actor(district.accounts["coordinator"])
    assert found is not None
    return found


def does(office: Actor, verb: str, month: int = 1, year: int = 2027, **data: Any) -> Proposal:
    return series_actions.perform(office, verb, year, month, data)


def line(month: int = 1, year: int = 2027) -> series.Line:
    return series.line(year, month)


# -- the rule over the years ----------------------------------------------------------------------------


@pytest.mark.parametrize("day", [date(2010, 5, 31), date(2011, 5, 31), date(2026, 11, 30)])
def test_the_seeds_rule_proposes_its_own_dates(db: None, day: date) -> None:
    assert series_rule.date_in(day.year, day.month) == workdays.Workday(day, provisional=False)
    assert day in [one.rule.date for one in series.year(day.year)]


@pytest.mark.parametrize("day", [date(2008, 8, 27), date(2009, 1, 21), date(2011, 1, 27)])
def test_as_history_had_it_these_were_departures(db: None, day: date) -> None:
    assert day not in [one.rule.date for one in series.year(day.year)]


@given(st.integers(2005, 2026), st.sampled_from([1, 3, 5, 7, 9, 11]))
def test_over_22_years_the_rule_gives_the_last_worked_day_of_the_month(year: int, month: int) -> None:
    found = workdays.china().last_workday(year, month)
    assert workdays.china().is_workday(found.date) is True
    assert (found.date.year, found.date.month) == (year, month)
    rest = [date(year, month, day) for day in range(found.date.day + 1, 32) if _is_day(year, month, day)]
    assert not any(workdays.china().is_workday(day) for day in rest)


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def test_long_holidays_follow_31_of_132_dates() -> None:
    china = workdays.china()
    dates = [one.date for year in range(2005, 2027) for one in workdays.propose_dates(year, calendar=china)]
    long = [day for day in dates if china.days_off_after(day) >= series.LONG_BREAK]
    assert len(long) == 31
    assert {date(2023, 9, 28), date(2024, 9, 30), date(2025, 1, 27), date(2026, 9, 30)} <= set(long)


# -- the year at a glance -------------------------------------------------------------------------------


def test_an_hour_postponed_into_a_year_that_is_not_announced_is_provisional(district: District) -> None:
    district.hour_does("announce")
    district.hour_does("postpone", starts_at="2027-01-29T19:00+08:00", reason_code="urgent_duty")
    district.hour.refresh_from_db()
    assert district.hour.date_provisional
    district.hour_does("postpone", starts_at="2026-12-31T19:00+08:00", reason_code="urgent_duty")
    district.hour.refresh_from_db()
    assert not district.hour.date_provisional


def test_every_reason_stays_to_be_read(office: Actor) -> None:
    does(office, "move", **MOVE)
    does(office, "move", on="2027-01-28", reason="会场另有安排")
    does(office, "cancel", month=3, reason="汛期")
    does(office, "revive", month=3)
    first, second = line().decisions
    assert (first.reason, second.reason) == (MOVE["reason"], "会场另有安排")
    assert (first.on, second.was, second.on) == (date(2027, 1, 27), date(2027, 1, 27), date(2027, 1, 28))
    assert [(one.verb, one.reason, one.on) for one in line(3).decisions] == [("cancel", "汛期", None)]


def test_a_year_that_is_not_announced_is_provisional(district: District) -> None:
    lines = series.year(2027)
    assert [one.month for one in lines] == [1, 3, 5, 7, 9, 11]
    assert all(one.provisional and one.state == "proposed" and one.worked is None for one in lines)


def test_an_hour_entered_by_itself_stands_in_its_month(district: District) -> None:
    november = line(11, 2026)
    assert (november.hour, november.state, november.provisional) == (district.hour, "confirmed", False)


def test_queries_do_not_grow_with_the_year(office: Actor, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(3):
        series.year(2027)
    for month in (1, 3, 5, 7, 9, 11):
        does(office, "confirm", month)
    with django_assert_num_queries(5):
        assert [one.state for one in series.year(2027)] == ["confirmed"] * 6


# -- what a person decides ------------------------------------------------------------------------------


def test_confirming_enters_the_hour_and_seats_the_office_holders(office: Actor, district: District) -> None:
    row = does(office, "confirm")
    hour = OfficeHour.objects.get(slug="2027-01")
    assert row.hour == hour
    assert (hour.issue_no, hour.title, hour.stage) == (2, "第 2 期区长网上办公", "planned")
    assert clock.local(hour.starts_at).isoformat() == "2027-01-29T19:00:00+08:00"
    assert (hour.date_provisional, hour.proposed_on, hour.date_reason) == (True, date(2027, 1, 29), "")
    assert set(hour.seats.values_list("account__username", "role")) == {
        ("coordinator", "coordinator"), ("mayor", "mayor"), ("deputy", "deputy"),
    }  # fmt: skip
    actor = actor_for(district.accounts["coordinator"], hour)
    assert actor is not None and actor.holds(frozenset({"coordinator"}))
    assert Entry.objects.get(kind="series.confirmed").facts == {"year": 2027, "month": 1, "hour": hour.id}


def test_whose_office_has_ended_is_not_seated(office: Actor, district: District) -> None:
    people.give_office(district.accounts["deputy"], "deputy", until=datetime(2026, 11, 1, tzinfo=UTC))
    hour = does(office, "confirm").hour
    assert hour is not None
    assert not hour.seats.filter(role="deputy").exists()


def test_a_proposal_moved_becomes_an_hour_with_both_dates_and_the_reason(office: Actor) -> None:
    row = does(office, "move", **MOVE)
    assert row.hour is not None
    assert (row.hour.proposed_on, row.hour.date_reason) == (date(2027, 1, 29), MOVE["reason"])
    found = line()
    assert (found.day, found.rule.date, found.state, found.reason) == (
        date(2027, 1, 27), date(2027, 1, 29), "moved", MOVE["reason"],
    )  # fmt: skip
    assert not found.wants_decision


def test_a_planned_hour_is_moved_without_the_public(office: Actor) -> None:
    does(office, "confirm")
    row = does(office, "move", **MOVE, starts="18:30")
    assert row.hour is not None
    row.hour.refresh_from_db()
    assert clock.local(row.hour.starts_at).isoformat() == "2027-01-27T18:30:00+08:00"
    assert (row.hour.ends_at - row.hour.starts_at).seconds == 3600
    assert not HourNotice.objects.filter(hour=row.hour).exists()
    entry = Entry.objects.get(kind="hour.rescheduled")
    assert not entry.public
    assert entry.facts["was"] == "2027-01-29T19:00:00+08:00"


def test_an_announced_hour_is_postponed_in_public(office: Actor) -> None:
    hour = does(office, "confirm").hour
    assert hour is not None
    acting = Actor(office.account_id, "", "", hour.id, frozenset({"coordinator"}))
    hour_actions.perform(acting, "announce", {})
    with pytest.raises(InvalidFields) as invalid:
        does(office, "move", **MOVE)
    assert set(invalid.value.errors) == {"reason_code"}
    does(office, "move", **MOVE, reason_code="urgent_duty")
    hour.refresh_from_db()
    assert (hour.stage, clock.local(hour.starts_at).day) == ("announced", 27)
    assert HourNotice.objects.get(hour=hour).reason_code == "urgent_duty"


def test_moved_into_another_month_it_keeps_its_place(office: Actor) -> None:
    row = does(office, "move", on="2027-02-02", reason="会场占用")
    assert row.hour is not None
    assert (row.hour.slug, row.hour.proposed_on) == ("2027-01", date(2027, 1, 29))
    assert [one.month for one in series.year(2027)] == [1, 3, 5, 7, 9, 11]
    assert line().day == date(2027, 2, 2)


def test_a_cancelled_proposal_keeps_its_reason_and_may_come_back(office: Actor) -> None:
    does(office, "cancel", reason="换届")
    assert (line().state, line().reason) == ("cancelled", "换届")
    assert not OfficeHour.objects.filter(slug="2027-01").exists()
    does(office, "revive")
    assert (line().state, line().reason) == ("proposed", "")


def test_a_cancelled_hour_tells_the_public_and_its_number_is_never_used_again(office: Actor) -> None:
    does(office, "confirm")
    with pytest.raises(InvalidFields) as invalid:
        does(office, "cancel", reason="换届")
    assert set(invalid.value.errors) == {"reason_code"}
    row = does(office, "cancel", reason="换届", reason_code="other")
    assert row.hour is not None
    assert line().state == "cancelled"
    with pytest.raises(Refused) as refused:
        does(office, "revive")
    assert refused.value.code == "no_hour"
    march = does(office, "confirm", 3).hour
    assert march is not None
    assert march.issue_no == (row.hour.issue_no or 0) + 1


def test_the_schedule_moves_the_rule_and_a_person_decides(office: Actor) -> None:
    does(office, "confirm")
    calendar_entry.enter(office, schedule(MOVES))
    found = line()
    assert (found.day, found.rule.date) == (date(2027, 1, 29), date(2027, 1, 31))
    assert found.wants_decision and not found.provisional
    does(office, "keep", reason="周日办公不便市民")
    assert (line().state, line().reason, line().wants_decision) == ("moved", "周日办公不便市民", False)
    with pytest.raises(Refused) as refused:
        does(office, "keep", reason="又一次")
    assert refused.value.code == "differs"


def test_a_note_that_explained_no_departure_does_not_hide_one(office: Actor) -> None:
    hour = planning.create_hour(
        slug="2027-01", title="x", starts_at=datetime(2027, 1, 29, 11, tzinfo=UTC), date_reason="照旧"
    )
    calendar_entry.enter(office, schedule(MOVES))
    assert line().hour == hour and line().wants_decision
    assert [one.facts["month"] for one in Entry.objects.filter(kind="series.date_moved")] == []


def test_a_proposal_follows_the_schedule_by_itself(office: Actor) -> None:
    assert line().rule.date == date(2027, 1, 29)
    calendar_entry.enter(office, schedule(MOVES))
    assert line().rule == workdays.Workday(date(2027, 1, 31), provisional=False)
    hour = does(office, "confirm").hour
    assert hour is not None
    assert clock.local(hour.starts_at).day == 31


def test_what_follows_a_date_is_shown(office: Actor) -> None:
    calendar_entry.enter(
        office, schedule(SETTLES + "\n2027-01-30 放假 春节\n2027-01-31 放假 春节\n2027-02-01 放假 春节")
    )
    assert (line().days_off, line().before_a_break) == (3, True)


def test_two_hours_never_fall_on_one_day(office: Actor) -> None:
    does(office, "confirm", 3)
    with pytest.raises(InvalidFields) as invalid:
        does(office, "move", on="2027-03-31", reason="合并")
    assert set(invalid.value.errors) == {"on"}


@pytest.mark.parametrize(
    ("field", "value"),
    [("on", ""), ("on", "2027-02-30"), ("on", "2026-01-05"), ("on", "2099-01-05"), ("on", "\0"), ("reason", " "),
     ("reason", "长" * 201), ("reason", "\ud800"), ("starts", "25:00")],
)  # fmt: skip
def test_each_field_of_a_move_is_named_and_nothing_is_stored(office: Actor, field: str, value: str) -> None:
    with pytest.raises(InvalidFields) as invalid:
        does(office, "move", **(MOVE | {field: value}))
    assert set(invalid.value.errors) == {field}
    assert not Proposal.objects.exists()


def test_what_began_is_not_moved(live: District) -> None:
    office = staff_actor(live.accounts["coordinator"])
    assert office is not None
    with pytest.raises(Refused) as refused:
        does(office, "move", 11, 2026, on="2026-12-01", reason="x", reason_code="other")
    assert refused.value.code == "not_begun"


def test_a_date_gone_by_cannot_be_confirmed(office: Actor) -> None:
    with pytest.raises(Refused) as refused:
        does(office, "confirm", 9, 2026)
    assert refused.value.code == "not_past"


# -- every verb, every state, everybody -----------------------------------------------------------------

TARGETS = {
    ("confirm", "proposed"): "confirmed", ("move", "proposed"): "moved", ("move", "confirmed"): "moved",
    ("move", "moved"): "moved", ("cancel", "proposed"): "cancelled", ("cancel", "confirmed"): "cancelled",
    ("cancel", "moved"): "cancelled", ("revive", "cancelled"): "proposed",
}  # fmt: skip
FIELDS: dict[str, dict[str, str]] = {
    "move": {"on": "2027-01-20", "reason": "提前"}, "keep": {"reason": "保留"},
    "cancel": {"reason": "换届", "reason_code": "other"},
}  # fmt: skip


@pytest.mark.parametrize(("verb", "state"), list(product(series_flow.MOVES, ProposalState.values)))
def test_the_table_the_oracle_and_the_act_agree(
    office: Actor, district: District, verb: str, state: str
) -> None:
    way = {"confirmed": ["confirm"], "moved": ["move"], "cancelled": ["cancel"], "proposed": []}[state]
    for step in way:
        does(office, step, **(MOVE if step == "move" else FIELDS.get(step, {})))
    said = series_flow.refusal(office, verb, line())
    target = TARGETS.get((verb, state))
    if target is None:
        with pytest.raises(Refused) as refused:
            does(office, verb, **FIELDS.get(verb, {}))
        assert said is not None and refused.value.status == said.status == 409
        assert line().state == state
    else:
        assert said is None
        does(office, verb, **FIELDS.get(verb, {}))
        assert line().state == target
    for name in ("moderator", "mayor", "stranger"):
        other = staff_actor(district.accounts[name])
        assert other is not None
        with pytest.raises(Refused) as refused:
            does(other, verb, **FIELDS.get(verb, {}))
        assert refused.value.status == 403


@pytest.mark.parametrize(
    ("verb", "year", "month"), [("explode", 2027, 1), ("confirm", 2027, 13), ("confirm", 2050, 1)]
)
def test_what_does_not_exist_is_404(office: Actor, verb: str, year: int, month: int) -> None:
    with pytest.raises(Refused) as refused:
        does(office, verb, month, year)
    assert refused.value.status == 404


# -- the rule is the district's -------------------------------------------------------------------------

RULE = {
    "months": ["2", "8"],
    "pick": "nth_weekday",
    "weekday": "3",
    "nth": "3",
    "starts": "18:30",
    "minutes": "90",
}


def test_another_rule_proposes_other_dates_and_hours_that_stand_stay(office: Actor) -> None:
    does(office, "confirm")
    series_actions.change_rule(office, RULE)
    assert [(one.month, one.day) for one in series.year(2027)] == [
        (1, date(2027, 1, 29)), (2, date(2027, 2, 18)), (8, date(2027, 8, 19)),
    ]  # fmt: skip
    hour = does(office, "confirm", 8).hour
    assert hour is not None
    assert clock.local(hour.starts_at).isoformat() == "2027-08-19T18:30:00+08:00"
    assert (hour.ends_at - hour.starts_at).seconds == 90 * 60
    assert SeriesRule.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("months", []), ("months", ["13"]), ("pick", "moon"), ("weekday", "7"), ("nth", "5"), ("starts", "七点"),
     ("minutes", "0"), ("minutes", "99999999"), ("minutes", "x")],
)  # fmt: skip
def test_a_nonsensical_rule_is_named(office: Actor, field: str, value: object) -> None:
    with pytest.raises(InvalidFields) as invalid:
        series_actions.change_rule(office, RULE | {field: value})
    assert set(invalid.value.errors) == {field}
    assert not SeriesRule.objects.exists()


def test_only_the_office_writes_the_rule(district: District) -> None:
    mayor = staff_actor(district.accounts["mayor"])
    assert mayor is not None
    with pytest.raises(Refused):
        series_actions.change_rule(mayor, RULE)


def test_an_hour_made_by_hand_on_another_day_needs_its_reason(district: District) -> None:
    with pytest.raises(ValueError, match="date_reason"):
        planning.create_hour(slug="x", title="x", starts_at=datetime(2027, 3, 3, 11, tzinfo=UTC))
