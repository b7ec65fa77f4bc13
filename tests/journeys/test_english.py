"""In English nothing of the interface is left in Chinese, on no page and at no desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.journeys import pages, words
from tests.journeys.people import LAPTOP, PHONE, Meet, Person

if TYPE_CHECKING:
    from tests.journeys.evening import Evening


pytestmark = pytest.mark.long  # every page takes minutes


@pytest.fixture(scope="module")
def own(tonight: Evening) -> pages.Own:
    """Questions in every state, with their receipts."""
    return pages.ask_in_every_state(tonight)


@pytest.fixture(scope="module")
def content(tonight: Evening, own: pages.Own) -> str:
    """Everything people have written."""
    return words.own_words(tonight.place.data_dir / "townhall.sqlite3")


@pytest.fixture(scope="module")
def strings() -> words.Interface:
    """Everything the interface says in Chinese."""
    return words.interface()


def speak_english(person: Person) -> None:
    """By the switch on the page, which is kept for all pages."""
    person.go("/")
    person.page.locator("[hreflang=en]").click()
    expect(person.page.locator("html")).to_have_attribute("lang", "en")


def test_the_net_catches_what_is_left_in_chinese(
    tonight: Evening, meet: Meet, content: str, strings: words.Interface
) -> None:
    visitor = meet(**PHONE)
    page = visitor.go(tonight.path())
    found = words.left_in_chinese(page, strings, content)
    assert any("承诺台账" in one for one in found)
    assert any("还有" in one for one in found), "with a number filled in"
    assert len(found) > 20


def test_public_pages(
    tonight: Evening, meet: Meet, own: pages.Own, content: str, strings: words.Interface
) -> None:
    visitor = meet(**PHONE)
    speak_english(visitor)
    found: list[str] = []
    with visitor.allowing(404):
        for path in [*pages.public_paths(tonight), *own.paths(), *pages.NOT_FOUND]:
            visitor.go(path)
            expect(visitor.page.locator("html")).to_have_attribute("lang", "en")
            found += words.left_in_chinese(visitor.page, strings, content)
    assert not found, "\n".join(found)


def test_an_address_says_the_language_too(
    tonight: Evening, meet: Meet, content: str, strings: words.Interface
) -> None:
    visitor = meet(**LAPTOP)
    found: list[str] = []
    for path in ("/", tonight.path(), tonight.path("ask"), f"/embed/{tonight.slug}/"):
        visitor.go(f"{path}?lang=en")
        found += words.left_in_chinese(visitor.page, strings, content)
        visitor.context.clear_cookies()
    assert not found, "\n".join(found)


def test_forms_that_come_back(
    tonight: Evening, meet: Meet, own: pages.Own, content: str, strings: words.Interface
) -> None:
    visitor = meet(**PHONE)
    speak_english(visitor)
    page = visitor.page
    found: list[str] = []
    for path, button in (
        (tonight.path("ask"), "main form button.first"),
        ("/track/", "main form button.first"),
        (f"/track/{own.receipts['answered']}/", "#rate button"),
        (f"/track/{own.receipts['unclear']}/", "#supplement button"),
        (f"/questions/{tonight.questions()[0]['id']}/", "#comment button"),
    ):
        visitor.go(path)
        with visitor.allowing(404, 422):
            page.locator(button).last.click()
            expect(page.locator("[role=alert], .error").first).to_be_visible()
        found += words.left_in_chinese(page, strings, content)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("desk", list(pages.DESKS))
def test_desks(
    tonight: Evening, meet: Meet, own: pages.Own, content: str, strings: words.Interface, desk: str
) -> None:
    person = meet()
    page = person.sign_in(pages.DESKS[desk][0], tonight.desk(desk))
    page.locator("[hreflang=en]").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    found = words.left_in_chinese(page, strings, content)
    for path in pages.desk_paths(tonight, desk, every=False):
        person.go(path)
        first = page.locator("#cards a[href*='q=']").first
        if first.count():
            person.go(first.get_attribute("href") or "")
            expect(page.locator("[data-similar]")).to_have_count(0)
        found += words.left_in_chinese(page, strings, content)
    assert not found, "\n".join(dict.fromkeys(found))
