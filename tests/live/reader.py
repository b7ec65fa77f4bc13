"""A reader's page without a browser: it holds the elements that have ids, and applies frames as the script does."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from townhall.live.frames import Frame

VOID = {"br", "hr", "img", "input", "link", "meta", "source", "wbr", "base", "col"}
# What frames may touch; everything else of the page stands still.
LIVING = re.compile(r"^(q-\d+|k-\d+|c-\d+|hour-head|notices|leaders|door-ask|counts|about|weather)$")


class _Elements(HTMLParser):
    """Collects the outermost living elements as their source text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=False)
        self.found: dict[str, str] = {}
        self._text = text
        self._starts = [0]
        for line in text.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))
        self._open: tuple[str, int] | None = None
        self._depth = 0
        self.feed(text)
        self.close()

    def _position(self) -> int:
        line, column = self.getpos()
        return self._starts[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        name = dict(attrs).get("id") or ""
        if tag in VOID:
            return
        if self._open is not None:
            self._depth += 1
        elif LIVING.match(name):
            self._open, self._depth = (name, self._position()), 1

    def handle_endtag(self, tag: str) -> None:
        if self._open is None or tag in VOID:
            return
        self._depth -= 1
        if self._depth == 0:
            name, start = self._open
            end = self._text.index(">", self._position()) + 1
            self.found[name] = self._text[start:end]
            self._open = None


def elements(html: str) -> dict[str, str]:
    """The living elements of a page or of a frame, by id."""
    return _Elements(html).found


def without_weather(html: str) -> str:
    """Supports and comments are sampled, not told one by one."""
    return re.sub(r'(id="q-\d+-(?:supports|comments)">)\d+', r"\1", html)


class Reader:
    """A page as loaded, and what frames make of it."""

    def __init__(self, page: str) -> None:
        self.seq = int((re.search(r'data-seq="(\d+)"', page) or [0, 0])[1])
        self.shown = elements(page)

    def hears(self, frames: list[Frame]) -> None:
        """Apply frames in order: the same id replaces, a tombstone removes, an old number is skipped."""
        for frame in frames:
            if frame.id is not None:
                if frame.id <= self.seq:
                    continue
                self.seq = frame.id
            for name, html in elements(frame.data).items():
                if "data-gone" in html.split(">", 1)[0]:
                    self.shown.pop(name, None)
                elif name != "weather":
                    self.shown[name] = html

    def shelf(self, name: str) -> list[str]:
        """The cards of one list in the order in which the script places them."""
        cards = [html for html in self.shown.values() if f'data-list="{name}"' in html.split(">", 1)[0]]
        return [without_weather(html) for html in sorted(cards, key=_place, reverse=True)]

    def rest(self) -> dict[str, str]:
        """Everything living that is no card."""
        return {
            name: html for name, html in self.shown.items() if not name.startswith(("q-", "c-", "weather"))
        }


def _place(card: str) -> tuple[int, int]:
    order = re.search(r'data-order="(\d+)"', card)
    number = re.search(r'id="q-(\d+)"', card)
    assert order is not None
    assert number is not None
    return int(order[1]), int(number[1])
