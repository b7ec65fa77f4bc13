"""Citizen, moderator, group, mayor and coordinator at once, while others watch: from asked to signed and rated."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playwright.sync_api import Locator, Page, expect

from tests.journeys.people import PHONE, SECONDS, SMALL_PHONE, Meet, Person
from tests.tools.promised import within

if TYPE_CHECKING:
    from tests.journeys.evening import Evening

ASKED = "请问澄湖路幼儿园今年秋季还有学位吗？我家住在莘桥镇，想了解报名时间和要带的材料。"
TITLE = "请问澄湖路幼儿园今年秋季还有学位吗"
ANSWER = "您好！区教育局今天上午核查，澄湖路幼儿园秋季新增小班1个、学位25个，请于12月10日前带户口簿到园登记，电话021-64120011。"
MOST_KEYS = 2
STEPS = ("received", "accepted", "assigned", "submitted")
AT_MOST_MS = within(1) * 1000

# Notes when the signed answer was first there: behind the bar of the list that is shown, or in its place.
WATCH = """(id) => {
  const there = () => {
    const bar = document.querySelector('[data-list=answers] .bar');
    const card = document.querySelector('#q-' + id + ' .answer');
    const seen = document.documentElement.dataset;
    if (!seen.answered && (card || (bar && !bar.hidden && bar.getClientRects().length))) {
      seen.answered = String(performance.timeOrigin + performance.now());
    }
  };
  new MutationObserver(there).observe(document.body, {subtree: true, childList: true, attributes: true});
}"""


@dataclass
class Company:
    """Everybody who is there."""

    citizen: Person
    moderator: Person
    group: Person
    mayor: Person
    coordinator: Person
    watcher: Person
    reader: Person

    @property
    def watching(self) -> dict[str, Person]:
        """Those who only look on."""
        return {"bar": self.watcher, "in place (English)": self.reader}


def come_together(meet: Meet, evening: Evening) -> Company:
    """Everybody opens the page they sit at before anything is asked."""
    people = Company(meet(**PHONE), meet(), meet(), meet(**SMALL_PHONE), meet(), meet(), meet(locale="en-GB"))
    people.moderator.sign_in("moderator1", evening.desk("moderator"))
    people.group.sign_in("edu1", evening.desk("group"))
    people.mayor.sign_in("mayor", evening.desk("mayor"))
    people.coordinator.sign_in("coordinator", evening.desk("coordinator"))
    people.watcher.go(evening.path())
    people.reader.go(evening.path("?lang=en"))
    people.reader.page.click("[data-show=working]")
    for watching in people.watching.values():
        expect(watching.page.locator(".link").first).to_have_attribute("data-face", "live")
    return people


def ask(citizen: Person) -> tuple[str, str]:
    """In the form, by the door at the bottom of the phone: number and receipt."""
    page = citizen.go(citizen.evening.path())
    page.locator(".doors .ask").tap()
    page.fill("[name=text]", ASKED)
    expect(page.locator("[name=title]")).to_have_value(re.compile(TITLE))
    expect(page.locator("#count")).to_contain_text(str(len(ASKED)))
    page.fill("[name=display_name]", "莘桥妈妈")
    assert citizen.overflow() <= 1
    page.locator("main form button.first").tap()
    receipt = page.locator("#receipt")
    expect(receipt).to_have_text(re.compile(r"^\d{4}-\d{4}-\d{4}$"))
    number = re.search(r"\d+", page.locator("b.keep").inner_text())
    assert number
    return number[0], receipt.inner_text()


def item(page: Page, number: str) -> Locator:
    """A question's line on a desk."""
    return page.locator(f'#cards [data-number="{number}"]')


def open_new(person: Person, number: str) -> None:
    """What has come in meanwhile stands behind the bar; nothing else moves."""
    bar = person.page.locator("#fresh")
    expect(bar).to_be_visible(timeout=15 * SECONDS)
    expect(item(person.page, number)).to_have_count(0)
    bar.click()
    item(person.page, number).locator("a").click()
    expect(person.page.locator("#question")).to_have_attribute("data-number", number)


def assign(moderator: Person, number: str) -> str:
    """One number key; the question's id."""
    open_new(moderator, number)
    page = moderator.page
    question = page.locator("#question").get_attribute("data-id") or ""
    moderator.keys = 0
    moderator.press("1")
    assert moderator.keys <= MOST_KEYS
    expect(page.locator("#undo")).to_contain_text(number)
    # Turning to another list is leaving the page: what waits is sent at once.
    page.locator(".tabs a", has_text="办理中").click()
    return question


def draft(group: Person, number: str) -> None:
    """Drafted and submitted in one press."""
    open_new(group, number)
    page = group.page
    page.fill("#e-text", ANSWER)
    page.locator("[name=outcome][value=answered]").check()
    page.locator("button[name=then][value=submit]").click()
    expect(page.locator("#told")).to_contain_text("呈签")


def sign(mayor: Person, number: str) -> float:
    """One tap on a phone; when the server had answered it, in milliseconds since the epoch."""
    open_new(mayor, number)
    page = mayor.page
    button = page.locator("button.sign")
    expect(button).to_be_in_viewport(ratio=1)
    box = button.bounding_box()
    assert box
    assert box["height"] >= 44
    assert mayor.overflow() <= 1
    with page.expect_response(re.compile(r"/desk/questions/\d+/sign$")) as signing:
        button.tap()
    answer = signing.value
    assert answer.status == 200
    answer.finished()
    timing = answer.request.timing
    return float(timing["startTime"] + timing["responseStart"])


def funnel(coordinator: Person) -> list[int]:
    """How many wait at each step, as the coordinator sees it now."""
    return [int(count) for count in coordinator.page.locator("[data-block=funnel] .n").all_inner_texts()]


def expect_funnel(coordinator: Person, before: list[int], waits_at: str) -> None:
    """The new question stands at this step and nowhere else; nobody touches the coordinator's page."""
    counts = coordinator.page.locator("[data-block=funnel] .n")
    for place, step in enumerate(STEPS):
        wanted = before[place] + (step == waits_at)
        expect(counts.nth(place)).to_have_text(str(wanted), timeout=within(5) * 1000)


def test_from_asked_to_signed_before_everybodys_eyes(tonight: Evening, meet: Meet) -> None:
    people = come_together(meet, tonight)
    before = funnel(people.coordinator)
    assert len(before) == len(STEPS)
    loaded = people.coordinator.page.evaluate("performance.timeOrigin")
    number, receipt = ask(people.citizen)
    expect_funnel(people.coordinator, before, "received")
    question = assign(people.moderator, number)
    expect_funnel(people.coordinator, before, "assigned")
    expect(people.reader.page.locator(f"#q-{question}")).to_have_count(0)
    draft(people.group, number)
    expect_funnel(people.coordinator, before, "submitted")
    reader, watcher = people.reader.page, people.watcher.page
    reader.locator("[data-list=working] .bar button").click()
    expect(reader.locator(f"#q-{question}")).to_contain_text("waits for the leader")
    reader.evaluate(WATCH, question)
    watcher.evaluate(WATCH, question)
    loads = [page.evaluate("performance.timeOrigin") for page in (reader, watcher)]

    signed_at = sign(people.mayor, number)

    for name, person in people.watching.items():
        root = person.page.locator("html")
        expect(root).to_have_attribute("data-answered", re.compile(r"^\d"), timeout=AT_MOST_MS)
        took = float(root.get_attribute("data-answered") or "inf") - signed_at
        print(f"signed -> {name}: {took:.0f} ms")
        assert took < AT_MOST_MS
    expect(reader.locator(f"#q-{question} .answer")).to_contain_text(ANSWER)
    bar = watcher.locator("[data-list=answers] .bar button")
    expect(bar).to_have_text("1 条新答复")
    bar.click()
    expect(watcher.locator(f"#answers #q-{question}")).to_contain_text(ANSWER)
    expect(watcher.locator(f"#answers #q-{question} .seal")).to_be_visible()
    assert loads == [page.evaluate("performance.timeOrigin") for page in (reader, watcher)], "nobody reloaded"
    expect_funnel(people.coordinator, before, "published")
    assert loaded == people.coordinator.page.evaluate("performance.timeOrigin"), (
        "the coordinator did not reload"
    )
    rate(people.citizen, receipt)


def rate(citizen: Person, receipt: str) -> None:
    """The asker finds the answer by the code and says whether it helped."""
    page = citizen.go("/track/")
    page.fill("#receipt", receipt)
    page.locator("main form button.first").tap()
    expect(page.locator("main")).to_contain_text(ANSWER)
    expect(page.locator(".path")).to_contain_text("已答复")
    page.locator("#rate label", has_text="基本满意").tap()
    page.locator("#rate button.first").tap()
    expect(page.locator("[role=status]")).to_contain_text("评价")
    expect(page.locator("[name=level][value='3']")).to_be_checked()
    assert citizen.overflow() <= 1


def switch(coordinator: Person, verb: str, reason: str = "") -> None:
    """One of the hour's switches."""
    page = coordinator.page
    act = page.locator(f".switches details:has(form[action$='/{verb}'])")
    act.locator("summary").click()
    if reason:
        act.locator("[name=reason_code]").select_option(reason)
    act.locator("button.first").click()
    expect(page.locator("#told p")).to_be_visible()


def test_pausing_keeps_what_was_typed_and_holding_greys_the_seal(tonight: Evening, meet: Meet) -> None:
    citizen, coordinator, mayor = meet(**PHONE), meet(), meet(**SMALL_PHONE)
    coordinator.sign_in("coordinator", tonight.desk("coordinator"))
    watching = citizen.go(tonight.path())
    form = citizen.new_page()
    form.goto(f"{tonight.url}{tonight.path('ask')}")
    form.fill("[name=text]", ASKED)
    form.fill("[name=display_name]", "莘桥爸爸")

    switch(coordinator, "pause", "backlog")
    expect(watching.locator("#hour-head")).to_contain_text("提问较多，正在集中审核")
    form.locator("main form button.first").tap()
    expect(form.locator("[role=alert]").first).to_contain_text("提问")
    expect(form.locator("[role=alert]").first).to_contain_text("提问较多，正在集中审核")
    expect(form.locator("[name=text]")).to_have_value(ASKED)
    form.reload()
    expect(form.locator("[name=text]")).to_have_value(ASKED)

    switch(coordinator, "resume")
    expect(watching.locator("#hour-head")).not_to_contain_text("提问较多")
    form.locator("main form button.first").tap()
    expect(form.locator("#receipt")).to_be_visible()

    switch(coordinator, "hold_signing", "technical")
    desk = mayor.sign_in("mayor", tonight.desk("mayor"))
    desk.locator("#cards [data-number] a").first.click()
    expect(desk.locator(".m-bar [aria-disabled=true]", has_text=re.compile("^签发$"))).to_be_visible()
    expect(desk.locator("button.sign")).to_have_count(0)
    expect(desk.locator(".why-not")).to_contain_text("签发已经暂停")
    switch(coordinator, "release_signing")
    desk.reload()
    expect(desk.locator("button.sign")).to_be_enabled()
