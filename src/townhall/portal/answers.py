"""An answer by itself, for the one who asked."""

from __future__ import annotations

from typing import Any

from townhall.live import cards, snapshot


def answer_html(question: dict[str, Any], lang: str) -> str:
    """The answer as its asker reads it (private replies too); empty before there is one."""
    answer = question["answer"]
    if not answer or not answer["text"]:
        return ""
    separator = ", " if lang == "en" else "、"
    target = question["merged_into"] or question
    context = {"q": {**question, "id": target["id"]}, "units": separator.join(cards.units(answer))}
    return snapshot.safe(cards.render("answer", context, lang))
