"""What differs between two versions of a plan, and whether it needs approval again."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from townhall.people.models import Unit
from townhall.plans.choices import FIELDS, GROUPS_LABEL, GROUPS_SUBSTANTIVE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from townhall.plans.models import PlanVersion

_PIECE = re.compile(r"[A-Za-z0-9]+|\s+|.", re.DOTALL)


def changed(
    before: PlanVersion | None, words: Mapping[str, str], groups: Sequence[Mapping[str, Any]]
) -> list[str]:
    """The names of the fields that differ from a version."""
    found = [name for name in FIELDS if words[name] != (getattr(before, name) if before else "")]
    if _plain(groups) != _plain(before.groups if before else []):
        found.append("groups")
    return found


def _plain(groups: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[int]]]:
    return [(group["name"], list(group["units"])) for group in groups]


def is_substantive(fields: Sequence[str]) -> bool:
    """Whether a change of these fields needs approval again: the table in ``choices`` says so."""
    return any(GROUPS_SUBSTANTIVE if name == "groups" else FIELDS[name].substantive for name in fields)


@dataclass(slots=True)
class Difference:
    """One field of two versions, in pieces: ``same``, ``out``, ``in``."""

    label: Any
    substantive: bool
    pieces: list[tuple[str, str]] = field(default_factory=list)


def between(old: PlanVersion | None, new: PlanVersion) -> list[Difference]:
    """Every field in which two versions differ, word by word."""
    found = []
    for one in FIELDS.values():
        before, after = (getattr(old, one.name) if old else ""), getattr(new, one.name)
        if before != after:
            found.append(Difference(one.label, one.substantive, pieces(before, after)))
    before_groups, after_groups = in_words([old.groups if old else [], new.groups])
    if before_groups != after_groups:
        found.append(Difference(GROUPS_LABEL, GROUPS_SUBSTANTIVE, pieces(before_groups, after_groups)))
    return found


def in_words(several: Sequence[Sequence[Mapping[str, Any]]]) -> list[str]:
    """Groups as lines of text, ``教育组：区教育局、团区委``."""
    names = Unit.objects.in_bulk({unit for groups in several for group in groups for unit in group["units"]})
    return [
        "\n".join(
            f"{group['name']}：{'、'.join(names[unit].name for unit in group['units'] if unit in names)}"
            for group in groups
        )
        for groups in several
    ]


def pieces(before: str, after: str) -> list[tuple[str, str]]:
    """Two texts as stretches that stayed, went and came."""
    old, new = _PIECE.findall(before), _PIECE.findall(after)
    found: list[tuple[str, str]] = []
    for what, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            found.append(("same", "".join(old[a:b])))
            continue
        if b > a:
            found.append(("out", "".join(old[a:b])))
        if d > c:
            found.append(("in", "".join(new[c:d])))
    return found
