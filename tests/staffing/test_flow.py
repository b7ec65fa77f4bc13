"""Every verb, seat, stage and state: the oracle against a table written by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from tests.fixtures import START, District
from townhall.hours.choices import Role, Stage
from townhall.hours.seats import Actor
from townhall.kernel import clock
from townhall.people.standing import Standing
from townhall.staffing import actions, flow
from townhall.staffing.flow import MOVES, STATES, Thing

PLAN = {"lay_out", "add_post", "edit_post", "remove_post", "assign", "put_down", "arrange", "list_items",
        "add_item"}  # fmt: skip
FROM = {"place": {"due", "present"}, "remove": {"due", "present"}, "check_in": {"due"}, "check_out": {"present"},
        "tick": {"todo"}, "untick": {"done"}, "remove_item": {"todo"}}  # fmt: skip
DOOR, HALL = {"check_in", "check_out"}, {"list_items", "add_item", "tick", "untick", "remove_item"}


def expected(verb: str, role: str, stage: str, state: str) -> str | None:
    allowed = {"coordinator"}
    if verb in DOOR:
        allowed |= {"technician"}
    if verb in HALL:
        allowed |= {"logistics"}
    if role not in allowed:
        return "seat"
    evening = {"announced", "preparing", "live"}
    if stage not in (evening if verb in DOOR else evening | {"planned", "wrapping"}):
        return "stage"
    return None if state in FROM.get(verb, {"plan"}) else "state"


def test_the_table_names_every_verb_and_every_verb_acts() -> None:
    assert set(MOVES) == PLAN | set(FROM)
    assert set(actions._VERBS) == set(MOVES)


@pytest.mark.parametrize("verb", MOVES)
def test_the_oracle_answers_as_the_table(verb: str, district: District) -> None:
    hour = district.hour
    for role, stage, state in product(Role.values, Stage.values, STATES):
        hour.stage = stage
        actor = Actor(1, "a", "A", hour.id, frozenset({role}))
        found = flow.refusal(actor, verb, Thing(hour, state, account_id=2))
        assert (found.code if found else None) == expected(verb, role, stage, state), (role, stage, state)


@pytest.mark.parametrize("role", Role.values)
def test_everybody_may_check_themselves_in_and_nobody_else(role: str, district: District) -> None:
    district.hour.stage = "preparing"
    actor = Actor(1, "a", "A", district.hour.id, frozenset({role}))
    own, other = Thing(district.hour, "due", 1), Thing(district.hour, "due", 2)
    assert flow.refusal(actor, "check_in", own) is None
    assert (flow.refusal(actor, "check_in", other) is None) == (role in {"coordinator", "technician"})
    with clock.steer(START - timedelta(hours=3, seconds=1)):
        refused = flow.refusal(actor, "check_in", own)
    assert refused is not None
    assert refused.code == "evening"


def test_whoever_must_prove_themselves_does_so_when_they_arrive(district: District) -> None:
    district.hour.stage = "preparing"
    own = Thing(district.hour, "due", 1)
    actor = Actor(
        1, "a", "A", district.hour.id, frozenset({"mayor"}), standing=Standing(demanded=True, lapse="idle")
    )
    refused = flow.refusal(actor, "check_in", own)
    assert refused is not None
    assert (refused.code, "30 分钟" in str(refused.message)) == ("proof", True)
    proved = replace(actor, standing=Standing(demanded=True, proved_at=START))
    assert flow.refusal(proved, "check_in", own) is None
