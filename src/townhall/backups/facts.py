"""What must be found again in a restored state: counts, sums, heads of chains; `config` connects them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Place:
    """A state that can be looked at.

    :param using: Django's alias of its database
    :param uploads: the folder of its uploads
    :param log: the folder of the log's files
    """

    using: str
    uploads: Path
    log: Path


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is told when a backup is made and looked for when it is restored.

    :param tell: reads it from a state, as JSON can hold it
    :param still_holds: what contradicts it in a later state of the same installation, in a few words, or nothing;
        only what is never changed can be asked so
    """

    name: str
    tell: Callable[[Place], Any]
    still_holds: Callable[[Any, Place], str] | None = None


FACTS: list[Fact] = []


def tell(place: Place) -> dict[str, Any]:
    """All facts of a state, as they come back from JSON."""
    found: dict[str, Any] = json.loads(json.dumps({fact.name: fact.tell(place) for fact in FACTS}))
    return found


def compare(told: dict[str, Any], place: Place) -> list[str]:
    """What is otherwise in this state than was told of the very same one."""
    found = tell(place)
    return [
        f"{name}: {_difference(told[name], found.get(name))}"
        for name in sorted(told)
        if name in found and told[name] != found[name]
    ]


def contradictions(told: dict[str, Any], place: Place) -> list[str]:
    """What of an earlier state is not true any more in this later one, though it never changes."""
    return [
        f"{fact.name}: {why}"
        for fact in FACTS
        if fact.still_holds and fact.name in told and (why := fact.still_holds(told[fact.name], place))
    ]


def _difference(told: Any, found: Any) -> str:
    """The first few places where two values part."""
    if isinstance(told, dict) and isinstance(found, dict):
        parts = [key for key in sorted(told.keys() | found.keys()) if told.get(key) != found.get(key)]
        return ", ".join(f"{key} was {told.get(key)}, is {found.get(key)}" for key in parts[:3])
    return f"was {told}, is {found}"
