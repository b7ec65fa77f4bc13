"""No violation of WCAG 2.2 A or AA that axe can find, on any page or desk, light, dark, and in large letters."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import axe, pages
from tests.journeys.people import LAPTOP, PHONE, SMALL_PHONE, Meet, Person

if TYPE_CHECKING:
    from tests.journeys.evening import Evening


pytestmark = pytest.mark.long  # every page takes minutes


@pytest.fixture(scope="module")
def own(tonight: Evening) -> pages.Own:
    """Questions in every state, with their receipts."""
    return pages.ask_in_every_state(tonight)


def in_every_look(person: Person, *, elder: bool = True, thorough: bool = False) -> list[str]:
    """The open page in light colours with every rule, then in dark ones and in large letters."""
    page = person.page
    if not thorough:
        axe.thin_out(page)
    page.emulate_media(color_scheme="light")
    found = axe.violations(page)
    page.emulate_media(color_scheme="dark")
    found += [f"dark: {one}" for one in axe.violations(page, looks_only=True)]
    if elder:
        page.evaluate("document.documentElement.classList.add('elder')")
        found += [f"large: {one}" for one in axe.violations(page, looks_only=True)]
    return found


@pytest.fixture
def examine(meet: Meet) -> Callable[..., Person]:
    """A person whose pages axe can examine."""

    def enter(**options: Any) -> Person:
        person = meet(**options)
        axe.prepare(person.context)
        return person

    return enter


@pytest.mark.timeout(900)
def test_public_pages(tonight: Evening, examine: Callable[..., Person], own: pages.Own) -> None:
    found: list[str] = []
    for screen in (PHONE, LAPTOP):
        person = examine(**screen)
        with person.allowing(404):
            for path in [*pages.public_paths(tonight), *own.paths(), *pages.NOT_FOUND]:
                person.go(path)
                found += in_every_look(person, thorough=screen is PHONE)
    assert not found, "\n".join(found)


def test_forms_that_come_back(tonight: Evening, examine: Callable[..., Person], own: pages.Own) -> None:
    person = examine(**PHONE)
    page = person.page
    found: list[str] = []
    for path, button in (
        (tonight.path("ask"), "main form button.first"),
        ("/track/", "main form button.first"),
        (f"/track/{own.receipts['answered']}/", "#rate button"),
        (f"/track/{own.receipts['unclear']}/", "#supplement button"),
        (f"/questions/{tonight.questions()[0]['id']}/", "#comment button"),
    ):
        person.go(path)
        with person.allowing(404, 422):
            page.locator(button).last.click()
            expect(page.locator("[role=alert], .error").first).to_be_visible()
        found += in_every_look(person, elder=False)
    assert not found, "\n".join(found)


def open_everything(page: Page) -> None:
    """All that unfolds, and all that waits hidden for a code or an error."""
    page.locator("#panel details, .col-side details").evaluate_all(
        "all => all.forEach((one) => { one.open = true; })"
    )


@pytest.mark.timeout(900)
@pytest.mark.parametrize("desk", list(pages.DESKS))
def test_desks(tonight: Evening, examine: Callable[..., Person], own: pages.Own, desk: str) -> None:
    person = examine(**(SMALL_PHONE if desk == "mayor" else LAPTOP))
    page = person.sign_in(pages.DESKS[desk][0], tonight.desk(desk))
    found: list[str] = []
    for path in pages.desk_paths(tonight, desk):
        person.go(path)
        found += in_every_look(person, elder=False, thorough=True)
        first = page.locator("#cards a[href*='q=']").first
        if first.count():
            person.go(first.get_attribute("href") or "")
            open_everything(page)
            found += in_every_look(person, elder=False, thorough=True)
    assert not found, "\n".join(found)


def test_doors_of_the_desks(tonight: Evening, examine: Callable[..., Person]) -> None:
    person = examine()
    found: list[str] = []
    person.go("/desk/sign-in/")
    found += in_every_look(person, elder=False)
    person.sign_in("coordinator", tonight.desk("coordinator"))
    person.press("?")
    expect(person.page.locator("#keys")).to_be_visible()
    found += in_every_look(person, elder=False)
    for path in (
        tonight.desk("coordinator", "print?view=pending"),
        f"/desk/questions/{tonight.questions()[0]['id']}/case/",
        f"/desk/prepare/{tonight.slug}/arranging/",
    ):
        person.go(path)
        found += in_every_look(person, elder=False)
    with person.allowing(403, 404):
        person.go(tonight.desk("mayor"))
    found += in_every_look(person, elder=False)
    assert not found, "\n".join(found)


ADMINISTRATION = "/desk/administration/"
KEYS = f"{ADMINISTRATION}record-key/"


def enter_administrators(tonight: Evening) -> dict[str, str]:
    """Three people with one of the three offices each, and their first passwords."""
    return {
        office: tonight.place.command(
            "account", f"{office}.admin", "--name", "管理员", "--office", office
        ).split()[-1]
        for office in ("system", "security", "audit")
    }


@pytest.mark.timeout(600)
def test_administration_and_the_keys_that_two_people_change(
    tonight: Evening, examine: Callable[..., Person]
) -> None:
    passwords = enter_administrators(tonight)
    found: list[str] = []

    def look(person: Person) -> None:
        found.extend(in_every_look(person, elder=False, thorough=True))

    people = {}
    for path in ("/desk/account/", "/desk/account/password/", "/desk/second-step/bind/"):
        person = people.setdefault("own", examine(**PHONE))
        if path == "/desk/account/":
            person.sign_in("coordinator", path)
        person.go(path)
        look(person)
    for office, home in (
        ("system", ADMINISTRATION),
        ("security", KEYS),
        ("audit", f"{ADMINISTRATION}journal/"),
    ):
        people[office] = examine(**(PHONE if office == "security" else LAPTOP))
        people[office].sign_in(f"{office}.admin", home, passwords[office])
        look(people[office])
    system, security, audit = people["system"], people["security"], people["audit"]
    entering = system.page.locator("#act-enter")
    entering.locator("summary").click()
    entering.locator("[name=username]").fill("new.one")
    entering.locator("[name=name]").fill("新来的")
    entering.locator("button").last.click()
    expect(system.page.locator("code.copied")).to_be_visible()  # the first password, this once
    look(system)

    system.go(KEYS)
    system.page.locator("main form button", has_text="启用新的签名密钥").click()
    expect(system.page.locator("p.why-not")).to_be_visible()  # whoever proposes it does not confirm it
    look(system)
    security.go(KEYS)
    look(security)
    security.page.locator("main form button.first").click()
    expect(security.page.locator("code.copied")).to_have_text("townhall record-key --rotate")
    look(security)
    tonight.place.command("record-key", "--rotate")
    security.go(KEYS)
    expect(security.page.locator("ul.places li .tag")).to_have_count(2)
    look(security)
    with audit.allowing(403):
        audit.go(KEYS)
    look(audit)
    assert security.overflow() == 0
    assert not found, "\n".join(found)
