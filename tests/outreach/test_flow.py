"""Both tables, walked through exhaustively; and a message's fate under any order of events."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from townhall.hours.choices import EVERY_ROLE, Stage
from townhall.outreach import flow
from townhall.outreach.choices import BroadcastState, State

if TYPE_CHECKING:
    from collections.abc import Mapping


class Actor(SimpleNamespace):
    def holds(self, roles: frozenset[str]) -> bool:
        return bool(self.roles & roles)


def who(role: str, *, system: bool = False) -> Any:
    return Actor(roles=frozenset({role}), is_system=system)


def broadcast(state: str, **facts: Any) -> Any:
    return SimpleNamespace(**{"state": state, "provider": "export", "preview": {}, **facts})


EVERYTHING: Mapping[str, int] = {"queued": 1, "sent": 1, "unknown": 1, "denied": 1}


@pytest.mark.parametrize("verb", flow.MOVES)
@pytest.mark.parametrize("stage", [stage.value for stage in Stage])
def test_a_verb_is_possible_exactly_where_the_table_says(verb: str, stage: str) -> None:
    move = flow.MOVES[verb]
    for state in BroadcastState.values:
        for role in sorted(EVERY_ROLE):
            for system in (False, True):
                refused = flow.refusal(
                    who(role, system=system), verb, broadcast(state), stage, dict(EVERYTHING)
                )
                possible = (
                    role in move.roles
                    and (system or verb not in flow.BY_THE_SYSTEM)
                    and state in move.sources
                    and stage in move.stages
                )
                assert (refused is None) is possible, (verb, state, stage, role, system)
                assert refused is None or str(refused.message)


@pytest.mark.parametrize(
    ("verb", "state", "facts", "counts", "code"),
    [
        ("preview", "draft", {}, {}, "has_recipients"),
        ("confirm", "previewed", {}, {}, "has_recipients"),
        ("hand_over", "confirmed", {"provider": "http"}, {"queued": 1}, "is_export"),
        ("send_unknown_again", "done", {}, {"accepted": 1}, "has_unknown"),
        ("send_unknown_again", "done", {}, {"unknown": 1}, "denied"),
        ("send_unknown_again", "done", {}, {"unknown": 1, "denied": 0}, "denied"),
        ("send_unknown_anyway", "done", {}, {"accepted": 1}, "has_unknown"),
        ("confirm_sent", "done", {"provider": "http"}, {"sent": 1}, "is_export"),
        ("confirm_sent", "done", {}, {"delivered": 1}, "handed_over"),
    ],
)
def test_guards_say_why_not(
    verb: str, state: str, facts: dict[str, Any], counts: dict[str, int], code: str
) -> None:
    refused = flow.refusal(who("coordinator"), verb, broadcast(state, **facts), "announced", counts)
    assert refused is not None and refused.code == code


def test_every_state_can_be_reached_and_left() -> None:
    targets = {move.target for move in flow.MOVES.values()} | {"draft"}
    assert targets >= set(BroadcastState.values)
    assert {target for _sources, target in flow.FATES.values()} == set(State.values)


@given(st.lists(st.sampled_from(sorted(flow.FATES)), max_size=40))
def test_what_was_delivered_stays_delivered(events: list[str]) -> None:
    state, handed, delivered = State.QUEUED.value, 0, False
    allowed_again = 1
    for verb in events:
        before = state
        state = flow.fate(verb, state) or state
        handed += verb == "send" and before != state
        # Only a certain failure to connect, or a person's decision, opens the way to a second hand-over.
        allowed_again += before != state and verb in {"put_back", "send_again"}
        if delivered:
            assert state == State.DELIVERED
        delivered = delivered or state == State.DELIVERED
        assert handed <= allowed_again
