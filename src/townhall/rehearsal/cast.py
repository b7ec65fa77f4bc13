"""The invented district and its people: who sits where, what is asked and what is answered.

Pure reading of ``data/*.toml``; nothing here touches the database. Texts carry days as ``{+20}`` or ``{-3}``,
counted from the day of the hour, so that a demo never ages: :func:`written` fills them in.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import Any, TypeVar

from townhall.kernel import workdays

# A checksum-valid identity number of a region that does not exist and a birthday in 1900: nobody's.
FAKE_ID = "999999190001010007"
# Mobiles of a block that carriers give to nobody, one for every asker of the demo who is verified.
FAKE_MOBILES = tuple(f"1380000{number:04d}" for number in range(2000, 2400))

_DAY = re.compile(r"\{([+-]\d+)(?::(en)\}|\} ?)")
_MONTHS = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
]  # fmt: skip

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class UnitCard:
    """A unit of the invented district."""

    key: str
    name: str
    name_en: str
    short: str
    kind: str
    parent: str = ""
    lead: str = ""


@dataclass(frozen=True, slots=True)
class GroupCard:
    """A business group and its units in answering order."""

    key: str
    name: str
    name_en: str
    units: list[str]


@dataclass(frozen=True, slots=True)
class StaffCard:
    """A member of staff and the seat they take in every hour of the demo."""

    username: str
    name: str
    name_en: str
    unit: str
    position: str
    seat: str
    group: str = ""
    stand_in: str = ""


@dataclass(frozen=True, slots=True)
class LeaderCard:
    """How a leader is introduced on the public page."""

    username: str
    name: str
    name_en: str
    office: str
    office_en: str
    remit: str
    remit_en: str


@dataclass(frozen=True, slots=True)
class HourCard:
    """The words of one office hour; ``months`` is its distance from the one on stage."""

    key: str
    issue_no: int
    months: int
    title: str
    title_en: str
    topic: str
    topic_en: str
    introduction: str
    introduction_en: str
    opening_words: str
    opening_words_en: str
    closing_words: str
    closing_words_en: str
    source: str = ""

    def words(self) -> dict[str, str]:
        """The fields that an office hour keeps, by their names there."""
        kept = ("title", "topic", "introduction", "opening_words", "closing_words")
        return {name + tail: getattr(self, name + tail) for name in kept for tail in ("", "_en")}


@dataclass(frozen=True, slots=True)
class MaterialCard:
    """Background material of an hour."""

    hour: str
    title: str
    title_en: str
    summary: str


@dataclass(frozen=True, slots=True)
class Scripted:
    """One question of the demo with everything that becomes of it. Days are not filled in yet."""

    key: str
    name: str
    kind: str
    subject: str
    area: str
    title: str
    text: str
    fate: str
    hour: str = "stage"
    group: str = ""
    unit: str = ""
    assisting: list[str] = field(default_factory=list)
    window: str = "live"
    channel: str = ""
    lang: str = "zh"
    private: bool = False
    supports: int = 0
    outcome: str = ""
    answer: str = ""
    commitments: list[dict[str, Any]] = field(default_factory=list)
    comments: list[list[str]] = field(default_factory=list)
    contribution: str = ""
    verdict: str = ""
    verdict_reason: str = ""
    clarification: dict[str, Any] = field(default_factory=dict)
    amend: list[str] = field(default_factory=list)
    corrected: list[str] = field(default_factory=list)
    convene: list[str] = field(default_factory=list)
    progress: str = ""
    measures: str = ""
    sent_back: str = ""
    held_text: str = ""
    returned_by: list[str] = field(default_factory=list)
    designated: bool = False
    into: str = ""
    decline: dict[str, Any] = field(default_factory=dict)
    confirmed: bool | None = None
    supplement: str = ""
    appeal: str = ""
    upheld: str = ""
    urgent: bool = False
    urgent_to: str = ""
    about_official: bool = False
    about_unit: str = ""
    withheld: str = ""
    withhold_code: str = "personal_data"
    leak_id: bool = False
    rating: list[Any] = field(default_factory=list)


def _read(name: str) -> dict[str, Any]:
    text = (resources.files("townhall.rehearsal") / "data" / f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _cards(kind: type[T], rows: list[dict[str, Any]]) -> tuple[T, ...]:
    """Rows as cards; a word the card does not know is a mistake in the data and says so."""
    known = {one.name for one in fields(kind)}  # type: ignore[arg-type] # every card is a dataclass
    for row in rows:
        if unknown := set(row) - known:
            message = f"{kind.__name__} {row.get('key', '')}: {sorted(unknown)}"
            raise ValueError(message)
    return tuple(kind(**row) for row in rows)


@cache
def portal() -> dict[str, str]:
    """What the district's portal is called: ``name`` and ``name_en``."""
    district = _read("district")["district"]
    return {"name": district["portal"], "name_en": district["portal_en"]}


@cache
def units() -> dict[str, UnitCard]:
    """All units by key, parents and leading units before those that name them."""
    return {card.key: card for card in _cards(UnitCard, _read("district")["unit"])}


@cache
def groups() -> dict[str, GroupCard]:
    """The business groups by key."""
    return {card.key: card for card in _cards(GroupCard, _read("district")["group"])}


@cache
def staff() -> dict[str, StaffCard]:
    """The staff by user name; whoever stands in for somebody comes after them."""
    return {card.username: card for card in _cards(StaffCard, _read("district")["staff"])}


@cache
def leaders() -> tuple[LeaderCard, ...]:
    """The leaders on the public page, in their order."""
    return _cards(LeaderCard, _read("district")["leader"])


@cache
def hours() -> dict[str, HourCard]:
    """The office hours of the demo by key, in time order."""
    return {card.key: card for card in _cards(HourCard, _read("hours")["hour"])}


def past() -> tuple[str, ...]:
    """The keys of the hours before the one on stage, in time order."""
    return tuple(key for key, card in hours().items() if card.months < 0)


@cache
def materials(hour: str) -> tuple[MaterialCard, ...]:
    """The background material of an hour."""
    return tuple(card for card in _cards(MaterialCard, _read("hours")["material"]) if card.hour == hour)


@cache
def questions(hour: str) -> tuple[Scripted, ...]:
    """The questions of an hour in the order in which they are asked."""
    stage = ("questions_school", "questions_city", "questions_refused")
    names = stage if hour == "stage" else ("questions_archive", "questions_years")
    rows = [row for name in names for row in _read(name)["question"]]
    return tuple(card for card in _cards(Scripted, rows) if card.hour == hour)


@cache
def wording() -> dict[str, list[str]]:
    """Short words for a playing demo: names, comments, notes."""
    return {name: list(values) for name, values in _read("wording").items()}


@cache
def corpus_patterns() -> dict[str, Any]:
    """The patterns of :mod:`townhall.rehearsal.corpus`, as they stand in the file."""
    return _read("corpus")


def members(group: str) -> list[StaffCard]:
    """Who works in a group and is not merely standing in, the lead last."""
    people = [card for card in staff().values() if card.group == group and not card.stand_in]
    return sorted(people, key=lambda card: card.seat == "lead")


def due(today: date, days: int) -> date:
    """The day ``days`` from today; one in the future moves on to a working day, as an office would say it."""
    day = today + timedelta(days=days)
    while days > 0 and not _worked(day):
        day += timedelta(days=1)
    return day


def _worked(day: date) -> bool:
    known = workdays.is_workday(day)
    return day.weekday() < 5 if known is None else known  # noqa: PLR2004 - Saturday is 5


def written(text: str, today: date, **values: str) -> str:
    """The text with its days and named values filled in; after a Chinese day no space is written.

    >>> written("在 {+1} 前完成", date(2026, 3, 2))
    '在 3月3日前完成'
    """

    def day(found: re.Match[str]) -> str:
        moment = due(today, int(found.group(1)))
        other_year = moment.year != today.year
        if found.group(2):
            return f"{moment.day} {_MONTHS[moment.month - 1]}" + (f" {moment.year}" if other_year else "")
        return (f"{moment.year}年" if other_year else "") + f"{moment.month}月{moment.day}日"

    filled = _DAY.sub(day, text).replace("{fakeid}", FAKE_ID)
    for name, value in values.items():
        filled = filled.replace("{" + name + "}", value)
    return filled


def promises(question: Scripted, today: date, unit_ids: dict[str, int]) -> list[dict[str, Any]]:
    """The commitments of a scripted answer as the action takes them.

    :param unit_ids: what each unit's key is in this installation
    """
    return [
        {
            "text": written(one["words"], today),
            "unit": unit_ids[one.get("unit", question.unit)],
            "due": due(today, one["due"]).isoformat(),
        }
        for one in question.commitments
    ]
