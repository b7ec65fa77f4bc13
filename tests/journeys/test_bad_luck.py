"""Texts that must go, streams that are blocked, a server that dies: what people who only look on then see."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.people import PHONE, SECONDS, Meet, Person
from tests.tools.promised import within

if TYPE_CHECKING:
    from tests.journeys.evening import Evening

pytestmark = pytest.mark.long

SECRET = "银杏里十二号楼住着的赵小满"
TEXT = f"请问{SECRET}家门口的路灯什么时候修？晚上老人下楼看不清。"
ANSWER = f"您好！区住建局今天上午已到{SECRET}家门口查看，路灯11月25日前修好，联系电话021-64120011。"
AT_MOST = within(2)
RECONNECT = 30 * SECONDS
# Each rung is tried again before it is given up; on a busy machine every try takes its time.
LADDER = 4 * RECONNECT

# Notes when a text has gone from the page for good.
WATCH = """(text) => {
  const look = () => {
    const here = document.documentElement.outerHTML.includes(text);
    document.documentElement.dataset.shows = here ? '' : String(performance.timeOrigin + performance.now());
  };
  look();
  const all = {subtree: true, childList: true, characterData: true};
  new MutationObserver(look).observe(document.body, all);
  new MutationObserver(look).observe(document.head, all);
}"""


def gone_after(person: Person, since: float) -> float:
    """How long after ``since`` (epoch, ms) the text had gone from this person's open page, in ms."""
    root = person.page.locator("html")
    expect(root).to_have_attribute("data-shows", re.compile(r"^\d"), timeout=10 * SECONDS)
    return float(root.get_attribute("data-shows") or "inf") - since


def test_what_is_covered_leaves_every_open_page_and_every_list(tonight: Evening, meet: Meet) -> None:
    asked = tonight.answered(TEXT, ANSWER)
    question = f"/questions/{asked['id']}/"
    search = tonight.path(f"list/?q={SECRET[:5]}")
    open_pages = (tonight.path(), question, search, f"/embed/{tonight.slug}/", tonight.path("screen/"))
    readers = {path: meet(**PHONE) for path in open_pages}
    tonight.wait_for(tonight.path(), SECRET)
    tonight.wait_for(f"/embed/{tonight.slug}/", SECRET)
    for path, reader in readers.items():
        page = reader.go(path)
        expect(page.locator("body")).to_contain_text(SECRET)
        page.evaluate(WATCH, SECRET)
    moderator = meet()
    desk = moderator.sign_in("moderator1", tonight.desk("moderator", f"?view=all&q={asked['id']}"))
    act = desk.locator("details:has(form[action$='/withhold'])")
    act.locator("summary").click()
    act.locator("[name=code]").select_option("minor")
    with desk.expect_response(re.compile(r"/withhold$")) as covering:
        act.locator("button.first").click()
    assert covering.value.ok
    covering.value.finished()
    timing = covering.value.request.timing
    since = timing["startTime"] + timing["responseStart"]
    for path, reader in readers.items():
        took = gone_after(reader, since)
        print(f"covered -> open {path}: {took:.0f} ms")
        assert took < AT_MOST * 1000
    for path in (
        question,
        tonight.path(),
        f"/embed/{tonight.slug}/",
        search,
        tonight.path("list/?show=published"),
        f"/archive/?q={SECRET[:5]}",
        f"/feeds/hours/{tonight.slug}.atom",
        f"/api/v1/questions/{asked['id']}",
        f"/live/{tonight.slug}/frames?after=0",
    ):
        took = tonight.wait_for(path, SECRET, there=False, seconds=AT_MOST)
        assert took < AT_MOST
    for path, reader in readers.items():
        if path == question:
            expect(reader.page.locator(f"#q-{asked['id']} .stub")).to_contain_text("未成年人")
            expect(reader.page.locator("#comment, #verify, #support")).to_have_count(0)
            with reader.allowing(404):
                reader.page.reload()
            expect(reader.page.locator("body")).not_to_contain_text(SECRET)
            expect(reader.page).not_to_have_title(re.compile(SECRET[:5]))


def test_an_emergency_leaves_the_public_pages_while_somebody_calls(tonight: Evening, meet: Meet) -> None:
    asked = tonight.ask(TEXT)
    tonight.do("moderator1", "accept", asked["id"])
    # Each language is rendered by itself: a page from a moment before would keep the question behind its bar.
    for path in (tonight.path(), tonight.path("?lang=en")):
        tonight.wait_for(path, SECRET)
    readers = [meet(**PHONE), meet(**PHONE)]
    for reader, path in zip(readers, (f"/questions/{asked['id']}/", tonight.path("?lang=en")), strict=True):
        page = reader.go(path)
        expect(page.locator(f"#q-{asked['id']}")).to_have_count(1)
        reader.forgiven.add(404)  # the question's own page is fetched anew and says that there is nothing
        page.evaluate(WATCH, SECRET)
    since = time.time() * 1000
    tonight.do("moderator1", "urgent", asked["id"], handed_to="110指挥中心")
    for reader in readers:
        assert gone_after(reader, since) < AT_MOST * 1000
    expect(readers[0].page.locator("h1")).to_have_text(re.compile("没有"), timeout=20 * SECONDS)


def shown_once(page: Page, question: int) -> None:
    """The answer stands on the page, and no question stands there twice."""
    expect(page.locator(f"#q-{question} .answer")).to_have_count(1)
    ids = page.locator("article.card").evaluate_all("(cards) => cards.map((card) => card.id)")
    assert len(ids) == len(set(ids))


def look_at_new_answers(page: Page, amount: int) -> None:
    """They wait behind the bar."""
    bar = page.locator("[data-list=answers] .bar button")
    expect(bar).to_have_text(f"{amount} 条新答复", timeout=RECONNECT)
    bar.click()


# What a network lets through, from the top of the ladder to its foot, and what the page says then.
BLOCKED = {
    "stream": ("live", "实时更新中"),
    "stream|wait": ("slow", "每几秒更新一次"),
    "stream|wait|frames": ("saved", "连接受阻，下面是已公布的内容"),
}


@pytest.mark.timeout(600)
def test_whatever_a_network_blocks_the_page_finds_another_way(tonight: Evening, meet: Meet) -> None:
    pages = {}
    for blocked in BLOCKED:
        reader = meet(**PHONE)
        reader.cut_off = True
        reader.page.route(re.compile(rf"/live/[^/]+/({blocked})\?"), lambda route: route.abort())
        pages[blocked] = reader.go(tonight.path())
    loaded = {}
    for blocked, (face, words) in BLOCKED.items():
        page = pages[blocked]
        expect(page.locator(".link").first).to_have_attribute("data-face", face, timeout=LADDER)
        expect(page.locator(".link .face").first).to_have_text(words)
        loaded[blocked] = page.evaluate("performance.timeOrigin")
    asked = tonight.answered("请问石栅路的公交站什么时候恢复？")
    for blocked, page in pages.items():
        look_at_new_answers(page, 1)
        shown_once(page, asked["id"])
        assert page.evaluate("performance.timeOrigin") == loaded[blocked]


def test_a_page_that_is_put_aside_and_taken_up_again_has_missed_nothing(tonight: Evening, meet: Meet) -> None:
    reader = meet(**PHONE)
    page = reader.go(tonight.path())
    expect(page.locator(".link").first).to_have_attribute("data-face", "live")
    page.locator("[data-do=hold]").click()
    expect(page.locator(".link .face").first).to_have_text("已暂停更新")
    asked = tonight.answered("请问石栅路的人行道什么时候铺好？")
    expect(page.locator("[data-list=answers] .bar")).to_be_hidden()
    page.locator("[data-do=resume]").click()
    look_at_new_answers(page, 1)
    shown_once(page, asked["id"])


@pytest.mark.parametrize("death", ["kill -9", "stopped"])
def test_a_server_that_dies_and_comes_back_loses_nothing_and_repeats_nothing(
    tonight: Evening, meet: Meet, death: str
) -> None:
    reader = meet(**PHONE)
    page = reader.go(tonight.path())
    expect(page.locator(".link").first).to_have_attribute("data-face", "live")
    loaded = page.evaluate("performance.timeOrigin")
    before = tonight.answered("请问澄湖大道的红绿灯什么时候修好？")
    waiting = tonight.ask("请问莘桥镇的垃圾房什么时候搬走？")
    tonight.drafted(waiting["id"])
    version = tonight.do("edu1", "submit", waiting["id"])["draft"]["version"]
    look_at_new_answers(page, 1)
    last = tonight.ask("请问望塘路的公厕几点关门？")

    reader.cut_off = True
    tonight.place.kill() if death == "kill -9" else tonight.place.stop()
    expect(page.locator(".link").first).to_have_attribute("data-face", "again", timeout=RECONNECT)
    expect(page.locator(".link .face").first).to_have_text("正在重新连接，内容不会丢")
    shown_once(page, before["id"])
    reader.context.set_offline(True)
    tonight.place.start()
    tonight.do("mayor", "sign", waiting["id"], version=version)  # while this reader is still away
    reader.context.set_offline(False)
    came_back = time.monotonic()
    look_at_new_answers(page, 1)
    print(f"{death}: caught up after {time.monotonic() - came_back:.1f} s")
    shown_once(page, waiting["id"])
    shown_once(page, before["id"])
    assert page.evaluate("performance.timeOrigin") == loaded
    assert tonight.get(f"/track/{last['receipt'].replace('-', '')}")["number"] == last["number"]
    fresh = meet(**PHONE)
    shown_once(fresh.go(tonight.path()), waiting["id"])
