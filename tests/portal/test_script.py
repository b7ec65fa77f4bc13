"""The page's own script, in a real browser against a server made of paper: frames by hand, no hour needed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from townhall.portal import hot

if TYPE_CHECKING:
    from playwright.sync_api import Page, Request, Route

SCRIPT = Path(hot.__file__).parent / "static" / "portal" / "live.js"
SITE = "http://hour.test"
# Stands in for the browser's own: the test says what the server sends.
STREAM = """
window.EventSource = class {
  constructor(url) {
    this.url = url; this.on = {}; this.readyState = 0;
    (window.streams = window.streams || []).push(this);
    if (window.name === "broken") {
      this.readyState = 2;
      setTimeout(() => this.onerror && this.onerror());
    } else { setTimeout(() => this.onopen && this.onopen()); }
  }
  addEventListener(type, fn) { this.on[type] = fn; }
  close() { this.readyState = 2; }
};
window.tell = (type, id, data) => streams[streams.length - 1].on[type]({ lastEventId: String(id), data });
"""


def card(number: int, words: str, *, shelf: str = "answers", order: int | None = None) -> str:
    return (
        f'<article class="card" id="q-{number}" data-list="{shelf}" data-order="{order or number}">'
        f'<h3><a href="#q{number}">{words}</a></h3><span class="n" id="q-{number}-supports">0</span></article>'
    )


WORDS = {
    "new-answers": "{n} 条新答复",
    "new-questions": "{n} 个新问题",
    "face-live": "实时更新中",
    "face-again": "正在重新连接",
    "face-held": "已暂停",
    "face-slow": "每几秒更新",
    "face-saved": "已公布的内容",
    "count": "{n} / 3000 字",
    "hint-mobile": "像是手机号",
    "hint-child": "像是孩子的姓名",
}
TOLD = (
    '<div id="words" hidden ' + " ".join(f'data-{name}="{text}"' for name, text in WORDS.items()) + "></div>"
)
HEAD = '<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="/townhall.css">'
FOOT = f'{TOLD}<script src="/live.js"></script></body>'


def shelf(name: str, cards: str) -> str:
    return (
        f'<section class="list-of-cards" id="{name}" data-list="{name}"><div class="bar" hidden>'
        f'<button type="button"></button></div><div class="cards">{cards}</div></section>'
    )


HOUR = (
    HEAD + '<body data-stream="/stream?lang=zh" data-frames="/frames?lang=zh" data-seq="10">'
    '<nav class="shows"><a href="#answers" data-show="answers">答复 <span data-fresh></span></a>'
    '<a href="#working" data-show="working">办理</a></nav><div class="link"><span class="face"></span>'
    '<span><button class="bare" data-do="hold">暂停更新</button>'
    '<button class="bare" data-do="resume" hidden>继续更新</button>'
    '<button class="bare" data-do="say">读屏提示</button></span></div><p class="vh" id="say" aria-live="polite"></p><p id="counts">旧</p>'
    + shelf("answers", card(5, "第五") + card(3, "第三"))
    + shelf("working", card(4, "第四", shelf="working"))
    + FOOT
)
FORM = (
    HEAD + '<body><form method="post" action="/ask" data-draft="h"><textarea name="text"></textarea>'
    '<input type="text" name="title"><input type="text" name="display_name"><span id="count"></span>'
    '<input type="hidden" name="told" value=""><input type="radio" name="kind" value="consult">'
    '<input type="radio" name="kind" value="complaint"><input type="checkbox" name="reply_privately" value="1">'
    '<div id="hints" hidden></div><button>提交</button></form>' + FOOT
)


ANNOUNCED = (
    HEAD + '<body data-stream="/stream?lang=zh" data-frames="/frames?lang=zh" data-seq="10">'
    '<div id="hour-head" data-stage="preparing"></div><div id="top-of-hour"></div>' + FOOT
)


class Paper:
    """What the paper server has been asked, and what it answers."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.frames: dict[str, Any] = {"seq": 10, "frames": []}
        self.blocked: set[str] = set()
        self.hour = HOUR
        self.on_their_way: set[Request] = set()

    def hear(self, request: Request) -> None:
        self.on_their_way.add(request)

    def forget(self, request: Request) -> None:
        self.on_their_way.discard(request)

    def answer(self, route: Route) -> None:
        path = route.request.url.removeprefix(SITE)
        self.asked.append(path)
        if path == "/live.js":
            route.fulfill(path=SCRIPT, content_type="text/javascript")
        elif path == "/townhall.css":
            route.fulfill(path=SCRIPT.parent / "townhall.css", content_type="text/css")
        elif path.startswith(tuple(self.blocked)) if self.blocked else False:
            route.abort()
        elif path.startswith(("/frames", "/wait")):
            route.fulfill(json=self.frames)
        else:
            page = {"/ask": FORM, "/announced": ANNOUNCED}.get(path, self.hour)
            route.fulfill(body=page, content_type="text/html")


@pytest.fixture
def paper(page: Page) -> Paper:
    server = Paper()
    page.add_init_script(STREAM)
    page.route("**/*", server.answer)
    page.on("request", server.hear)
    page.on("requestfinished", server.forget)
    page.on("requestfailed", server.forget)
    page.set_default_timeout(8000)
    return server


def tell(page: Page, event: str, seq: int, data: str) -> None:
    page.evaluate("([event, seq, data]) => tell(event, seq, data)", [event, seq, data])


def live_until(page: Page, paper: Paper, face: str) -> None:
    """Let the page's clock run until it says so, but never while an answer is on its way.

    Two minutes are more than all steps of the ladder with their longest random pauses.
    """
    for _half_second in range(240):
        page.clock.run_for(500)
        while paper.on_their_way:
            page.wait_for_timeout(5)
        if page.inner_text(".face") == face:
            return
    raise AssertionError(f"it says {page.inner_text('.face')}, not {face}")


def order_of(page: Page, shelf: str) -> list[str]:
    return [str(one.get_attribute("id")) for one in page.locator(f"#{shelf} .card").all()]


def test_a_new_answer_waits_behind_the_bar(page: Page, paper: Paper) -> None:
    page.goto(SITE + "/")
    top = page.locator("#q-5").bounding_box()
    tell(page, "answer", 11, card(6, "第六"))
    assert order_of(page, "answers") == ["q-5", "q-3"]
    assert page.locator("#q-5").bounding_box() == top
    assert page.inner_text("#answers .bar") == "1 条新答复"
    page.click("#answers .bar button")
    assert order_of(page, "answers") == ["q-6", "q-5", "q-3"]
    assert page.locator("#answers .bar").is_hidden()


def test_a_known_card_changes_in_place_and_keeps_the_focus(page: Page, paper: Paper) -> None:
    page.goto(SITE + "/")
    page.focus("#q-3 a")
    tell(page, "question", 11, card(3, "更正", order=99))
    assert order_of(page, "answers") == ["q-5", "q-3"]
    assert page.evaluate("document.activeElement.textContent") == "更正"


def test_an_answer_appears_where_it_is_being_read(page: Page, paper: Paper) -> None:
    page.goto(SITE + "/")
    page.click("[data-show=working]")
    tell(page, "answer", 11, card(4, "答了第四", order=40))
    assert page.inner_text("#working #q-4") == "答了第四\n0"
    page.click("[data-show=answers]")
    assert order_of(page, "answers") == ["q-4", "q-5", "q-3"]
    assert order_of(page, "working") == []


def test_what_is_gone_goes_and_old_news_is_no_news(page: Page, paper: Paper) -> None:
    page.goto(SITE + "/")
    tell(page, "question", 12, '<article id="q-5" data-gone hidden></article>')
    tell(page, "answer", 11, card(5, "迟到"))
    assert order_of(page, "answers") == ["q-3"]
    assert page.locator("#answers .bar").is_hidden()


def about(words: str, paragraphs: int = 1) -> str:
    said = f"<p>{words}</p>" * paragraphs
    return f'<section id="about">{said}<a href="#one">资料</a> <a href="#two">会场</a></section>'


def test_what_stands_beside_the_hour_changes_without_moving_what_is_read(page: Page, paper: Paper) -> None:
    still = "<style>html{overflow-anchor:none}</style>"  # not every browser keeps the place by itself
    tall = HOUR.replace('<nav class="shows">', still + about("旧的开场白", 20) + '<nav class="shows">')
    paper.hour = tall.replace(TOLD, '<div style="height:3000px"></div>' + TOLD)
    page.goto(SITE + "/")
    page.focus("#about a:last-child")
    page.evaluate("window.scrollTo(0, document.querySelector('#q-3').offsetTop)")
    assert page.evaluate("document.querySelector('#about').getBoundingClientRect().bottom <= 0")
    read = page.locator("#q-3").bounding_box()
    assert read
    for seq, paragraphs in ((11, 40), (12, 3)):
        tell(page, "notice", seq, about("新的开场白", paragraphs))
        assert page.locator("#about p").count() == paragraphs
        now = page.locator("#q-3").bounding_box()
        assert now
        assert abs(now["y"] - read["y"]) < 1, "a page scrolls by whole pixels"
        assert page.evaluate("document.activeElement.textContent") == "会场"
    page.evaluate("window.kept = document.querySelector('#about')")
    tell(page, "stage", 13, about("新的开场白", 3))
    assert page.evaluate("window.kept === document.querySelector('#about')"), (
        "what is the same is not replaced"
    )


def test_counts_have_no_number_of_their_own(page: Page, paper: Paper) -> None:
    page.goto(SITE + "/")
    tell(page, "count", 10, '<p id="counts">新</p><data id="weather" value="3:37:2 99:1:1" hidden></data>')
    assert page.inner_text("#counts") == "新"
    assert page.inner_text("#q-3-supports") == "37"


def test_a_pause_holds_and_resuming_asks_for_what_was_missed(page: Page, paper: Paper) -> None:
    page.goto(SITE + "/")
    tell(page, "answer", 14, card(6, "第六"))
    page.click("[data-do=hold]")
    assert page.inner_text(".face") == "已暂停"
    page.click("[data-do=resume]")
    assert page.evaluate("streams[streams.length - 1].url") == "/stream?lang=zh&after=14"


def test_after_two_failures_of_the_stream_it_waits_for_news(page: Page, paper: Paper) -> None:
    page.add_init_script("window.name = 'broken'")
    paper.frames = {"seq": 12, "frames": [{"id": 12, "event": "answer", "data": card(6, "第六")}]}
    page.goto(SITE + "/")
    page.wait_for_function("document.querySelector('.face').textContent === '实时更新中'")
    assert "/wait?lang=zh&after=10" in paper.asked
    assert page.inner_text("#answers .bar") == "1 条新答复"


def test_where_nothing_may_be_held_it_asks_every_few_seconds(page: Page, paper: Paper) -> None:
    page.add_init_script("window.name = 'broken'")
    paper.blocked = {"/wait"}
    paper.frames = {"seq": 12, "frames": [{"id": 12, "event": "answer", "data": card(6, "第六")}]}
    page.clock.install(time="2026-11-30T19:10:00+08:00")
    page.goto(SITE + "/")
    live_until(page, paper, "每几秒更新")
    assert "/frames?lang=zh&after=10" in paper.asked
    assert page.inner_text("#answers .bar") == "1 条新答复"


def test_where_only_the_page_itself_can_be_read_it_is_read_again(page: Page, paper: Paper) -> None:
    page.add_init_script("window.name = 'broken'")
    page.clock.install(time="2026-11-30T19:10:00+08:00")
    page.goto(SITE + "/")
    paper.blocked = {"/wait", "/frames"}
    fresh = shelf("answers", card(6, "第六") + card(5, "第五，更正") + card(3, "第三"))
    paper.hour = HOUR.replace('data-seq="10"', 'data-seq="15"').replace(
        shelf("answers", card(5, "第五") + card(3, "第三")), fresh
    )
    page.focus("#q-3 a")
    live_until(page, paper, "已公布的内容")
    assert page.inner_text("#q-5 a") == "第五，更正"
    assert page.inner_text("#answers .bar") == "1 条新答复"
    assert page.evaluate("document.activeElement.textContent") == "第三", "what did not change is not touched"
    paper.blocked = set()
    page.evaluate("window.name = 'well'")
    live_until(page, paper, "实时更新中")
    assert page.evaluate("streams[streams.length - 1].url") == "/stream?lang=zh&after=15", (
        "and up the ladder again"
    )


def test_a_stream_that_breaks_once_is_opened_again_from_where_it_was(page: Page, paper: Paper) -> None:
    page.clock.install(time="2026-11-30T19:10:00+08:00")
    page.goto(SITE + "/")
    page.clock.run_for(100)
    tell(page, "answer", 14, card(6, "第六"))
    page.evaluate("streams[0].onerror()")
    assert page.inner_text(".face") == "正在重新连接"
    page.clock.run_for(5_000)
    assert page.evaluate("streams.map(one => one.url)") == [
        "/stream?lang=zh&after=10",
        "/stream?lang=zh&after=14",
    ]
    assert page.inner_text(".face") == "实时更新中"


def test_losing_the_connection_moves_nothing(page: Page, paper: Paper) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    page.goto(SITE + "/")
    face = page.locator(".face")
    heights = set()
    for words in ("实时更新中", "正在重新连接，内容不会丢", "现在没有网络，下面是刚才的内容"):
        face.evaluate("(el, words) => { el.textContent = words; }", words)
        heights.add(page.locator(".link").evaluate("el => el.getBoundingClientRect().height"))
    assert len(heights) == 1


def test_the_opening_and_a_lost_thread_bring_a_fresh_page(page: Page, paper: Paper) -> None:
    page.clock.install(time="2026-11-30T18:59:59+08:00")
    page.goto(SITE + "/announced")
    page.clock.run_for(100)
    tell(page, "stage", 11, '<div id="hour-head" data-stage="live"></div>')
    with page.expect_navigation():
        page.clock.run_for(13_000)
    page.clock.run_for(100)
    tell(page, "reload", 12, "{}")
    with page.expect_navigation():
        page.clock.run_for(13_000)
    assert paper.asked.count("/announced") == 3


def test_announcements_are_rare_and_can_be_switched_off(page: Page, paper: Paper) -> None:
    page.clock.install(time="2026-11-30T19:10:00+08:00")
    page.goto(SITE + "/")
    page.clock.run_for(100)
    tell(page, "answer", 11, card(6, "六"))
    page.clock.run_for(100)
    assert page.text_content("#say") == "1 条新答复"
    for number in (7, 8):
        tell(page, "answer", number + 5, card(number, "又一条"))
    page.clock.run_for(15_000)
    assert page.text_content("#say") == "1 条新答复"
    page.clock.run_for(6_000)
    assert page.text_content("#say") == "2 条新答复"
    page.click("[data-do=say]")
    tell(page, "answer", 20, card(9, "九"))
    page.clock.run_for(60_000)
    assert page.text_content("#say") == "2 条新答复"


def test_what_was_typed_survives_a_reload(page: Page, paper: Paper) -> None:
    page.goto(SITE + "/ask")
    page.fill("[name=text]", "您好！我家孩子叫王小明，电话13800138000。路口堵车怎么办？👨‍👩‍👧")
    assert page.inner_text("#count") == "35 / 3000 字"
    assert page.input_value("[name=title]") == "我家孩子叫王小明，电话13800138000"
    assert page.inner_text("#hints").split("\n\n") == ["像是手机号", "像是孩子的姓名"]
    assert page.input_value("[name=told]") == "mobile child"
    page.fill("[name=title]", "我的标题")
    page.check("[value=complaint]")
    page.check("[name=reply_privately]")
    page.reload()
    assert page.input_value("[name=text]").startswith("您好！我家孩子")
    assert page.input_value("[name=title]") == "我的标题"
    assert page.is_checked("[value=complaint]") and not page.is_checked("[value=consult]")
    assert page.is_checked("[name=reply_privately]")


def test_enter_in_a_line_does_not_send(page: Page, paper: Paper) -> None:
    page.goto(SITE + "/ask")
    page.press("[name=display_name]", "Enter")
    page.wait_for_timeout(200)
    assert paper.asked.count("/ask") == 1


def test_while_words_are_composed_nothing_is_counted_or_pointed_out_and_enter_sends_nothing(
    page: Page, paper: Paper
) -> None:
    page.goto(f"{SITE}/ask")
    page.focus("[name=text]")
    method = page.context.new_cdp_session(page)  # the browser's own door for input methods
    typed = {"text": "13800138000", "selectionStart": 11, "selectionEnd": 11}
    method.send("Input.imeSetComposition", typed)
    assert page.input_value("[name=text]") == "13800138000"
    assert page.is_hidden("#hints") and page.inner_text("#count") == "0 / 3000 字"
    method.send("Input.insertText", {"text": "13800138000"})
    assert page.inner_text("#hints") == "像是手机号" and page.inner_text("#count") == "11 / 3000 字"
    page.focus("[name=display_name]")
    method.send("Input.imeSetComposition", {"text": "hubian", "selectionStart": 6, "selectionEnd": 6})
    page.keyboard.press("Enter")
    assert page.url == f"{SITE}/ask"
    page.reload()
    assert page.input_value("[name=text]") == "13800138000"


def test_a_short_paragraph_that_unfolds_is_as_tall_as_a_thumb(page: Page, paper: Paper) -> None:
    paper.hour = HOUR.replace(
        FOOT, '<details class="more"><summary data-more="更多">短。</summary><p>后文</p></details>' + FOOT
    )
    page.goto(f"{SITE}/")
    box = page.locator(".more > summary").bounding_box()
    assert box is not None and box["height"] >= 44


def test_the_script_asks_no_other_host_and_stays_small() -> None:
    import gzip

    text = SCRIPT.read_bytes()
    assert len(gzip.compress(text, 6)) < 8 * 1024
    assert len(gzip.compress((SCRIPT.parent / "townhall.css").read_bytes(), 6)) < 12 * 1024
    assert b"://" not in text, "no address of another host"


def test_what_the_script_keeps_is_secure_under_tls() -> None:
    text = SCRIPT.read_text(encoding="utf-8")
    assert text.count("doc.cookie =") == 1, "in one place, so that one rule holds for all"
    assert 'location.protocol === "https:" ? ";secure" : ""' in text


def test_a_stream_that_has_died_without_a_word_is_left(page: Page, paper: Paper) -> None:
    page.clock.install()
    page.goto(SITE + "/")
    page.clock.run_for(1000)

    def until_asked() -> None:
        """Let the minutes pass, but not while an answer is on its way."""
        before = len(paper.asked)
        for _second in range(100):
            page.clock.run_for(1000)
            if len(paper.asked) > before:
                return
        raise AssertionError("it does not ask whether there was a word")

    # A quiet hour: there was nothing, and the stream stays.
    until_asked()
    page.wait_for_timeout(300)
    assert page.evaluate("streams.map((one) => one.readyState)") == [0]
    # There was something, and the stream did not tell.
    paper.frames = {"seq": 11, "frames": [{"id": 11, "event": "answer", "data": card(6, "第六")}]}
    until_asked()
    page.wait_for_function("streams[0].readyState === 2")
    assert page.locator("#answers .bar button").inner_text() == "1 条新答复"
    page.clock.run_for(2000)
    assert page.evaluate("streams.map((one) => one.url.split('after=')[1])") == ["10", "11"]
    # Not even an answer comes: the stream is opened anew.
    paper.blocked = {"/frames"}
    until_asked()
    page.wait_for_function("streams[1].readyState === 2")
