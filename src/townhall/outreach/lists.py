"""Lists of recipients as offices keep them: .xlsx and CSV in, wrong rows and results back out."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from townhall.documents import sheets
from townhall.kernel.errors import InvalidFields
from townhall.kernel.secrets import decrypt, encrypt
from townhall.people.identity import clean_mobile

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_HEADS = ("手机", "电话", "号码", "mobile", "phone")
Row = list[str]


@dataclass(slots=True)
class Found:
    """A list, sorted out.

    :param numbers: the numbers that can be written to, each once, in the order of the file
    :param wrong: row, what stands there, why not
    """

    numbers: list[str] = field(default_factory=list)
    wrong: list[tuple[int, str, str]] = field(default_factory=list)
    rows: int = 0
    duplicates: int = 0


def rows_of(content: bytes) -> list[tuple[int, Row]]:
    """The rows of a file as text with their numbers in it, empty ones left out.

    :raises InvalidFields: naming ``file``
    """
    with tempfile.NamedTemporaryFile(prefix="townhall-list-", suffix=".xlsx") as kept:
        kept.write(content)
        kept.flush()
        return sheets.read_rows(Path(kept.name))


def _is_number(text: str) -> bool:
    try:
        clean_mobile(text)
    except InvalidFields:
        return False
    return True


def column_of(row: Row, words: Sequence[str]) -> int | None:
    """Which column a head line names with one of these words; ``None`` when it is no head line."""
    if any(_is_number(cell) for cell in row):
        return None
    return next(
        (place for place, cell in enumerate(row) if any(word in cell.lower() for word in words)), None
    )


def sort_out(content: bytes) -> Found:
    """Numbers to write to, duplicates counted, wrong rows with reasons.

    :raises InvalidFields: when the file cannot be read or has too many rows
    """
    rows = rows_of(content)
    head = column_of(rows[0][1], _HEADS) if rows else None
    column, first = (0, 0) if head is None else (head, 1)
    found = Found(rows=len(rows) - first)
    seen: set[str] = set()
    for number, row in rows[first:]:
        value = row[column] if column < len(row) else ""
        try:
            mobile = clean_mobile(value)
        except InvalidFields:
            reason = _("不是 11 位手机号码") if value else _("没有号码")
            found.wrong.append((number, value[:60], reason))
            continue
        if mobile in seen:
            found.duplicates += 1
            continue
        seen.add(mobile)
        found.numbers.append(mobile)
    if not found.rows:
        raise InvalidFields({"file": _("文件里没有号码。")})
    return found


# What other offices write into the result column; anything else is no result and is reported back.
_GOOD = ("成功", "送达", "已发", "ok", "success", "deliv")
_BAD = ("失败", "未送达", "拒", "空号", "停机", "fail", "undeliv", "reject", "expired")


@dataclass(frozen=True, slots=True)
class Result:
    """One row of a result file."""

    number: str
    delivered: bool
    words: str


def results(content: bytes) -> tuple[list[Result], list[tuple[int, str, str]]]:
    """Each row's fate from a file that came back, and the rows that say nothing usable.

    :raises InvalidFields: when the file cannot be read
    """
    told: list[Result] = []
    wrong: list[tuple[int, str, str]] = []
    number_at, fate_at = 0, 1
    for number, row in rows_of(content):
        if (named := column_of(row, _HEADS)) is not None:
            number_at = named
            fate_at = next(
                (at for at, cell in enumerate(row) if "结果" in cell or "result" in cell.lower()), 1
            )
            continue
        value = row[number_at] if number_at < len(row) else ""
        words = row[fate_at] if fate_at < len(row) else ""
        bad = any(word in words.lower() for word in _BAD)
        good = not bad and any(word in words.lower() for word in _GOOD)
        if not _is_number(value):
            wrong.append((number, value[:60], _("不是 11 位手机号码")))
        elif not (good or bad):
            wrong.append((number, words[:60], _("结果一栏请写“成功”或“失败”")))
        else:
            told.append(Result(clean_mobile(value), good, words[:40]))
    return told, wrong


def keep_wrong(wrong: list[tuple[int, str, str]]) -> str:
    """Wrong rows, sealed: what was meant as a number may be somebody's."""
    return encrypt(json.dumps(wrong, ensure_ascii=False)) if wrong else ""


def wrong_file(sealed: str) -> bytes:
    """Wrong rows as the .xlsx that goes back to who made the list."""
    rows = json.loads(decrypt(sealed)) if sealed else []
    return sheets.workbook(rows, [_("行"), _("原来的内容"), _("为什么不能用")])


def export_file(rows: Iterable[tuple[str, str]]) -> bytes:
    """Numbers and text for the office that sends, with the columns that it fills in and sends back."""
    return sheets.workbook(
        ([number, text, "", ""] for number, text in rows),
        ["手机号码", "短信内容", "结果（成功/失败）", "原因"],
    )
