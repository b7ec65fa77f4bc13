"""From eight o'clock on: leftovers extended in public and late in public, the list signed for, one tap, a request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.journeys import axe
from tests.journeys.evening import VENUE, Evening
from tests.journeys.people import LAPTOP, PHONE, SECONDS, Person
from tests.tools.server import Installation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext

EVENING = "2026-12-01T19:30:00+08:00"
SMALLEST = {"viewport": {"width": 320, "height": 640}, "has_touch": True, "is_mobile": True}


class After:
    """The demo a day after its hour, on a clock that stands still until it is moved."""

    def __init__(
        self, place: Installation, clock: Path, slug: str, open_context: Callable[..., BrowserContext]
    ) -> None:
        self.clock, self.evening, self.slug = clock, Evening(place, slug, {}, {}), slug
        self._open_context = open_context
        self.met: list[Person] = []

    def at(self, moment: str) -> None:
        self.clock.write_text(moment, encoding="ascii")

    def person(self, username: str = "", path: str = "/", **options: Any) -> Person:
        person = Person(self._open_context(**(LAPTOP | options)), self.evening)
        self.met.append(person)
        person.context.set_default_navigation_timeout(30 * SECONDS)
        if username:
            person.sign_in(username, path)
        else:
            person.go(path)
        return person

    @property
    def desk(self) -> str:
        return f"/desk/after/{self.slug}/"


@pytest.fixture
def after(tmp_path: Path, new_context: Callable[..., BrowserContext]) -> Iterator[After]:
    clock = tmp_path / "clock"
    clock.write_text(EVENING, encoding="ascii")
    place = Installation(tmp_path / "data", settings=VENUE | {"TOWNHALL_CLOCK": str(clock)})
    answer = place.demo("wrapping")
    try:
        there = After(place.start(), clock, answer["hour"], new_context)
        yield there
    finally:
        place.stop()
    complaints = [one for person in there.met for one in person.complaints]
    assert not complaints, "\n".join(complaints)


@pytest.mark.long
@pytest.mark.timeout(300)
def test_what_is_left_when_the_hour_is_over(after: After) -> None:
    citizen = after.person(path=f"/hours/{after.slug}/", **PHONE)
    citizen.page.get_by_role("link", name="会后办理、小结和实录").click()
    expect(citizen.page.locator("main")).to_contain_text("个提问还没有结果，现在还剩")
    expect(citizen.page.locator("main")).to_contain_text("批准延期：情况复杂")
    expect(citizen.page.locator("#signers")).to_contain_text("由区长陈立授权")
    assert citizen.overflow() <= 1
    _extend(after, citizen)
    _sign_for_the_list(after)
    _sign_the_summary(after, citizen)
    _say_whether_it_helped(after)
    _ask_for_a_removal(after)
    after.at("2026-12-21T10:00:00+08:00")
    citizen.go(f"/hours/{after.slug}/leftovers/")
    expect(citizen.page.locator("main")).to_contain_text("已经逾期")
    desk = after.person("coordinator", after.desk)
    expect(desk.page.locator("#backlog .late").first).to_contain_text("逾期")


def _extend(after: After, citizen: Person) -> None:
    """The coordinator asks for a group, a wrong day comes back with what was typed, the mayor approves, all see it."""
    asking = after.person("coordinator", after.desk)
    form = asking.page.locator("details", has=asking.page.get_by_text("申请延期", exact=False)).first
    form.locator("summary").click()
    form.locator("[name=reason_code]").select_option("procedure")
    form.locator("[name=reason]").fill("招标公示还差三天。")
    form.locator("[name=until]").fill("2026-12-02")
    form.get_by_role("button", name="申请延期").click()
    expect(asking.page.locator("#main")).to_contain_text("新的期限要晚于原来的期限")
    open_form = asking.page.locator("details[open]", has=asking.page.locator("[name=until]"))
    assert open_form.locator("[name=reason]").input_value() == "招标公示还差三天。"
    open_form.locator("[name=until]").fill("2026-12-16")
    open_form.get_by_role("button", name="申请延期").click()
    expect(asking.page.locator("#backlog")).to_contain_text("招标公示还差三天。")
    mayor = after.person("mayor", after.desk)
    card = mayor.page.locator("#backlog li", has_text="招标公示还差三天。")
    card.locator("summary", has_text=re.compile("^批准延期|[^不]批准延期")).or_(
        card.get_by_role("button", name="批准延期", exact=True)
    ).first.click()
    citizen.go(f"/hours/{after.slug}/leftovers/")
    expect(citizen.page.locator("main")).to_contain_text("招标公示还差三天。")


def _sign_for_the_list(after: After) -> None:
    inspector = after.person("inspector", after.desk)
    expect(inspector.page.locator("#handover")).to_contain_text("待签收")
    inspector.page.locator("#handover").get_by_role("button", name="签收", exact=True).click()
    expect(inspector.page.locator("#handover")).to_contain_text("已签收")
    inspector.page.locator("#handover").get_by_role("link", name="打印").first.click()
    expect(inspector.page.locator("table.sheet-table tbody tr").first).to_be_visible()


def _sign_the_summary(after: After, citizen: Person) -> None:
    mayor = after.person("mayor", after.desk)
    mayor.page.locator("#papers").get_by_role("button", name="签发", exact=True).click()
    expect(mayor.page.locator("#papers")).to_contain_text("已签发")
    citizen.go(f"/hours/{after.slug}/leftovers/")
    citizen.page.get_by_role("link", name="小结", exact=True).click()
    expect(citizen.page.locator("main")).to_contain_text("由区长陈立签发")
    with citizen.page.expect_download() as loading:
        citizen.page.get_by_role("link", name=".docx").click()
    assert loading.value.suggested_filename.endswith(".docx")


def _say_whether_it_helped(after: After) -> None:
    """The link from the SMS, one tap, why; the inspector finds the person on the list."""
    phone = after.person(path="/outgoing/", **SMALLEST)
    sent = phone.page.locator("main").inner_text()
    found = re.search(r"请看答复并评价：\S*?(/voice/[0-9a-f-]+/)", sent)  # the newest, so of this hour
    assert found is not None, "no message asks whether it helped"
    phone.go(found[1])
    assert phone.overflow() <= 1
    axe.prepare(phone.context)
    phone.page.get_by_role("button", name="不满意", exact=True).click()
    expect(phone.page.get_by_role("status")).to_contain_text("评价已记下")
    phone.page.get_by_label("时间太长").check()
    phone.page.get_by_role("button", name="提交原因").click()
    expect(phone.page.get_by_label("时间太长")).to_be_checked()
    after.at("2026-12-01T19:35:00+08:00")  # the list is looked at once a minute
    inspector = after.person("inspector", f"{after.desk}calls/")
    waiting = inspector.page.locator("li", has=inspector.page.get_by_text("待回访", exact=True))
    for _second in range(20):
        if waiting.count():
            break
        inspector.page.wait_for_timeout(1000)
        inspector.page.reload()
    expect(waiting.first).to_contain_text("评价为不满意")


def _ask_for_a_removal(after: After) -> None:
    phone = after.person(path=f"/hours/{after.slug}/list/?show=published", **SMALLEST)
    address = phone.page.locator("a[href^='/questions/']").first.get_attribute("href")
    assert address is not None
    phone.go(address)
    phone.page.get_by_role("link", name="申请更正或撤下").click()
    phone.page.get_by_role("button", name="提交申请").click()
    expect(phone.page.locator("main .error").first).to_be_visible()
    phone.page.get_by_label("撤下", exact=True).check()
    phone.page.get_by_label("文中提到了我").check()
    phone.page.locator("#what").fill("里面写了我家的门牌号，请撤下。")
    phone.page.get_by_role("button", name="提交申请").click()
    receipt = phone.page.locator("#receipt").inner_text()
    assert re.fullmatch(r"\d{4}-\d{4}-\d{4}", receipt)
    office = after.person("coordinator", "/desk/office/redress/")
    expect(office.page.locator("#main")).to_contain_text("里面写了我家的门牌号，请撤下。")


@pytest.mark.long
@pytest.mark.timeout(300)
def test_pages_after_the_hour_fit_a_small_phone_and_pass_axe(after: After) -> None:
    paths = {
        "coordinator": [after.desk, f"{after.desk}calls/", "/desk/office/redress/", "/desk/office/limits/"],
        "": [f"/hours/{after.slug}/leftovers/", "/redress/mine/"],
    }
    found: list[str] = []
    for who, pages in paths.items():
        person = after.person(who, pages[0], **SMALLEST)
        axe.prepare(person.context)
        for path in pages:
            person.go(path)
            if person.overflow() > 1:
                found.append(f"{path} is {person.overflow()} pixels too wide for a small phone")
            for scheme in ("light", "dark"):
                person.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                found += axe.violations(person.page, looks_only=scheme == "dark")
    assert not found, "\n".join(found)
