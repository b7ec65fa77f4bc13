"""Acts of the months before an hour that bring everything to its end: questions, people, messages, the last look."""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING

from openpyxl import load_workbook
from playwright.sync_api import expect

from tests.journeys.months import PREPARE, SLUG, Months, fill_in, form, send, state
from tests.journeys.people import LAPTOP, PHONE, SECONDS, Person
from townhall.rehearsal.cast import FAKE_MOBILES

if TYPE_CHECKING:
    from playwright.sync_api import Locator

BOARD = f"/desk/hours/{SLUG}"
ASKED = (
    "请问澄湖路幼儿园今年秋季还有学位吗？我家住在莘桥镇，想了解报名时间和要带的材料。",
    "社区托育点的收费标准在哪里可以查到？听说各街道不一样，请公布一份对照表。",
)
ANSWER = "您好！区教育局今天上午核查，收费标准和学位情况已在门户网站公布，请于4月10日前到园登记，电话021-64120011。"
# Whom the plan needs besides those who sit by their office, by post.
POSTS = {
    "主持": ("moderator1", "moderator2"),
    "区长联络": ("assistant",),
    "技术保障": ("technician", "technician2"),
    "会务后勤": ("logistics",),
    "代为登记": ("clerk",),
    "网站编辑": ("editor",),
} | {
    f"{group}组 · {post}": (f"{name}{number}",)
    for number, group in enumerate(("教育", "住建", "交通", "卫健"), 1)
    for post, name in (("组长", "lead"), ("组员", "unit"))
}
EVERYBODY = 2 + sum(len(people) for people in POSTS.values())  # and the coordinator, and the mayor
STEPS = 19


def sms_filed(months: Months) -> None:
    """Signature and text stand approved when the plan is made, not three days before the hour."""
    months.at("2026-02-24T10:00")
    coordinator = months.person("coordinator", "/desk/office/outreach/")
    for purpose, text in (("signature", "静川区政府"), ("broadcast", "{when}，“{topic}”，{link}")):
        panel = f"main details:has([name=purpose][value={purpose}])"
        days = {"filed_on": "2026-02-12", "approved_on": "2026-02-24"}
        send(coordinator, "/outreach/filings", within=panel, text=text, **days)
    assert state(months, "短信签名和模板报备完成") == "已完成"


def staffed(months: Months) -> None:
    """Posts from the template, somebody on each of them."""
    months.at("2026-03-19T10:00")
    coordinator = months.person("coordinator", f"{PREPARE}staffing/")
    send(coordinator, "/staffing/lay_out")
    assert state(months, "工作人员安排到岗位") != "已完成"
    coordinator.go(f"{PREPARE}staffing/")
    for post, people in POSTS.items():
        for username in people:
            article = f'article.post:has(h3:has-text("{post}"))'
            send(coordinator, "/staffing/assign", within=article, person=username)
    expect(coordinator.page.locator(".prep-facts")).to_contain_text(f"必备岗位 {EVERYBODY} 人已排齐")
    assert state(months, "工作人员安排到岗位") == "已完成"


def one_time_code(months: Months) -> str:
    """The one-time code that was sent last, from the operator's console."""
    return re.findall(r"code (\d{6}) ", months.place.log.read_text(encoding="utf-8"))[-1]


def asked(months: Months) -> None:
    """Two citizens ask on the public page, each with a verified mobile."""
    months.at("2026-03-21T20:30")
    for number, text in enumerate(ASKED):
        citizen = months.citizen()
        page = citizen.go(f"/hours/{SLUG}/")
        page.locator(".doors .ask").tap()
        page.fill("[name=text]", text)
        page.fill("[name=display_name]", f"莘桥居民{number + 1}")
        page.locator("main form button.first").tap()
        page.fill("#mobile", FAKE_MOBILES[number])
        page.locator("main form button.first").tap()
        expect(page.locator("#code")).to_be_visible()
        page.fill("#code", one_time_code(months))
        page.locator("main form button.first").tap()
        expect(page.locator("#receipt")).to_have_text(re.compile(r"^\d{4}-\d{4}-\d{4}$"))
        citizen.context.close()


def _opened(person: Person, board: str, text: str) -> Locator:
    """A question of a board's list, opened."""
    person.go(f"{BOARD}/{board}/")
    person.page.locator("#cards .item", has_text=text[:10]).locator("a").click()
    question = person.page.locator("#question")
    expect(question).to_be_visible()
    return question


def screened(months: Months) -> None:
    """The moderator accepts the questions as they come; whose they are the digest decides."""
    months.at("2026-03-23T09:00")
    moderator = months.person("moderator1", f"{BOARD}/moderator/")
    expect(moderator.page.locator("#cards .item")).to_have_count(len(ASKED))
    for text in ASKED:
        question = _opened(moderator, "moderator", text)
        question.locator("#act-accept summary").click()
        question.locator("#act-accept button.first").click()
        expect(moderator.page.locator("#undo")).to_contain_text("受理")
        # Turning to another list is leaving the page: what waits is sent at once.
        moderator.page.locator(".tabs a").nth(1).click()


def dispatched(months: Months) -> None:
    """Everything at once, to one group and unit, with a day by which the answers are due."""
    months.at("2026-03-27T09:00")
    assert state(months, "预提问汇总并分发") != "已完成"
    moderator = months.person("moderator1", f"{PREPARE}digest/")
    for text in ASKED:
        expect(moderator.page.locator(".prep-table").last).to_contain_text(text[:12])
    for box in moderator.page.locator("[name=questions]").all():
        box.check()
    send(moderator, "/digest/send", to={"label": "区教育局"}, due="2026-03-30")
    expect(moderator.page.locator(".prep-facts")).to_contain_text("已全部分发")
    assert state(months, "预提问汇总并分发") == "已完成"


def sms_sent(months: Months) -> None:
    """The list goes to the office that sends: a wrong row comes back, a dry run first, the results last."""
    months.at("2026-03-27T10:00")
    assert state(months, "短信群发") == "今天到期"
    coordinator = months.person("coordinator", f"{PREPARE}broadcast/")
    send(coordinator, "", "保存")
    rows = "\n".join(["手机号码", *FAKE_MOBILES[:3], "1380013"])
    send(coordinator, "/add_list", file=("名单.csv", rows.encode()))
    expect(coordinator.page.locator("#told")).to_contain_text("可以发送 3，重复 0，有误 1")
    with coordinator.page.expect_download() as wrong:
        coordinator.page.get_by_role("link", name="1 行，下载").click()
    sheet = load_workbook(BytesIO(wrong.value.path().read_bytes())).active
    assert sheet
    assert [cell.value for cell in sheet[2]] == [5, "1380013", "不是 11 位手机号码"]
    send(coordinator, "/preview")
    expect(coordinator.page.locator(".sms-sample").first).to_contain_text("3月31日（周二）19:00-20:00")
    send(coordinator, "/confirm", agreed="on")
    assert state(months, "短信群发") != "已完成"
    coordinator.page.go_back()
    _back_from_the_office(coordinator)
    assert state(months, "短信群发") == "已完成"


def _back_from_the_office(coordinator: Person) -> None:
    """The list is taken out and comes back with what became of each row."""
    page = coordinator.page
    with page.expect_download() as handed:
        form(coordinator, "/hand_over").locator("button").click()
    book = load_workbook(BytesIO(handed.value.path().read_bytes()))
    sheet = book.active
    assert sheet
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == list(FAKE_MOBILES[:3])
    for row in sheet.iter_rows(min_row=2):
        row[2].value = "成功"
    filled = BytesIO()
    book.save(filled)
    page.reload()
    send(coordinator, "/read_results", file=("结果.xlsx", filled.getvalue()))
    expect(page.locator("#told")).to_contain_text("送达 3，失败 0，对不上 0")


def answers_prepared(months: Months) -> None:
    """The group drafts and submits, the mayor reads; citizens see nothing of it yet."""
    months.at("2026-03-30T10:00")
    group = months.person("unit1", f"{BOARD}/group/", **PHONE)
    mayor = months.person("mayor", f"{BOARD}/mayor/", **PHONE)
    for text in ASKED:
        found = _opened(group, "group", text)
        fill_in(found, "text", ANSWER)
        found.locator("[name=outcome][value=answered]").check()
        found.locator("button[name=then][value=submit]").click()
        expect(group.page.locator("#told")).to_contain_text("呈签")
    for text in ASKED:
        _opened(mayor, "mayor", text).locator("form[action$='/review'] button").tap()
        expect(mayor.page.locator("#told")).to_contain_text("审阅")
    coordinator = months.person("coordinator", f"{PREPARE}digest/")
    expect(coordinator.page.locator(".prep-facts")).to_contain_text(f"区领导已审阅 {len(ASKED)} 个")
    coordinator.go(f"/hours/{SLUG}/")
    expect(coordinator.page.locator("body")).not_to_contain_text(ANSWER)
    assert state(months, "预答稿完成") == "已完成"


def dry_run(months: Months) -> None:
    """The technician looks everything over the day before, and it is recorded."""
    months.at("2026-03-30T15:00")
    technician = months.person("technician", f"{PREPARE}readiness/", **LAPTOP)
    send(technician, "/readiness/dry-run")
    expect(technician.page.locator(".prep-runs")).to_contain_text("可以按时开始")
    assert state(months, "会前联调检查") == "已完成"


def checked_in(months: Months) -> None:
    """One person by one tap on a phone, everybody else at the door from the coordinator's list."""
    months.at("2026-03-31T18:20")
    unit = months.person("unit1", f"{BOARD}/group/", **PHONE)
    with unit.page.expect_navigation():
        unit.page.get_by_role("button", name="我已到岗，签到").tap()
    expect(unit.page.locator("#told")).to_contain_text("已签到")
    months.at("2026-03-31T18:35")
    coordinator = months.person("coordinator", f"{PREPARE}staffing/")
    waiting = coordinator.page.locator("article.post form[action$='/staffing/check_in']")
    for left in range(EVERYBODY - 1, 0, -1):
        expect(waiting).to_have_count(left)
        with coordinator.page.expect_navigation(url=re.compile(r"#post-\d+$")):
            waiting.first.locator("button").press("Enter")
    expect(waiting).to_have_count(0)
    expect(coordinator.page.locator(".prep-facts")).to_contain_text(f"已签到 {EVERYBODY} / {EVERYBODY}")


def everything_stands(months: Months) -> None:
    """One minute to seven: every step done, nothing late."""
    months.at("2026-03-31T18:59")
    page = months.person("coordinator", PREPARE).page
    steps = page.locator("li.cd-step")
    expect(steps).to_have_count(STEPS, timeout=5 * SECONDS)
    expect(page.locator("li.cd-step.done")).to_have_count(STEPS)
    expect(page.locator(".cd-strip")).to_contain_text("没有逾期")
    expect(page.locator(".cd-strip")).to_contain_text("没有互相等待的节点")
    expect(page.locator(".cd-strip .bad")).to_have_count(0)
