"""Which Chinese on an English page is somebody's own words, and which is the interface's."""

from __future__ import annotations

import json
import re
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po
from playwright.sync_api import Page

_ROOMS = Path(__file__).parents[2] / "src" / "townhall"
_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
# A run of Chinese with what stands inside it; spaces end it, so that each run is somebody's or the interface's.
_RUN = re.compile(f"[0-9]*[{_HAN}](?:[{_HAN}0-9，。、；：！？（）《》“”‘’·—…％]*[{_HAN}。！？）》”])?")
_PLACE = re.compile(r"%\(\w+\)[sd]|\{\w+\}|%[sd]")
# A citizen's name as staff see it: the first character and a star for each of the others.
_MASKED = re.compile(rf"[{_HAN}]\*+")
# Text and what is read aloud or shown for an element; a switch to the other language names it in that language.
_GATHER = """() => {
  const said = [];
  const skipped = (node) => node.closest('script, style, textarea, [hreflang="zh-CN"], body [lang="zh-CN"]');
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    if (!skipped(walker.currentNode.parentElement)) { said.push(walker.currentNode.data); }
  }
  document.querySelectorAll('*').forEach((node) => {
    if (skipped(node)) { return; }
    Array.from(node.attributes).forEach((one) => {
      if (/^(aria-label|aria-description|title|placeholder|alt|content|data-(?!draft|text|title|name).*)$/.test(one.name)) { said.push(one.value); }
      if (one.name === 'value' && /^(submit|button)$/.test(node.type)) { said.push(one.value); }
    });
  });
  return said.map((text) => text.trim()).filter((text) => /[\\u3400-\\u9fff]/.test(text));
}"""


@dataclass(frozen=True)
class Interface:
    """Every Chinese string of the interface, plain or with places to fill in."""

    plain: frozenset[str]
    filled: re.Pattern[str]

    def owns(self, text: str) -> bool:
        """Whether this is such a string."""
        return text in self.plain or self.filled.fullmatch(text) is not None


def interface() -> Interface:
    """The strings of all rooms, as their translations list them."""
    strings: set[str] = set()
    for path in _ROOMS.glob("*/locale/en/LC_MESSAGES/django.po"):
        for message in read_po(path.read_bytes().splitlines(keepends=True)):
            strings.update([message.id] if isinstance(message.id, str) else message.id)
    chinese = {one.strip() for one in strings if re.search(f"[{_HAN}]", one)}
    plain = frozenset(one for one in chinese if not _PLACE.search(one))
    patterns = (".+?".join(re.escape(part) for part in _PLACE.split(one)) for one in chinese - plain)
    return Interface(plain, re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.DOTALL))


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        try:
            inner = json.loads(value) if value[:1] in "[{" else None
        except ValueError:
            inner = None
        return [value, *(_texts(inner) if inner is not None else [])]
    if isinstance(value, dict):
        value = list(value.values())
    return [text for one in value for text in _texts(one)] if isinstance(value, list) else []


def own_words(database: Path) -> str:
    """All that people have written, from every table: no interface string is stored."""
    found: list[str] = []
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        tables = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        for table in tables:
            for row in connection.execute(f'SELECT * FROM "{table}"'):
                found += [text for value in row for text in _texts(value)]
    return "\n".join(dict.fromkeys(found))


def _is_list(run: str, content: str) -> bool:
    """Whether this is a list of names as Chinese writes it, each of them somebody's word."""
    parts = re.split("[、：]", run)
    return len(parts) > 1 and all(part in content for part in parts)


def left_in_chinese(page: Page, strings: Interface, content: str) -> list[str]:
    """Chinese on the page that nobody wrote: strings of the interface, translated or not."""
    left: list[str] = []
    for text in dict.fromkeys(page.evaluate(_GATHER)):
        if strings.owns(text):
            left.append(text)
        elif text not in content:
            runs = _RUN.findall(_MASKED.sub("", text))
            left += [
                f"{run} in: {text[:80]}"
                for run in runs
                if not _is_list(run, content) and (run in strings.plain or run not in content)
            ]
    return [f"{page.url}: {one}" for one in left]
