"""Reading a year's schedule from a file, from typed lines, from the notice itself."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from townhall.hours import calendar_lines
from townhall.kernel import workdays
from townhall.kernel.workdays import SpecialDay

# In the wording of the State Council's notices, about a year that has none yet.
NOTICE = """一、元旦：1月1日（周五）至3日（周日）放假，共3天。
二、春节：2月5日（农历除夕、周五）至11日（周四）放假调休，共7天。1月31日（周日）、2月13日（周六）上班。
三、清明节：4月3日（周六）至5日（周一）放假，共3天。
四、国庆节：10月1日（周五）至10月7日（周四）放假调休，共7天。9月26日（周日）上班。
"""


def days(text: str, year: int = 2027) -> list[SpecialDay]:
    read = calendar_lines.read(text, year)
    assert not read.errors, read.errors
    return read.days


def test_the_notice_itself_is_understood() -> None:
    found = days(NOTICE)
    assert len(found) == 3 + 7 + 2 + 3 + 7 + 1
    by_date = {one.date: one for one in found}
    assert by_date[date(2027, 1, 31)].kind == "makeup"
    assert by_date[date(2027, 1, 31)].name == "春节"
    assert by_date[date(2027, 2, 11)].kind == "holiday"
    assert by_date[date(2027, 10, 7)].name == "国庆节"
    assert date(2027, 2, 12) not in by_date


def test_the_sentences_around_the_days_are_no_mistakes() -> None:
    around = (
        "各省、自治区、直辖市人民政府，国务院各部委、各直属机构：\n"
        "经国务院批准，现将2027年元旦、春节、清明节和国庆节放假调休日期的具体安排通知如下。\n"
        f"{NOTICE}"
        "节假日期间，各地区、各部门要妥善安排好值班和安全、保卫等工作，确保人民群众祥和平安度过节日假期。\n"
    )
    assert days(around) == days(NOTICE)


@pytest.mark.parametrize("line", ["元旦从一月一日起放假。", "春节放假七天，正月初七上班。"])
def test_a_short_line_without_a_day_is_asked_about(line: str) -> None:
    assert calendar_lines.read(line, 2027).errors


@pytest.mark.parametrize(
    "line",
    ["2027-01-31,makeup,春节,国办发明电〔2026〕9号", "2027-1-31 上班 春节", "2027/01/31\t补班\t春节", "2027.1.31 make_up 春节",
     "2027年1月31日（周日）上班 春节", "春节：1月31日上班", "２０２７-01-31，上班，春节", "31日上班 1月" ],
)  # fmt: skip
def test_one_day_written_in_many_ways(line: str) -> None:
    if line.startswith("31日"):
        assert "没有写月份" in calendar_lines.read(line, 2027).errors[1]
        return
    assert [(one.date, one.kind, one.name) for one in days(line)] == [(date(2027, 1, 31), "makeup", "春节")]


def test_headers_comments_and_empty_lines_are_no_days() -> None:
    assert len(days("\ufeffdate,kind,name,source\n\n# 草稿\n2027-01-01,holiday,元旦,x\n")) == 1


@pytest.mark.parametrize(
    ("line", "says"),
    [("2027-02-30 放假 春节", "没有这一天"), ("2027-01-01 元旦", "放假还是上班"), ("春节快乐", "看不懂"),
     ("放假 春节", "没有找到日期"), ("2026-11-30 放假", "不属于 2027"), ("2028-01-01 放假", "不属于 2027"),
     ("2027-02-03 上班", "不是周末"), ("2027-02-05 至 2027-02-04 放假", "起止日期"),
     ("2027-02-05 至 2027-04-04 放假", "起止日期"), ("2027-13-01 放假", "没有这一天")],
)  # fmt: skip
def test_a_line_that_cannot_be_read_says_why_and_the_others_stay(line: str, says: str) -> None:
    read = calendar_lines.read(f"2027-01-01 放假 元旦\n{line}\n2027-05-01 放假 劳动节", 2027)
    assert list(read.errors) == [2]
    assert says in read.errors[2]
    assert [one.date.month for one in read.days] == [1, 5]


def test_a_day_named_twice_points_at_the_first() -> None:
    read = calendar_lines.read("2027-01-01 放假\n2027-01-01 放假", 2027)
    assert "第 1 行" in read.errors[2]


def test_december_before_may_be_named() -> None:
    assert days("2026-12-31 放假 元旦\n2027-01-01 放假 元旦")[0].date == date(2026, 12, 31)


def test_endless_text_is_refused_at_once() -> None:
    assert calendar_lines.read("x\n" * 100_000, 2027).errors.keys() == {401}


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    calendar_lines.read(text, 2027)


YEAR_DAYS = st.dates(date(2027, 1, 1), date(2027, 12, 31))


@given(st.dictionaries(YEAR_DAYS, st.booleans(), max_size=40))
def test_what_is_written_is_read_again(chosen: dict[date, bool]) -> None:
    made = [
        SpecialDay(day, "makeup" if worked and day.weekday() >= 5 else "holiday", "节日")
        for day, worked in sorted(chosen.items())
    ]
    assert days(calendar_lines.write(made)) == made


def test_the_shipped_years_survive_writing_and_reading() -> None:
    for year in range(2004, 2027):
        kept = workdays.china().days_of(year)
        again = days(calendar_lines.write(kept), year)
        assert [(one.date, one.kind, one.name) for one in again] == [
            (one.date, one.kind, one.name) for one in kept
        ]


@given(st.integers(2005, 2026), st.integers(1, 12))
def test_entering_a_shipped_year_again_changes_no_answer(year: int, month: int) -> None:
    known = workdays.china()
    again = known.with_year(year, known.days_of(year))
    day = date(year, month, 1)
    assert [again.is_workday(day + timedelta(days=n)) for n in range(31)] == [
        known.is_workday(day + timedelta(days=n)) for n in range(31)
    ]


def test_a_schedule_cannot_name_days_of_other_years() -> None:
    with pytest.raises(ValueError, match="cannot name 2026-11-30"):
        workdays.china().with_year(2027, [SpecialDay(date(2026, 11, 30), "holiday")])
