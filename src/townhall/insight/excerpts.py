"""The passage of a text in which something was found, with what was found marked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from townhall.questions import published

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Two lines on a phone of the question, three of the answer.
LONGEST_QUESTION, LONGEST_ANSWER = 70, 110
_BEFORE = 20
_ELLIPSIS = "…"
Piece = tuple[str, bool]


def of(found: Mapping[str, Any], words: Sequence[str]) -> dict[str, Any]:
    """A find with its title, and passages of question and answer, each as pieces: text, and whether it was sought."""
    item = found["item"]
    answer = item["answer"] if found["kind"] == "past" else published.told_in_full(item["answer"])
    return {
        **found,
        "title": pieces(item["title"], words),
        "text": pieces(passage(item["text"], words, LONGEST_QUESTION), words),
        "answer": pieces(passage(answer, words, LONGEST_ANSWER), words),
    }


def _pattern(words: Sequence[str]) -> re.Pattern[str] | None:
    longest_first = sorted({word for word in words if word}, key=lambda word: (-len(word), word))
    return re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE) if longest_first else None


def pieces(text: str, words: Sequence[str]) -> list[Piece]:
    """A text in pieces; whoever shows them escapes each."""
    pattern = _pattern(words)
    if pattern is None:
        return [(text, False)] if text else []
    found: list[Piece] = []
    start = 0
    for match in pattern.finditer(text):
        found += [(text[start : match.start()], False), (match.group(), True)]
        start = match.end()
    found.append((text[start:], False))
    return [piece for piece in found if piece[0]]


def passage(text: str, words: Sequence[str], longest: int) -> str:
    """So many characters of a text, from a little before the first word that was sought."""
    flat = " ".join(text.split())
    pattern = _pattern(words)
    match = pattern.search(flat) if pattern else None
    start = max(0, match.start() - _BEFORE) if match else 0
    start = 0 if len(flat) <= longest else min(start, len(flat) - longest)
    cut = flat[start : start + longest]
    return f"{_ELLIPSIS if start else ''}{cut}{_ELLIPSIS if start + longest < len(flat) else ''}"
