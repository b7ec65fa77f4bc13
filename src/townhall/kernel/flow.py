"""A tiny language for the life of a thing: a table of moves, refused at import when it makes no sense."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Move:
    """One verb of a flow.

    :param verb: the name of the action
    :param sources: the states it may start from
    :param target: the state it leads to; ``None`` leaves the state as it is
    :param roles: the seats that may do it
    :param stages: the stages of the office hour in which it is allowed
    :param guards: names of further conditions, each a predicate of the flow's own module
    :param label: what the button says
    :param summary: one line for the manual
    """

    verb: str
    sources: frozenset[str]
    target: str | None
    roles: frozenset[str]
    stages: frozenset[str]
    label: Any
    summary: Any
    guards: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a move is not possible just now, for the greyed button and for the answer to a program."""

    status: int
    code: str
    message: Any


def table(moves: Iterable[Move], states: Iterable[str], guards: Mapping[str, Any]) -> dict[str, Move]:
    """Index moves by verb after checking that every state and guard they name exists.

    :raises ValueError: for an unknown state, an unknown guard or a verb told twice
    """
    known = set(states)
    index: dict[str, Move] = {}
    for move in moves:
        named = set(move.sources) | ({move.target} if move.target else set())
        if unknown := named - known:
            message = f"{move.verb}: unknown states {sorted(unknown)}"
            raise ValueError(message)
        if unknown := set(move.guards) - set(guards):
            message = f"{move.verb}: unknown guards {sorted(unknown)}"
            raise ValueError(message)
        if move.verb in index:
            message = f"{move.verb} is told twice"
            raise ValueError(message)
        index[move.verb] = move
    return index
