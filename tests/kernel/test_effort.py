"""A puzzle is solved once, in time and only as it was made; a ticket opens once, after its wait, at its address."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from townhall.kernel import clock, effort

WHERE = "203.0.113.7"


@pytest.fixture(autouse=True)
def _calm() -> Iterator[None]:
    effort.forget_pressure()
    yield
    effort.forget_pressure()


def solved(puzzle: dict[str, Any], **other: Any) -> str:
    """What ALTCHA's programs send back."""
    number = next(
        n
        for n in range(puzzle["maxnumber"] + 1)
        if sha256(f"{puzzle['salt']}{n}".encode()).hexdigest() == puzzle["challenge"]
    )
    keys = ("algorithm", "challenge", "salt", "signature")
    answer = {**{key: puzzle[key] for key in keys}, "number": number, **other}
    return base64.b64encode(json.dumps(answer).encode()).decode()


def test_a_solution_opens_once() -> None:
    answer = solved(effort.challenge())
    assert effort.is_solved(answer)
    assert not effort.is_solved(answer)


def test_a_solution_ends_with_its_time() -> None:
    answer = solved(effort.challenge())
    with clock.steer(clock.now() + effort.LIFE):
        assert not effort.is_solved(answer)


def test_no_longer_life_is_made_by_moving_a_digit_from_the_number_into_the_salt() -> None:
    puzzle = effort.challenge()
    answer = json.loads(base64.b64decode(solved(puzzle)))
    digits = str(answer["number"])
    if len(digits) > 1:
        moved = {"salt": puzzle["salt"] + digits[0], "number": int(digits[1:])}
        assert not effort.is_solved(solved(puzzle, **moved))
    assert not effort.is_solved(solved(puzzle, salt=puzzle["salt"].replace("expires=", "expires=9")))


def test_a_puzzle_that_is_not_ours_is_none() -> None:
    puzzle = effort.challenge()
    made = sha256(f"{puzzle['salt']}7".encode()).hexdigest()
    assert not effort.is_solved(solved({**puzzle, "challenge": made}))


@pytest.mark.parametrize(
    "sent",
    [None, 7, "", "?", "e30=", "W10=", base64.b64encode(b'{"number": true}').decode(), "字", "A" * 3000],
)
def test_nonsense_is_no_solution_and_no_ticket(sent: object) -> None:
    assert not effort.is_solved(sent)
    assert not effort.has_waited(sent, WHERE)


def test_a_ticket_opens_once_after_its_wait_and_at_its_address_only() -> None:
    held = effort.ticket(WHERE)
    assert effort.seconds_left(held, WHERE) == 15 and not effort.has_waited(held, WHERE)
    with clock.steer(clock.now() + effort.WAIT):
        assert not effort.has_waited(held, "203.0.113.8")
        assert effort.has_waited(held, WHERE)
        assert not effort.has_waited(held, WHERE)
    with clock.steer(clock.now() + effort.WAIT + effort.LIFE + timedelta(seconds=2)):
        assert effort.seconds_left(held, WHERE) is None


def test_it_is_wanted_when_the_queue_is_nearly_full_and_a_minute_after(settings: Any) -> None:
    effort.note(0.7)
    assert not effort.is_wanted()
    effort.note(0.75)
    assert effort.is_wanted()
    with clock.steer(clock.now() + effort.KEPT_UP):
        assert not effort.is_wanted()
    effort.note(1)
    settings.ASK_EFFORT = "off"
    assert not effort.is_wanted()


def test_the_operator_has_a_switch(settings: Any, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path
    assert not effort.is_wanted()
    (tmp_path / effort.SWITCH).touch()
    assert effort.is_wanted()
