"""From what somebody typed to what the databases are asked: terms, their synonyms, how much must be there."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from townhall.insight.words import STOP_WORDS, sought_words, spell
from townhall.kernel import text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Of a letter that somebody pastes, the longest words tell what it is about.
MOST_TERMS = 8
# Half of what was typed must be there, counted in characters: 学区房划片 finds 划片学区, not every 学区.
ENOUGH = 0.5


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that is looked for.

    :param word: as it was typed, for weighing
    :param alternatives: each a list of spelt words that must all be there; one of them is enough
    :param shown: what is marked in a text that was found
    """

    word: str
    alternatives: tuple[tuple[str, ...], ...]
    shown: tuple[str, ...]

    @property
    def weight(self) -> int:
        """Its length: a long word tells more than a short one."""
        return len(self.word)

    def is_in(self, words: str) -> bool:
        """Whether a document's words have it."""
        return any(all(f"{one} " in words for one in way) for way in self.alternatives)


# What a database is asked: any of these ways, each of them all of these terms.
Ways = list[tuple[Term, ...]]


def plain(words: str) -> str:
    """Words as they are compared: no full-width letters, no capitals."""
    return unicodedata.normalize("NFKC", words).casefold()


def terms(words: str, synonyms: Iterable[Sequence[str]] = ()) -> list[Term]:
    """What to look for: the words that tell something, single characters only when there is nothing else."""
    typed = plain(text.sought(words))
    found: list[Term] = []
    groups = [[plain(word) for word in group] for group in synonyms]
    for word, group in sorted(((w, g) for g in groups for w in g), key=lambda one: -len(one[0])):
        if word and word in typed:
            typed = typed.replace(word, " ")
            ways = tuple(dict.fromkeys(way for other in [word, *group] if (way := _way(other))))
            found.append(Term(word, ways, tuple(dict.fromkeys([word, *group]))))
    cut = sought_words(typed)
    telling = [word for word in cut if word not in STOP_WORDS] or ([] if found else cut)
    long = [word for word in telling if len(word) > 1] or ([] if found else telling)
    found += [Term(word, ((spell(word),),), (word,)) for word in long]
    return sorted(found, key=lambda term: -term.weight)[:MOST_TERMS]


def _way(words: str) -> tuple[str, ...]:
    return tuple(spell(word) for word in sought_words(words))


def enough(found: Sequence[Term]) -> Ways:
    """The smallest choices of terms that together are enough; whoever has one of them is found."""
    least = ENOUGH * sum(term.weight for term in found)
    ways: Ways = []
    for size in range(1, len(found)):
        for some in combinations(found, size):
            if sum(term.weight for term in some) >= least and not any(set(way) <= set(some) for way in ways):
                ways.append(some)
    return ways


def expression(ways: Ways, marks: Sequence[str], *, both: str, either: str) -> str:
    """What is asked, in a database's own words for *and* and *or*.

    Only letters from a to p, w and x come into it, whatever was typed.
    """
    of_words = either.join(f"({both.join(_term(term, both, either) for term in way)})" for way in ways if way)
    parts = [*marks, *([f"({of_words})"] if of_words else [])]
    return both.join(parts)


def _term(term: Term, both: str, either: str) -> str:
    return f"({either.join(f'({both.join(way)})' for way in term.alternatives)})"
