"""The smallest phone, letters twice as large, no script: everything a citizen may do still works, by reload."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import pages
from tests.journeys.people import Meet, Person

if TYPE_CHECKING:
    from tests.journeys.evening import Evening

SMALLEST = {"viewport": {"width": 320, "height": 640}, "has_touch": True, "is_mobile": True}
TEXT = "请问莘桥镇澄湖大道的路灯什么时候能修好？晚上接孩子回家看不清路，已经坏了一个星期。"
ANYTHING = re.compile(r"\S")
TARGET = 44


@pytest.fixture(scope="module")
def own(tonight: Evening) -> pages.Own:
    """Questions in every state, with their receipts."""
    return pages.ask_in_every_state(tonight)


@pytest.fixture
def citizen(meet: Meet) -> Person:
    """Somebody whose browser runs no script and shows letters of twice the usual size."""
    person = meet(**SMALLEST, java_script_enabled=False)
    sizes = {"standard": 32, "fixed": 26}  # the browser's own setting, as a visitor would change it
    person.context.new_cdp_session(person.page).send("Page.setFontSizes", {"fontSizes": sizes})
    return person


def submit(page: Page, name: str) -> None:
    """Press the button with this name."""
    page.get_by_role("button", name=name, exact=True).tap()


@pytest.mark.long
def test_no_page_is_wider_than_the_phone_and_the_doors_are_always_there(
    tonight: Evening, citizen: Person, own: pages.Own
) -> None:
    wide: list[str] = []
    with citizen.allowing(404):
        for path in [*pages.public_paths(tonight), *own.paths(), *pages.NOT_FOUND]:
            page = citizen.go(path)
            if (over := citizen.overflow()) > 1:
                wide.append(f"{path}: {over} px too wide")
            if path.endswith("/screen/"):
                continue
            doors = page.locator("nav.doors a")
            expect(doors).to_have_text(["我要返回", "我要提问题", "我要评论"])
            for door in doors.all():
                expect(door).to_be_in_viewport(ratio=1)
                box = door.bounding_box()
                assert box
                assert box["height"] >= TARGET
    assert not wide, "\n".join(wide)
    assert citizen.page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)") == 32


def test_reading_and_reloading(tonight: Evening, citizen: Person) -> None:
    page = citizen.go(tonight.path())
    expect(page.locator("#answers .card .answer").first).to_contain_text(ANYTHING)
    expect(page.locator("#working .card").first).to_be_visible()
    expect(page.locator("#counts")).to_contain_text("已收到")
    asked = tonight.answered("请问石栅路的公交站什么时候恢复？")
    expect(page.locator(f"#q-{asked['id']}")).to_have_count(0)
    tonight.wait_for(tonight.path(), f'id="q-{asked["id"]}"')
    page.get_by_role("link", name="刷新", exact=True).tap()
    expect(page.locator(f"#answers #q-{asked['id']} .answer")).to_be_visible()
    page.locator(f"#q-{asked['id']} .title a").tap(position={"x": 8, "y": 8})
    expect(page.locator("#verify")).to_be_visible()


def test_asking_with_mistakes_keeps_every_word(tonight: Evening, citizen: Person) -> None:
    page = citizen.go(tonight.path())
    page.locator(".doors .ask").tap()
    expect(page.locator(".sos a")).to_have_text(["110", "119", "120"])
    submit(page, "提交问题")
    expect(page.locator("#errors")).to_contain_text("您的问题")
    page.fill("#text", TEXT)
    page.get_by_label("投诉").check()
    submit(page, "提交问题")
    expect(page.locator("#display_name-error")).to_be_visible()
    expect(page.locator("#text")).to_have_value(TEXT)
    expect(page.get_by_label("投诉")).to_be_checked()
    assert citizen.overflow() <= 1
    page.fill("#text", TEXT + "长" * 3000)
    page.fill("#display_name", "湖边散步的人")
    submit(page, "提交问题")
    expect(page.locator("#text-error")).to_contain_text("3000")
    expect(page.locator("#text")).to_have_value(TEXT + "长" * 3000)
    expect(page.locator("#display_name")).to_have_value("湖边散步的人")
    page.fill("#text", TEXT)
    submit(page, "提交问题")
    expect(page.locator("#receipt")).to_have_text(re.compile(r"^\d{4}-\d{4}-\d{4}$"))
    assert citizen.overflow() <= 1
    receipt = page.locator("#receipt").inner_text()
    follow_and_withdraw(tonight, citizen, receipt)


def follow_and_withdraw(evening: Evening, citizen: Person, receipt: str) -> None:
    """Own questions in place, the code with a slip of the finger, the code, and the question taken back."""
    page = citizen.go(evening.path("mine/"))
    expect(page.locator("main section h2").first).to_contain_text("路灯")
    page.get_by_role("main").get_by_role("link", name="用查询码查进度").tap()
    wrong = receipt[:-1] + str((int(receipt[-1]) + 1) % 10)
    with citizen.allowing(404):
        page.fill("#receipt", wrong)
        submit(page, "查进度")
        expect(page.locator("[role=alert]")).to_be_visible()
    expect(page.locator("#receipt")).to_have_value(wrong)
    page.fill("#receipt", receipt)
    submit(page, "查进度")
    expect(page.locator("main")).to_contain_text(TEXT)
    expect(page.locator(".path")).to_contain_text("审核")
    page.locator("summary", has_text="撤回这个问题").tap()
    assert citizen.overflow() <= 1
    submit(page, "撤回")
    expect(page.locator("[role=status]")).to_contain_text("撤回")
    expect(page.locator("summary", has_text="撤回这个问题")).to_have_count(0)


def test_supporting_and_commenting(tonight: Evening, citizen: Person) -> None:
    question = next(
        one for one in tonight.questions() if one["status"] == "published" and not one["withheld"]
    )
    page = citizen.go(f"/questions/{question['id']}/")
    submit(page, "同问，我也关心")
    expect(page.locator("[role=status]")).to_contain_text("也关心")
    expect(page.locator(f"#q-{question['id']}-supports")).to_have_text(str(question["supports"] + 1))
    submit(page, "同问，我也关心")
    expect(page.locator(f"#q-{question['id']}-supports")).to_have_text(str(question["supports"] + 1))

    page = citizen.go(tonight.path("comments/"))
    page.locator(".list a[href*='/questions/']").first.tap()
    page.locator("#comment #text").fill("我们楼也是这样，希望一起看看。")
    submit(page, "提交评论")
    expect(page.locator("#name-error")).to_be_visible()
    expect(page.locator("#comment #text")).to_have_value("我们楼也是这样，希望一起看看。")
    page.fill("#display_name", "三号楼")
    submit(page, "提交评论")
    expect(page.locator("#comment")).to_contain_text("正在审核，只有您看得到")
    assert citizen.overflow() <= 1


def test_mending_and_appealing(citizen: Person, own: pages.Own) -> None:
    page = citizen.go(f"/track/{own.receipts['unclear']}/")
    submit(page, "补充后重新提交")
    expect(page.locator("#supplement-error")).to_be_visible()
    page.fill("#supplement-text", "是莘桥镇银杏里小区，三号门旁边。")
    submit(page, "补充后重新提交")
    expect(page.locator("main")).to_contain_text("银杏里小区")
    expect(page.locator(".state.big")).to_contain_text("审核")

    page = citizen.go(f"/track/{own.receipts['declined']}/")
    expect(page.locator("#declined")).to_contain_text("申请复核")
    page.fill("#appeal-text", "路灯是公共设施，应当受理。")
    submit(page, "申请复核")
    expect(page.locator("main")).to_contain_text("由另一位同事再看一次")
    expect(page.locator("#appeal-text")).to_have_count(0)


def test_looks_and_language_by_links(tonight: Evening, citizen: Person) -> None:
    page = citizen.go(tonight.path())
    before = page.evaluate("parseFloat(getComputedStyle(document.querySelector('.text')).fontSize)")
    page.locator("[data-look=elder]").tap()
    expect(page).to_have_url(tonight.url + tonight.path())
    assert page.evaluate("parseFloat(getComputedStyle(document.querySelector('.text')).fontSize)") > before
    assert citizen.overflow() <= 1
    page.locator("[hreflang=en]").tap()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert citizen.overflow() <= 1
