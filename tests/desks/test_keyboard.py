"""The moderator's evening at the keyboard, in a real browser against a real server."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from pypdf import PdfReader

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import BrowserContext, Page

    from tests.tools.server import Installation

# What else the keys do, and what they must not, is in tests/journeys/test_keyboard.py.
pytestmark = [pytest.mark.browser, pytest.mark.long]

PASSWORD = "townhall-demo"


class Desk:
    """One moderator's page, and what the server thinks meanwhile."""

    def __init__(self, page: Page, place: Installation) -> None:
        self.page = page
        self.place = place
        self.board = f"/desk/hours/{place.hour}/moderator/"
        self.token = place.token("coordinator")
        page.goto(f"{place.url}/desk/sign-in/")
        page.fill("#id_username", "moderator1")
        page.fill("#id_password", PASSWORD)
        page.click("main button.first")
        page.goto(f"{place.url}{self.board}")

    def open_received(self) -> str:
        """Open some question that nobody has screened yet; returns its id."""
        waiting = self.ask_server(f"/desk/hours/{self.place.hour}/questions?status=received&limit=100")[
            "items"
        ]
        found = str(next(one["id"] for one in waiting if not one["urgent"]))
        self.page.goto(f"{self.place.url}{self.board}?q={found}")
        self.page.wait_for_selector(f'#question[data-id="{found}"]')
        return found

    def ask_server(self, path: str) -> Any:
        """The API's answer to the coordinator."""
        return httpx.get(
            f"{self.place.url}/api/v1{path}", headers={"Authorization": f"Bearer {self.token}"}, timeout=30
        ).json()

    def status(self, question: str) -> str:
        """What the server says about a question."""
        return str(self.ask_server(f"/desk/questions/{question}")["status"])

    def wait_for_status(self, question: str, status: str, seconds: float = 15) -> None:
        """Wait until the server says so."""
        end = time.monotonic() + seconds
        while self.status(question) != status:
            assert time.monotonic() < end, f"{question} is {self.status(question)}, not {status}"
            time.sleep(0.2)

    def press(self, *keys: str) -> None:
        """One keystroke after another."""
        for key in keys:
            self.page.keyboard.press(key)

    def wait_for_another(self, question: str) -> str:
        """The panel has gone on; returns what is open now."""
        self.page.wait_for_function(
            "id => { const q = document.querySelector('#question'); return q && q.dataset.id !== id; }",
            arg=question,
        )
        return str(self.page.get_attribute("#question", "data-id"))


@pytest.fixture(scope="module", autouse=True)
def _plain_queue(live_hour: Installation) -> None:
    """The demo's emergency and its appeal, which go to no group, are dealt with: what is offered next is plain."""
    heads = [{"Authorization": f"Bearer {live_hour.token(name)}"} for name in ("moderator1", "moderator2")]
    api = f"{live_hour.url}/api/v1/desk"
    address = f"{api}/hours/{live_hour.hour}/questions?seat=moderator&limit=100"
    for one in httpx.get(address, headers=heads[0], timeout=30).json()["items"]:
        verb = "release" if one["urgent"] else "uphold" if one["status"] == "declined" else ""
        # An appeal is decided by somebody else than who declined.
        assert not verb or any(
            httpx.post(
                f"{api}/questions/{one['id']}/{verb}", json={"note": "已办"}, headers=head, timeout=30
            ).is_success
            for head in heads
        ), one


@pytest.fixture
def desk(new_context: Callable[..., BrowserContext], live_hour: Installation) -> Desk:
    return Desk(new_context(viewport={"width": 1366, "height": 768}).new_page(), live_hour)


def test_a_quick_hand_shortens_nobodys_ten_seconds(desk: Desk) -> None:
    first = question = desk.open_received()
    desk.page.evaluate(
        "const now = Date.now(); Date.now = () => now"
    )  # no ten seconds pass, however slow we are
    for key in ("1", "2", "3", "1"):
        desk.press(key)
        question = desk.wait_for_another(question)
    assert desk.page.locator("#undo > div").count() == 4
    assert desk.ask_server(f"/desk/questions/{first}")["status"] == "received"


def test_a_reason_key_and_enter_decline(desk: Desk) -> None:
    question = desk.open_received()
    desk.press("b", "Enter")
    desk.wait_for_another(question)
    desk.page.goto(f"{desk.place.url}/desk/")
    desk.wait_for_status(question, "declined", seconds=5)
    assert desk.ask_server(f"/desk/questions/{question}")["declined"]["code"] == "unrelated"


def test_a_reason_that_passes_the_matter_on_asks_to_whom_first(desk: Desk) -> None:
    question = desk.open_received()
    desk.press("t", "Enter", "Enter")
    assert desk.page.get_attribute("#question", "data-id") == question
    assert desk.page.evaluate("document.activeElement.name") == "handed_to"
    desk.page.keyboard.type("区信访办")
    desk.press("Enter")
    assert desk.page.get_attribute("#question", "data-id") == question, "Enter in a text field must not send"
    desk.press("Enter")
    desk.wait_for_another(question)


def test_new_questions_gather_behind_a_bar_and_nothing_moves(desk: Desk) -> None:
    desk.open_received()
    before = desk.page.eval_on_selector_all("#cards > li", "rows => rows.map(row => row.id)")
    for number in range(2):
        asked = httpx.post(
            f"{desk.place.url}/api/v1/hours/{desk.place.hour}/questions",
            json={"display_name": "新来的", "text": f"第 {number} 个新问题：路灯什么时候修？"}, timeout=30,
        )  # fmt: skip
        assert asked.status_code == 201, asked.text
    desk.page.wait_for_function(
        "() => document.querySelector('#fresh').textContent.includes('2')", timeout=20_000
    )
    assert "2 条新" in desk.page.inner_text("#fresh")
    assert desk.page.eval_on_selector_all("#cards > li", "rows => rows.map(row => row.id)") == before
    desk.page.click("#fresh")
    desk.page.wait_for_function(
        "count => document.querySelectorAll('#cards > li').length >= count", arg=len(before) + 2
    )


def test_without_a_script_everything_is_still_there(
    new_context: Callable[..., BrowserContext], live_hour: Installation
) -> None:
    page = new_context(java_script_enabled=False, viewport={"width": 1366, "height": 768}).new_page()
    desk = Desk(page, live_hour)
    question = desk.open_received()
    page.click("button.group >> nth=1")
    assert "分发，已完成" in page.inner_text("#told")
    assert desk.status(question) == "assigned"


# -- paper ---------------------------------------------------------------------------------------------


def test_a_question_and_a_board_are_one_sheet_of_a4_each(desk: Desk) -> None:
    question = desk.open_received()
    for address in (f"/desk/questions/{question}/print", f"{desk.board}print"):
        desk.page.goto(f"{desk.place.url}{address}")
        sheets = PdfReader(io.BytesIO(desk.page.pdf(prefer_css_page_size=True))).pages
        assert len(sheets) == 1, address
        width, height = (float(side) / 72 * 25.4 for side in sheets[0].mediabox[2:])
        assert (round(width), round(height)) == (210, 297), address


def test_a_long_question_is_still_one_sheet(desk: Desk) -> None:
    question = desk.open_received()
    desk.page.goto(f"{desk.place.url}/desk/questions/{question}/print")
    desk.page.evaluate(
        "document.querySelector('.say').textContent = '路灯坏了，晚上走路很不安全。'.repeat(130)"  # 1,800 characters
    )
    assert len(PdfReader(io.BytesIO(desk.page.pdf(prefer_css_page_size=True))).pages) == 1
