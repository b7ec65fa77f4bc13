"""The staffing plan on the desk: planned by the coordinator, checked in by everybody, printed for the door."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from docx import Document
from pypdf import PdfReader

from tests.desks.conftest import browser_of
from tests.fixtures import START, District
from townhall.kernel import clock
from townhall.people import actions as people
from townhall.staffing import actions
from townhall.staffing.models import Assignment, Item, Post

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client

PAGE = "/desk/prepare/2026-11/staffing/"
HOUR = "/desk/hours/2026-11/"
# Session, person, hour, seats; posts, people, who is seated; other hours; seats, things; whom to choose, groups, messages.
QUERIES = 13


@pytest.fixture
def evening(district: District) -> Iterator[District]:
    """An hour before the start, pre-questions closed, everybody of the small district on a post."""
    actions.perform(district.actor("coordinator"), "lay_out", None, {})
    district.to_stage("preparing")
    with clock.steer(START - timedelta(hours=1)):
        yield district


def at(district: District, name: str) -> Client:
    return browser_of(district.accounts[name])


def page(answer: Any) -> str:
    assert answer.status_code == 200, answer.content.decode()[:600]
    return str(answer.content.decode())


def post(role: str) -> Post:
    return Post.objects.filter(role=role).order_by("id")[0]


def test_an_empty_plan_says_how_to_begin(district: District) -> None:
    coordinator = at(district, "coordinator")
    assert "还没有岗位" in page(coordinator.get(PAGE))
    assert coordinator.post(f"{PAGE}lay_out").status_code == 302
    shown = page(coordinator.get(PAGE))
    assert "教育组 · 组长" in shown
    assert "还缺 1 人" in shown


def test_the_page_takes_as_many_queries_for_thirty_people_as_for_one(district: District) -> None:
    actions.perform(district.actor("coordinator"), "lay_out", None, {})
    coordinator, counts = at(district, "coordinator"), []
    for more in (1, 29):
        for _number in range(more):
            name = f"extra{Assignment.objects.count()}"
            people.create_account(name, name, unit=district.units[0])
            actions.perform(district.actor("coordinator"), "assign", post("editor").id, {"person": name})
            data = {"name": f"第{Item.objects.count()}件", "quantity": "1", "responsible": name}
            actions.perform(district.actor("coordinator"), "add_item", None, data)
        coordinator.get(PAGE)
        with CaptureQueriesContext(connection) as seen:
            page(coordinator.get(PAGE))
        counts.append(len(seen))
    assert counts == [QUERIES, QUERIES]


def test_somebody_is_put_down_moved_and_taken_off(district: District) -> None:
    coordinator = at(district, "coordinator")
    coordinator.post(f"{PAGE}lay_out")
    answer = coordinator.post(f"{PAGE}assign", {"thing": post("editor").id, "person": "stranger"})
    assert answer.status_code == 302
    row = Assignment.objects.get(account__username="stranger")
    coordinator.post(f"{PAGE}place", {"thing": row.id, "seat_row": "2", "seat_number": "3"})
    assert "2 排 3 座" in page(coordinator.get(PAGE))
    coordinator.post(f"{PAGE}remove", {"thing": row.id})
    assert not Assignment.objects.filter(account__username="stranger").exists()


def test_what_was_typed_comes_back_at_its_field(district: District) -> None:
    coordinator = at(district, "coordinator")
    coordinator.post(f"{PAGE}lay_out")
    answer = coordinator.post(f"{PAGE}assign", {"thing": post("editor").id, "person": "<张三>"})
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert 'value="&lt;张三&gt;" aria-invalid="true"' in shown
    assert "请从列表中选择人员" in shown
    answer = coordinator.post(f"{PAGE}add_post", {"name": "", "people": "0", "role": "lead"})
    assert answer.content.decode().count('class="error"') == 3


def test_only_the_coordinator_plans(district: District) -> None:
    assert at(district, "moderator").post(f"{PAGE}lay_out").status_code == 403
    assert at(district, "stranger").get(PAGE).status_code == 404
    shown = page(at(district, "moderator").get(PAGE))
    assert f"{PAGE}assign" not in shown
    assert browser_of().get(PAGE).status_code == 302


def test_a_person_checks_in_with_one_tap_on_their_desk(evening: District) -> None:
    editor = at(evening, "editor")
    assert "我已到岗，签到" in page(editor.get(HOUR)), "the only desk is not opened over the check-in"
    assert "我已到岗，签到" in page(editor.get(f"{HOUR}editor/"))
    answer = editor.post(f"{PAGE}check-in", headers={"Referer": f"http://127.0.0.1:8000{HOUR}editor/"})
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith(f"{HOUR}editor/")
    assert Assignment.objects.get(account__username="editor").checked_in_at is not None
    assert "我已到岗" not in page(editor.get(f"{HOUR}editor/"))
    assert editor.get(HOUR).status_code == 302


def test_the_door_ticks_others_and_the_sheet_says_who(evening: District) -> None:
    technician = at(evening, "technician")
    row = Assignment.objects.get(account__username="mayor")
    assert technician.post(f"{PAGE}check_in", {"thing": row.id}).status_code == 302
    assert "technician甲 代为签到" in page(technician.get(PAGE))
    assert at(evening, "editor").post(f"{PAGE}check_in", {"thing": row.id}).status_code == 403


def test_each_button_ticks_the_person_beside_whom_it_stands(evening: District) -> None:
    coordinator = at(evening, "coordinator")
    buttons = re.findall(
        r'/check_in">.*?name="thing" value="(\d+)".*?aria-label="([^"]+) 签到"', page(coordinator.get(PAGE))
    )
    named = {str(one.id): one.account.name for one in Assignment.objects.select_related("account")}
    assert dict(buttons) == named
    assert any(one.id != one.account_id for one in Assignment.objects.all()), "the test could not tell"


def test_who_is_missing_stands_on_the_coordinators_board_from_a_quarter_to(evening: District) -> None:
    coordinator = at(evening, "coordinator")
    with clock.steer(START - timedelta(minutes=16)):
        assert "未到岗" not in page(coordinator.get(f"{HOUR}coordinator/"))
    with clock.steer(START - timedelta(minutes=15)):
        assert "未到岗</b> 教育组 · 组长 lead1甲" in page(coordinator.get(f"{HOUR}coordinator/"))
        assert "临近开始，还有岗位没有到人" in page(coordinator.get(PAGE))


def test_a_stand_in_takes_over_from_the_page(evening: District) -> None:
    coordinator = at(evening, "coordinator")
    holder = evening.accounts["assistant"].id
    coordinator.post(
        f"{PAGE}assign", {"thing": post("assistant").id, "person": "stranger", "stands_in_for": str(holder)}
    )
    assert "assistant甲 的 B 角" in page(coordinator.get(PAGE))
    assert coordinator.post(f"{PAGE}take-over", {"username": "stranger"}).status_code == 302
    assert "已由 B 角替岗" in page(coordinator.get(PAGE))
    assert at(evening, "stranger").get(f"{HOUR}assistant/").status_code == 200


def test_logistics_keeps_the_list_of_things(district: District) -> None:
    logistics = at(district, "logistics")
    logistics.post(f"{PAGE}list_items")
    cards = Item.objects.get(name="席卡")
    logistics.post(f"{PAGE}tick", {"thing": cards.id})
    shown = page(logistics.get(PAGE))
    assert "已备好" in shown
    assert "席卡" in shown
    answer = logistics.post(f"{PAGE}add_item", {"name": "雨伞", "quantity": "many"})
    assert answer.status_code == 422
    assert 'value="雨伞"' in answer.content.decode()


def test_the_sheet_prints_and_goes_out_as_word_and_pdf(evening: District) -> None:
    coordinator = at(evening, "coordinator")
    coordinator.post(f"{PAGE}arrange")
    coordinator.post(f"{PAGE}list_items")
    shown = page(coordinator.get(f"{PAGE}print/"))
    for words in ("席位图", "会务物品", "lead1甲", "（待定）"):
        assert words in shown
    document = Document(io.BytesIO(coordinator.get(f"{PAGE}sheet.docx").content))
    cells = {cell.text for table in document.tables for row in table.rows for cell in row.cells}
    assert {"lead1甲", "席卡", "教育组 · 组长"} <= cells
    pdf = PdfReader(io.BytesIO(coordinator.get(f"{PAGE}sheet.pdf").content))
    text = "".join(leaf.extract_text() for leaf in pdf.pages)
    assert "lead1甲" in text
    assert "席位图" in text


def test_the_template_is_edited_as_a_whole(district: District) -> None:
    coordinator = at(district, "coordinator")
    assert 'value="统筹协调"' in page(coordinator.get("/desk/office/posts/"))
    rows = {"posts[0].name": "值班电工", "posts[0].people": "2", "posts[7].name": "", "posts[7].people": "1"}
    assert coordinator.post("/desk/office/posts/", rows).status_code == 302
    shown = page(coordinator.get("/desk/office/posts/"))
    assert 'value="值班电工"' in shown
    assert "统筹协调" not in shown
    wrong = coordinator.post("/desk/office/posts/", {"posts[3].name": "电工", "posts[3].people": "none"})
    assert wrong.status_code == 422
    assert 'value="none"' in wrong.content.decode()
    assert at(district, "editor").get("/desk/office/posts/").status_code == 403
