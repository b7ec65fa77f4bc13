"""Every verb of a step × every seat × every mark × every stage, by event or by hand: against a table of its own."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from townhall.countdown import flow
from townhall.countdown.dates import Due
from townhall.countdown.models import Step
from townhall.countdown.states import Standing
from townhall.hours.choices import Role, Stage
from townhall.hours.models import OfficeHour
from townhall.hours.seats import Actor

NOW = datetime(2026, 11, 18, tzinfo=UTC)
OWNER = "technician"
# verb -> who, from which mark, whether an event may do the step
EXPECTED = {
    "tick": ({"coordinator", OWNER}, "open", False),
    "untick": ({"coordinator", OWNER}, "done", False),
    "skip": ({"coordinator"}, "open", True),
    "take_up": ({"coordinator"}, "skipped", True),
}
STAGES = {"planned", "announced", "preparing", "live", "wrapping"}


def standing(mark: str, *, by_event: bool) -> Standing:
    done_at = NOW if mark == "done" else None
    step = Step(code="x", mark=mark, marked_at=done_at, owner_role=OWNER)
    return Standing(step, Due(NOW.date(), NOW, NOW, provisional=False), done_at, by_event)


def expected(verb: str, seat: str, mark: str, stage: str, *, by_event: bool) -> int:
    seats, source, events = EXPECTED[verb]
    if seat not in seats:
        return 403
    if stage not in STAGES or mark != source or (by_event and not events):
        return 409
    return 0


def test_every_verb_is_expected() -> None:
    assert set(flow.MOVES) == set(EXPECTED)


@pytest.mark.parametrize("verb", EXPECTED)
@pytest.mark.parametrize("seat", [role.value for role in Role])
def test_the_oracle_says_what_the_table_says(verb: str, seat: str) -> None:
    actor = Actor(1, seat, seat, 1, frozenset({seat}))
    for stage in Stage.values:
        for mark in ("open", "done", "skipped"):
            for by_event in (False, True):
                hour = OfficeHour(stage=stage)
                found = flow.refusal(actor, verb, hour, standing(mark, by_event=by_event))
                status = found.status if found else 0
                assert status == expected(verb, seat, mark, stage, by_event=by_event), (stage, mark, by_event)
                assert found is None or found.message
