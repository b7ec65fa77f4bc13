"""What a paper is made of: the one shape that every layout and every template is filled with."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from townhall.kernel import text as texts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

_FIRST_LEVEL = re.compile(r"[一二三四五六七八九十百]{1,4}、")
_SECOND_LEVEL = re.compile(r"（[一二三四五六七八九十百]{1,4}）")


@dataclass(frozen=True, slots=True)
class Table:
    """A table inside a paper; ``widths`` are parts of the line, all equal when left out."""

    headers: Sequence[str]
    rows: Sequence[Sequence[str]]
    title: str = ""
    widths: Sequence[int] = ()


@dataclass(slots=True)
class Paper:
    """A paper. What stays empty does not appear.

    :param organ: the red head (发文机关标志), the office in full
    :param number: 发文字号, see :func:`number`
    :param to: 主送机关, without the colon
    :param body: the text; each line a paragraph, levels are known by their numbering (一、 / （一） / 1.)
    :param attachments: titles of what is attached
    :param signed: who signs below (落款)
    :param on: the date in words, see :func:`day`
    :param copies: 抄送, without the full stop
    :param printed_by: 印发机关
    :param printed_on: 印发日期, in words
    :param grade: 明电: 特急, 加急, 平急
    :param machine_number: 明电: the office's own running number (机号)
    :param send_to: 明电: 发往地址
    :param approved_by: 明电: 签批
    :param qr: an address drawn as a QR code, ``qr_words`` below it
    :param facts: lines of label and words above the body (minutes, slips, plans)
    :param columns: named lists for roster and seat plans
    """

    title: str
    organ: str = ""
    number: str = ""
    to: str = ""
    body: str = ""
    attachments: Sequence[str] = ()
    signed: str = ""
    on: str = ""
    notes: str = ""
    copies: str = ""
    printed_by: str = ""
    printed_on: str = ""
    grade: str = ""
    machine_number: str = ""
    send_to: str = ""
    approved_by: str = ""
    qr: str = ""
    qr_words: str = ""
    facts: Sequence[tuple[str, str]] = ()
    tables: Sequence[Table] = field(default_factory=tuple)

    def context(self) -> dict[str, Any]:
        """What layouts and templates are filled with: text, lists and dictionaries only."""
        found = cleaned(asdict(self))
        found["facts"] = [{"label": label, "words": words} for label, words in found["facts"]]
        found["paragraphs"] = paragraphs(found["body"])
        return dict(found)


def cleaned(value: Any) -> Any:
    """Every text in a value without control characters, every sequence as a list."""
    if isinstance(value, dict):
        return {str(name): cleaned(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [cleaned(one) for one in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return texts.clean(str(value).encode("utf-8", "replace").decode())


def paragraphs(text: str) -> list[dict[str, str]]:
    """The paragraphs of a text with their level: ``h1`` (一、), ``h2`` （（一））, ``p``."""
    found = []
    for line in text.split("\n"):
        words = line.strip()
        if words:
            short = len(words) <= 40 and not words.endswith("。")  # noqa: PLR2004 - a heading fits on two lines
            first, second = _FIRST_LEVEL.match(words), _SECOND_LEVEL.match(words)
            level = "h1" if first and short else "h2" if second and short else "p"
            found.append({"level": level, "text": words})
    return found


def day(moment: date) -> str:
    """A date as a paper writes it, without leading zeros (GB/T 9704-2012, 7.3.5.4): 2026年11月3日."""
    return f"{moment.year}年{moment.month}月{moment.day}日"


def number(office: str, year: int, running: int) -> str:
    """发文字号 (7.2.5): six-cornered brackets, the full year, no 第, no leading zero: 澄府办〔2026〕3号."""
    return f"{office}〔{year}〕{running}号"
