"""The annual report: the numbers of the hours' statistics, as a page and as documents."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.commitments.conftest import Promises
from townhall.insight import annual, tally
from townhall.kernel import clock
from townhall.people import actions as people
from townhall.questions import citizen_actions

if TYPE_CHECKING:
    from django.test import Client

    from tests.fixtures import District

pytestmark = pytest.mark.django_db


@pytest.fixture
def over(live: District) -> District:
    """An hour that is over: two answered, one declined, one withdrawn."""
    live.walk("published")
    live.walk("published")
    live.walk("declined")
    live.walk("withdrawn")
    live.hour_does("wrap", reason_code="other")
    live.hour_does("archive")
    return live


def test_the_page_says_what_the_hours_came_to(client: Client, over: District) -> None:
    found = annual.of(2026)
    assert found is not None
    counts = found["counts"]
    assert counts["asked"] == sum(counts[end] for end in tally.ENDS) == 4
    shown = client.get("/archive/2026/").content.decode()
    assert (
        "全年举行 1 期，收到 4 个问题：当场答复 2，承诺办理 0，合并 0，未受理 1，撤回 1，正在办理 0。"
        in shown
    )
    assert "这一年还没有结束" in shown
    assert "内容为广告" in shown or found["declined"][0]["label"] in shown
    with clock.steer(datetime(2027, 2, 1, tzinfo=UTC)):
        assert "这一年还没有结束" not in client.get("/archive/2026/").content.decode()
    assert "/archive/2026/" in client.get("/archive/?year=2026").content.decode()


def test_the_document_says_the_same(client: Client, over: District) -> None:
    response: Any = client.get("/archive/2026/report.docx")
    assert response.status_code == 200
    with zipfile.ZipFile(io.BytesIO(response.content)) as document:
        words = document.read("word/document.xml").decode()
    assert "收到 4 个问题" in words
    assert "2026年区长网上办公年度报告" in words


def test_it_says_what_became_of_promises_how_soon_and_how_satisfied_askers_are(
    client: Client, live: District
) -> None:
    promises = Promises(live)
    live.accounts["inspector2"] = people.create_account("inspector2", "督查乙", "a-long-enough-password")
    people.give_office(live.accounts["inspector2"], "inspector")
    ways = [promises.make() for _way in range(4)]
    promises.walk("ended", ways[0])
    asked = {"reason_code": "weather", "text": "连日下雨。", "due": "2026-12-25"}
    promises.does("member1", "ask_extension", ways[1], **asked)
    promises.does("mayor", "approve_extension", ways[1])
    for number in range(5):
        citizen_actions.rate(live.receipt(live.walk("published")), {"level": 5 if number else 1})
    live.hour_does("wrap", reason_code="other")
    live.hands_over()
    live.hour_does("archive")
    with clock.steer(datetime(2026, 12, 2, 11, 10, tzinfo=UTC)):
        promises.walk("closed", ways[2])
        shown = client.get("/archive/2026/").content.decode()
        words = client.get("/archive/2026/report.docx").content
    with zipfile.ZipFile(io.BytesIO(words)) as document:
        paper = document.read("word/document.xml").decode()
    for said in (
        "作出承诺 4 件：按期办结 1，过期办结 0，终止办理 1，正在办理 2（其中已过期限 0）；延过期的 1 件。",
        "中位数 2.0 天（1 件）", "对答复的评价 5 份，满意率 80%。",
    ):  # fmt: skip
        assert said in shown and said in paper
    assert "对承诺办理结果的评价" not in shown


@pytest.mark.parametrize(
    "address", ["/archive/2025/", "/archive/2025/report.pdf", "/archive/999999999999999999/"]
)
def test_a_year_without_hours_has_no_report(client: Client, over: District, address: str) -> None:
    assert client.get(address).status_code == 404
