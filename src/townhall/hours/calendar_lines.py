"""Reading a year's schedule as people have it: a CSV file, lines they typed, or the notice itself, pasted.

Each line may be ``2027-01-01,holiday,元旦``, ``2027-02-05 至 2027-02-11 放假 春节``, or a sentence of the notice:
``二、春节：2月5日（周五）至11日（周四）放假调休，共7天。1月31日（周日）上班。``
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.utils.translation import gettext as _

from townhall.kernel.workdays import Kind, SpecialDay, may_announce

HOLIDAY_WORDS = ("holiday", "放假", "休假", "调休放假", "节假日", "休")
MAKEUP_WORDS = ("makeup", "make_up", "make-up", "workday", "上班", "补班", "调休上班", "班")
# Longer stretches and files are slips of the hand: the longest holiday so far had nine days.
MOST_DAYS_OFF, MOST_LINES = 16, 400
NAME_LENGTH = 40
# What is shorter may be a day that was typed wrong, and is asked about.
SHORTEST_PROSE = 16
SATURDAY = 5

_ISO = r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})"
_WRITTEN = r"(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日"
_DATE = re.compile(f"{_ISO}|{_WRITTEN}")
_ASIDE = re.compile(r"\([^)]*\)")
_RANGE = re.compile(r"\s*(?:至|到|~|—+|–|-{1,2})\s*")
_HEADING = re.compile(r"^\s*(?:[一二三四五六七八九十]+、)?\s*([^\s:,;。\d]{1,20})\s*:\s*")
_HEADER = re.compile(r"^\s*(date|日期)\b", re.IGNORECASE)
_COMMENT = re.compile(r"^\s*#")
_COUNTED = re.compile(r"[,，]?\s*(?:共|调休)?\s*\d+\s*天|与周末连休")
_NOISE = re.compile(r"[\s,;、。:]+")


@dataclass(slots=True)
class Read:
    """What was understood.

    :param days: in order of date
    :param errors: by number of the line, with what to do
    """

    days: list[SpecialDay] = field(default_factory=list)
    errors: dict[int, str] = field(default_factory=dict)


class _Slip(ValueError):  # noqa: N818 - it names what the hand did
    """A line that cannot be read; its text is for the person who typed it."""


def read(text: str, year: int) -> Read:
    """The days in a text, and every line that needs mending.

    :param year: whose schedule it is; dates without a year belong to it
    """
    found = Read()
    seen: dict[date, int] = {}
    lines = unicodedata.normalize("NFKC", text.removeprefix("\ufeff")).splitlines()
    if len(lines) > MOST_LINES:
        found.errors[MOST_LINES + 1] = _("最多 %(most)s 行，请核对。") % {"most": MOST_LINES}
        return found
    for number, line in enumerate(lines, start=1):
        if not line.strip() or _HEADER.match(line) or _COMMENT.match(line) or _is_prose(line):
            continue
        try:
            for special in _line(line, year):
                _check(special, year, seen)
                seen[special.date] = number
                found.days.append(special)
        except _Slip as slip:
            found.errors[number] = str(slip)
    found.days.sort(key=lambda special: special.date)
    return found


def _is_prose(line: str) -> bool:
    """A sentence of the notice that names no day: its first one, its last one, what it asks of everybody."""
    words = line.strip()
    return len(words) >= SHORTEST_PROSE and words[-1] in "。.:" and not _DATE.search(words)


def write(days: list[SpecialDay]) -> str:
    """Days as lines that :func:`read` understands."""
    words = {"holiday": "放假", "makeup": "上班"}
    return "\n".join(f"{one.date.isoformat()} {words[one.kind]} {one.name}".rstrip() for one in days)


def _line(line: str, year: int) -> Iterator[SpecialDay]:
    plain = _ASIDE.sub("", line)
    heading = _HEADING.match(plain)
    name = heading[1] if heading else ""
    body = plain[heading.end() :] if heading else plain
    sentences = [one for one in re.split(r"[。;]", body) if one.strip()]
    some = False
    for sentence in sentences:
        kind = _kind(sentence)
        dates = list(_dates(sentence, year))
        if not dates:
            if kind and not some:
                raise _Slip(_("没有找到日期。请写成 2027-01-01 的样子。"))
            continue
        if kind is None:
            raise _Slip(_("没有说明是放假还是上班。"))
        some = True
        for day in dates:
            yield SpecialDay(day, kind, (name or _rest(sentence))[:NAME_LENGTH])
    if not some:
        raise _Slip(_("看不懂这一行。请写成“2027-01-01 放假 元旦”的样子。"))


def _kind(sentence: str) -> Kind | None:
    low = sentence.lower()
    if any(word in low for word in MAKEUP_WORDS[:-1]) or re.search(r"班\b", low):
        return "makeup"
    if any(word in low for word in HOLIDAY_WORDS):
        return "holiday"
    return None


def _rest(sentence: str) -> str:
    """What a line says besides date and kind: the festival, without the document that a CSV names after it."""
    text = _COUNTED.sub("", _DATE.sub(" ", sentence))
    for word in sorted((*HOLIDAY_WORDS, *MAKEUP_WORDS), key=len, reverse=True):
        text = re.sub(re.escape(word), " ", text, flags=re.IGNORECASE)
    parts = [part for part in _NOISE.split(_RANGE.sub(" ", text)) if part]
    return parts[0] if parts else ""


def _dates(sentence: str, year: int) -> Iterator[date]:
    places = list(_DATE.finditer(sentence))
    first: date | None = None
    for at, place in enumerate(places):
        day = _day(place, year, first)
        between = sentence[places[at - 1].end() : place.start()] if at else ""
        if at and first and _RANGE.fullmatch(between):
            if not 0 < (day - first).days < MOST_DAYS_OFF:
                raise _Slip(_("起止日期不对：%(first)s 至 %(last)s。") % {"first": first, "last": day})
            yield from (first + timedelta(days=n) for n in range(1, (day - first).days + 1))
        else:
            yield day
        first = day


def _day(place: re.Match[str], year: int, before: date | None) -> date:
    parts = [int(part) if part else None for part in place.groups()]
    iso, written = parts[:3], parts[3:]
    found_year, month, day = iso if iso[0] else written
    if month is None and before is None:
        raise _Slip(_("日期没有写月份：%(date)s。") % {"date": place[0]})
    if month is None and before is not None:
        found_year, month = before.year, before.month
    if found_year is None:
        found_year = before.year if before else year
    try:
        return date(found_year, month or 0, day or 0)
    except ValueError as problem:
        raise _Slip(_("没有这一天：%(date)s。") % {"date": place[0]}) from problem


def _check(special: SpecialDay, year: int, seen: dict[date, int]) -> None:
    if not may_announce(year, special.date):
        raise _Slip(
            _("%(date)s 不属于 %(year)s 年的安排。") % {"date": special.date.isoformat(), "year": year}
        )
    if special.date in seen:
        raise _Slip(
            _("%(date)s 与第 %(line)s 行重复。")
            % {"date": special.date.isoformat(), "line": seen[special.date]}
        )
    if special.kind == "makeup" and special.date.weekday() < SATURDAY:
        raise _Slip(_("%(date)s 不是周末，不用调休上班。") % {"date": special.date.isoformat()})
