"""What a kind of journal entry is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of journal entry.

    :param name: ``subject.what_happened``
    :param facts: the names of the facts it may carry (ids, numbers, dates, words of a list)
    :param meaning: one line for the manual
    """

    name: str
    facts: tuple[str, ...]
    meaning: str
