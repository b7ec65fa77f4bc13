"""Earlier answers beside a draft: searched in all years, pulled in with their date, and a warning when they are old."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from townhall.history import published as history
from townhall.insight import finding, similar
from townhall.kernel import clock
from townhall.kernel.text import whole_number
from townhall.questions import dossier, published, queries

if TYPE_CHECKING:
    from townhall.desks.access import Place

MOST = 5
# School places, subsidies, fees and insurance bases are set anew every year: an answer that is older may be
# wrong however well it reads.
OLD = timedelta(days=365)


def search(words: str) -> list[dict[str, Any]]:
    """Earlier answers for these words, own and imported, of all years."""
    return [_line(one["kind"], one["item"]) for one in finding.search(finding.Wanted(words)).items[:MOST]]


def likely(place: Place, question_id: int) -> list[dict[str, Any]]:
    """Earlier answers to questions like this one, before anybody searches."""
    question = queries.get(place.actor, question_id)
    alike = [one["id"] for one in similar.similar(place.actor, question) if one["status"] == "published"]
    found = [_line("own", one) for one in dossier.answered(place.actor, alike)]
    return found or [one for one in search(question.title) if one["key"] != f"a{question_id}"]


def pulled(place: Place, key: str) -> dict[str, Any] | None:
    """The earlier answer with this key (``a12`` own, ``h12`` imported), or ``None``."""
    number = whole_number(key[1:])
    if number is None:
        return None
    if key[:1] == "a":
        found = dossier.answered(place.actor, [number])
        return _line("own", found[0]) if found else None
    past = history.of_ids([number]).get(number) if key[:1] == "h" else None
    return _line("past", past) if past else None


def _line(kind: str, item: dict[str, Any]) -> dict[str, Any]:
    own = kind == "own"
    on = (
        datetime.fromisoformat(item["answer"]["signed_at"]).date()
        if own
        else date.fromisoformat(item["answered_on"])
    )
    return {
        "key": f"{'a' if own else 'h'}{item['id']}",
        "url": f"/questions/{item['id']}/" if own else f"/history/{item['id']}/",
        "title": item["title"],
        "unit": item["answer"]["unit"] if own else item["unit"],
        "text": published.told_in_full(item["answer"]) if own else item["answer"],
        "mark": "" if own else item["mark"],
        "on": on,
        "old": clock.today() - on > OLD,
    }
