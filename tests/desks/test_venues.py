"""Venues on the desk: entered and staffed by the coordinator, reported by the halls, watched on a board."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.desks.conftest import browser_of
from townhall.venues import actions
from townhall.venues.models import Venue

if TYPE_CHECKING:
    from django.test import Client

    from tests.fixtures import District

PAGE = "/desk/prepare/2026-11/venues/"
HALL = {"name": "莘桥镇分会场", "address": "莘桥镇人民路8号三楼", "contact_name": "林悦", "contact_phone": "021-64120011",
        "meeting_number": "123 456", "link_address": "https://meet.example.cn/123"}  # fmt: skip
# Session, person, hour, seats; venues, clerks, their accounts, questions taken in; units, people; messages.
QUERIES = 11


@pytest.fixture
def evening(district: District) -> District:
    """Pre-questions closed, two halls, the clerk in the first."""
    for name in ("甲分会场", "乙分会场"):
        actions.perform(district.actor("coordinator"), "add", None, {**HALL, "name": name})
    first = Venue.objects.get(name="甲分会场")
    actions.perform(district.actor("coordinator"), "give_clerk", first.id, {"person": "clerk"})
    district.to_stage("preparing")
    return district


def at(district: District, name: str) -> Client:
    return browser_of(district.accounts[name])


def page(answer: Any) -> str:
    assert answer.status_code == 200, answer.content.decode()[:600]
    return str(answer.content.decode())


def hall(name: str = "甲分会场") -> Venue:
    return Venue.objects.get(name=name)


def test_a_venue_is_entered_corrected_and_removed(district: District) -> None:
    coordinator = at(district, "coordinator")
    assert "还没有会场" in page(coordinator.get(PAGE))
    assert (
        coordinator.post(
            f"{PAGE}add", {**HALL, "unit": str(district.units[3].id), "opens": "18:00"}
        ).status_code
        == 302
    )
    venue = hall(HALL["name"])
    shown = page(coordinator.get(f"{PAGE}?edit={venue.id}"))
    assert 'value="18:00"' in shown
    assert f'<option value="{district.units[3].id}" selected>' in shown
    assert "会议号 123 456" in shown
    answer = coordinator.post(
        f"{PAGE}edit", {**HALL, "thing": venue.id, "link_address": "http://<b>", "closes": "17"}
    )
    assert answer.status_code == 422
    assert 'value="http://&lt;b&gt;"' in answer.content.decode()
    assert "请填写 https:// 开头的完整地址" in answer.content.decode()
    coordinator.post(f"{PAGE}remove", {"thing": venue.id})
    assert not Venue.objects.exists()


def test_the_page_takes_as_many_queries_for_thirty_halls_as_for_one(district: District) -> None:
    coordinator, counts = at(district, "coordinator"), []
    for more in (1, 29):
        for number in range(more):
            name = f"会场{Venue.objects.count()}{number}"
            data = {**HALL, "name": name, "unit": str(district.units[0].id)}
            actions.perform(district.actor("coordinator"), "add", None, data)
            actions.perform(district.actor("coordinator"), "give_clerk", hall(name).id, {"person": "clerk"})
        coordinator.get(PAGE)
        with CaptureQueriesContext(connection) as seen:
            page(coordinator.get(PAGE))
        counts.append(len(seen))
    assert counts == [QUERIES, QUERIES]


def test_the_halls_clerk_reports_and_the_coordinator_reads_the_board(evening: District) -> None:
    clerk, coordinator = at(evening, "clerk"), at(evening, "coordinator")
    shown = page(clerk.get(PAGE))
    assert "甲分会场 就绪" in shown
    assert "乙分会场 就绪" not in shown
    clerk.post(f"{PAGE}check_in", {"thing": hall().id})
    clerk.post(f"{PAGE}trouble", {"thing": hall().id, "note_code": "sound"})
    board = page(coordinator.get(f"{PAGE}board/"))
    assert "有故障：没有声音" in board
    assert "clerk甲" in board
    assert clerk.post(f"{PAGE}ready", {"thing": hall("乙分会场").id}).status_code == 403
    assert clerk.post(f"{PAGE}trouble", {"thing": hall().id}).status_code == 422


def test_the_board_looks_again_by_itself_only_when_asked(evening: District) -> None:
    coordinator = at(evening, "coordinator")
    assert "http-equiv" not in page(coordinator.get(f"{PAGE}board/"))
    assert '<meta http-equiv="refresh" content="20">' in page(coordinator.get(f"{PAGE}board/?refresh=1"))
    answer = coordinator.post(f"{PAGE}on_air", {"thing": hall().id, "from": "board"})
    assert answer.headers["Location"] == f"{PAGE}board/#venue-{hall().id}"


def test_clerks_come_and_go(evening: District) -> None:
    coordinator = at(evening, "coordinator")
    coordinator.post(f"{PAGE}give_clerk", {"thing": hall().id, "person": "stranger"})
    stranger = at(evening, "stranger")
    assert "别处的人" in page(coordinator.get(PAGE))
    assert "（我的会场）" in page(stranger.get("/desk/hours/2026-11/clerk/"))
    coordinator.post(f"{PAGE}remove_clerk", {"thing": hall().id, "account": evening.accounts["stranger"].id})
    assert stranger.get("/desk/hours/2026-11/clerk/").status_code == 404
    answer = coordinator.post(f"{PAGE}give_clerk", {"thing": hall().id, "person": "谁"})
    assert answer.status_code == 422
    assert 'value="谁"' in answer.content.decode()


def test_only_the_coordinator_keeps_the_list(evening: District) -> None:
    editor = at(evening, "editor")
    shown = page(editor.get(PAGE))
    assert f"{PAGE}add" not in shown
    assert editor.post(f"{PAGE}add", HALL).status_code == 403
    assert at(evening, "stranger").get(PAGE).status_code == 404
