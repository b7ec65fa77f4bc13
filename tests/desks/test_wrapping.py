"""After the hour at the desk: one page for leftovers, signers, list and papers; calls; requests; the district's limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.desks.conftest import browser_of
from tests.wrapping.conftest import ENDED, mobile
from townhall.journal.models import Entry
from townhall.kernel import clock
from townhall.questions import citizen_actions, remarks
from townhall.redress import citizen_actions as requests
from townhall.voice import actions as voice
from townhall.wrapping import actions
from townhall.wrapping.models import Handover, Leftover, Limit, Paper

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client

    from tests.fixtures import District
    from townhall.questions.models import Question

AFTER = "/desk/after/2026-11/"


@pytest.fixture
def left(live: District) -> Iterator[dict[str, Question]]:
    made = {status: live.walk(status) for status in ("assigned", "submitted", "published")}
    mobile(live, made["published"])
    with clock.steer(ENDED):
        live.hour_does("wrap")
        yield made


def sits(live: District, name: str) -> Client:
    return browser_of(live.accounts[name])


def test_one_page_shows_what_is_left_and_offers_only_what_is_possible(
    live: District, left: dict[str, Question]
) -> None:
    page = sits(live, "coordinator").get(AFTER)
    text = page.content.decode()
    assert page.status_code == 200
    for words in ("还在办理 2", "12月7日", "申请延期", "催办", "编制移交清单", "起草", "没有授权签发人"):
        assert words in text
    assert "批准延期" not in text, "nobody asked yet"
    assert "授权签发</summary>" not in text, "not the coordinator's"
    mayors = sits(live, "mayor").get(AFTER).content.decode()
    assert "授权签发</summary>" in mayors and "催办" not in mayors


def test_a_form_comes_back_with_what_was_typed_and_the_field_to_mend(
    live: District, left: dict[str, Question]
) -> None:
    one = Leftover.objects.get(question=left["assigned"])
    typed = {"reason_code": "scope", "reason": "须核对数据。", "until": "2026-12-05"}
    back = sits(live, "lead1").post(f"{AFTER}ask_extension/{one.id}", typed)
    text = back.content.decode()
    assert back.status_code == 422
    assert "须核对数据。" in text and "要晚于原来的期限" in text
    assert not one.extensions.exists()
    done = sits(live, "lead1").post(f"{AFTER}ask_extension/{one.id}", typed | {"until": "2026-12-11"})
    assert done.status_code == 302
    assert "批准延期" in sits(live, "mayor").get(AFTER).content.decode()
    assert sits(live, "mayor").post(f"{AFTER}approve_extension/{one.id}", {"note": ""}).status_code == 302
    one.refresh_from_db()
    assert str(one.due) == "2026-12-11"


def test_leaders_authorise_and_the_page_says_whom(live: District, left: dict[str, Question]) -> None:
    units = [str(live.units[0].id)]
    done = sits(live, "mayor").post(
        f"{AFTER}authorise", {"username": "stranger", "units": units, "starts_at": ""}
    )
    assert done.status_code == 302
    assert "别处的人" in sits(live, "coordinator").get(AFTER).content.decode()
    refused = sits(live, "moderator").post(f"{AFTER}authorise", {"username": "stranger", "units": units})
    assert refused.status_code == 403


def test_the_list_is_printed_downloaded_and_signed_for(live: District, left: dict[str, Question]) -> None:
    assert sits(live, "coordinator").post(f"{AFTER}compile").status_code == 302
    one = Handover.objects.get()
    sheet = sits(live, "inspector").get(f"{AFTER}handover/{one.id}/").content.decode()
    assert "督查室签收" in sheet and left["assigned"].title in sheet
    for form, start in (("docx", b"PK"), ("pdf", b"%PDF")):
        assert sits(live, "inspector").get(f"{AFTER}handover/{one.id}.{form}").content.startswith(start)
    assert sits(live, "inspector").get(f"{AFTER}handover/{one.id}.exe").status_code == 404
    assert sits(live, "inspector").get(f"{AFTER}handover/999/").status_code == 404
    assert sits(live, "coordinator").post(f"{AFTER}hand_over/{one.id}").status_code == 302
    assert sits(live, "inspector").post(f"{AFTER}sign_for/{one.id}").status_code == 302
    one.refresh_from_db()
    assert (one.state, one.signed_by) == ("signed", live.accounts["inspector"])


def test_a_signed_paper_is_corrected_covered_and_taken_down_by_two(
    live: District, left: dict[str, Question]
) -> None:
    coordinator, mayor = sits(live, "coordinator"), sits(live, "mayor")
    coordinator.post(f"{AFTER}papers/summary/compose")
    paper = Paper.objects.get()
    coordinator.post(f"{AFTER}submit_paper/{paper.id}")
    mayor.post(f"{AFTER}sign_paper/{paper.id}")
    assert coordinator.post(f"{AFTER}correct_paper/{paper.id}", {"note": ""}).status_code == 422
    page = f"{AFTER}papers/{paper.id}"
    wrong = mayor.post(f"{page}/withhold", {"code": ""})
    assert wrong.status_code == 422 and "请选择原因" in wrong.content.decode()
    assert mayor.post(f"{page}/withhold", {"code": "minor"}).status_code == 302
    text = mayor.get(AFTER).content.decode()
    assert "已临时屏蔽（未成年人信息）" in text and "须由另一人确认" in text
    assert mayor.post(f"{page}/confirm_withhold").status_code == 409
    assert coordinator.post(f"{page}/confirm_withhold").status_code == 302
    assert "已依法撤下（未成年人信息）" in coordinator.get(AFTER).content.decode()
    assert coordinator.post(f"{AFTER}correct_paper/{paper.id}", {"note": "去掉姓名。"}).status_code == 302
    assert Paper.objects.get(number=2).reason == "去掉姓名。"
    assert coordinator.post(f"{page}/fly").status_code == 404


def test_papers_are_composed_edited_and_signed_by_another(live: District, left: dict[str, Question]) -> None:
    coordinator = sits(live, "coordinator")
    assert coordinator.post(f"{AFTER}papers/summary/compose").status_code == 302
    paper = Paper.objects.get()
    assert coordinator.get(f"{AFTER}papers/{paper.id}.docx").content.startswith(b"PK")
    empty = coordinator.post(f"{AFTER}save/{paper.id}", {"text": " "})
    assert empty.status_code == 422
    coordinator.post(f"{AFTER}save/{paper.id}", {"text": "小结的文字。"})
    coordinator.post(f"{AFTER}submit_paper/{paper.id}")
    assert sits(live, "mayor").post(f"{AFTER}sign_paper/{paper.id}").status_code == 302
    paper.refresh_from_db()
    assert (paper.state, paper.text) == ("signed", "小结的文字。")
    assert coordinator.post(f"{AFTER}papers/novel/compose").status_code == 422


def test_strangers_find_nothing(live: District, left: dict[str, Question]) -> None:
    stranger = sits(live, "stranger")
    assert stranger.get(AFTER).status_code == 404
    assert stranger.get(f"{AFTER}calls/").status_code == 404
    assert stranger.get("/desk/office/redress/").status_code == 403
    assert browser_of().get(AFTER).status_code == 302


def test_the_page_costs_the_same_for_two_and_for_thirty(live: District, left: dict[str, Question]) -> None:
    browser = sits(live, "coordinator")
    browser.get(AFTER)

    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert browser.get(AFTER).status_code == 200
        return len(seen)

    few = cost()
    rows = Leftover.objects.select_related("question").first()
    assert rows is not None
    from townhall.questions.models import Question as Row

    for number in range(100, 130):
        question = Row.objects.get(id=rows.question_id)
        question.id, question.number = None, number  # type: ignore[assignment]
        question.save()
        rows.id, rows.question = None, question  # type: ignore[assignment]
        rows.save()
    assert cost() == few


def test_limits_belong_to_the_office(live: District) -> None:
    page = sits(live, "coordinator").get("/desk/office/limits/").content.decode()
    assert 'value="5"' in page
    done = sits(live, "coordinator").post(
        "/desk/office/limits/save", {"days_usual": "7", "days_complaint": "10"}
    )
    assert done.status_code == 302
    assert dict(Limit.objects.values_list("kind", "days")) == {"": 7, "complaint": 10}
    back = sits(live, "coordinator").post("/desk/office/limits/save", {"days_usual": "viele"})
    assert back.status_code == 422 and "viele" in back.content.decode()
    assert sits(live, "moderator").post("/desk/office/limits/save", {"days_usual": "7"}).status_code == 403


def test_the_office_decides_when_promises_are_chased_and_what_is_prescribed(live: District) -> None:
    office = sits(live, "coordinator")
    assert "提到区长" in office.get("/desk/office/limits/").content.decode()
    sent = {"before": "5", "unit": "1", "unit_head": "2", "deputy": "9", "mayor": "12", "first_hour": "8",
            "last_hour": "18"}  # fmt: skip
    assert office.post("/desk/office/limits/schedule", sent).status_code == 302
    assert office.post("/desk/office/limits/prescribed", {"limit_explain": "4"}).status_code == 302
    back = office.post("/desk/office/limits/schedule", sent | {"deputy": "2", "last_hour": "7", "mayor": "x"})
    assert back.status_code == 422
    text = back.content.decode()
    assert "须比上一级晚" in text and "须晚于开始的钟点" in text and 'value="x"' in text
    assert sits(live, "inspector").post("/desk/office/limits/schedule", sent).status_code == 403
    assert "由区府办设定" in sits(live, "inspector").get("/desk/office/limits/").content.decode()
    entries = Entry.objects.filter(kind="commitment.rule_changed").order_by("id")
    assert [(entry.facts["rule"], entry.facts["value"]) for entry in entries] == [
        ("before", 5), ("unit_head", 2), ("deputy", 9), ("mayor", 12), ("first_hour", 8), ("last_hour", 18),
        ("limit_explain", 4),
    ]  # fmt: skip


def test_calls_are_recorded_and_the_number_is_looked_up_on_record(
    live: District, left: dict[str, Question]
) -> None:
    from townhall.journal.models import Entry
    from townhall.questions import citizen_actions as citizens

    citizens.rate(live.receipt(left["published"]), {"level": 1, "reason": "no_contact"})
    voice.keep()
    inspector = sits(live, "inspector")
    text = inspector.get(f"{AFTER}calls/").content.decode()
    assert "评价为不满意" in text and "13800002000" not in text and "1 个评价" in text and "%</b>" not in text
    looked = inspector.post(
        f"/desk/questions/{left['published'].id}/contact",
        {"reason": "follow_up", "seat": "inspector", "back": "/desk/"},
    )
    assert "13800002000" in looked.content.decode()
    assert Entry.objects.filter(kind="contact.seen").count() == 1
    from townhall.voice.models import ReturnCall

    call = ReturnCall.objects.get()
    back = inspector.post(f"{AFTER}calls/reach/{call.id}", {"outcome": "disagreed", "note": ""})
    assert back.status_code == 422
    assert (
        inspector.post(f"{AFTER}calls/reach/{call.id}", {"outcome": "agreed", "note": ""}).status_code == 302
    )
    assert sits(live, "lead1").post(f"{AFTER}calls/enlist", {"number": "1"}).status_code == 403


def test_requests_are_worked_at_the_office(live: District, left: dict[str, Question]) -> None:
    form: dict[str, Any] = {
        "kind": "correct",
        "standing": "named",
        "words": "请更正第二段。",
        "name": "张三丰",
    }
    requests.file(requests.Subject(left["published"]), form)
    office = sits(live, "coordinator")
    text = office.get("/desk/office/redress/").content.decode()
    assert "请更正第二段。" in text and "张三丰" not in text
    from townhall.redress.models import Case

    case = Case.objects.get()
    assert "张三丰" in office.post(f"/desk/office/redress/{case.id}/look").content.decode()
    assert office.post(f"/desk/office/redress/{case.id}/take_up").status_code == 302
    back = office.post(f"/desk/office/redress/{case.id}/close_corrected", {"reply": "已改"})
    assert back.status_code == 409 and "还没有签发更正" in back.content.decode()
    refused = office.post(f"/desk/office/redress/{case.id}/refuse", {"reason_code": "accurate", "reply": ""})
    assert refused.status_code == 422
    done = office.post(
        f"/desk/office/redress/{case.id}/refuse", {"reason_code": "accurate", "reply": "与登记一致。"}
    )
    assert done.status_code == 302
    assert "未予采纳" in office.get("/desk/office/redress/").content.decode()
    assert sits(live, "inspector").post(f"/desk/office/redress/{case.id}/look").status_code == 403


def test_a_comment_is_taken_down_where_the_request_is_decided(live: District) -> None:
    from townhall.redress.models import Case

    question = live.walk("published")
    written = citizen_actions.comment(question.id, {"display_name": "路人", "text": "张三丰是骗子。"})
    remarks.screen_comment(live.actor("moderator"), "accept", written.id)
    form = {
        "kind": "remove",
        "standing": "harmed",
        "words": "请撤下。",
        "name": "",
        "contact": "",
        "form_key": "f",
    }
    requests.file(requests.subject(None, None, comment_id=written.id), form)
    case = Case.objects.get()
    office = sits(live, "coordinator")
    assert office.post(f"/desk/office/redress/{case.id}/take_up").status_code == 302
    page = office.get("/desk/office/redress/").content.decode()
    assert "张三丰是骗子。" in page and "撤下评论" in page
    assert sits(live, "inspector").post(f"/desk/office/redress/{case.id}/remove-comment").status_code == 403
    unnamed = office.post(f"/desk/office/redress/{case.id}/remove-comment", {"code": ""})
    assert unnamed.status_code == 422 and "请选择原因" in unnamed.content.decode()
    done = office.post(
        f"/desk/office/redress/{case.id}/remove-comment", {"code": "infringement"}, follow=True
    )
    assert "评论已撤下" in done.content.decode() and "撤下评论" not in done.content.decode()
    assert office.post(f"/desk/office/redress/{case.id}/close_removed").status_code == 302
    assert "张三丰" not in office.get(f"/questions/{question.id}/").content.decode()


def test_a_late_leftover_cries_on_the_desk(live: District, left: dict[str, Question]) -> None:
    from tests.wrapping.conftest import DAY

    with clock.steer(ENDED + 9 * DAY):
        actions.keep_backlogs()
        text = sits(live, "coordinator").get(AFTER).content.decode()
    assert "逾期 2 天" in text
