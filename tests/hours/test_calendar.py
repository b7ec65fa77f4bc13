"""A year's schedule is entered: everybody reads it, and the dates that waited for it recompute."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from django.conf import settings

from townhall.hours import calendar, calendar_entry, calendar_lines, planning
from townhall.hours.models import HolidaySchedule
from townhall.hours.seats import Actor, staff_actor
from townhall.journal import read
from townhall.journal.models import Entry
from townhall.kernel import clock, workdays
from townhall.kernel.errors import InvalidFields, Refused
from townhall.readiness import machine
from townhall.readiness.choices import Area
from townhall.readiness.lines import Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.fixtures import District
    from townhall.hours.models import OfficeHour

# With the last Sunday of January worked, as before the Spring Festival of 2027, the rule's date moves by two days.
MOVES = "2027-01-01 放假 元旦\n2027-01-31 上班 春节\n2027-02-05 至 2027-02-11 放假 春节"
SETTLES = "2027-01-01 放假 元旦\n2027-02-05 至 2027-02-11 放假 春节"


def data(days: str = MOVES, **more: str) -> dict[str, str]:
    return {
        "year": "2027",
        "source": "国办发明电〔2026〕9号",
        "announced_on": "2026-11-20",
        "days": days,
        **more,
    }


@pytest.fixture
def office(district: District) -> Actor:
    found = staff_actor(district.accounts["coordinator"])
    assert found is not None
    return found


@pytest.fixture
def january(district: District) -> OfficeHour:
    return planning.create_hour(
        slug="2027-01", title="第 17 期区长网上办公", starts_at=datetime(2027, 1, 29, 11, tzinfo=UTC)
    )


def facts(kind: str) -> list[dict[str, object]]:
    return [entry.facts for entry in Entry.objects.filter(kind=kind).order_by("id")]


def test_a_year_is_unknown_until_it_is_entered(office: Actor) -> None:
    assert workdays.is_workday(date(2027, 1, 31)) is None
    calendar_entry.enter(office, data())
    assert workdays.is_workday(date(2027, 1, 31)) is True
    assert workdays.is_workday(date(2027, 2, 8)) is False
    assert workdays.is_workday(date(2028, 1, 3)) is None
    assert workdays.last_workday(2027, 1) == workdays.Workday(date(2027, 1, 31), provisional=False)


def test_an_hour_whose_date_is_confirmed_by_the_schedule_is_settled(
    office: Actor, january: OfficeHour
) -> None:
    assert january.date_provisional
    calendar_entry.enter(office, data(SETTLES))
    january.refresh_from_db()
    assert (january.date_provisional, january.proposed_on) == (False, date(2027, 1, 29))
    assert facts("hour.date_settled") == [{"on": "2027-01-29", "accounts": [office.account_id]}]
    assert not facts("hour.date_moved")


def test_an_hour_whose_rule_moves_keeps_its_day_and_its_owners_are_told(
    office: Actor, january: OfficeHour
) -> None:
    calendar_entry.enter(office, data())
    january.refresh_from_db()
    assert january.starts_at == datetime(2027, 1, 29, 11, tzinfo=UTC)
    assert (january.date_provisional, january.proposed_on) == (False, date(2027, 1, 31))
    assert facts("hour.date_moved") == [
        {"was": "2027-01-29", "on": "2027-01-31", "accounts": [office.account_id]}
    ]
    assert Entry.objects.get(kind="hour.date_moved").line == january.id


def test_proposals_of_that_year_move_and_settle(office: Actor, district: District) -> None:
    calendar_entry.enter(office, data())
    assert [(one["month"], one["was"], one["on"]) for one in facts("series.date_moved")] == [
        (1, "2027-01-29", "2027-01-31")
    ]
    assert [one["month"] for one in facts("series.date_settled")] == [3, 5, 7, 9, 11]
    assert all(one["accounts"] == [office.account_id] for one in facts("series.date_settled"))


def test_an_hour_on_a_day_somebody_chose_is_settled_not_moved(office: Actor, district: District) -> None:
    hour = planning.create_hour(
        slug="2027-01", title="x", starts_at=datetime(2027, 1, 27, 11, tzinfo=UTC), date_reason="春节前"
    )
    calendar_entry.enter(office, data())
    hour.refresh_from_db()
    assert (hour.proposed_on, hour.date_provisional) == (date(2027, 1, 31), False)
    assert facts("hour.date_settled")
    assert not facts("hour.date_moved")


def test_the_same_again_changes_nothing(office: Actor) -> None:
    first = calendar_entry.enter(office, data())
    head = read.head(0)
    assert calendar_entry.enter(office, data()) == first
    assert read.head(0) == head
    assert HolidaySchedule.objects.count() == 1


def test_a_later_document_replaces_the_year_and_the_earlier_stays(office: Actor) -> None:
    calendar_entry.enter(office, data())
    second = calendar_entry.enter(office, data(SETTLES, source="国办发明电〔2027〕1号"))
    assert second.revision == 2
    assert workdays.is_workday(date(2027, 1, 31)) is False
    assert HolidaySchedule.objects.count() == 2
    calendar_entry.withdraw(office, second.id)
    assert workdays.is_workday(date(2027, 1, 31)) is True


def test_taken_back_the_year_is_unknown_again(office: Actor, january: OfficeHour) -> None:
    schedule = calendar_entry.enter(office, data())
    calendar_entry.withdraw(office, schedule.id)
    january.refresh_from_db()
    assert (january.date_provisional, january.proposed_on) == (True, date(2027, 1, 29))
    assert workdays.is_workday(date(2027, 1, 31)) is None
    with pytest.raises(Refused):
        calendar_entry.withdraw(office, schedule.id)


def test_a_change_of_this_year_reaches_dates_already_settled(office: Actor, district: District) -> None:
    """The schedule of May 2019 was changed in March."""
    text = calendar_lines.write(workdays.china().days_of(2026)) + "\n2026-11-30 放假 临时"
    with clock.steer(datetime(2026, 11, 2, 1, tzinfo=UTC)):
        calendar_entry.enter(office, data(text, year="2026", announced_on="2026-11-01"))
    district.hour.refresh_from_db()
    assert district.hour.proposed_on == date(2026, 11, 27)
    assert facts("hour.date_moved")[0]["on"] == "2026-11-27"


@pytest.mark.parametrize(
    ("field", "value"),
    [("year", "27"), ("year", "1999"), ("year", "2099"), ("year", ""), ("year", "二〇二七"), ("source", " "), ("source", "长" * 121),
     ("announced_on", "明天"), ("announced_on", "2026-12-24"), ("days", ""), ("days", "\ud800")],
)  # fmt: skip
def test_each_field_is_checked(office: Actor, field: str, value: str) -> None:
    with pytest.raises(InvalidFields) as invalid:
        calendar_entry.enter(office, data(**{field: value}))
    assert {name.partition("[")[0] for name in invalid.value.errors} == {field}
    assert not HolidaySchedule.objects.exists()


def test_wrong_lines_are_named_and_nothing_is_stored(office: Actor) -> None:
    with pytest.raises(InvalidFields) as invalid:
        calendar_entry.enter(office, data(MOVES + "\n2027-02-30 放假\n十月一日"))
    assert set(invalid.value.errors) == {"days[4]", "days[5]"}
    assert not HolidaySchedule.objects.exists()


def test_a_december_of_the_year_before_alone_is_no_year(office: Actor) -> None:
    with pytest.raises(InvalidFields) as invalid:
        calendar_entry.enter(office, data("2026-12-31 放假 元旦"))
    assert set(invalid.value.errors) == {"days"}


@pytest.mark.parametrize("name", ["moderator", "mayor", "inspector", "stranger"])
def test_only_the_coordinators_office_keeps_the_calendar(district: District, name: str) -> None:
    actor = staff_actor(district.accounts[name])
    assert actor is not None
    with pytest.raises(Refused) as refused:
        calendar_entry.enter(actor, data())
    assert refused.value.status == 403


def test_another_process_is_told_by_the_file(office: Actor, django_assert_num_queries: object) -> None:
    assert calendar.current() is calendar.current()
    calendar_entry.enter(office, data())
    known = calendar.current()
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert all(calendar.current() is known for _time in range(100))
    calendar.tell()  # as another process does
    with django_assert_num_queries(2):  # type: ignore[operator]
        assert calendar.current() is not known


def test_a_restored_database_is_noticed(office: Actor) -> None:
    calendar_entry.enter(office, data())
    (settings.DATA_DIR / "calendar.mark").unlink()
    assert not calendar.current().is_known(date(2027, 1, 1))
    calendar.follow()
    assert calendar.current().is_known(date(2027, 1, 1))
    before = (settings.DATA_DIR / "calendar.mark").stat().st_mtime_ns
    calendar.follow()
    assert (settings.DATA_DIR / "calendar.mark").stat().st_mtime_ns == before


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """``chosen("weekdays")`` is an installation started with that setting."""

    def choose(value: str) -> None:
        monkeypatch.setattr(settings, "CALENDAR", value)
        calendar._kept.clear()

    yield choose
    calendar._kept.clear()


@pytest.mark.parametrize(
    ("value", "day", "worked"),
    [("cn", date(2027, 3, 1), None), ("weekdays", date(2027, 3, 1), True), ("weekdays", date(2300, 1, 2), True),
     ("holidays:DE", date(2026, 12, 25), False), ("holidays:DE-BY", date(2027, 1, 6), False),
     ("holidays:DE", date(2027, 1, 6), True), ("holidays:IL", date(2027, 3, 5), False),
     ("holidays:DE", date(2099, 1, 2), None)],
)  # fmt: skip
def test_the_setting_chooses_the_calendar(
    chosen: Callable[[str], None], value: str, day: date, worked: object
) -> None:
    chosen(value)
    assert workdays.is_workday(day) is worked


@pytest.mark.parametrize("value", ["holidays:XX", "holidays:CN", "china", "holidays:"])
def test_a_nonsensical_calendar_is_refused_by_name(value: str) -> None:
    from townhall.config import environment

    with pytest.raises(environment.BadSetting, match="TOWNHALL_CALENDAR"):
        environment.read({"TOWNHALL_CALENDAR": value})


@pytest.mark.parametrize(
    ("day", "level"),
    [(datetime(2026, 10, 31, 4, tzinfo=UTC), None), (datetime(2026, 11, 1, 4, tzinfo=UTC), "warn")],
)
def test_the_doctor_asks_for_next_year_from_november(office: Actor, day: datetime, level: str | None) -> None:
    def said() -> str | None:
        found = machine.wall_clock(Subject())
        return next((str(line.level) for line in found if line.area == Area.CALENDAR), None)

    with clock.steer(day):
        assert said() == level
        calendar_entry.enter(office, data(announced_on="2026-10-30"))
        assert said() == (level and "ok")
