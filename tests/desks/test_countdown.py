"""The countdown's page, the year's overview, the template's editor, a person's calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar

from tests.desks.conftest import browser_of
from tests.fixtures import START, District
from townhall.countdown import actions, queries
from townhall.countdown.models import Feed, Step, TemplateStep
from townhall.edge.access import masked
from townhall.hours import planning
from townhall.journal.models import Entry
from townhall.kernel import clock
from townhall.people import actions as people

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client

PAGE = "/desk/prepare/2026-11/"
OFFICE = "/desk/office/"
TEMPLATE = "/desk/office/countdown/"
MINE = "/desk/calendar/"


@pytest.fixture(autouse=True)
def _twelve_days_before(frozen: datetime) -> Iterator[None]:
    with clock.steer(datetime(2026, 11, 18, 2, tzinfo=UTC)):
        yield


def at(district: District, name: str) -> Client:
    return browser_of(district.accounts[name])


def step_id(district: District, code: str) -> int:
    return Step.objects.get(hour=district.hour, code=code).id


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.content.decode()[:300]
    return str(answer.content.decode())


# -- the page ---------------------------------------------------------------------------------------------


def test_the_page_says_what_is_today_next_late_and_blocked(district: District) -> None:
    page = text(at(district, "coordinator").get(PAGE))
    for words in (
        "还有 12 天",
        "今天",
        "下一步",
        "卡点",
        "确定主题",
        "方案批准",
        "T-10",
        "T-15 分钟",
        "11月20日",
    ):
        assert words in page
    assert page.index("<b>T-40</b>") < page.index("<b>T-10</b>") < page.index("<b>T-3</b>")


def test_everybody_with_a_seat_may_look_and_nobody_else(district: District) -> None:
    for name in ("moderator", "lead1", "technician"):
        assert "倒排工作计划" in text(at(district, name).get(PAGE))
    assert at(district, "stranger").get(PAGE).status_code == 404
    assert browser_of().get(PAGE).status_code == 302


def test_whoever_answers_for_a_step_sees_that_and_can_tick_it(district: District) -> None:
    Step.objects.filter(code="answers").update(proof="by_hand")  # as a district may have it
    client = at(district, "lead1")
    assert "您负责" in text(client.get(PAGE))
    number = step_id(district, "answers")
    assert f"/steps/{number}/tick" in text(client.get(PAGE))
    assert f"/steps/{step_id(district, 'topic')}/tick" not in text(client.get(PAGE))
    answer = client.post(f"{PAGE}steps/{number}/tick", {"note": "七件都拟好了"})
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{PAGE}#step-{number}"
    assert "七件都拟好了" in text(client.get(PAGE))


def test_a_missing_reason_comes_back_at_its_field(district: District) -> None:
    client = at(district, "coordinator")
    page = text(client.post(f"{PAGE}steps/{step_id(district, 'answers')}/skip", {"note": ""}), 422)
    assert "请写明原因" in page
    assert 'aria-invalid="true"' in page


def test_what_an_event_does_is_greyed_with_the_reason(district: District) -> None:
    assert "这一节点由实际进展自动确认" in text(at(district, "coordinator").get(PAGE))


def test_ticking_somebody_elses_step_is_refused_in_words(district: District) -> None:
    answer = at(district, "moderator").post(f"{PAGE}steps/{step_id(district, 'answers')}/tick")
    assert "这一节点不由您的岗位负责" in text(answer, 403)


def test_an_unknown_step_or_verb_is_not_found(district: District) -> None:
    client = at(district, "coordinator")
    assert client.post(f"{PAGE}steps/999999/tick").status_code == 404
    assert client.post(f"{PAGE}steps/{step_id(district, 'answers')}/finish").status_code == 404


def test_how_many_answers_are_prepared_stands_at_the_step(district: District) -> None:
    district.to_stage("announced")
    district.walk("submitted")
    district.walk("assigned")
    assert "预答稿 1 / 2 件" in text(at(district, "lead1").get(PAGE))


def test_who_is_missing_stands_at_the_step_with_what_to_do(district: District) -> None:
    district.to_stage("preparing")
    client = at(district, "coordinator")
    with clock.steer(START - timedelta(minutes=16)):
        assert "未到岗" not in text(client.get(PAGE))
    with clock.steer(START - timedelta(minutes=15)):
        page = text(client.get(PAGE))
    assert "主持人未到岗：" in page
    assert "列入岗位后在门口签到" in page


def test_a_provisional_date_says_so(db: None, district: District) -> None:
    hour = planning.create_hour(
        slug="2029-03", title="远期", starts_at=datetime(2029, 3, 30, 11, tzinfo=UTC), date_reason="测试"
    )
    planning.give_seat(hour, district.accounts["coordinator"], "coordinator")
    page = text(at(district, "coordinator").get("/desk/prepare/2029-03/"))
    assert "暂定" in page
    assert "还没有公布" in page


def test_a_note_cannot_bring_markup(district: District) -> None:
    client = at(district, "coordinator")
    client.post(f"{PAGE}steps/{step_id(district, 'answers')}/skip", {"note": "<b>x</b>"})
    assert "&lt;b&gt;x" in text(client.get(PAGE))


# -- ten years of hours -----------------------------------------------------------------------------------


def many_hours(district: District, count: int) -> None:
    for number in range(count):
        starts = START + timedelta(days=61 * (number + 1 - count // 2))
        hour = planning.create_hour(
            slug=f"h{number}", title=f"第 {number} 个", starts_at=starts, date_reason="测试"
        )
        planning.give_seat(hour, district.accounts["coordinator"], "coordinator")


def count_queries(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as found:
        assert client.get(path).status_code == 200
    return len(found)


@pytest.mark.parametrize("path", [PAGE, OFFICE, f"{OFFICE}?year=2026", TEMPLATE, MINE])
def test_ten_years_of_hours_cost_no_more_queries_than_one(district: District, path: str) -> None:
    client = at(district, "coordinator")
    one = count_queries(client, path)
    many_hours(district, 60)
    assert count_queries(client, path) == one
    assert one <= {PAGE: 60, OFFICE: 12, TEMPLATE: 8, MINE: 5}.get(path, 14)


def test_the_feed_costs_the_same_with_ten_years(district: District) -> None:
    client = browser_of()
    path = f"{MINE}{actions.make_feed(district.accounts['coordinator'])}.ics"
    one = count_queries(client, path)
    many_hours(district, 60)
    assert count_queries(client, path) == one


# -- the year ---------------------------------------------------------------------------------------------


def test_the_office_lists_hours_with_their_countdown(district: District) -> None:
    actions.settle_all()
    page = text(at(district, "coordinator").get(OFFICE))
    assert "第 16 期" in page
    assert f'href="{PAGE}"' in page
    assert "已逾期" in page
    assert "倒排工作计划模板" in page


def test_an_empty_office_says_how_to_start(db: None) -> None:
    account = people.create_account("zhang", "张", "a-long-enough-password")
    people.give_office(account, "coordinator")
    assert "还没有将要举行的网上办公" in text(browser_of(account).get(OFFICE))
    assert "全年安排" in text(browser_of(account).get("/desk/"))


def test_the_office_is_the_coordinators(district: District) -> None:
    assert at(district, "moderator").get(OFFICE).status_code == 403
    assert at(district, "moderator").get(TEMPLATE).status_code == 403
    assert at(district, "moderator").post(f"{TEMPLATE}topic/retire").status_code == 403
    assert not TemplateStep.objects.exists()


def test_a_coordinators_seat_opens_the_year_but_not_the_template(district: District) -> None:
    substitute = people.create_account("sub", "替岗", "a-long-enough-password")
    planning.give_seat(district.hour, substitute, "coordinator")
    assert browser_of(substitute).get(OFFICE).status_code == 200
    assert browser_of(substitute).get(TEMPLATE).status_code == 403


# -- the template -----------------------------------------------------------------------------------------

NEW_STEP = {
    "code": "flowers", "title": "会场布置", "title_en": "Decoration", "offset": "2", "unit": "working", "tolerance": "1",
    "owner_role": "logistics", "proof": "by_hand", "blocked_by": ["venues"],
}  # fmt: skip


def test_a_district_adds_a_step_and_new_hours_have_it(district: District) -> None:
    client = at(district, "coordinator")
    assert client.post(f"{TEMPLATE}new", NEW_STEP).status_code == 302
    assert "会场布置" in text(client.get(TEMPLATE))
    hour = planning.create_hour(
        slug="n", title="下一期", starts_at=START + timedelta(days=60), date_reason="测试"
    )
    step = Step.objects.get(hour=hour, code="flowers")
    assert (step.unit, step.offset, step.owner_role, step.blocked_by) == (
        "working",
        2,
        "logistics",
        ["venues"],
    )
    assert not Step.objects.filter(hour=district.hour, code="flowers").exists()
    assert client.post(f"{TEMPLATE}new", NEW_STEP).status_code == 422  # the code is taken


def test_a_step_is_changed_and_the_shipped_template_comes_back(district: District) -> None:
    client = at(district, "coordinator")
    changed = {**NEW_STEP, "title": "公告见报", "offset": "8", "unit": "natural", "blocked_by": []}
    assert client.post(f"{TEMPLATE}press", changed).status_code == 302
    assert TemplateStep.objects.get(code="press").offset == 8
    assert client.post(f"{TEMPLATE}shipped").status_code == 302
    assert not TemplateStep.objects.exists()
    assert "公告见报" not in text(client.get(TEMPLATE))
    assert Entry.objects.filter(kind="countdown.template_changed").count() == 2


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("title", "", "请填写节点名称"), ("offset", "-1", "0 到 365"), ("offset", "一", "0 到 365"),
        ("tolerance", "99", "0 到 30"), ("unit", "weeks", "请选择一项"), ("owner_role", "king", "请选择一项"),
        ("proof", "magic", "请选择一项"), ("code", "Bad Code", "小写英文"), ("title", "长" * 61, "最多 60"),
        ("blocked_by", ["nothing"], "请从列表中选择"),
    ],
)  # fmt: skip
def test_nonsense_comes_back_at_its_field_with_what_was_typed(
    district: District, field: str, value: Any, words: str
) -> None:
    page = text(at(district, "coordinator").post(f"{TEMPLATE}new", {**NEW_STEP, field: value}), 422)
    assert words in page
    if field != "title":
        assert "会场布置" in page
    assert not TemplateStep.objects.filter(code="flowers").exists()


def test_steps_cannot_wait_for_each_other_in_a_circle(district: District) -> None:
    circle = {**NEW_STEP, "title": "确定主题", "blocked_by": ["plan_approved"]}
    assert "互相等待" in text(at(district, "coordinator").post(f"{TEMPLATE}topic", circle), 422)


def test_a_step_others_wait_for_is_not_taken_out(district: District) -> None:
    client = at(district, "coordinator")
    assert "要等这个节点" in text(client.post(f"{TEMPLATE}topic/retire"), 409)
    assert client.post(f"{TEMPLATE}answers/retire").status_code == 302
    hour = planning.create_hour(
        slug="n", title="下一期", starts_at=START + timedelta(days=60), date_reason="测试"
    )
    assert not Step.objects.filter(hour=hour, code="answers").exists()


# -- a person's calendar ----------------------------------------------------------------------------------


def calendar_of(district: District, name: str) -> tuple[str, Calendar]:
    path = f"{MINE}{actions.make_feed(district.accounts[name])}.ics"
    return path, Calendar.from_ical(browser_of().get(path).content)


def test_a_phone_reads_the_calendar_without_signing_in(district: District) -> None:
    _path, calendar = calendar_of(district, "coordinator")
    events = {str(one["SUMMARY"]): one for one in calendar.walk("VEVENT")}
    assert "第 1 期 报纸、电视发布公告" in events
    press = events["第 1 期 报纸、电视发布公告"]
    assert press.decoded("DTSTART").isoformat() == "2026-11-23"
    assert next(iter(events.values())).decoded("DTSTART") == START


def test_it_holds_only_what_the_person_answers_for_and_nobodys_name(district: District) -> None:
    _path, calendar = calendar_of(district, "technician")
    titles = " ".join(str(one["SUMMARY"]) for one in calendar.walk("VEVENT"))
    assert "短信签名" in titles
    assert "确定主题" not in titles
    whole = calendar.to_ical().decode()
    assert not any(account.name in whole for account in district.accounts.values())


def test_the_same_state_is_answered_with_304(district: District) -> None:
    path, _calendar = calendar_of(district, "coordinator")
    first = browser_of().get(path)
    with clock.steer(clock.now() + timedelta(hours=5)):
        again = browser_of().get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    district.hour_does("announce")
    actions.settle_all()
    changed = browser_of().get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert "✓ 第 1 期 公布主题" in changed.content.decode().replace("\r\n ", "")


def test_a_new_address_ends_the_old_and_it_can_be_ended(district: District) -> None:
    client = at(district, "coordinator")
    assert client.post(f"{MINE}make").status_code == 302
    old = queries.feed_address(district.accounts["coordinator"])
    assert f"{old}.ics" in text(client.get(MINE))
    client.post(f"{MINE}make")
    assert browser_of().get(f"{MINE}{old}.ics").status_code == 404
    new = queries.feed_address(district.accounts["coordinator"])
    assert browser_of().get(f"{MINE}{new}.ics").status_code == 200
    client.post(f"{MINE}end")
    assert browser_of().get(f"{MINE}{new}.ics").status_code == 404
    assert not Feed.objects.exists()


def test_the_secret_stands_neither_in_the_database_nor_in_the_log(district: District) -> None:
    secret = actions.make_feed(district.accounts["coordinator"])
    row = Feed.objects.get()
    assert secret not in row.digest + row.sealed
    assert secret not in masked(f"/desk/calendar/{secret}.ics")


def test_who_left_has_no_calendar_any_more(district: District) -> None:
    path, _calendar = calendar_of(district, "coordinator")
    type(district.accounts["coordinator"]).objects.filter(username="coordinator").update(is_active=False)
    assert browser_of().get(path).status_code == 404
