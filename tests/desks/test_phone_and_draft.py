"""The mayor's thumb and the group's draft, in a real browser against a real server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import BrowserContext, Page

    from tests.tools.server import Installation

pytestmark = pytest.mark.browser

TITLE = "车棚拆了一年没重建，电动车都停在消防通道上，什么时候能建好新车棚让大家放心充电"
QUESTION = (
    "我家住在澄湖路一百二十弄，楼下的车棚去年拆了以后一直没有重建，"
    + "老人走路都要绕着走，夜里有人飞线充电，" * 12
)[:199] + "？"
ANSWER = (
    "您好！区城管局今天上午到澄湖路现场核查，"
    + "九月一日前在东侧空地建成新车棚一处、车位八十个、充电口四十个，" * 12
)[:299] + "。"


class Evening:
    """The hour by its API, for bringing questions where a test needs them."""

    def __init__(self, place: Installation) -> None:
        self.place = place
        self.tokens = {name: place.token(name) for name in ("moderator2", "edu1", "edulead")}
        self.groups = self.call("moderator2", "GET", f"/desk/hours/{place.hour}")["groups"]

    def call(self, who: str, method: str, path: str, **data: Any) -> Any:
        answer = httpx.request(
            method, f"{self.place.url}/api/v1{path}", json=data or None, timeout=30,
            headers={"Authorization": f"Bearer {self.tokens[who]}"},
        )  # fmt: skip
        assert answer.is_success, answer.text
        return answer.json()

    def assigned(self, **words: str) -> int:
        asked = httpx.post(
            f"{self.place.url}/api/v1/hours/{self.place.hour}/questions", timeout=30,
            json={"display_name": "澄湖路居民", "text": QUESTION, "title": TITLE, "kind": "complaint"} | words,
        ).json()  # fmt: skip
        lead = next(group["id"] for group in self.groups if "edu1" in group["members"])
        self.call("moderator2", "POST", f"/desk/questions/{asked['id']}/assign", lead=lead)
        return int(asked["id"])

    def submitted(self, answer: str = ANSWER) -> int:
        question = self.assigned()
        self.call("edu1", "POST", f"/desk/questions/{question}/draft", text=answer, outcome="answered")
        self.call("edulead", "POST", f"/desk/questions/{question}/submit")
        return question


@pytest.fixture(scope="module")
def evening(live_hour: Installation) -> Evening:
    return Evening(live_hour)


@pytest.fixture
def sit_down(new_context: Callable[..., BrowserContext], live_hour: Installation) -> Callable[..., Page]:
    def open_desk(name: str, path: str, width: int, height: int) -> Page:
        page = new_context(viewport={"width": width, "height": height}).new_page()
        page.goto(f"{live_hour.url}/desk/sign-in/")
        page.fill("#id_username", name)
        page.fill("#id_password", "townhall-demo")
        page.click("main button.first")
        page.goto(f"{live_hour.url}/desk/hours/{live_hour.hour}/{path}")
        return page

    return open_desk


def test_question_draft_author_and_buttons_fit_a_small_phone(
    evening: Evening, sit_down: Callable[..., Page]
) -> None:
    assert (len(QUESTION), len(ANSWER)) == (200, 300)
    page = sit_down("mayor", f"mayor/?q={evening.submitted()}", 360, 640)
    bar = page.locator(".m-bar").bounding_box()
    text = page.locator(".m-text").bounding_box()
    author = page.locator(".m-author").bounding_box()
    assert bar and text and author
    assert bar["y"] + bar["height"] <= 640
    assert text["y"] + text["height"] <= bar["y"]
    assert author["y"] > 0
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert page.evaluate("window.scrollY") == 0
    for button in page.locator(".m-bar > *").all():
        assert (button.bounding_box() or {"height": 0})["height"] >= 44


def test_one_tap_signs_and_the_next_one_is_open(evening: Evening, sit_down: Callable[..., Page]) -> None:
    question = evening.submitted()
    page = sit_down("mayor", f"mayor/?q={question}", 360, 640)
    page.click("button.sign")
    page.wait_for_function(
        "id => { const q = document.querySelector('#question'); return !q || q.dataset.id !== id; }",
        arg=str(question),
    )
    assert evening.call("edulead", "GET", f"/desk/questions/{question}")["status"] == "published"


def test_a_longer_text_unfolds_and_the_buttons_stay(evening: Evening, sit_down: Callable[..., Page]) -> None:
    page = sit_down(
        "deputy1", f"mayor/?q={evening.submitted(ANSWER + '另外，施工期间会安排临时停放点。' * 10)}", 360, 640
    )
    page.click(".m-text .unfold summary")
    assert "临时停放点" in page.inner_text(".m-text")
    bar = page.locator(".m-bar").bounding_box()
    assert bar
    assert bar["y"] + bar["height"] <= 640


def test_a_draft_survives_another_question_and_a_reload(
    evening: Evening, sit_down: Callable[..., Page]
) -> None:
    question, other = evening.assigned(), evening.assigned()
    page = sit_down("edu1", f"group/?q={question}", 1366, 768)
    page.fill("#e-text", "写到一半的答复")
    page.click(f"#c-{other} a")
    page.wait_for_selector(f'#question[data-id="{other}"]')
    assert page.input_value("#e-text") == ""
    page.click(f"#c-{question} a")
    page.wait_for_selector(f'#question[data-id="{question}"]')
    assert page.input_value("#e-text") == "写到一半的答复"
    page.reload()
    assert page.input_value("#e-text") == "写到一半的答复"


def test_what_was_not_sent_is_gone_for_whoever_signs_in_next(
    evening: Evening, sit_down: Callable[..., Page]
) -> None:
    page = sit_down("edu1", f"group/?view=todo&q={evening.assigned()}", 1280, 800)
    page.click("#panel .editor textarea")
    page.keyboard.type("还没有想好，先写到这里")
    kept = "Object.keys(sessionStorage).filter((one) => one.startsWith('desk:')).length"
    page.wait_for_function(kept)
    page.get_by_role("button", name="退出").click()
    page.wait_for_url("**/sign-in/**")
    assert page.evaluate(kept) == 0


def test_words_of_the_answer_become_a_promise(evening: Evening, sit_down: Callable[..., Page]) -> None:
    question = evening.assigned()
    page = sit_down("edu1", f"group/?q={question}", 1366, 768)
    page.fill("#e-text", "区城管局今天核查，12月15日前完成改造，电话021-64120011。")
    page.evaluate("const t = document.querySelector('#e-text'); t.focus(); t.setSelectionRange(9, 20)")
    page.keyboard.press("Control+k")
    assert page.input_value("[name='commitments[0].text']") == "12月15日前完成改造"
    assert page.is_checked("[name=outcome][value=promised]")
    page.fill("[name='commitments[0].due']", "2020-01-01")
    page.click("#editor button.first")
    page.wait_for_selector("[data-error='commitments[0].due']:not([hidden])")
    assert "承诺的日期已经过去" in page.inner_text("[data-error='commitments[0].due']")
    assert page.input_value("#e-text").startswith("区城管局今天核查")
    page.fill("[name='commitments[0].due']", "2099-12-15")
    page.click("#editor button.first")
    page.wait_for_selector(f'#question[data-id="{question}"][data-status="submitted"]')


def test_an_open_question_that_changed_is_not_replaced(
    evening: Evening, sit_down: Callable[..., Page]
) -> None:
    question = evening.assigned()
    page = sit_down("edu1", f"group/?q={question}", 1366, 768)
    page.fill("#e-text", "我正在写")
    evening.call("moderator2", "POST", f"/desk/questions/{question}/note", text="请看一下")
    page.wait_for_selector("[data-changed]:not([hidden])", timeout=20_000)
    assert page.input_value("#e-text") == "我正在写"


CHANGED = "您好！区城管局今天下午已经派人到现场，九月一日前建成新车棚。"


def change(page: Page, text: str = CHANGED) -> None:
    """Begin to change the answer on the mayor's phone."""
    page.click(".m-bar a:has-text('修改后签发')")
    page.fill("#m-text", text)


@pytest.mark.long  # a desk without a session asks only every ten seconds
@pytest.mark.parametrize("gone", [{"name": "session"}, {}], ids=["the session", "every cookie"])
def test_a_session_that_ends_takes_nothing_from_under_the_hands(
    evening: Evening, sit_down: Callable[..., Page], gone: dict[str, str]
) -> None:
    page = sit_down("mayor", f"mayor/?q={evening.submitted()}", 360, 640)
    change(page)
    address = page.url
    page.context.clear_cookies(**gone)
    page.click(".m-form button.first")
    assert "您已退出登录" in page.locator("#panel .alert").inner_text()
    page.wait_for_selector("#ended:not([hidden])")
    assert "您已退出登录，写好的文字已经留着。" in page.inner_text("#ended")
    page.type("#m-text", "请放心。")
    with page.expect_response(
        lambda answer: "/changes?" in answer.url and answer.status == 401, timeout=20_000
    ):
        pass
    assert page.url == address
    assert page.input_value("#m-text") == CHANGED + "请放心。"

    page.click("#ended a")
    page.fill("#id_username", "mayor")
    page.fill("#id_password", "townhall-demo")
    page.click("main button.first")
    page.wait_for_selector("#m-text")
    assert page.url == address
    assert page.input_value("#m-text") == CHANGED + "请放心。"


NEWER = ANSWER.replace("八十个", "九十个", 1)


# As a phone that sleeps for a while gives up its hold on a question.
LET_GO = """(id) => fetch("/desk/questions/" + id + "/let-go", {
  method: "POST",
  body: new URLSearchParams({csrfmiddlewaretoken: document.querySelector("[name=csrfmiddlewaretoken]").value}),
}).then((answer) => answer.status)"""


def drafted_anew(evening: Evening, question: int, mayor: Page) -> None:
    """While the mayor's phone sleeps the group takes its draft back, changes it, and submits it again."""
    assert mayor.evaluate(LET_GO, str(question)) == 204
    evening.call("edu1", "POST", f"/desk/questions/{question}/draft", text=NEWER, outcome="answered")
    evening.call("edulead", "POST", f"/desk/questions/{question}/submit")


def test_an_answer_that_changed_before_the_signature_is_shown_with_what_changed(
    evening: Evening, sit_down: Callable[..., Page]
) -> None:
    question = evening.submitted()
    page = sit_down("mayor", f"mayor/?q={question}", 360, 640)
    drafted_anew(evening, question, page)
    page.click("button.sign")
    page.wait_for_selector("#newer")
    assert page.get_attribute("#question", "data-version") == "2"
    assert page.inner_text("#newer ins").startswith("九")
    assert "第 2 版" in page.inner_text("#question [data-changed]")
    assert page.input_value(".m-form [name=version]") == "2"
    assert evening.call("edulead", "GET", f"/desk/questions/{question}")["status"] == "submitted"


def test_what_the_mayor_typed_stands_beside_the_version_that_came_between(
    evening: Evening, sit_down: Callable[..., Page]
) -> None:
    question = evening.submitted()
    page = sit_down("mayor", f"mayor/?q={question}", 360, 640)
    change(page)
    drafted_anew(evening, question, page)
    page.click(".m-form button.first")
    page.wait_for_selector("#newer")
    assert page.input_value("#m-text") == CHANGED
    assert page.input_value(".m-form [name=version]") == "2"


def test_a_number_key_obeys_the_colleague_who_holds_the_question(
    evening: Evening, sit_down: Callable[..., Page]
) -> None:
    asked = httpx.post(
        f"{evening.place.url}/api/v1/hours/{evening.place.hour}/questions", timeout=30,
        json={"display_name": "澄湖路居民", "text": QUESTION},
    ).json()  # fmt: skip
    path = f"moderator/?q={asked['id']}"
    sit_down("moderator2", path, 1366, 768).wait_for_selector("#question[data-mine]")
    page = sit_down("moderator1", path, 1366, 768)
    holder = page.inner_text(".holder-note").split(" ")[0]
    assert page.locator("button.group:enabled").count() == 0
    page.keyboard.press("1")
    page.wait_for_selector("#told p")
    assert holder in page.inner_text("#told")
    assert page.inner_text("#undo") == ""
    assert page.get_attribute("#question", "data-id") == str(asked["id"])
