"""From asked to signed by Tab, Enter, space and letters alone: WCAG 2.2, 2.1.1 Keyboard and 2.4.7 Focus Visible."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Locator, expect

from tests.journeys.people import SECONDS, Meet, Person
from townhall.rehearsal.company import DEMO_PASSWORD

if TYPE_CHECKING:
    from tests.journeys.evening import Evening

ASKED = "莘桥镇澄湖路的路灯坏了两盏，请问什么时候能修好？"
ANSWER = "您好！区城管委今天上午核查，澄湖路两盏路灯的电缆受损，12月5日前修复，电话021-64120011。"
pytestmark = pytest.mark.long  # hundreds of strokes, each looked at

# More stops than the longest page of a desk has: who has to press more has no way there.
MOST_STOPS = 150
# Two leaps over the page, then past 我要返回: a page full of answers is not in the way.
MOST_STOPS_TO_THE_DOORS = 6
# How an element looks, as far as a focus may show: it must look otherwise with the focus than without.
LOOKS = """el => {
  const s = getComputedStyle(el);
  return [s.outlineStyle, s.outlineWidth, s.outlineColor, s.boxShadow, s.backgroundColor, s.borderColor].join(' ');
}"""


def reach(person: Person, wanted: Locator, *, backwards: bool = False) -> Locator:
    """Press Tab until it has the focus; a focus that cannot be seen is none."""
    wanted.wait_for(timeout=15 * SECONDS)
    for _stop in range(MOST_STOPS):
        if wanted.evaluate("el => el === document.activeElement"):
            break
        person.press("Shift+Tab" if backwards else "Tab")
    else:
        raise AssertionError(f"no way to {wanted} by Tab on {person.page.url}")
    with_focus = wanted.evaluate(LOOKS)
    without = wanted.evaluate(
        f"el => {{ el.blur(); const looks = ({LOOKS})(el); el.focus(); return looks; }}"
    )
    assert with_focus != without, f"the focus does not show on {wanted}"
    return wanted


def write(person: Person, where: Locator, words: str) -> None:
    """Put words into a field as an input method does, once the field is reached."""
    reach(person, where)
    person.page.keyboard.insert_text(words)


def choose(person: Person, choice: Locator) -> None:
    """Take one of several radio buttons: a group is one stop, the arrows go on inside it."""
    page = person.page
    name = choice.get_attribute("name")
    reach(person, page.locator(f"[name={name}]:checked, [name={name}]").first)
    for _arrow in range(10):
        if choice.is_checked():
            return
        person.press(" " if page.locator(f"[name={name}]:checked").count() == 0 else "ArrowDown")
    raise AssertionError(f"{name} cannot be chosen by the arrows")


def sign_in(meet: Meet, evening: Evening, username: str, desk: str) -> Person:
    """At a desk, without a mouse from the first field on."""
    person = meet()
    page = person.go(evening.desk(desk))
    write(person, page.locator("[name=username]"), username)
    write(person, page.locator("[name=password]"), DEMO_PASSWORD)
    person.press("Enter")
    expect(page).to_have_url(evening.url + evening.desk(desk), timeout=30 * SECONDS)
    return person


def open_question(person: Person, number: str) -> None:
    """Past the bar with what has come, to the question's line, and in."""
    bar = person.page.locator("#fresh")
    line = person.page.locator(f'#cards [data-number="{number}"] a').first
    expect(bar.or_(line).first).to_be_visible(timeout=15 * SECONDS)
    if not line.is_visible():
        reach(person, bar)
        person.press("Enter")
    reach(person, line)
    person.press("Enter")
    expect(person.page.locator("#question")).to_have_attribute("data-number", number)


def test_a_question_is_asked_assigned_answered_and_signed_by_keyboard(tonight: Evening, meet: Meet) -> None:
    group = sign_in(meet, tonight, "edu1", "group")
    mayor = sign_in(meet, tonight, "mayor", "mayor")
    moderator = sign_in(meet, tonight, "moderator1", "moderator")

    citizen = meet()
    page = citizen.go(tonight.path())
    reach(citizen, page.locator(".skip[href='#doors']"))
    citizen.press("Enter")
    reach(citizen, page.locator(".doors .ask"))
    assert citizen.keys <= MOST_STOPS_TO_THE_DOORS
    citizen.press("Enter")
    write(citizen, page.locator("[name=text]"), ASKED)
    write(citizen, page.locator("[name=display_name]"), "莘桥老王")
    reach(citizen, page.locator("main form button.first"))
    citizen.press("Enter")
    expect(page.locator("#receipt")).to_have_text(re.compile(r"^\d{4}-\d{4}-\d{4}$"))
    number = re.sub(r"\D", "", page.locator("b.keep").inner_text())

    open_question(moderator, number)
    moderator.press("1")
    reach(moderator, moderator.page.locator(".tabs a", has_text="办理中"), backwards=True)
    moderator.press("Enter")

    open_question(group, number)
    page = group.page
    write(group, page.locator("#e-text"), ANSWER)
    choose(group, page.locator("[name=outcome][value=answered]"))
    reach(group, page.locator("button[name=then][value=submit]"))
    group.press("Enter")
    expect(page.locator("#told")).to_contain_text("呈签")

    open_question(mayor, number)
    reach(mayor, mayor.page.locator("button.sign"))
    mayor.press("Enter")
    expect(mayor.page.locator("#told")).to_be_visible()

    found = citizen.page
    reach(citizen, found.locator("main a[href*='/track/']").first)
    citizen.press("Enter")
    expect(found.locator("main")).to_contain_text(ANSWER)
    choose(citizen, found.locator("#rate [name=level][value='4']"))
    reach(citizen, found.locator("#rate button.first"))
    citizen.press("Enter")
    expect(found.locator("[role=status]")).to_contain_text("评价")


def test_the_coordinator_pauses_and_resumes_by_keyboard(tonight: Evening, meet: Meet) -> None:
    coordinator = sign_in(meet, tonight, "coordinator", "coordinator")
    page = coordinator.page
    for verb, closed in (("pause", True), ("resume", False)):
        act = page.locator(f".switches details:has(form[action$='/{verb}'])")
        reach(coordinator, act.locator("summary"))
        coordinator.press("Enter")
        if closed:
            reach(coordinator, act.locator("[name=reason_code]"))
            coordinator.press("ArrowDown")
        reach(coordinator, act.locator("button.first"))
        coordinator.press("Enter")
        expect(page.locator("#told p")).to_be_visible()
        expect(page.locator(f".switches form[action$='/{'resume' if closed else 'pause'}']")).to_have_count(1)
