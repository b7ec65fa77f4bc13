"""A citizen follows a promise on a phone: asks, confirms from the letter, is told, and stops with one tap."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from playwright.sync_api import expect

from tests.journeys import axe
from tests.journeys.evening import VENUE
from tests.journeys.people import PHONE
from tests.journeys.test_after_the_hour import SMALLEST, After
from tests.tools.mailbox import MailBox, words_of
from tests.tools.promised import within
from tests.tools.server import Installation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Page

LI = "li@example.org"
DAY = "2026-12-02T10:00:00+08:00"
SOON = "2026-12-02T10:06:00+08:00"
_LINK = re.compile(r"http://127\.0\.0\.1:\d+(/(?:follow/confirm|unfollow)/[^/\s]+/)")


def link_in(text: str) -> str:
    """The last link of a letter that confirms or stops."""
    return _LINK.findall(text)[-1]


@pytest.fixture
def box() -> Iterator[MailBox]:
    found = MailBox()
    yield found
    found.close()


@pytest.fixture
def after(tmp_path: Path, new_context: Callable[..., BrowserContext], box: MailBox) -> Iterator[After]:
    clock = tmp_path / "clock"
    clock.write_text(DAY, encoding="ascii")
    place = Installation(tmp_path / "data", settings=VENUE | box.settings | {"TOWNHALL_CLOCK": str(clock)})
    answer = place.demo("wrapping")
    try:
        there = After(place.start(), clock, answer["hour"], new_context)
        yield there
    finally:
        place.stop()
    complaints = [one for person in there.met for one in person.complaints]
    assert not complaints, "\n".join(complaints)


def open_form(page: Page) -> Any:
    form = page.locator("#follow")
    form.locator("summary").click()
    return form


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_promise_is_followed_confirmed_told_and_stopped(after: After, box: MailBox) -> None:
    citizen = after.person(path="/promises/?state=open", **PHONE)
    citizen.page.locator(".promise-list a").first.click()
    here = citizen.page.url.removeprefix(after.evening.url)
    form = open_form(citizen.page)
    form.get_by_label("邮箱").fill("li@")
    form.get_by_role("button", name="用邮件订阅").click()
    expect(citizen.page.get_by_text("请填写正确的邮箱地址。")).to_be_visible()
    assert citizen.page.get_by_label("邮箱").input_value() == "li@"
    citizen.page.get_by_label("邮箱").fill(LI)
    citizen.page.get_by_role("button", name="用邮件订阅").click()
    expect(citizen.page.get_by_role("status")).to_contain_text("打开确认链接")
    (letter,) = box.wait_for(LI, 1, within(10))
    confirm = link_in(words_of(letter))
    citizen.go(confirm)
    expect(citizen.page.locator("main")).to_contain_text("l***@example.org")
    assert LI not in citizen.page.content()
    citizen.page.get_by_role("button", name="同意订阅").click()
    expect(citizen.page.get_by_role("status")).to_contain_text("已订阅")

    inspector = after.person("inspector", f"/desk/office{here}")
    visit = inspector.page.locator("details", has=inspector.page.locator("[name=public]"))
    visit.locator("summary").click()
    visit.locator("[name=text]").fill("现场看过，脚手架已经拆除。")
    visit.locator("[name=public]").check()
    visit.get_by_role("button", name="登记现场核查").click()
    expect(inspector.page.locator("main")).to_contain_text("脚手架已经拆除")
    after.at(SOON)
    _first, news = box.wait_for(LI, 2, within(15))
    assert "脚手架已经拆除" in words_of(news) and here in words_of(news)
    assert news["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    stop = link_in(words_of(news))
    assert f"<{after.evening.url}{stop}>" == news["List-Unsubscribe"]
    citizen.go(stop)
    expect(citizen.page.get_by_role("button", name="退订")).to_be_visible()
    # A mail program presses it, with no cookie and no page of ours open.
    pressed = httpx.post(f"{after.evening.url}{stop}", data={"List-Unsubscribe": "One-Click"}, timeout=30)
    assert pressed.status_code == 200
    citizen.go(stop)
    expect(citizen.page.get_by_role("status")).to_contain_text("已经删除")
    with citizen.allowing(404):
        citizen.go(confirm)
    expect(citizen.page.locator("main")).to_contain_text("已经失效")


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_mobile_follows_a_unit_on_the_smallest_phone_and_every_page_can_be_used(
    after: After,
) -> None:
    citizen = after.person(path="/units/", **SMALLEST)
    axe.prepare(citizen.context)
    citizen.page.locator("main table a").first.click()
    form = open_form(citizen.page)
    assert citizen.overflow() <= 1
    faults = axe.violations(citizen.page)
    form.get_by_label("手机号").fill("13812345678")
    form.get_by_role("button", name="用短信订阅").click()
    expect(citizen.page.get_by_label("验证码")).to_be_visible()
    assert citizen.overflow() <= 1
    faults += axe.violations(citizen.page)
    citizen.page.get_by_label("验证码").fill("000000")
    citizen.page.get_by_role("button", name="用短信订阅").click()
    expect(citizen.page.locator("main")).to_contain_text("验证码不对")
    other = after.person(path="/outgoing/")
    code = other.page.locator("main").get_by_text(re.compile(r"^\s*\d{6}\s*$")).first.inner_text()
    citizen.page.get_by_label("验证码").fill(code)
    citizen.page.get_by_role("button", name="用短信订阅").click()
    expect(citizen.page.get_by_role("status")).to_contain_text("已订阅")
    faults += axe.violations(citizen.page)
    assert not faults, "\n".join(faults)
