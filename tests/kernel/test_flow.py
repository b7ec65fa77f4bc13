"""The tiny language of moves refuses tables that make no sense."""

from __future__ import annotations

from typing import Any

import pytest

from townhall.kernel.flow import Move, table


def move(
    verb: str = "go", sources: tuple[str, ...] = ("here",), target: str | None = "there", **more: Any
) -> Move:
    nobody: frozenset[str] = frozenset()
    return Move(verb, frozenset(sources), target, nobody, nobody, verb, verb, **more)


def test_a_table_is_indexed_by_verb() -> None:
    assert set(table([move(), move("stay", target=None)], ["here", "there"], {})) == {"go", "stay"}


@pytest.mark.parametrize(
    ("moves", "complaint"),
    [
        ([move(sources=("nowhere",))], "unknown states"),
        ([move(target="nowhere")], "unknown states"),
        ([move(guards=("mystery",))], "unknown guards"),
        ([move(), move()], "told twice"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused(moves: list[Move], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        table(moves, ["here", "there"], {"known": None})
