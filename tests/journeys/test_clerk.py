"""Somebody at the counter asks through a clerk, and goes home with a slip that works."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect
from pypdf import PdfReader

from tests.journeys.people import PHONE, Meet

if TYPE_CHECKING:
    from tests.journeys.evening import Evening

TEXT = "我七十五岁了，不会用手机。请问莘桥镇的老年食堂什么时候开？离我家远不远？"
MM = 72 / 25.4  # a point of PDF is a 72nd of an inch
CODE = re.compile(r"^\d{4} \d{4} \d{4}$")


def test_a_clerk_registers_a_question_and_hands_over_the_slip(tonight: Evening, meet: Meet) -> None:
    clerk = meet()
    page = clerk.sign_in("clerk1", tonight.desk("clerk"))
    page.get_by_label("窗口").check()
    page.fill("#i-text", TEXT)
    page.get_by_role("button", name="登记").click()
    expect(page.locator(".error").first).to_be_visible()
    expect(page.locator("#i-text")).to_have_value(TEXT)
    expect(page.get_by_label("窗口")).to_be_checked()
    page.fill("#i-name", "王女士")
    page.get_by_label("没有看").check()
    page.get_by_role("button", name="登记").click()
    slip = page.locator(".slip")
    expect(slip.locator(".receipt")).to_have_text(CODE)
    expect(slip.locator("img")).to_be_visible()
    assert slip.locator("img").evaluate("(image) => image.naturalWidth") > 0
    number, code = slip.locator("dd.big").inner_text(), slip.locator(".receipt").inner_text()
    printed = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages
    assert [
        (round(float(one.mediabox.width) / MM), round(float(one.mediabox.height) / MM)) for one in printed
    ] == [
        (105, 148)  # A6, and one of it
    ]
    assert all(word in printed[0].extract_text() for word in (number, code[:4]))
    page.reload()  # the printer was out of paper: the same slip again, not a second question
    expect(slip.locator(".receipt")).to_have_text(code)
    expect(slip.locator("dd.big")).to_have_text(number)
    page.locator("a.btn", has_text="登记下一件").click()
    expect(page.locator("#i-text")).to_have_value("")
    expect(page.locator("body")).not_to_contain_text(code)

    asker = meet(**PHONE)
    at_home = asker.go("/track/")
    at_home.fill("#receipt", code)
    at_home.locator("main form button.first").tap()
    expect(at_home.locator("h1")).to_contain_text(number)
    expect(at_home.locator("main")).to_contain_text("老年食堂")

    moderator = meet()
    desk = moderator.sign_in("moderator2", tonight.desk("moderator"))
    card = desk.locator(f'#cards [data-number="{number}"]')
    expect(card).to_contain_text("窗口")
    expect(desk.locator("body")).not_to_contain_text(code)
