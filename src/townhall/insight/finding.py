"""Searching everything that was answered, of all years: by words, in any order, the same on both databases.

SQLite's FTS5 and PostgreSQL's tsvector are asked for the same words, spelt so that neither cuts them; what is found
is weighed here. So both give the same results in the same order.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from django.db import connection, connections, router

from townhall.history import published as history
from townhall.insight import excerpts, indexing, matching
from townhall.insight.models import Document, Synonyms
from townhall.questions import published

if TYPE_CHECKING:
    from townhall.insight.matching import Needed, Term

PER_PAGE = 20
# What is typed past this is not looked at; `kernel.text.sought` cuts further.
MOST_TYPED = 1000
# The best so many are looked at; who finds none among them types another word.
MOST_CANDIDATES = 300
# So many that have every word are enough; only below that those with half of it follow.
PLENTY = 20

_ASKED = {
    "sqlite": (
        "SELECT rowid FROM insight_found WHERE insight_found MATCH %s ORDER BY rowid DESC LIMIT %s",
        {"both": " AND ", "either": " OR "},
    ),
    "postgresql": (
        "SELECT id FROM insight_document WHERE found @@ to_tsquery('simple', %s) ORDER BY id DESC LIMIT %s",
        {"both": " & ", "either": " | "},
    ),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for; what is empty narrows nothing.

    :param words: as typed; any length, any characters
    :param hour: see ``indexing.own_hour`` and ``indexing.past_hour``
    """

    words: str = ""
    hour: str = ""
    year: int = 0
    unit: str = ""
    subject: str = ""
    area: str = ""
    outcome: str = ""

    @property
    def narrowed(self) -> dict[str, Any]:
        """What narrows the list, besides the words."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value for name, value in values.items() if value and name != "words"}


@dataclass(slots=True)
class Found:
    """What was found.

    :param items: one page: ``{kind: own|past, item, title, text, answer}``, the last three cut and marked
    :param total: how many were found, at most :data:`MOST_CANDIDATES` of a sort
    :param full: whether there may be more than was looked at
    :param nothing_to_seek: nothing that was typed is a word
    """

    items: list[dict[str, Any]] = field(default_factory=list)
    total: int = 0
    full: bool = False
    nothing_to_seek: bool = False


def search(wanted: Wanted, *, page: int = 1, without: int | None = None) -> Found:
    """One page of what was answered and is looked for: the best, among equals the newest first.

    Only what anybody may read is indexed, and it is asked again whether they may: what was covered a moment ago
    is not found.

    :param without: a question that is not to be found, by its id
    """
    narrowed = indexing.marks(
        hour=wanted.hour, year=wanted.year, unit=wanted.unit, subject=wanted.subject, area=wanted.area,
        outcome=wanted.outcome,
    )  # fmt: skip
    sought = (
        matching.terms(wanted.words, Synonyms.objects.values_list("words", flat=True)) if wanted.words else []
    )
    if not sought and (wanted.words or not narrowed):
        return Found(nothing_to_seek=bool(wanted.words))
    ranked, full = _ranked(sought, narrowed)
    start = (page - 1) * PER_PAGE
    shown = _read(ranked[start : start + PER_PAGE + (without is not None)], without)[:PER_PAGE]
    marked = [word for term in sought for word in term.shown]
    return Found([excerpts.of(one, marked) for one in shown], len(ranked), full)


def _ranked(sought: list[Term], narrowed: list[str]) -> tuple[list[int], bool]:
    """Documents in the order in which they are shown, and whether there are more."""
    whole = _having(matching.all_of(sought) if sought else None, narrowed)
    if len(sought) < 2 or len(whole) >= PLENTY:  # noqa: PLR2004 - half of one word is no word
        return whole, len(whole) == MOST_CANDIDATES
    partly = set(_having(matching.enough(sought), narrowed)) - set(whole)
    words = dict(Document.objects.filter(id__in=partly).values_list("id", "words"))
    score = {one: sum(term.weight for term in sought if term.is_in(words[one])) for one in words}
    return whole + sorted(score, key=lambda one: (-score[one], -one)), False


def _having(needed: Needed | None, narrowed: list[str]) -> list[int]:
    """Documents that have what is needed and all marks, the newest first."""
    statement, joints = _ASKED[connection.vendor]
    with connections[router.db_for_read(Document)].cursor() as cursor:
        cursor.execute(statement, [matching.expression(needed, narrowed, **joints), MOST_CANDIDATES])
        return [row[0] for row in cursor.fetchall()]


def _read(ids: list[int], without: int | None) -> list[dict[str, Any]]:
    """These documents as anybody may read them, in this order."""
    rows = {
        row: (question, past)
        for row, question, past in Document.objects.filter(id__in=ids).values_list(
            "id", "question_id", "past_id"
        )
    }
    own = {one["id"]: one for one in published.of_ids([one for one, _past in rows.values() if one])}
    old = history.of_ids([past for _one, past in rows.values() if past])
    found = []
    for place in ids:
        question, past = rows.get(place, (None, None))
        if question in own and question != without:
            found.append({"kind": "own", "item": own[question]})
        elif past in old:
            found.append({"kind": "past", "item": old[past]})
    return found


def find(words: str, *, limit: int = PER_PAGE) -> list[dict[str, Any]]:
    """The best answered questions of this system's own hours for these words, as anybody may read them."""
    found = search(Wanted(words)).items
    return [one["item"] for one in found if one["kind"] == "own"][:limit]
