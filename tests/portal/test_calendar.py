"""The hour in one's own calendar, and what its page says about asking beforehand."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from icalendar import Calendar

from tests.fixtures import START
from townhall.kernel import clock
from townhall.preparation import publicity

if TYPE_CHECKING:
    from tests.fixtures import District

CLOSES = "2026-11-25T17:00"


@pytest.fixture
def public() -> Client:
    """Anybody's browser."""
    return Client(headers={"host": "127.0.0.1:8000"})


@pytest.fixture
def announced(district: District) -> District:
    """The small district, ten days before its hour, when everything has been published."""
    with clock.steer(START - timedelta(days=10)):
        words = {
            "topic": "就学与社区托育", "introduction": "介绍。", "asking_closes_at": CLOSES,
            "leader_name-0": "mayor甲", "leader_office-0": "区长",
        }  # fmt: skip
        publicity.edit(district.actor("coordinator"), words)
        publicity.publish(district.actor("coordinator"))
    return district


def read(public: Client, query: str = "") -> Any:
    answer = public.get(f"/hours/2026-11/calendar.ics{query}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/calendar")
    return Calendar.from_ical(answer.content).walk("VEVENT")[0]


def test_the_file_holds_time_topic_and_the_way_there(announced: District, public: Client) -> None:
    event = read(public)
    assert event.decoded("dtstart") == START
    assert event.decoded("dtend") == START + timedelta(hours=1)
    assert "就学与社区托育" in event["description"]
    assert "2026-11-25 17:00" in event["description"]
    assert event["url"].endswith("/hours/2026-11/")
    assert event["status"] == "CONFIRMED"
    assert "Pre-questions close" in read(public, "?lang=en")["description"]


def test_a_moved_hour_replaces_its_entry_and_a_cancelled_one_ends_it(
    announced: District, public: Client
) -> None:
    before = read(public)
    announced.hour_does("postpone", starts_at="2026-12-31T19:00+08:00", reason_code="other")
    moved = read(public)
    assert moved["uid"] == before["uid"]
    assert moved["sequence"] > before["sequence"]
    assert moved.decoded("dtstart") == START + timedelta(days=31)
    announced.hour_does("cancel", reason_code="other")
    assert read(public)["status"] == "CANCELLED"


def test_an_hour_that_is_not_public_has_no_calendar(district: District, public: Client) -> None:
    assert public.get("/hours/2026-11/calendar.ics").status_code == 404
    assert public.get("/hours/none/calendar.ics").status_code == 404


def test_the_page_says_when_asking_opens_and_closes(announced: District, public: Client) -> None:
    shown = public.get("/hours/2026-11/").content.decode()
    assert "11月25日" in shown
    assert "17:00 截止" in shown
    assert "/hours/2026-11/calendar.ics" in shown
    announced.hour_does("close_asking")
    assert "预提问已截止" in public.get("/hours/2026-11/").content.decode()
    announced.hour_does("open_live")
    assert "预提问已截止" not in public.get("/hours/2026-11/").content.decode()
