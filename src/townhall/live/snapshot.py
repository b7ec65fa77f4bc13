"""The page as of entry N: what a visitor sees first, to which the frames after N are added without a seam."""

from __future__ import annotations

from typing import Any

from django.utils import translation
from django.utils.safestring import mark_safe

from townhall.hours import published as hours
from townhall.journal import read
from townhall.live import about, cards
from townhall.questions import published as questions

# What a first visit carries: with the longest real answers below 80 KB compressed.
MOST_ANSWERS = 50
MOST_WORKING = 20
# A cancelled hour has nothing to cover. An archived one moves no more, but what is covered in it leaves open pages too.
SILENT_STAGES = frozenset({"cancelled"})
STILL_STAGES = frozenset({"archived", "cancelled"})


def hour_context(slug: str, lang: str = "zh", *, key: str = "") -> dict[str, Any] | None:
    """Everything the hour's page shows, and the entry up to which it is true.

    The journal's head is read before any row: what is committed meanwhile is at worst told twice, never missed.
    The number of queries does not grow with the hour.

    :param key: a rehearsal's secret
    :returns: ``None`` when there is no such public hour
    """
    hour_row = hours.find(slug, key)
    if hour_row is None:
        return None
    seq = read.head(hour_row.id)
    with translation.override(cards.language(lang)):
        hour = hours.get_hour(slug, key)
        if hour is None:
            return None
        found = {
            name: questions.newest(hour["id"], show=show, limit=most + 1)
            for name, show, most in (
                ("answers", "published", MOST_ANSWERS),
                ("working", "pending", MOST_WORKING),
            )
        }
        clarifications = questions.clarifications(hour_id=hour["id"])
    parts = {**cards.hour_parts(hour, lang), "about": about.html(hour, lang)}
    return {
        "hour": hour,
        "seq": seq,
        "streaming": hour["stage"] not in SILENT_STAGES,
        "moving": hour["stage"] not in STILL_STAGES,
        "parts": {name: safe(html) for name, html in parts.items()},
        "answers": shelved(found["answers"][:MOST_ANSWERS], lang),
        "working": shelved(found["working"][:MOST_WORKING], lang),
        "more_answers": len(found["answers"]) > MOST_ANSWERS,
        "more_working": len(found["working"]) > MOST_WORKING,
        "clarifications": [safe(cards.clarification_html(one, lang)) for one in clarifications],
    }


def shelved(shown: list[dict[str, Any]], lang: str) -> list[str]:
    """Cards in the order in which the script would place them."""
    placed = sorted(shown, key=lambda one: (cards.order(one), one["id"]), reverse=True)
    return [
        safe(cards.question_html({k: v for k, v in one.items() if k != "cursor"}, lang)) for one in placed
    ]


def safe(html: str) -> str:
    """HTML that a template of ours has finished."""
    return mark_safe(html)
