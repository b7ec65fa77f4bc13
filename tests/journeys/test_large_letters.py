"""Letters twice as large on a phone: nothing scrolls sideways, the doors stay in reach, no word is broken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.journeys.people import Meet, Person

if TYPE_CHECKING:
    from tests.journeys.evening import Evening

PHONES: tuple[ViewportSize, ...] = ({"width": 390, "height": 844}, {"width": 320, "height": 640})
SIZES = ("", "200%")
# Words that stand on two lines though they hold nothing to break at.
BROKEN = """(selector) => {
  const found = [], range = document.createRange();
  for (const box of document.querySelectorAll(selector)) {
    const texts = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      for (const word of texts.currentNode.data.matchAll(/[A-Za-z]+/g)) {
        range.setStart(texts.currentNode, word.index);
        range.setEnd(texts.currentNode, word.index + word[0].length);
        if (new Set(Array.from(range.getClientRects(), (line) => line.top)).size > 1) found.push(word[0]);
      }
    }
  }
  return found;
}"""

# What stands out beyond the right edge of the screen and is in no box that scrolls by itself.
WIDEST = """() => Array.from(document.querySelectorAll("main *"))
  .filter((one) => !one.closest(".across") && one.getBoundingClientRect().right > document.documentElement.clientWidth)
  .map((one) => one.tagName + "." + one.className + " " + one.textContent.trim().slice(0, 40)).slice(0, 5)"""


def grow(page: Page, size: str) -> None:
    """Letters of this size, as a browser's own setting makes them."""
    page.evaluate("(size) => { document.documentElement.style.fontSize = size; }", size)


def choose(person: Person, language: str, look: str) -> None:
    """The language and look by their links."""
    person.go(f"/language/{language}/?next=/look/")
    if look == "elder":
        person.go("/look/elder/?next=/look/")


def answered(evening: Evening) -> str:
    """The page of a question with its answer."""
    found = next(one for one in evening.questions() if one["outcome"] == "promised" and not one["withheld"])
    return f"/questions/{found['id']}/"


@pytest.mark.long
@pytest.mark.parametrize("look", ["standard", "elder"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_page_scrolls_sideways_and_the_doors_stay_in_reach(
    tonight: Evening, meet: Meet, language: str, look: str
) -> None:
    person = meet(viewport=PHONES[0], has_touch=True, is_mobile=True)
    choose(person, language, look)
    page, wide = person.page, []
    for path in (
        tonight.path(), answered(tonight), tonight.path("ask"), "/statistics/", "/record/", "/promises/", "/clarifications/",
        "/open/",
    ):  # fmt: skip
        page.set_viewport_size(PHONES[0])
        person.go(path)
        for phone in PHONES:
            page.set_viewport_size(phone)
            for size in SIZES:
                grow(page, size)
                if (over := person.overflow()) > 0:
                    wide.append(f"{path} at {phone['width']} px, {size or '100%'}: {over} px too wide")
                ends = page.locator(".doors a").evaluate_all(
                    "all => all.map((a) => a.getBoundingClientRect().right)"
                )
                assert len(ends) == 3
                assert max(ends) <= phone["width"], (
                    f"{path} at {phone['width']} px, {size}: a door leaves the screen"
                )
    assert not wide, "\n".join(wide)


def test_pages_with_tables_hold_english_elder_letters_twice_as_large_on_the_smallest_phone(
    tonight: Evening, meet: Meet
) -> None:
    person = meet(viewport=PHONES[1], has_touch=True, is_mobile=True)
    choose(person, "en", "elder")
    page, wide = person.page, []
    year = tonight.get("/hours", params={"stage": "archived"})["items"][0]["starts_at"][:4]
    refused = tonight.path("list/?show=declined")
    for path in (refused, f"/archive/{year}/", "/open/", "/record/", "/statistics/", "/units/"):
        person.go(path)
        grow(page, "200%")
        assert page.locator("main table").count() > 0, path
        ends = page.locator(".skip").evaluate_all("all => all.map((a) => a.getBoundingClientRect().bottom)")
        assert max(ends) < 0, f"{path}: a link for keyboards covers the head of the page"
        if (over := person.overflow()) > 0:
            wide.append(f"{path}: {over} px too wide, {page.evaluate(WIDEST)}")
    assert not wide, "\n".join(wide)


@pytest.mark.parametrize("look", ["standard", "elder"])
def test_no_word_is_broken(tonight: Evening, meet: Meet, look: str) -> None:
    person = meet(viewport=PHONES[0], has_touch=True, is_mobile=True)
    choose(person, "en", look)
    page = person.go(answered(tonight))
    expect(page.locator("#verify")).to_be_visible()
    for size in SIZES:
        grow(page, size)
        assert not page.evaluate(BROKEN, ".doors a, #verify dt, #verify dd:not(.small), #verify p, .prefs a")


def test_the_doors_break_only_after_their_first_word(tonight: Evening, meet: Meet) -> None:
    person = meet(viewport=PHONES[0], has_touch=True, is_mobile=True)
    choose(person, "zh", "elder")
    page = person.go(tonight.path())
    for phone in PHONES:
        page.set_viewport_size(phone)
        grow(page, "200%")
        assert page.locator(".doors .ask").inner_text() == "我要提问题"
        lines = page.locator(".doors .ask").evaluate(
            """(door) => {
              const range = document.createRange(), lines = new Map();
              const texts = document.createTreeWalker(door, NodeFilter.SHOW_TEXT);
              while (texts.nextNode()) {
                for (let at = 0; at < texts.currentNode.length; at += 1) {
                  range.setStart(texts.currentNode, at);
                  range.setEnd(texts.currentNode, at + 1);
                  const top = Math.round(range.getBoundingClientRect().top);
                  lines.set(top, (lines.get(top) || "") + range.toString());
                }
              }
              return Array.from(lines.values());
            }"""
        )
        assert lines == ["我要", "提问题"]


def test_many_alike_stand_in_line_with_the_other_rows_of_the_queue(tonight: Evening, meet: Meet) -> None:
    for number in range(4):
        tonight.ask("请问望塘路的共享单车什么时候清理？堆在盲道上走不过去。", f"望塘路居民{number}")
    moderator = meet()
    page = moderator.sign_in("moderator1", tonight.desk("moderator"))
    row, line = page.locator("#list > .hint p").first, page.locator("#cards .number").first
    left = "(one) => one.getBoundingClientRect().left"
    assert abs(row.evaluate(left) - line.evaluate(left)) <= 4
