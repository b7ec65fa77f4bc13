"""Whether what is shown today is what was published: the words of today's rows against the hashes in the leaves.

Whoever has the database's password can drop the triggers that say never, and change a signed answer where pages read
it. They cannot change the leaf, which hangs under signatures, nor find another text with its hash.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import override

from townhall.journal.models import DISTRICT_LINE, Entry
from townhall.kernel import masks
from townhall.record.actions import ERASE_ALL
from townhall.record.hiding import commitment_to
from townhall.record.leaves import FORM, WORDS_OF, Sources, whole
from townhall.record.models import Leaf, Opening

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from townhall.record.leaves import Words

# Acts whose words never change afterwards; a question's may be edited until it is answered, by an entry of its own.
KINDS = tuple(WORDS_OF)
# Names, which people and units may change with good reason.
RENAMED = frozenset({"unit", "signed_by", "display_name"})
# Shown with personal data covered: a newer version may cover more of them.
MASKED = frozenset({"title", "text", "comment"})
STEP = 500


def among(indexes: Sequence[int] | None = None) -> Iterator[Leaf]:
    """The leaves whose words are shown otherwise than they were published.

    :param indexes: only these leaves; all of them otherwise
    """
    rows = Leaf.objects.filter(kind__in=KINDS, line__isnull=False).order_by("index")
    if indexes is not None:
        rows = rows.filter(index__in=indexes)
    last = -1
    while found := list(rows.filter(index__gt=last)[:STEP]):
        last = found[-1].index
        yield from _altered(found)


def _altered(found: list[Leaf]) -> Iterator[Leaf]:
    openings = Opening.objects.in_bulk([leaf.index for leaf in found])
    places = {leaf.index: (leaf.line or DISTRICT_LINE, leaf.seq or 0) for leaf in found}
    rows = Entry.objects.filter(
        line__in={line for line, _seq in places.values()}, seq__in={seq for _line, seq in places.values()}
    )
    entries = {(entry.line, entry.seq): entry for entry in rows}
    wanted = {index: entries.get(place) for index, place in places.items()}
    with override("zh-hans"):  # as the leaves were written
        sources = Sources([entry for entry in wanted.values() if entry is not None])
        for leaf in found:
            entry = wanted[leaf.index]
            if entry is None or not _is_as_published(leaf, entry, sources, openings.get(leaf.index)):
                yield leaf


def _is_as_published(leaf: Leaf, entry: Entry, sources: Sources, opening: Opening | None) -> bool:
    told = json.loads(leaf.data)
    hashes: dict[str, str] = told["texts"]
    question = sources.question_of(entry)
    if opening is None or not opening.words:
        return not hashes or sources.is_removed(entry, question) or _went_with_a_question(entry, sources)
    now = {name: whole(text) for name, text in sources.words(entry, question).items() if text}
    if told.get("v") == FORM and now.keys() - hashes.keys():
        return False  # words stand there that were never signed
    return all(_is_same(name, hashed, opening, now) for name, hashed in hashes.items() if name not in RENAMED)


def _went_with_a_question(entry: Entry, sources: Sources) -> bool:
    """A closing paper that told of a question which was taken down, if only for a time."""
    taken = Leaf.objects.filter(kind__in=ERASE_ALL).values("question")
    return entry.subject == "closing" and entry.subject_id in sources.papers_about(Q(id__in=taken))


def _is_same(name: str, hashed: str, opening: Opening, now: Words) -> bool:
    kept = opening.words.get(name)
    if kept is None or commitment_to(kept["text"], bytes.fromhex(kept["salt"])) != hashed:
        return False
    shown = now.get(name, "")
    return shown == kept["text"] or (name in MASKED and shown == masks.mask(kept["text"]))
