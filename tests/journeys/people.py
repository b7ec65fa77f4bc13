"""A person at a browser: signs in, presses keys that are counted, and notes everything a page does wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from playwright.sync_api import ConsoleMessage, Page, Request, Response, expect

from townhall.rehearsal.company import DEMO_PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

    from tests.journeys.evening import Evening

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
SMALL_PHONE = {"viewport": {"width": 360, "height": 640}, "has_touch": True, "is_mobile": True}
LAPTOP = {"viewport": {"width": 1366, "height": 768}}
# What Chromium itself says about an answer that is no success; the answers are judged by their own status.
_ITS_OWN_NOTE = re.compile(r"Failed to load resource: the server responded with a status of (\d+)")
SECONDS = 1000
# A form that comes back says so with its status: fields to mend, or a state that has moved on.
FORM_CAME_BACK = frozenset({409, 422})


class Person:
    """One browser context with one page, watched all the time."""

    def __init__(self, context: BrowserContext, evening: Evening) -> None:
        self.context = context
        self.evening = evening
        self.complaints: list[str] = []
        self.forgiven: set[int] = set(FORM_CAME_BACK)
        self.cut_off = False
        self.keys = 0
        self.page = self.new_page()

    def new_page(self) -> Page:
        """Another tab of the same person, watched as the first."""
        page = self.context.new_page()
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"error on {page.url}: {error}"))
        page.on("request", self._request)
        page.on("response", self._response)
        return page

    def _console(self, message: ConsoleMessage) -> None:
        if message.type not in {"error", "warning"} or _ITS_OWN_NOTE.match(message.text):
            return
        if self.cut_off and "net::ERR_" in message.text:
            return
        self.complaints.append(f"{message.type} on {message.location.get('url', '')}: {message.text}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"data", "blob", "about"}:
            return
        if f"{parts.scheme}://{parts.netloc}" != self.evening.url:
            self.complaints.append(f"request to another host: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.forgiven and not self.cut_off:
            self.complaints.append(f"{response.status} {response.request.method} {response.url}")

    @contextmanager
    def allowing(self, *statuses: int) -> Iterator[None]:
        """A step that is meant to be answered with one of these."""
        before = set(self.forgiven)
        self.forgiven |= set(statuses)
        try:
            yield
        finally:
            self.forgiven = before

    def go(self, path: str) -> Page:
        """Open an address of this installation."""
        self.page.goto(self.evening.url + path, wait_until="load")
        return self.page

    def sign_in(self, username: str, path: str, password: str = DEMO_PASSWORD) -> Page:
        """Sign in as staff and open a desk."""
        self.go(f"/desk/sign-in/?next={quote(path)}")
        self.page.fill("[name=username]", username)
        self.page.fill("[name=password]", password)
        self.page.locator("main form button").click()
        expect(self.page).to_have_url(self.evening.url + path, timeout=30 * SECONDS)
        return self.page

    def press(self, *keys: str) -> int:
        """Press keys one after the other; the number of strokes is kept."""
        for key in keys:
            self.page.keyboard.press(key)
            self.keys += 1
        return len(keys)

    def overflow(self) -> int:
        """How many pixels the page is wider than its screen: on a phone the window widens with the page."""
        screen = self.page.viewport_size
        assert screen
        return int(self.page.evaluate("document.documentElement.scrollWidth")) - screen["width"]


Meet = Callable[..., Person]
