"""The digest of pre-questions at the desks: read, taken away, sent in bulk; and the mayor's first minute."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from tests.desks.conftest import browser_of
from tests.fixtures import GOOD_ANSWER
from townhall.questions.models import Question

if TYPE_CHECKING:
    from django.test import Client

    from tests.fixtures import District

PAGE = "/desk/prepare/2026-11/digest/"


@pytest.fixture
def announced(district: District) -> District:
    district.to_stage("announced")
    return district


def at(district: District, name: str) -> Client:
    return browser_of(district.accounts[name])


@pytest.mark.parametrize("name", ["coordinator", "moderator", "mayor", "assistant", "member1"])
def test_an_empty_digest_says_what_will_stand_there(announced: District, name: str) -> None:
    page = at(announced, name).get(PAGE)
    assert page.status_code == 200
    assert "还没有要办理的预提问" in page.content.decode()


@pytest.mark.parametrize("name", ["clerk", "editor", "technician", "logistics", "inspector"])
def test_other_seats_are_told_who_reads_it(announced: District, name: str) -> None:
    for path in (PAGE, PAGE + "digest.docx", PAGE + "digest.xlsx"):
        assert at(announced, name).get(path).status_code == 403
    assert at(announced, "stranger").get(PAGE).status_code == 404


def test_the_moderator_sends_several_with_one_due_date(announced: District) -> None:
    first, second, third = (announced.ask(f"第{n}个问题，路灯坏了。") for n in "一二三")
    browser = at(announced, "moderator")
    to = f"{announced.groups[0].id}:{announced.units[0].id}"
    sent = browser.post(
        PAGE + "send", {"questions": [first.id, second.id], "to": to, "due": "2026-11-30"}, follow=True
    )
    assert "已分发 2 个提问。" in sent.content.decode()
    rows = Question.objects.in_bulk([first.id, second.id, third.id])
    assert [rows[one.id].status for one in (first, second, third)] == ["assigned", "assigned", "received"]
    assert str(rows[first.id].answer_due) == "2026-11-30"
    assert "尚未分发 1 个" in sent.content.decode()
    board = at(announced, "member1").get("/desk/hours/2026-11/group/").content.decode()
    assert board.count("预答稿 11-30 前") == 2


def test_what_did_not_go_is_named_and_still_ticked(announced: District) -> None:
    good, withdrawn = announced.ask(), announced.walk("assigned")
    announced.does("coordinator", "designate", withdrawn, lead=announced.groups[1].id)
    to = f"{announced.groups[0].id}:{announced.units[0].id}"
    page = at(announced, "moderator").post(PAGE + "send", {"questions": [good.id, withdrawn.id], "to": to})
    text = page.content.decode()
    assert "1 个没有分发" in text
    assert "已由区府办或区长指定主办，不再改派。" in text
    assert f'value="{withdrawn.id}" id="d-tick-{withdrawn.id}" checked' in text
    assert f'value="{good.id}" id="d-tick-{good.id}" checked' not in text
    assert Question.objects.get(id=good.id).status == "assigned"


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"to": "", "due": ""}, "请填写这一项。"),
        ({"due": "2026-11-29"}, "这一天已经过去"),
        ({"due": "2026-12-01"}, "预答稿须在此前完成"),
        ({"due": "soon"}, "请填写日期"),
        ({"questions": []}, "请先勾选要分发的提问。"),
        ({"questions": ["99999999", "x", "-1"]}, "请先勾选要分发的提问。"),
    ],
)
def test_wrong_fields_come_back_as_typed(announced: District, fields: dict[str, object], error: str) -> None:
    question = announced.ask()
    typed = {
        "questions": [question.id],
        "to": f"{announced.groups[0].id}:{announced.units[0].id}",
        "note": "请抓紧",
    }
    page = at(announced, "moderator").post(PAGE + "send", typed | fields)
    assert page.status_code == 422
    assert error in page.content.decode()
    assert 'value="请抓紧"' in page.content.decode()
    assert Question.objects.get(id=question.id).status == "received"


def test_only_the_moderator_sends(announced: District) -> None:
    question = announced.ask()
    to = f"{announced.groups[0].id}:{announced.units[0].id}"
    coordinator = at(announced, "coordinator")
    assert "分发由主持人进行" in coordinator.get(PAGE).content.decode()
    page = coordinator.post(PAGE + "send", {"questions": [question.id], "to": to})
    assert "您的岗位不能进行这项操作。" in page.content.decode()
    assert Question.objects.get(id=question.id).status == "received"


def test_the_files_open_mask_and_hold_no_formula(announced: District) -> None:
    district = announced
    question = district.ask(
        "=HYPERLINK(1)我叫王小明，电话13812345678，请回电。", title="=1+2 路灯", display_name="@SUM(1)"
    )
    district.does("moderator", "assign", question, lead=district.groups[0].id)
    browser = at(district, "coordinator")
    for suffix in ("", f"?unit={district.units[0].id}"):
        book = load_workbook(io.BytesIO(browser.get(PAGE + "digest.xlsx" + suffix).content))
        cells = [str(cell.value or "") for row in book.active.iter_rows() for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
        assert not [cell for row in book.active.iter_rows() for cell in row if cell.data_type == "f"]
        text = "".join(cells)
        assert "13812345678" not in text
        assert district.receipt(question) not in text
        with zipfile.ZipFile(io.BytesIO(browser.get(PAGE + "digest.docx" + suffix).content)) as packed:
            words = packed.read("word/document.xml").decode()
        assert "路灯" in words
        assert "13812345678" not in words
        assert district.receipt(question) not in words
    assert browser.get(PAGE + "digest.xlsx?unit=99999").status_code == 404
    assert browser.get(PAGE + "digest.xlsx?unit=x").status_code == 404


def test_a_group_reads_its_own_part_only(announced: District) -> None:
    mine, other = announced.ask("教育的事。"), announced.ask("交通的事。")
    announced.does("moderator", "assign", mine, lead=announced.groups[0].id)
    announced.does("moderator", "assign", other, lead=announced.groups[2].id)
    text = at(announced, "member1").get(PAGE).content.decode()
    assert "教育的事" in text
    assert "交通的事" not in text
    assert at(announced, "member1").get(f"{PAGE}?unit={announced.units[2].id}").status_code == 404


@pytest.mark.parametrize("rows", [1, 30])
def test_the_page_asks_the_database_the_same_for_one_and_for_thirty(announced: District, rows: int) -> None:
    for number in range(rows):
        question = announced.ask(f"第{number}件事。")
        if number % 2 == 0:
            announced.does("moderator", "assign", question, lead=announced.groups[number % 3].id)
    browser = at(announced, "moderator")
    browser.get(PAGE)
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(PAGE).status_code == 200
    assert len(captured) == 12


# -- the first minute ----------------------------------------------------------------------------------


def prepared(district: District, count: int) -> list[Question]:
    found = [district.walk("submitted", text=f"第{number}个要答的问题。") for number in range(count)]
    return [Question.objects.get(id=one.id) for one in found]


def test_reviewed_answers_come_first_at_nineteen_and_go_one_key_each(announced: District) -> None:
    one, two, three = prepared(announced, 3)
    mayor = at(announced, "mayor")
    text = mayor.get(f"/desk/hours/2026-11/mayor/?q={two.id}").content.decode()
    assert 'data-key="r" data-press' in text
    assert 'data-key="s"' not in text
    moved = mayor.post(
        f"/desk/questions/{two.id}/review", {"version": two.draft_version, "seat": "mayor", "next": "1"}
    )
    assert f"q={one.id}" in moved["Location"], "what is not read yet comes next"
    announced.does("deputy", "review", three, version=three.draft_version)
    order = [card["id"] for card in mayor.get("/desk/hours/2026-11/mayor/").context["cards"]]
    assert order == [one.id, two.id, three.id]
    announced.hour_does("close_asking")
    announced.hour_does("open_live")
    page = mayor.get("/desk/hours/2026-11/mayor/")
    assert [card["id"] for card in page.context["cards"]] == [two.id, three.id, one.id]
    assert "已审阅" in page.content.decode()
    text = mayor.get(f"/desk/hours/2026-11/mayor/?q={two.id}").content.decode()
    assert 'class="first sign" data-key="s" data-press' in text
    signed = mayor.post(
        f"/desk/questions/{two.id}/sign", {"version": two.draft_version, "seat": "mayor", "next": "1"}
    )
    assert f"q={three.id}" in signed["Location"]
    assert Question.objects.get(id=two.id).status == "published"
    assert Question.objects.get(id=three.id).status == "submitted", "one signature signs one answer"


def test_a_late_prepared_answer_stands_out_on_the_groups_board(announced: District) -> None:
    from datetime import timedelta

    from townhall.kernel import clock

    question = announced.ask()
    announced.does("moderator", "assign", question, lead=announced.groups[0].id, due="2026-11-30")
    with clock.steer(clock.now() + timedelta(days=1)):
        text = at(announced, "member1").get("/desk/hours/2026-11/group/").content.decode()
        assert "预答稿逾期 11-30" in text
        announced.does("member1", "draft", question, text=GOOD_ANSWER, outcome="answered")
        announced.does("lead1", "submit", question)
        text = at(announced, "member1").get("/desk/hours/2026-11/group/?view=submitted").content.decode()
        assert "预答稿逾期" not in text
