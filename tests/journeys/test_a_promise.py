"""Four months on a frozen clock: from eight o'clock to the promise closed in public, through the pages."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

import httpx
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.commitments.conftest import photo
from tests.journeys.after_months import HOUR, LATER_STAFF, OPENED, FourMonths
from tests.journeys.evening import VENUE
from tests.journeys.months import SLUG, enter_district, fill_in, form, send
from tests.journeys.people import PHONE, SECONDS
from tests.tools.server import Installation

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

    from tests.journeys.people import Person

AFTER, LEFT = f"/desk/after/{SLUG}/", f"/hours/{SLUG}/leftovers/"
GATE, GATE_WORDS = "西门大门改造4月30日前完工", "4月30日前完工"
GATE_ANSWER = f"您好！区教育局昨天到现场查看，{GATE}，接送车道同步分开，联系电话021-64120011。"
LIFT = "5月29日前启动加装电梯施工"
LIFT_ANSWER = f"您好！区住建局已召开居民协调会，{LIFT}，进展在本页公布，联系电话021-64120022。"
NURSERY_ANSWER = (
    "您好！区教育局已把各街道托育点的收费对照表公布在门户网站“政务公开”栏目，联系电话021-64120011。"
)
BUS_ANSWER = (
    "您好！区交通局已与公交公司核定，4月20日起123路早高峰间隔由15分钟缩短到8分钟，联系电话021-64120033。"
)


@pytest.fixture
def months(tmp_path: Path, new_context: Callable[..., BrowserContext]) -> Iterator[FourMonths]:
    data = tmp_path / "data"
    data.mkdir()
    clock = data / "clock"
    clock.write_text(f"{OPENED}:00+08:00", encoding="ascii")
    place = Installation(data, settings=VENUE | {"TOWNHALL_CLOCK": str(clock)})
    try:
        place.lay_schema()
        passwords = enter_district(place, LATER_STAFF, deputy="deputy", inspector="inspector")
        place.command("manage", "shell", "--no-imports", "-c", HOUR)
        yield FourMonths(place.start(), clock, new_context, passwords)
    finally:
        place.stop()
        shutil.rmtree(data, ignore_errors=True)


# -- in the hour ------------------------------------------------------------------------------------------


def opened(person: Person, board: str, months: FourMonths, key: str) -> None:
    """A question of a board, opened by its address."""
    person.go(f"/desk/hours/{SLUG}/{board}/?q={months.questions[key]['id']}")
    expect(person.page.locator("#question")).to_be_visible()


def promised(months: FourMonths, key: str, unit: str, answer: str, words: str, due: str) -> int:
    """Marked with the mouse, cut with the keyboard, dated, submitted, signed; the promise's id."""
    writer = months.person(unit)
    opened(writer, "group", months, key)
    page = writer.page
    page.fill("#e-text", answer)
    start = answer.index(words)
    page.locator("#e-text").evaluate(
        "(field, [from, to]) => { field.focus(); field.setSelectionRange(from, to); }",
        [start, start + len(words)],
    )
    page.keyboard.press("Control+k")
    row = page.locator("[data-row]").first
    expect(row.locator("[name$='.text']")).to_have_value(words)
    expect(page.locator("[name=outcome][value=promised]")).to_be_checked()
    row.locator("[name$='.due']").fill(due)
    page.locator("button[name=then][value=submit]").click()
    expect(page.locator("#told")).to_contain_text("呈签")
    signed(months, key, "mayor")
    question = months.evening.get(f"/questions/{months.questions[key]['id']}")
    assert question["outcome"] == "promised"
    (promise,) = question["commitments"]
    assert promise["text"] == words
    return int(promise["id"])


def drafted(months: FourMonths, key: str, unit: str, answer: str) -> None:
    writer = months.person(unit)
    opened(writer, "group", months, key)
    writer.page.fill("#e-text", answer)
    writer.page.locator("[name=outcome][value=answered]").check()
    writer.page.locator("button[name=then][value=submit]").click()
    expect(writer.page.locator("#told")).to_contain_text("呈签")


def signed(months: FourMonths, key: str, signer: str) -> None:
    """One tap on a phone."""
    person = months.person(signer, **PHONE)
    opened(person, "mayor", months, key)
    assert person.overflow() <= 1
    with person.page.expect_response(re.compile(r"/desk/questions/\d+/sign$")) as signing:
        person.page.locator("button.sign").tap()
    assert signing.value.status == httpx.codes.OK
    person.page.wait_for_load_state()


# -- what is left ------------------------------------------------------------------------------------------


def over(months: FourMonths) -> None:
    """At eight the system wraps; what has no answer stands there by unit with its last day."""
    months.at("2026-03-31T20:01")
    months.evening.wait_for(LEFT.replace("leftovers/", ""), "会后办理", seconds=15)
    text = months.public(LEFT)
    assert "有 2 个提问还没有结果，现在还剩 2 个" in text
    assert "区教育局" in text and "区交通局" in text
    assert text.count("4月8日") == 2  # five working days after the last of March, Qingming between them


def extended(months: FourMonths) -> None:
    """The group asks, the mayor approves by name, everybody reads why."""
    months.at("2026-04-07T10:00")
    unit = months.person("unit1", AFTER)
    send(unit, "/ask_extension", within='li:has-text("托育点")', reason_code="third_party",
         reason="民办托育点的价目还差两家。", until="2026-04-10")  # fmt: skip
    months.person("mayor", AFTER, **PHONE)
    send(months.person("mayor", AFTER), "/approve_extension", within='li:has-text("托育点")')
    text = months.public(LEFT)
    assert "民办托育点的价目还差两家。" in text and "4月10日" in text


def authorised(months: FourMonths) -> None:
    """Who may sign beside the mayor is granted in public, for one unit."""
    months.at("2026-04-07T14:00")
    send(months.person("mayor", AFTER), "/authorise", username="editor", units=("区交通局",))
    text = months.public(LEFT)
    assert "唐知遥" in text and "由区长陈立授权" in text
    drafted(months, "bus", "unit3", BUS_ANSWER)
    signed(months, "bus", "editor")
    months.evening.wait_for(LEFT, "现在还剩 1 个", seconds=15)
    assert "授权签发人" in months.public(f"/questions/{months.questions['bus']['id']}/")
    months.at("2026-04-09T09:30")
    drafted(months, "nursery", "unit1", NURSERY_ANSWER)
    signed(months, "nursery", "mayor")
    months.evening.wait_for(LEFT, "现在全部有了结果", seconds=15)


def handed_over(months: FourMonths) -> None:
    months.at("2026-04-09T15:00")
    coordinator = months.person("coordinator", AFTER)
    send(coordinator, "/compile")
    send(coordinator, "/hand_over")
    inspector = months.person("inspector", AFTER)
    expect(inspector.page.locator("#handover")).to_contain_text("待签收")
    send(inspector, "/sign_for")
    expect(inspector.page.locator("#handover")).to_contain_text("严谨")
    inspector.page.locator("#handover").get_by_role("link", name="打印").click()
    expect(inspector.page.locator("table.sheet-table")).to_contain_text(GATE_WORDS)


def summed_up(months: FourMonths) -> None:
    """Drafted from the record, edited, signed by another, published in three forms."""
    months.at("2026-04-10T09:00")
    coordinator = months.person("coordinator", AFTER)
    send(coordinator, "/papers/summary/compose")
    text = coordinator.page.locator("#papers textarea[name=text]").first.input_value()
    assert "共收到提问4个" in text
    send(coordinator, "/save", text=text + "\n感谢各位市民。")
    send(coordinator, "/submit_paper")
    assert (
        httpx.get(f"{months.evening.url}/hours/{SLUG}/papers/summary/").status_code == httpx.codes.NOT_FOUND
    )
    send(months.person("mayor", AFTER), "/sign_paper")
    page = months.public(f"/hours/{SLUG}/papers/summary/")
    assert "感谢各位市民。" in page and "由区长陈立签发" in page
    links = {suffix: re.findall(rf'href="([^"]+\.{suffix})"', page) for suffix in ("docx", "pdf")}
    files = {suffix: httpx.get(months.evening.url + found[0], timeout=60) for suffix, found in links.items()}
    assert "感谢各位市民" in ZipFile(BytesIO(files["docx"].content)).read("word/document.xml").decode()
    assert files["pdf"].content.startswith(b"%PDF")
    for username in (
        "editor",
        "unit1",
        "unit2",
        "unit3",
    ):  # a board left open would go on asking when its seat is gone
        months.person(username, "/desk/?all=1")
    coordinator = months.person("coordinator", f"/desk/hours/{SLUG}/coordinator/")
    send(coordinator, f"/{SLUG}/archive")
    assert months.evening.get(f"/hours/{SLUG}")["stage"] == "archived"


# -- the promise ------------------------------------------------------------------------------------------


def desk(promise: int) -> str:
    return f"/desk/office/promises/{promise}/"


def attach(person: Person, action: str, **fields: str) -> None:
    """Report with a camera's picture that knows where it was taken."""
    found = form(person, action)
    for name, value in fields.items():
        fill_in(found, name, value)
    picture = photo(gps=True, size=(640, 480))
    found.locator("[name=pictures]").set_input_files(
        {"name": "IMG_2041.jpg", "mimeType": "image/jpeg", "buffer": picture.read()}
    )
    with person.page.expect_navigation():
        found.locator("button").last.click()
    expect(person.page.locator("#told")).to_contain_text("已登记")


def progressed(months: FourMonths, gate: int) -> None:
    months.at("2026-04-16T11:00")
    unit = months.person("unit1", desk(gate))
    attach(unit, "/progress", text="旧门已拆除，新门框已进场。", caption="施工现场")
    page = months.public(f"/promises/{gate}/")
    assert "旧门已拆除" in page and "施工现场" in page
    (source,) = re.findall(rf'src="(/promises/{gate}/pictures/\d+)"', page)
    data = httpx.get(months.evening.url + source, timeout=30).content
    with Image.open(BytesIO(data)) as picture:
        assert not picture.getexif()
    assert b"SecretCamera" not in data


def asked_for_longer(months: FourMonths, gate: int) -> None:
    """The system reminds three working days before; the unit asks in time, a leader approves by name."""
    months.at("2026-04-27T10:00")
    chased(months, "unit1", "您单位有一项承诺请尽快办理")
    months.at("2026-04-28T15:00")
    unit = months.person("unit1", desk(gate))
    send(
        unit,
        "/ask_extension",
        due="2026-05-20",
        reason_code="procedure",
        text="门禁设备重新招标，公示期未满。",
    )
    send(months.person("deputy", desk(gate), **PHONE), "/approve_extension")
    page = months.public(f"/promises/{gate}/")
    assert "门禁设备重新招标" in page and "副区长周敏" in page and "最初承诺" in page
    assert months.evening.get("/commitments?late=true")["items"] == []


def chased(months: FourMonths, username: str, words: str) -> None:
    """The message arrives at somebody's desk, once the clock's jobs have had their turn."""
    person = months.person(username, "/desk/office/inbox/")
    for _try in range(40):
        person.go("/desk/office/inbox/")
        if words in person.page.locator("main").inner_text():
            return
        person.page.wait_for_timeout(SECONDS / 2)
    pytest.fail(f"{username} was not told: {words}")


def taken_higher(months: FourMonths, gate: int) -> None:
    """Late: the unit, its head, the deputies, the mayor; nobody in the evening or at the weekend."""
    for moment, level in (
        ("2026-05-21T08:30", ""), ("2026-05-21T10:00", ""), ("2026-05-25T20:00", ""), ("2026-05-26T09:30", "单位负责人"),
        ("2026-05-30T11:00", "单位负责人"), ("2026-06-01T11:00", "副区长"), ("2026-06-11T11:00", "区长"),
    ):  # fmt: skip
        months.at(moment)
        inspector = months.person("inspector", desk(gate))
        meta = inspector.page.locator(".pp-meta").first
        for _try in range(40 if level else 4):
            inspector.page.wait_for_timeout(SECONDS)
            inspector.go(desk(gate))
            if level and f"已提到 {level}" in meta.inner_text():
                break
        if level:
            expect(meta).to_contain_text(f"已提到 {level}")
        else:
            expect(meta).not_to_contain_text("已提到")
    assert "已过期限" in months.public("/promises/?late=1")


def done(months: FourMonths, gate: int) -> None:
    """Reported, sent back, reported again, verified, closed in public."""
    months.at("2026-06-12T10:00")
    attach(months.person("unit1", desk(gate)), "/report", text="大门已经改好。", caption="改好的大门")
    months.at("2026-06-15T10:00")
    inspector = months.person("inspector", desk(gate))
    send(inspector, "/rework", text="接送车道还没有分开，请一并完成。")
    assert "接送车道还没有分开" in months.public(f"/promises/{gate}/")
    months.at("2026-06-22T10:00")
    attach(months.person("unit1", desk(gate)), "/report", text="车道已划线分开。", caption="分开的车道")
    months.at("2026-06-23T10:00")
    inspector.go(desk(gate))
    send(inspector, "/verify", note="现场看过。")
    send(inspector, "/close", text="大门和车道都已改好。")
    page = months.public(f"/promises/{gate}/")
    assert "大门和车道都已改好。" in page and "逾期办结" in page


def ended(months: FourMonths, lift: int) -> None:
    """What cannot be kept ends by the mayor's signature, with the reason for everybody."""
    months.at("2026-05-08T10:00")
    send(months.person("unit2", desk(lift)), "/propose_end", reason_code="not_feasible",
         text="三分之一以上业主书面反对，依法不能施工。")  # fmt: skip
    assert "依法不能施工" not in months.public(f"/promises/{lift}/")
    months.at("2026-05-11T10:00")
    send(months.person("mayor", desk(lift)), "/sign_end")
    page = months.public(f"/promises/{lift}/")
    assert "依法不能施工" in page and "区长陈立" in page
    assert [one["id"] for one in months.evening.get("/commitments?state=ended")["items"]] == [lift]


# -- the asker --------------------------------------------------------------------------------------------


def said(months: FourMonths, gate: int) -> None:
    """The link of the message: "not done" brings it back to the inspector, who calls, looks, and closes it again."""
    phone = months.citizen()
    link = ""
    for _try in range(40):
        phone.go("/outgoing/")
        found = re.search(
            r"办得怎样请您评价：\S*?(/voice/[0-9a-f-]+/)", phone.page.locator("main").inner_text()
        )
        if found:
            link = found[1]
            break
        months.at("2026-06-23T10:02")
        phone.page.wait_for_timeout(SECONDS / 2)
    phone.go(link)
    assert phone.overflow() <= 1
    phone.page.get_by_role("button", name="没有做到", exact=True).tap()
    expect(phone.page.get_by_role("status")).to_contain_text("督查室重新核查")
    assert "提问人反映没有办好" in months.public(f"/promises/{gate}/")
    months.at("2026-06-24T09:30")
    inspector = months.person("inspector", f"{AFTER}calls/")
    send(inspector, "/reach", outcome={"value": "agreed"}, note="提问人看错了门，确认西门已改好。")
    expect(inspector.page.locator("main")).to_contain_text("认可办理结果")
    inspector.go(desk(gate))
    send(inspector, "/verify", note="电话核实。")
    send(inspector, "/close", text="与提问人核实，已经办好。")
    phone.go(link)
    phone.page.get_by_role("button", name="满意", exact=True).tap()
    expect(phone.page.get_by_role("status")).to_contain_text("评价已记下")


def month_told(months: FourMonths) -> None:
    months.at("2026-07-01T09:00")
    mayor = months.person("mayor", "/desk/office/promises/month/?month=2026-06")
    expect(mayor.page.locator("main")).to_contain_text("办结 1 件，其中按期 0 件")
    with mayor.page.expect_download() as loading:
        mayor.page.get_by_role("link", name="通报草稿（Word）").click()
    assert loading.value.suggested_filename == "promises-2026-06.docx"


def found_again(months: FourMonths, gate: int) -> None:
    """Months later a citizen finds question, answer and what became of it by words of their own."""
    months.at("2026-07-28T21:00")
    citizen = months.citizen()
    page = citizen.go("/archive/")
    page.fill("[name=q]", "西门改造")
    page.get_by_role("button", name="搜索", exact=True).tap()
    page.locator("ol.finds a").first.tap()
    expect(page.locator("main")).to_contain_text(GATE)
    page.locator(f'main a[href^="/promises/{gate}/"]').first.tap()
    expect(page.locator(".timeline")).to_contain_text("与提问人核实，已经办好。")
    assert citizen.overflow() <= 1
    page = citizen.go("/promises/?topic=就学与社区托育")
    expect(page.locator(".promise-list li")).to_have_count(2)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_from_eight_oclock_to_the_promise_closed_in_public(months: FourMonths) -> None:
    months.ask()
    gate = promised(months, "gate", "unit1", GATE_ANSWER, GATE, "2026-04-30")
    lift = promised(months, "lift", "unit2", LIFT_ANSWER, LIFT, "2026-05-29")
    over(months)
    extended(months)
    authorised(months)
    handed_over(months)
    summed_up(months)
    progressed(months, gate)
    asked_for_longer(months, gate)
    ended(months, lift)
    taken_higher(months, gate)
    done(months, gate)
    said(months, gate)
    month_told(months)
    found_again(months, gate)
    assert months.complaints() == []
