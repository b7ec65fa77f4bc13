"""What is indexed of an answered question: its words, and marks by which lists are narrowed."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from townhall.insight.models import Document
from townhall.insight.words import sought_words, spell, spell_mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_EPOCH = date(1970, 1, 1)
# Ids of questions stay below 2**39; above them one bit tells imported ones, and above that stand the days.
_ID_BITS = 39
_LONGEST_AREA = 320
_LONGEST_UNIT = 120


def place(answered: date, thing_id: int, *, past: bool) -> int:
    """Where it stands among equals: by the day of its answer, own before imported, then by its id."""
    return ((answered - _EPOCH).days << _ID_BITS + 1) | (not past) << _ID_BITS | thing_id


def marks(*, hour: str, year: int, unit: str, subject: str, area: str, outcome: str) -> list[str]:
    """The marks of a document, and of what a list is narrowed to: those of the values that are given."""
    given = {
        "hour": hour,
        "year": str(year or ""),
        "unit": unit,
        "subject": subject,
        "area": area,
        "outcome": outcome,
    }
    return [spell_mark(name, value) for name, value in given.items() if value]


def own_hour(hour_id: int) -> str:
    """An office hour of this system as a mark."""
    return f"own{hour_id}"


def past_hour(hour_id: int) -> str:
    """An imported hour as a mark."""
    return f"past{hour_id}"


def of_question(shown: Mapping[str, Any], hour_id: int) -> Document:
    """The document of an answered question, as ``questions.published.present`` gives it in Chinese."""
    answer = shown["answer"]
    # A correction moves nothing: it is an answer of the day on which it was first signed.
    first = answer["replaces"][0]["signed_at"] if answer["replaces"] else answer["signed_at"]
    answered = datetime.fromisoformat(first).date()
    parts = (
        shown["title"],
        shown["text"],
        answer["text"],
        answer["progress"],
        answer["measures"],
        answer["unit"],
        shown["area"],
        shown["subject_label"],
    )
    found = marks(
        hour=own_hour(hour_id), year=answered.year, unit=answer["unit"], subject=shown["subject"] or "",
        area=shown["area"], outcome=shown["outcome"] or "",
    )  # fmt: skip
    return Document(
        id=place(answered, shown["id"], past=False),
        question_id=shown["id"], version=answer["version"], unit=answer["unit"][:_LONGEST_UNIT],
        area=shown["area"][:_LONGEST_AREA], words=_spelt(parts, found),
    )  # fmt: skip


def of_past(shown: Mapping[str, Any]) -> Document:
    """The document of an imported question, as ``history.published.present`` gives it in Chinese."""
    answered = date.fromisoformat(shown["answered_on"])
    parts = (
        shown["title"],
        shown["text"],
        shown["answer"],
        shown["unit"],
        shown["area"],
        shown["subject_label"],
    )
    found = marks(
        hour=past_hour(shown["hour"]), year=answered.year, unit=shown["unit"], subject=shown["subject"],
        area=shown["area"], outcome=shown["outcome"],
    )  # fmt: skip
    return Document(
        id=place(answered, shown["id"], past=True), past_id=shown["id"], unit=shown["unit"], area=shown["area"],
        words=_spelt(parts, found),
    )  # fmt: skip


def _spelt(parts: Iterable[str], found: Iterable[str]) -> str:
    words = sought_words("\n".join(part for part in parts if part))
    # A single character is looked for only when somebody asks for just that one.
    letters = {letter for word in words for letter in word}
    spelt = [spell(word) for word in dict.fromkeys([*words, *sorted(letters)])]
    # Every word ends in a blank, so that a word can be looked for in the text as it lies there.
    return "".join(f"{word} " for word in [*found, *spelt])
