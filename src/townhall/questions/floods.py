"""The same text again and again: found at once, and merged in one move.

Likenesses that a person must weigh are :mod:`townhall.insight.similar`'s. Here only what says the same counts: equal
but for spaces, punctuation, width, case and digits, which is what a flood or a chain letter changes.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from townhall.kernel.errors import Refused
from townhall.questions import queries
from townhall.questions.choices import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from townhall.hours.seats import Actor
    from townhall.questions.models import Question

# What is said the same for so long is the same; a signature below may differ.
COMPARED = 400
# So short a text is said by many in the same words.
SHORTEST = 8
# More are merged with the next press: each is a move of its own, and a desk waits for all of them.
MOST_AT_ONCE = 50
# So many on one page of the queue are shown as one row above it; two may be chance.
MANY = 3
_DIGITS = re.compile(r"\d+")
_NO_LETTER = re.compile(r"[\W_]+")


def plain(text: str) -> str:
    """What counts of a text: letters alone, every number as one sign."""
    folded = unicodedata.normalize("NFKC", text[: 2 * COMPARED]).casefold()
    return _NO_LETTER.sub("", _DIGITS.sub("〇", folded))[:COMPARED]


def alike(actor: Actor, question: Question) -> list[tuple[int, int]]:
    """Id and number of other questions not yet dispatched that say the same as this one."""
    wanted = plain(question.text)
    if len(wanted) < SHORTEST or question.status not in {Status.RECEIVED, Status.ACCEPTED}:
        return []
    rows = (
        queries.visible(actor).filter(status__in=[Status.RECEIVED, Status.ACCEPTED]).exclude(id=question.id)
    )
    found = rows.order_by("number").values_list("id", "number", "text")
    return [(one, number) for one, number, text in found.iterator() if plain(text) == wanted]


def groups(cards: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Of cards in order, those that say the same, :data:`MANY` or more: the first one, and all numbers. No query."""
    found: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for card in cards:
        said = plain(card["text"])
        if len(said) >= SHORTEST and card["status"] in {Status.RECEIVED, Status.ACCEPTED}:
            found[said].append(card)
    return [
        {"id": same[0]["id"], "title": same[0]["title"], "numbers": [card["number"] for card in same]}
        for same in found.values()
        if len(same) >= MANY
    ]


def merge_all(actor: Actor, question: Question, merge: Callable[[int, dict[str, Any]], Any]) -> int:
    """Merge into this question whatever says the same; how many it was.

    :param merge: does one merge, with all that a merge checks
    :raises Refused: when not a single one could be merged, with the first reason
    """
    done, first = 0, None
    for one, _number in alike(actor, question)[:MOST_AT_ONCE]:
        try:
            merge(one, {"into": question.id})
        except Refused as refused:  # somebody has it open, or it has moved on meanwhile
            first = first or refused
        else:
            done += 1
    if not done and first is not None:
        raise first
    return done
