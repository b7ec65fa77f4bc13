"""The line of asking: addresses take turns, a page's question waits once, and everybody hears what became of it."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from townhall.edge.intake import BATCH, Intake
from townhall.edge.turns import Turns
from townhall.edge.wiring import Answer, Question


def asked(key: str, slug: str = "one") -> Question:
    return Question(slug, {"idempotency_key": key}, "zh", "")


def test_one_address_does_not_stand_before_the_others() -> None:
    turns: Turns[str] = Turns()
    for number in range(1000):
        turns.add("flood", f"flood {number}")
    for who in ("ada", "bo"):
        turns.add(who, who)
    assert turns.take(4) == ["flood 0", "ada", "bo", "flood 1"]
    assert len(turns) == 998


@given(st.lists(st.sampled_from("abcd"), max_size=60), st.integers(1, 7))
def test_a_place_is_when_it_is_served(arrivals: list[str], batch: int) -> None:
    turns: Turns[int] = Turns()
    for number, who in enumerate(arrivals):
        turns.add(who, number)
        if number % 5 == 4:
            turns.take(1)
    waiting = {number: who for number, who in enumerate(arrivals) if turns.place(who, number) is not None}
    places = {number: turns.place(who, number) for number, who in waiting.items()}
    served: list[int] = []
    while taken := turns.take(batch):
        served += taken
    assert {number: place for place, number in enumerate(served, 1)} == places
    for who in set(waiting.values()):
        own = [number for number in served if arrivals[number] == who]
        assert own == sorted(own), "within an address, first come, first served"


class Desk:
    """What writes a batch, once it is let."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.status = 201

    def __call__(self, questions: Sequence[Question]) -> list[Answer]:
        self.batches.append([str(question.payload["idempotency_key"]) for question in questions])
        return [Answer(self.status, {"key": question.payload["idempotency_key"]}) for question in questions]


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    yield made
    made.close()


def test_a_flood_from_one_address_lets_a_batch_hold_everybody_else(loop: asyncio.AbstractEventLoop) -> None:
    desk = Desk()
    intake = Intake(desk, loop)
    for number in range(3 * BATCH):
        intake.submit(asked(f"flood {number}"), "flood", lambda _reply: None)
    for number in range(BATCH // 2):
        intake.submit(asked(f"citizen {number}"), f"address {number}", lambda _reply: None)
    intake.write_batch()
    assert sum(key.startswith("citizen") for key in desk.batches[0]) == BATCH // 2


def test_a_page_that_comes_again_keeps_its_place_and_is_written_once(loop: asyncio.AbstractEventLoop) -> None:
    desk = Desk()
    intake = Intake(desk, loop)
    for number in range(10):
        intake.submit(asked(f"before {number}"), f"address {number}", lambda _reply: None)
    assert not intake.knows("one", "mine")
    for _ in range(3):
        assert intake.hand_in(asked("mine"), "me", seconds=0) == (11, 3)
    assert intake.knows("one", "mine") and not intake.knows("two", "mine")
    intake.write_batch()
    assert Counter(key for batch in desk.batches for key in batch)["mine"] == 1
    for _ in range(2):
        assert intake.hand_in(asked("mine"), "me", seconds=0) == Answer(201, {"key": "mine"})
    assert len(desk.batches) == 1


@pytest.mark.parametrize("status", [409, 422, 500])
def test_what_was_refused_may_be_tried_again(loop: asyncio.AbstractEventLoop, status: int) -> None:
    desk = Desk()
    desk.status = status
    intake = Intake(desk, loop)
    intake.hand_in(asked("mine"), "me", seconds=0)
    intake.write_batch()
    refused = intake.hand_in(asked("mine"), "me", seconds=0)
    assert isinstance(refused, Answer) and refused.status == status
    desk.status = 201
    assert intake.hand_in(asked("mine"), "me", seconds=0) == (1, 3)
    intake.write_batch()
    assert intake.hand_in(asked("mine"), "me", seconds=0) == Answer(201, {"key": "mine"})


def test_a_full_line_says_so_and_takes_nobody_s_place(loop: asyncio.AbstractEventLoop) -> None:
    intake = Intake(Desk(), loop, most=2)
    replies: list[Any] = []
    for number in range(3):
        intake.submit(asked(str(number)), "me", replies.append)
    assert [reply.status for reply in replies] == [503]
    assert intake.hand_in(asked("mine"), "you", seconds=0)[0] is None  # type: ignore[index]
    assert not intake.knows("one", "mine")


def test_a_page_waits_for_a_quick_answer_and_not_for_a_slow_one(loop: asyncio.AbstractEventLoop) -> None:
    free = threading.Event()
    desk = Desk()

    def slow(questions: Sequence[Question]) -> list[Answer]:
        free.wait(10)
        return desk(questions)

    intake = Intake(slow, loop)
    intake.start()
    started = time.monotonic()
    assert intake.hand_in(asked("mine"), "me", seconds=0.1) == (1, 3)
    assert time.monotonic() - started < 5
    threading.Timer(0.05, free.set).start()
    assert intake.hand_in(asked("mine"), "me", seconds=10) == Answer(201, {"key": "mine"})
    intake.close()
