"""One row of a file as a past question, or why it is none."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from townhall.history.columns import COLUMNS
from townhall.history.reading import Broken
from townhall.kernel import clock
from townhall.kernel import text as texts
from townhall.questions.choices import Outcome, Subject

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# China's first public mailboxes of mayors on the web are younger; a date before it is a slip.
FIRST_DAY = date(1990, 1, 1)
LONGEST_TITLE = 80
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T\s].*)?", re.DOTALL)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\d{6})?")
# Days since 1899-12-30, as workbooks count them; these are 1990 to 2089.
_SERIAL = re.compile(r"([3-6]\d{4})(?:\.\d+)?")
_SERIAL_ZERO = date(1899, 12, 30)
_PROMISED, _ANSWERED = ("promised", "承诺", "限期"), ("answered", "答复", "办结", "解决")


class RowError(ValueError):
    """A row that cannot be taken in; its text says why."""


@dataclass(frozen=True, slots=True)
class Past:
    """A row that can be taken in."""

    row: int
    text: str
    answer: str
    answered_on: date
    asked_on: date | None
    title: str
    issue: str
    number: str
    unit: str
    display_name: str
    subject: str
    area: str
    outcome: str
    digest: str

    @property
    def year(self) -> int:
        """The year it is filed under."""
        return self.answered_on.year


def read(row: int, cells: Sequence[str], places: Mapping[str, int], width: int, source: str) -> Past:
    """A row as a past question.

    :param places: see :func:`columns.mapping`
    :param width: how many columns the heading has
    :raises RowError: with the reason
    """
    if isinstance(cells, Broken):
        raise RowError(cells.why)
    if len(cells) > width or len(cells) <= max(places[name] for name in ("text", "answer", "answered_on")):
        words = _("有 %(n)s 格，表头有 %(width)s 列，可能错位。")
        raise RowError(words % {"n": len(cells), "width": width})
    found = {name: _cell(name, cells, place) for name, place in places.items()}
    given = {name: found.get(name, "") for name in COLUMNS}
    answered = _date("answered_on", given["answered_on"])
    asked = _date("asked_on", given["asked_on"]) if given["asked_on"] else None
    if asked and asked > answered:
        raise RowError(
            _("答复日期 %(answered)s 早于提问日期 %(asked)s。") % {"answered": answered, "asked": asked}
        )
    content = {
        **given,
        "asked_on": asked.isoformat() if asked else "",
        "answered_on": answered.isoformat(),
        "source": source,
    }
    digest = hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
    given["title"] = given["title"] or texts.first_sentence(given["text"], LONGEST_TITLE)
    return Past(
        row=row, digest=digest, answered_on=answered, asked_on=asked, subject=_subject(given["subject"]),
        outcome=_outcome(given["outcome"]),
        **{
            name: given[name]
            for name in ("text", "answer", "title", "issue", "number", "unit", "display_name", "area")
        },
    )  # fmt: skip


def _cell(name: str, cells: Sequence[str], place: int) -> str:
    column = COLUMNS[name]
    raw = cells[place] if place < len(cells) else ""
    if len(raw) > column.longest:
        words = _("“%(column)s”有 %(n)s 个字，最多 %(most)s 个。")
        raise RowError(words % {"column": column.label, "n": len(raw), "most": column.longest})
    try:
        cleaned = texts.clean(raw)
    except ValueError as error:
        raise RowError(_("“%(column)s”里有不成字的编码。") % {"column": column.label}) from error
    if column.required and not cleaned:
        raise RowError(_("“%(column)s”是空的。") % {"column": column.label})
    return cleaned


def _date(name: str, words: str) -> date:
    plain = unicodedata.normalize("NFKC", words).strip()
    found: date | None = None
    try:
        if match := _DATE.fullmatch(plain) or _COMPACT.fullmatch(plain):
            found = date(int(match[1]), int(match[2]), int(match[3]))
        elif match := _SERIAL.fullmatch(plain):
            found = _SERIAL_ZERO + timedelta(days=int(match[1]))
    except ValueError:
        found = None
    if found is None:
        text = _("“%(column)s”写的是“%(words)s”，不是日期。请写成 2024-05-31。")
        raise RowError(text % {"column": COLUMNS[name].label, "words": plain[:20]})
    if not FIRST_DAY <= found <= clock.today():
        text = _("“%(column)s”是 %(day)s，不在 %(first)s 到今天之间。")
        raise RowError(text % {"column": COLUMNS[name].label, "day": found, "first": FIRST_DAY})
    return found


def _subject(words: str) -> str:
    if words in Subject.values:
        return words
    return next((str(one.value) for one in Subject if words and str(one.label) == words), "")


def _outcome(words: str) -> str:
    plain = words.casefold()
    if any(word in plain for word in _PROMISED):
        return str(Outcome.PROMISED.value)
    return str(Outcome.ANSWERED.value) if any(word in plain for word in _ANSWERED) else ""
