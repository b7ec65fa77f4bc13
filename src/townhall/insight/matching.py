"""From what somebody typed to what the databases are asked: terms, their synonyms, how much must be there."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

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


class Joined(NamedTuple):
    """Several things of which all are needed, or one.

    :param all_of_them: otherwise one is enough
    """

    all_of_them: bool
    parts: tuple[Needed, ...]


Needed = Term | Joined


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


def all_of(found: Sequence[Term]) -> Needed:
    """Every term."""
    return _joined(all_of_them=True, parts=found)


def enough(found: Sequence[Term]) -> Needed | None:
    """Any choice of terms that has half of what was typed; nothing when nothing was."""
    return _at_least(found, ENOUGH * sum(term.weight for term in found))


def _at_least(found: Sequence[Term], least: float) -> Needed | None:
    """What has terms of this weight together, which is not more than all of them weigh; nothing when it needs none.

    Halved and halved again: at least so much in one half and the rest in the other. Half of eight terms alike are 48
    words to the database this way; as a list of all choices they are 280, and the database looks each of them up.
    """
    if least <= 0:
        return None
    if len(found) == 1:
        return found[0]
    first, rest = found[: len(found) // 2], found[len(found) // 2 :]
    most = sum(term.weight for term in rest)
    ways: dict[Needed | None, Needed] = {}
    for share in sorted(_weights(first)):
        if least - share <= most:
            other = _at_least(rest, least - share)
            parts = [part for part in (_at_least(first, share), other) if part is not None]
            ways.setdefault(
                other, _joined(all_of_them=True, parts=parts)
            )  # the least share with it says it all
    return _joined(all_of_them=False, parts=list(ways.values()))


def _weights(found: Sequence[Term]) -> set[int]:
    """What choices of these terms can weigh."""
    weights = {0}
    for term in found:
        weights |= {weight + term.weight for weight in weights}
    return weights


def _joined(*, all_of_them: bool, parts: Sequence[Needed]) -> Needed:
    return parts[0] if len(parts) == 1 else Joined(all_of_them, tuple(parts))


def expression(needed: Needed | None, marks: Sequence[str], *, both: str, either: str) -> str:
    """What is asked, in a database's own words for *and* and *or*.

    Only letters from a to p, w and x come into it, whatever was typed.
    """
    return both.join([*marks, *([_expressed(needed, both, either)] if needed is not None else [])])


def _expressed(needed: Needed, both: str, either: str) -> str:
    if isinstance(needed, Term):
        return f"({either.join(f'({both.join(way)})' for way in needed.alternatives)})"
    joint = both if needed.all_of_them else either
    return f"({joint.join(_expressed(part, both, either) for part in needed.parts)})"
