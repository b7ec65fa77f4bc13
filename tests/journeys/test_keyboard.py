"""The moderator's evening without a mouse: strokes counted, moves taken back, nobody given the same question."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.sync_api import Page, Response, expect

from tests.journeys.people import SECONDS, Meet, Person
from tests.tools.promised import within

if TYPE_CHECKING:
    from tests.journeys.evening import Evening

LONG_LIST = 300
MOST_STROKES = 2
# A machine that stops for seconds may let a lock go by: the desk says so and the question comes again.
MOST_REFUSED = 3
UNDO_SECONDS = 10
GROUPS = 6
# Every so many questions one is declined instead: the reason's key, then Enter.
DECLINE_EVERY = 12
UNRELATED = ("b", "Enter")
_ANY = re.compile(r"^\d+$")
_MOVED = re.compile(r"/desk/questions/\d+/(?:assign|decline)$")
_ENDS = re.compile(r"nj\n\?")


@pytest.fixture(scope="module")
def coordinator(tonight: Evening) -> Iterator[httpx.Client]:
    """What the server holds to be true, asked as the coordinator may."""
    with tonight.staff_api("coordinator") as client:
        yield client


@pytest.fixture(scope="module", autouse=True)
def plain_queue(tonight: Evening, coordinator: httpx.Client) -> None:
    """What the demo has waiting is dealt with, so that every question that comes is a plain one."""
    hour = f"/desk/hours/{tonight.slug}"
    group = coordinator.get(hour).json()["groups"][0]["id"]
    verbs = (("assign", {"lead": group}), ("uphold", {"note": "同意原处理"}))
    # an appeal is decided by somebody else than who declined
    with tonight.staff_api("moderator1") as one, tonight.staff_api("moderator2") as other:
        for waiting in one.get(f"{hour}/questions", params={"seat": "moderator"}).json()["items"]:
            # Who is in danger goes to no group before the handover is over.
            one.post(f"/desk/questions/{waiting['id']}/release", json={"note": "已联系"})
            assert any(
                moderator.post(f"/desk/questions/{waiting['id']}/{verb}", json=body).is_success
                for moderator in (one, other)
                for verb, body in verbs
            ), waiting
        assert one.get(f"{hour}/questions", params={"seat": "moderator"}).json()["items"] == []


@pytest.fixture
def state(coordinator: httpx.Client) -> Callable[[int], str]:
    """A question's status on the server."""

    def status(question: int) -> str:
        answer = coordinator.get(f"/desk/questions/{question}")
        assert answer.status_code == 200, answer.text
        found: str = answer.json()["status"]
        return found

    return status


def until(state: Callable[[int], str], question: int, wanted: str, seconds: float = 5) -> None:
    """Wait for the server to hold this; it is told by a page that is already gone."""
    deadline = time.monotonic() + seconds
    while state(question) != wanted:
        assert time.monotonic() < deadline, f"question {question} is {state(question)}, not {wanted}"
        time.sleep(0.05)


def opened(page: Page) -> int:
    """The question in the panel, once it is another one than before the key was pressed."""
    article = page.locator("#question")
    expect(article).to_have_attribute("data-id", _ANY)
    return int(article.get_attribute("data-id") or 0)


# Told by the page itself: asking it every so often would take most of the evening.
NEXT = """([before, patience]) => new Promise((found, missed) => {
  const look = () => {
    const article = document.querySelector('#question');
    if (!article || !article.dataset.id || article.dataset.id === before) { return; }
    watch.disconnect();
    found(Number(article.dataset.id));
  };
  const watch = new MutationObserver(look);
  watch.observe(document.body, {subtree: true, childList: true});
  setTimeout(() => missed(new Error(`nothing after question ${before}: ${document.querySelector('#told').textContent}`)), patience);
  look();
})"""


def pressed(person: Person, *keys: str) -> int:
    """Press keys and wait for the next question."""
    before = person.page.locator("#question").get_attribute("data-id") if _has(person.page) else ""
    person.press(*keys)
    following: int = person.page.evaluate(NEXT, [before, within(5) * 1000])
    return following


def _has(page: Page) -> bool:
    return page.locator("#question").count() > 0


def at_desk(meet: Meet, evening: Evening, username: str = "moderator1") -> Person:
    """A moderator at the desk with nothing open."""
    person = meet()
    person.sign_in(username, evening.desk("moderator"))
    person.keys = 0
    return person


@pytest.mark.long  # three hundred questions, one after another
@pytest.mark.timeout(600)
def test_a_long_list_is_worked_through_with_two_strokes_a_question(
    tonight: Evening, meet: Meet, coordinator: httpx.Client
) -> None:
    asked = set(tonight.ask_many(LONG_LIST))
    moderator = at_desk(meet, tonight)
    refused: list[Response] = []
    moderator.page.on("response", lambda answer: refused.extend([answer] if is_refusal(answer) else []))
    done: dict[int, str] = {}
    strokes: list[int] = []
    question = pressed(moderator, "n")
    while asked - set(done):
        if question in done:  # only a move that was refused brings a question back
            assert any(f"/{question}/" in answer.url for answer in refused), (
                f"{question} came twice, the server has {outcome(coordinator, question)}"
            )
        before = moderator.keys
        keys = (
            UNRELATED
            if len(done) % DECLINE_EVERY == 0 and question in asked
            else (str(len(done) % GROUPS + 1),)
        )
        done[question] = keys[0]
        question = pressed(moderator, *keys) if asked - set(done) else moderator.press(*keys)
        strokes.append(moderator.keys - before)
    assert len(refused) <= MOST_REFUSED, [f"{answer.url}: {answer.text()}" for answer in refused]
    print(
        f"{len(done)} questions, {moderator.keys} strokes: {moderator.keys / len(done):.2f} each, at most {max(strokes)}"
    )
    assert max(strokes) <= MOST_STROKES
    moderator.go(tonight.desk("moderator", "?view=all"))
    groups = [one["id"] for one in coordinator.get(f"/desk/hours/{tonight.slug}").json()["groups"]]
    wanted = {
        one: ("declined", "unrelated")
        if done[one] == UNRELATED[0]
        else ("assigned", groups[int(done[one]) - 1])
        for one in asked
    }
    # What still waited for its ten seconds was sent when the page was left; the last of it may be on its way.
    deadline = time.monotonic() + within(5)
    while (found := {one: outcome(coordinator, one) for one in asked}) != wanted:
        assert time.monotonic() < deadline, {one: found[one] for one in asked if found[one] != wanted[one]}


def is_refusal(answer: Response) -> bool:
    """Whether the server refused to move a question."""
    return not answer.ok and _MOVED.search(answer.url) is not None


def outcome(coordinator: httpx.Client, question: int) -> tuple[str, object]:
    """What became of a question, and why or whose it is."""
    shown = coordinator.get(f"/desk/questions/{question}").json()
    return shown["status"], shown["declined"]["code"] if shown["status"] == "declined" else shown["lead"]


def test_a_move_waits_ten_seconds_and_can_be_taken_back(
    tonight: Evening, meet: Meet, state: Callable[[int], str]
) -> None:
    tonight.ask_many(4)
    moderator = at_desk(meet, tonight)
    page = moderator.page
    first = pressed(moderator, "n")
    second = pressed(moderator, "1")
    expect(page.locator("#undo > div")).to_have_count(1)
    assert state(first) == "received"
    moderator.press("z")
    expect(page.locator("#question")).to_have_attribute("data-id", str(first))
    expect(page.locator("#undo > div")).to_have_count(0)
    # Taken back, it is a question like any other: it can be moved elsewhere, and what comes next comes again.
    assert pressed(moderator, "2") == second
    pressed_at = time.monotonic()
    moderator.press("z")
    expect(page.locator("#question")).to_have_attribute("data-id", str(first))
    third = pressed(moderator, "n")
    assert third != first
    kept = pressed(moderator, "3")
    expect(page.locator("#undo > div")).to_have_count(0, timeout=(UNDO_SECONDS + 5) * SECONDS)
    waited = time.monotonic() - pressed_at
    assert waited >= UNDO_SECONDS - 1
    until(state, third, "assigned")
    assert state(first) == state(kept) == "received"


@pytest.mark.parametrize("leaving", ["another page", "closing the tab"])
def test_leaving_sends_what_still_waits_at_once(
    tonight: Evening, meet: Meet, state: Callable[[int], str], leaving: str
) -> None:
    tonight.ask_many(2)
    moderator = at_desk(meet, tonight)
    question = pressed(moderator, "n")
    pressed(moderator, "4")
    assert state(question) == "received"
    if leaving == "another page":
        moderator.page.goto(tonight.url + tonight.path())
    else:
        moderator.page.close()
    until(state, question, "assigned")


def test_two_moderators_are_never_given_the_same_question(
    tonight: Evening, meet: Meet, state: Callable[[int], str]
) -> None:
    tonight.ask_many(24)
    one, two = at_desk(meet, tonight), at_desk(meet, tonight, "moderator2")
    pressed(one, "n")
    for _round in range(6):
        theirs = pressed(two, "n")
        assert theirs != opened(one.page)
        mine = pressed(one, "n")
        assert mine != theirs
    given: list[int] = []
    for turn in range(8):
        for person in (one, two):
            given.append(opened(person.page))
            person.press(str(turn % GROUPS + 1))  # neither waits for the other
        for person, before in zip((one, two), given[-2:], strict=True):
            expect(person.page.locator(f'#question[data-id="{before}"]')).to_have_count(0)
            opened(person.page)
    assert len(set(given)) == len(given)
    one.page.close()
    two.page.close()
    for question in given:
        until(state, question, "assigned")


def test_keys_are_listed_and_sleep_while_the_list_is_open(tonight: Evening, meet: Meet) -> None:
    moderator = at_desk(meet, tonight)
    question = pressed(moderator, "n")
    sheet = moderator.page.locator("#keys")
    moderator.press("?")
    expect(sheet).to_be_visible()
    for key in ("1", "6", "Z", "N", "D", "M", "S", "U", "E", "J", "K", "?", "Esc"):
        expect(sheet.locator("kbd", has_text=key).first).to_be_visible()
    moderator.press("1", "n", "z")
    assert opened(moderator.page) == question
    expect(moderator.page.locator("#undo > div")).to_have_count(0)
    moderator.press("Escape")
    expect(sheet).to_be_hidden()


def test_keys_mean_letters_in_text_fields_and_enter_never_sends(
    tonight: Evening, meet: Meet, state: Callable[[int], str]
) -> None:
    tonight.ask_many(1)
    moderator = at_desk(meet, tonight)
    page = moderator.page
    question = pressed(moderator, "n")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    note = page.locator("#assign-note")
    note.focus()
    moderator.press(*"1nzd?q", "Enter")
    expect(note).to_have_value("1nzd?q")
    moderator.press("Escape", "d")
    internal = page.locator("#d-note")
    page.locator("[name=code][value=unrelated]").check()
    internal.focus()
    moderator.press(*"2nzb?", "Enter")
    expect(internal).to_have_value("2nzb?")
    expect(
        page.locator("#decline button.first")
    ).to_be_focused()  # Enter went on to the button, it did not press it
    expect(page.locator("#undo > div")).to_have_count(0)
    expect(page.locator("#keys")).to_be_hidden()
    assert opened(page) == question
    assert state(question) == "received"
    assert not [url for url in sent if url.endswith(("/assign", "/decline", "/next"))]


# What an input method sends while it composes: a key that is its own, marked in one of the two ways browsers know.
COMPOSING = """([target, key, code, marks]) => {
  const node = document.querySelector(target);
  node.dispatchEvent(new CompositionEvent('compositionstart', {bubbles: true, data: ''}));
  node.dispatchEvent(new CompositionEvent('compositionupdate', {bubbles: true, data: 'ni'}));
  const event = new KeyboardEvent('keydown', {key, code, bubbles: true, cancelable: true, ...marks});
  if (marks.keyCode) { Object.defineProperty(event, 'keyCode', {value: marks.keyCode}); }
  const untouched = node.dispatchEvent(event);
  node.dispatchEvent(new CompositionEvent('compositionend', {bubbles: true, data: '你'}));
  return untouched;
}"""


@pytest.mark.parametrize(
    "marks", [{"isComposing": True}, {"keyCode": 229}], ids=["isComposing", "keyCode 229"]
)
def test_an_input_method_at_work_moves_nothing(
    tonight: Evening, meet: Meet, state: Callable[[int], str], marks: dict[str, object]
) -> None:
    tonight.ask_many(1)
    moderator = at_desk(meet, tonight)
    page = moderator.page
    question = pressed(moderator, "n")
    keys = (
        ("1", "Digit1"),
        ("n", "KeyN"),
        ("z", "KeyZ"),
        ("d", "KeyD"),
        ("b", "KeyB"),
        ("?", "Slash"),
        ("Enter", "Enter"),
    )
    for target in ("body", "#panel", "#assign-note", "#find"):
        for key, code in keys:
            assert page.evaluate(COMPOSING, [target, key, code, marks]), (
                f"{key} was taken from the input method"
            )
    assert opened(page) == question
    expect(page.locator("#undo > div")).to_have_count(0)
    expect(page.locator("#keys")).to_be_hidden()
    expect(page.locator("details[open]#move-decline, details[open]#act-decline")).to_have_count(0)
    assert state(question) == "received"


def test_pinyin_typed_in_a_note_chooses_words_not_groups(
    tonight: Evening, meet: Meet, state: Callable[[int], str]
) -> None:
    tonight.ask_many(1)
    moderator = at_desk(meet, tonight)
    page = moderator.page
    question = pressed(moderator, "n")
    session = moderator.context.new_cdp_session(page)
    page.locator("#assign-note").focus()
    session.send("Input.imeSetComposition", {"text": "ludeng", "selectionStart": 6, "selectionEnd": 6})
    for key, code, number in (("1", "Digit1", 229), ("Enter", "Enter", 229)):
        session.send(
            "Input.dispatchKeyEvent",
            {"type": "rawKeyDown", "key": key, "code": code, "windowsVirtualKeyCode": number},
        )
    session.send("Input.insertText", {"text": "路灯"})
    expect(page.locator("#assign-note")).to_have_value("路灯")
    assert opened(page) == question
    expect(page.locator("#undo > div")).to_have_count(0)
    assert state(question) == "received"


def test_enter_in_the_groups_fields_keeps_the_draft_at_home(tonight: Evening, meet: Meet) -> None:
    member = meet()
    page = member.sign_in("edu1", tonight.desk("group"))
    page.locator("#cards [data-number] a").first.click()
    text, promise = page.locator("#e-text"), page.locator("[name='commitments[0].text']")
    expect(text).to_be_visible()
    number = page.locator("#question").get_attribute("data-number")
    promise.fill("12月15日前完成")
    promise.focus()
    member.press("Enter")
    text.focus()
    member.press("n", "j", "Enter", "?")
    expect(text).to_have_value(_ENDS)
    expect(page.locator("#question")).to_have_attribute("data-number", number or "")
    expect(page.locator("#question")).to_have_attribute("data-status", "assigned")
    expect(page.locator("#told p")).to_have_count(0)


def test_enter_in_the_title_does_not_ask_the_question(tonight: Evening, meet: Meet) -> None:
    citizen = meet()
    page = citizen.go(tonight.path("ask"))
    page.fill("[name=text]", "请问澄湖大道什么时候修好？")
    page.fill("[name=display_name]", "路人")
    for field in ("title", "display_name"):
        page.locator(f"[name={field}]").focus()
        citizen.press("Enter")
    expect(page.locator("main form")).to_be_visible()
    expect(page.locator("#receipt")).to_have_count(0)
