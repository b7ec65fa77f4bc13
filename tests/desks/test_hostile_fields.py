"""Fields that no page of ours would send so: answered with a reason, never with a failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.desks.conftest import browser_of

if TYPE_CHECKING:
    from django.test import Client

    from tests.fixtures import District

HOUR, OFFICE = "/desk/prepare/2026-11/", "/desk/office/"
# A digit of another kind; more than a column holds; more than Python reads.
NUMBERS = ["²", "9" * 30, "9" * 5000]
FIELDS = [
    (f"{HOUR}plan/save", "version"),
    (f"{HOUR}notices/new/", "attachments"),
    (f"{HOUR}digest/send", "questions"),
    (f"{HOUR}staffing/take-over", "username"),
    (f"{HOUR}broadcast/", "not_before"),
    (f"{OFFICE}series/rule?year=2026", "months"),
    (f"{OFFICE}posts/", "posts[0].people"),
]


@pytest.fixture
def desk(district: District) -> Client:
    return browser_of(district.accounts["coordinator"])


@pytest.mark.parametrize("number", NUMBERS, ids=["superscript", "too large", "endless"])
@pytest.mark.parametrize(("url", "field"), FIELDS, ids=[url for url, _field in FIELDS])
def test_a_number_that_is_none_is_refused_with_a_reason(
    desk: Client, url: str, field: str, number: str
) -> None:
    answer = desk.post(url, {field: number})
    assert answer.status_code in {409, 422}, answer.content.decode()[:600]


@pytest.mark.parametrize("number", NUMBERS, ids=["superscript", "too large", "endless"])
def test_a_board_is_not_confused_by_such_numbers(desk: Client, district: District, number: str) -> None:
    board = browser_of(district.accounts["moderator"])
    changes = "/desk/hours/2026-11/moderator/changes"
    assert board.get(changes, {"shown": f"{number}:x", "since": number, "after": number}).status_code == 200
    assert board.post("/desk/hours/2026-11/moderator/next", {"skip": number}).status_code == 302


@pytest.mark.parametrize("moment", ["0001-01-01T00:00", "0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00"])
def test_a_time_outside_the_calendar_is_refused_at_its_field(desk: Client, moment: str) -> None:
    answer = desk.post(f"{HOUR}broadcast/", {"not_before": moment, "provider": "export"})
    assert answer.status_code == 422
    assert "请填写日期和时间" in answer.content.decode()


@pytest.mark.parametrize("year", [0, 1, 9999])
def test_a_year_outside_the_series_is_not_there(desk: Client, year: int) -> None:
    assert desk.post(f"{OFFICE}series/{year}/12/confirm").status_code == 404


def test_nobody_of_that_name_is_a_refusal_with_its_reason(desk: Client) -> None:
    answer = desk.post(f"{HOUR}staffing/take-over", {"username": "nobody"})
    assert answer.status_code == 422
    assert "<h1>" in answer.content.decode()


@pytest.mark.parametrize(
    "sent",
    [
        {"back": "//[x", "code": "none"},
        {"code": "unclear", "fill": "x", "fill.missing": "y"},
        {"code": "unclear", "fill.missing": "y", "fill": "x"},
    ],
)
def test_a_form_that_contradicts_itself_is_refused_with_a_reason(
    live: District, sent: dict[str, str]
) -> None:
    question = live.ask()
    answer = browser_of(live.accounts["moderator"]).post(f"/desk/questions/{question.id}/decline", sent)
    assert answer.status_code in {302, 409, 422}, answer.content.decode()[:600]


def test_json_nested_without_end_is_refused_with_a_reason(live: District) -> None:
    question = live.ask()
    address = f"/desk/questions/{question.id}/note"
    answer = browser_of(live.accounts["moderator"]).post(
        address, b"[" * 100_000, content_type="application/json"
    )
    assert answer.status_code == 422
