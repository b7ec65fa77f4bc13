"""Fronts that share what they keep: frames are handed to whichever of them answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from townhall.live.fanout import Publisher


class Told(NamedTuple):
    id: int
    event: str
    data: str


class Source:
    """One hour with one frame more at each look."""

    def __init__(self) -> None:
        self.seq = 0

    def head(self, _slug: str) -> int:
        self.seq += 1
        return self.seq

    def after(self, _slug: str, seq: int, _fmt: str) -> Sequence[Told]:
        return [Told(number, "answer", f"q-{number}") for number in range(seq + 1, self.seq + 1)]

    def counts(self, _slug: str, _fmt: str) -> None:
        return None


@pytest.fixture
def down() -> set[str]:
    return set()


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def publisher(tmp_path: Path, down: set[str], asked: list[str]) -> Publisher:
    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        if request.url.host in down:
            raise httpx.ConnectError("no route", request=request)
        return httpx.Response(202, json={"messages": 5})

    made = Publisher(
        Source(), ["http://left/publish|http://right/publish"], tmp_path / "kept", hours=lambda: ["one"]
    )
    made._client = httpx.Client(transport=httpx.MockTransport(answer))
    return made


def test_the_door_that_answered_last_is_used_until_it_does_not(
    publisher: Publisher, down: set[str], asked: list[str]
) -> None:
    assert publisher.round() == 3
    assert set(asked) == {"left"}
    down.add("left")
    asked.clear()
    assert publisher.round() == 3, "nothing is put off"
    assert asked == ["left", "right", "right", "right"]
    down.clear()
    asked.clear()
    publisher.round()
    assert set(asked) == {"right"}


def test_what_no_door_takes_is_said_again_later(
    publisher: Publisher, down: set[str], asked: list[str]
) -> None:
    down.update({"left", "right"})
    assert publisher.round() == 0
    assert sorted(asked) == ["left", "right"]
    down.clear()
    publisher._engines[0].again_at = 0.0
    assert publisher.round() == 3
