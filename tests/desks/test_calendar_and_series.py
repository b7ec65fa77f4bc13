"""The office's yearly pages: working days and the series, as a coordinator meets them."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.desks.conftest import browser_of
from tests.hours.test_calendar import MOVES
from tests.hours.test_calendar import data as schedule
from townhall.hours.models import HolidaySchedule, OfficeHour, Proposal, SeriesRule
from townhall.kernel import workdays

if TYPE_CHECKING:
    from django.test import Client

    from tests.fixtures import District

CALENDAR, SERIES = "/desk/office/calendar/", "/desk/office/series/"


@pytest.fixture
def office(district: District) -> Client:
    return browser_of(district.accounts["coordinator"])


def shown(client: Client, url: str) -> str:
    return client.get(url).content.decode()


@pytest.mark.parametrize("url", [CALENDAR, SERIES])
@pytest.mark.parametrize(
    ("who", "status"), [("coordinator", 200), ("moderator", 403), ("mayor", 403), ("stranger", 403)]
)
def test_only_the_coordinators_office_comes_in(district: District, url: str, who: str, status: int) -> None:
    assert browser_of(district.accounts[who]).get(url).status_code == status


@pytest.mark.parametrize("url", [CALENDAR, SERIES])
def test_without_signing_in_there_is_only_the_door(district: District, url: str) -> None:
    assert browser_of().get(url).status_code == 302


def test_the_office_finds_both_pages(office: Client) -> None:
    page = shown(office, "/desk/office/")
    assert CALENDAR in page and SERIES in page


# -- working days ---------------------------------------------------------------------------------------


def test_a_missing_year_is_asked_for_first(office: Client) -> None:
    page = shown(office, CALENDAR)
    assert "2027 年的节假日安排还没有录入" in page
    assert 'name="year" value="2027"' in page
    assert "这一年的安排还没有录入" in page


def test_a_shipped_year_shows_its_days_and_its_source(office: Client) -> None:
    page = shown(office, f"{CALENDAR}?year=2026")
    assert "系统自带" in page and "国办发明电〔2025〕7号 · 2025-11-04" in page
    assert "春节" in page and "调休上班" in page


def test_a_document_whose_date_was_not_checked_says_so(office: Client) -> None:
    assert "国办发明电〔2008〕42号 · 不晚于 2008-12-10 公布，成文日期未核对" in shown(
        office, f"{CALENDAR}?year=2009"
    )
    dated = shown(office, f"{CALENDAR}?year=2019")
    assert "国办发明电〔2019〕3号" in dated
    assert "未核对" not in dated


def test_a_year_is_entered_and_what_followed_is_shown(office: Client) -> None:
    office.post(f"{SERIES}2027/1/confirm")
    answer = office.post(CALENDAR, schedule(MOVES), follow=True)
    page = answer.content.decode()
    assert "2027 年的安排已录入" in page and "国办发明电〔2026〕9号" in page
    assert "录入后各期日期的变化" in page and "变了" in page and "去决定" in page
    assert workdays.is_workday(date(2027, 1, 31)) is True
    assert "还没有录入" not in page


def test_wrong_lines_are_named_and_nothing_typed_is_lost(office: Client) -> None:
    answer = office.post(CALENDAR, schedule(MOVES + "\n2027-02-30 放假\n<b>快乐</b>"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "第 4 行" in page and "没有这一天" in page and "第 5 行" in page
    assert "2027-01-31 上班 春节\n" in page and "&lt;b&gt;快乐&lt;/b&gt;" in page
    assert 'value="国办发明电〔2026〕9号"' in page and 'value="2026-11-20"' in page
    assert not HolidaySchedule.objects.exists()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_is_read_as_spreadsheets_write_it(office: Client, encoding: str) -> None:
    text = "日期,类型,名称\r\n2027-01-01,放假,元旦\r\n2027-01-31,上班,春节\r\n"
    file = SimpleUploadedFile("2027.csv", text.encode(encoding))
    assert office.post(CALENDAR, {**schedule(""), "file": file}).status_code == 302
    assert HolidaySchedule.objects.get().days.count() == 2


def test_a_file_with_wrong_lines_comes_back_in_the_box(office: Client) -> None:
    file = SimpleUploadedFile("2027.csv", "2027-01-01,放假,元旦\n2027-01-01,放假,元旦\n".encode())
    page = office.post(CALENDAR, {**schedule(""), "file": file}).content.decode()
    assert "第 1 行重复" in page and "2027-01-01,放假,元旦" in page


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\0\0", b"x" * 200_000])
def test_another_file_is_refused_with_its_remedy(office: Client, content: bytes) -> None:
    file = SimpleUploadedFile("2027.csv", content)
    answer = office.post(CALENDAR, {**schedule(), "file": file})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "另存为 CSV" in page or "文件太大" in page
    assert 'value="国办发明电〔2026〕9号"' in page


def test_an_entry_in_error_is_taken_back(office: Client) -> None:
    office.post(CALENDAR, schedule(MOVES))
    row = HolidaySchedule.objects.get()
    page = office.post(f"{CALENDAR}{row.id}/withdraw", follow=True).content.decode()
    assert "已撤回" in page and "历次录入" in page
    assert workdays.is_workday(date(2027, 1, 31)) is None


# -- the series -----------------------------------------------------------------------------------------


def test_the_year_shows_every_proposal_with_its_weekday_and_that_it_is_provisional(office: Client) -> None:
    page = shown(office, f"{SERIES}?year=2027")
    assert page.count("待确认") >= 6
    assert page.count("暂定</span>") == 6
    assert "2027年1月29日 周五" in page or "2027年1月29日 星期五" in page


def test_what_follows_a_date_is_said(office: Client) -> None:
    page = shown(office, f"{SERIES}?year=2026")
    assert "其后连休" in page  # 30 September 2026
    assert "第 16 期区长网上办公" in page


def test_confirming_makes_an_hour_with_a_way_into_it(office: Client) -> None:
    answer = office.post(f"{SERIES}2027/1/confirm")
    assert (answer.status_code, answer["Location"]) == (302, f"{SERIES}?year=2027#m-1")
    page = shown(office, f"{SERIES}?year=2027")
    assert "已确认" in page and "/desk/prepare/2027-01/" in page
    assert OfficeHour.objects.get(slug="2027-01").seats.count() == 3
    assert office.get("/desk/prepare/2027-01/").status_code == 200


def test_a_move_without_a_reason_comes_back_as_typed(office: Client) -> None:
    answer = office.post(f"{SERIES}2027/1/move", {"on": "2027-01-27", "reason": ""})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "请说明原因" in page and 'value="2027-01-27"' in page
    assert page.count("<details") > 3 and page.count('id="act-move-1" open') == 1


@pytest.mark.parametrize(
    ("day", "is_off"), [("2027-01-27", False), ("2027-01-30", True), ("2027-01-31", True)]
)
def test_a_chosen_weekend_is_pointed_out_before_the_year_is_announced(
    office: Client, day: str, is_off: bool
) -> None:
    office.post(f"{SERIES}2027/1/move", {"on": day, "reason": "春节前提前"})
    assert ("当天不上班" in shown(office, f"{SERIES}?year=2027")) is is_off


def test_a_reason_stays_visible(office: Client) -> None:
    office.post(f"{SERIES}2027/1/move", {"on": "2027-01-27", "reason": "春节前提前"})
    office.post(f"{SERIES}2027/3/cancel", {"reason": "换届"})
    page = shown(office, f"{SERIES}?year=2027")
    assert "春节前提前" in page and "换届" in page and "规则的日期" in page
    office.post(f"{SERIES}2027/3/revive")
    assert Proposal.objects.get(month=3).state == "proposed"


def test_when_the_rule_moves_away_from_an_hour_the_page_asks(office: Client) -> None:
    office.post(f"{SERIES}2027/1/confirm")
    office.post(CALENDAR, schedule(MOVES))
    page = shown(office, f"{SERIES}?year=2027")
    assert "有 1 期的日期与规则不一致" in page
    assert "保留原日期" in page and 'value="2027-01-31"' in page


def test_the_rule_is_written_here(office: Client) -> None:
    data = {
        "months": ["2", "8"],
        "pick": "nth_weekday",
        "nth": "3",
        "weekday": "3",
        "starts": "18:30",
        "minutes": "90",
    }
    assert office.post(f"{SERIES}rule?year=2027", data).status_code == 302
    page = shown(office, f"{SERIES}?year=2027")
    assert page.count("待确认") == 2 and "18:30" in page
    answer = office.post(f"{SERIES}rule?year=2027", {**data, "minutes": "0"})
    assert answer.status_code == 422
    assert SeriesRule.objects.count() == 1


@pytest.mark.parametrize(
    "url", [f"{SERIES}2027/1/explode", f"{SERIES}2099/1/confirm", f"{SERIES}2027/13/confirm"]
)
def test_what_does_not_exist_is_404(office: Client, url: str) -> None:
    assert office.post(url).status_code == 404


def test_the_pages_ask_the_database_as_often_for_a_full_year(
    office: Client, django_assert_num_queries: Any
) -> None:
    office.get(SERIES)  # what a process reads once
    with django_assert_num_queries(SERIES_QUERIES):
        office.get(f"{SERIES}?year=2027")
    for month in (1, 3, 5, 7, 9, 11):
        office.post(f"{SERIES}2027/{month}/confirm")
    with django_assert_num_queries(SERIES_QUERIES + 2):  # notices of cancelled hours, earlier decisions
        office.get(f"{SERIES}?year=2027")
    office.post(CALENDAR, schedule("2027-01-01 放假 元旦"))
    office.get(CALENDAR)
    with django_assert_num_queries(CALENDAR_QUERIES):
        office.get(f"{CALENDAR}?year=2027")
    days = "2027-05-01 至 2027-05-14 放假\n2027-10-01 至 2027-10-14 放假\n2027-07-31 上班\n2027-08-28 上班"
    office.post(CALENDAR, schedule(days))
    office.get(CALENDAR)
    with django_assert_num_queries(CALENDAR_QUERIES):
        office.get(f"{CALENDAR}?year=2027")


SERIES_QUERIES, CALENDAR_QUERIES = 7, 8


@pytest.mark.parametrize(
    "url", [CALENDAR, f"{CALENDAR}?year=2026", f"{SERIES}?year=2027", "/desk/office/topics/"]
)
def test_in_english_no_chinese_is_left_in_the_frame(office: Client, url: str) -> None:
    page = office.get(f"{url}{'&' if '?' in url else '?'}lang=en").content.decode()
    framed = re.findall(r"<(?:h1|h2|label|summary|th|legend)[^>]*>(.*?)</", page, re.DOTALL)
    assert len(framed) > 3
    assert not [words for words in framed if re.search(r"[\u3400-\u9fff]", words)]
