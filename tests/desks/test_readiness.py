"""Readiness at the coordinator's desk: lines, dry run, and a rehearsal with the hour's own people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.desks.conftest import browser_of
from townhall.hours.models import OfficeHour, Seat
from townhall.readiness.models import DryRun, Practice

if TYPE_CHECKING:
    from django.test import Client

    from tests.fixtures import District

PAGE = "/desk/prepare/2026-11/readiness/"


@pytest.fixture(autouse=True)
def _nobody_serves(settings: Any) -> None:
    settings.BASE_URL = "http://127.0.0.1:9"


def at(district: District, name: str) -> Client:
    # Nothing listens on the discard port: what is measured is that nobody answers.
    client = browser_of(district.accounts[name])
    client.defaults["SERVER_PORT"] = "9"
    return client


def test_the_page_shows_each_line_with_its_remedy(district: District) -> None:
    Seat.objects.filter(group=district.groups[2]).delete()
    text = at(district, "coordinator").get(PAGE).content.decode()
    assert "■ 1 项须处理" in text
    assert "交通组没有人" in text
    assert "请安排组长和至少两名组员。" in text
    assert "从未备份" in text
    assert "还没有检查过" in text


@pytest.mark.parametrize(
    "name", ["member1", "lead1", "clerk", "editor", "logistics", "inspector", "assistant"]
)
def test_other_seats_are_told_who_reads_it(district: District, name: str) -> None:
    browser = at(district, name)
    assert browser.get(PAGE).status_code == 403
    for path in ("dry-run", "practice", "practice/end"):
        assert browser.post(PAGE + path).status_code == 403
    assert not DryRun.objects.exists()
    assert not Practice.objects.exists()


def test_a_stranger_finds_nothing(district: District) -> None:
    assert at(district, "stranger").get(PAGE).status_code == 404


def test_a_dry_run_is_recorded_with_its_red_lines(district: District) -> None:
    Seat.objects.filter(group=district.groups[2]).delete()
    browser = at(district, "technician")
    page = browser.post(PAGE + "dry-run", follow=True)
    assert "已检查并记录：还有 1 项须处理。" in page.content.decode()
    run = DryRun.objects.get()
    assert (run.red, run.ready) == (1, False)
    assert "交通组没有人" in [line["finding"] for line in run.lines]
    assert "还没有公开的页面可以测量" in str(run.lines)


def test_a_rehearsal_from_the_desk_and_gone_again(district: District) -> None:
    browser = at(district, "coordinator")
    page = browser.post(PAGE + "practice", {"citizens": "12", "minutes": "5"}, follow=True)
    rehearsal = OfficeHour.objects.get(rehearsal=True)
    text = page.content.decode()
    assert f"http://127.0.0.1:9/hours/{rehearsal.slug}/?key={rehearsal.secret}" in text
    assert "0 / 12" in text
    assert at(district, "lead1").get(f"/desk/hours/{rehearsal.slug}/group/").status_code == 200
    again = browser.post(PAGE + "practice", {})
    assert again.status_code == 409
    assert "演练进行中" in again.content.decode()
    assert "演练已经结束" in browser.post(PAGE + "practice/end", follow=True).content.decode()
    assert not OfficeHour.objects.filter(rehearsal=True).exists()
    assert browser.post(PAGE + "practice/end").status_code == 409


@pytest.mark.parametrize(
    "fields",
    [{"citizens": "201"}, {"citizens": "-1"}, {"citizens": "many"}, {"minutes": "0"}, {"minutes": "61"}],
)
def test_wrong_numbers_come_back_as_typed(district: District, fields: dict[str, str]) -> None:
    page = at(district, "coordinator").post(PAGE + "practice", fields)
    assert page.status_code == 422
    ((_name, value),) = fields.items()
    assert f'value="{value}" aria-invalid="true"' in page.content.decode()
    assert not OfficeHour.objects.filter(rehearsal=True).exists()


@pytest.mark.parametrize("runs", [1, 30])
def test_the_page_asks_the_database_the_same_for_one_and_for_thirty(district: District, runs: int) -> None:
    for _number in range(runs):
        DryRun.objects.create(
            hour=district.hour,
            at="2026-11-29T10:00Z",
            by=district.accounts["coordinator"],
            red=0,
            yellow=0,
            lines=[],
        )
    browser = at(district, "coordinator")
    browser.get(PAGE)
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(PAGE).status_code == 200
    assert len(captured) == 29
