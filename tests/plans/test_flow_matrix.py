"""Every verb, person, state and stage: the oracle's answer is the table's, and the actions obey it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from townhall.hours.choices import ALL_STAGES
from townhall.kernel.errors import InvalidFields, Refused
from townhall.plans import actions, flow, queries
from townhall.plans.choices import State

if TYPE_CHECKING:
    from tests.plans.conftest import Office

# verb: who may, from which states; written out by hand, so that a slip in the table is seen here.
EXPECTED = {
    "save": ("coordinator", {"draft", "returned", "approved"}),
    "choose": ("coordinator", {"draft", "returned"}),
    "submit": ("coordinator", {"draft", "returned"}),
    "recall": ("coordinator", {"submitted"}),
    "approve": ("secretary", {"submitted"}),
    "return": ("secretary", {"submitted"}),
    "approve_on_paper": ("coordinator", {"submitted"}),
}
BEFORE = {"planned", "announced", "preparing"}
PEOPLE = ("coordinator", "secretary", "mayor", "moderator", "member1", "lead1", "inspector", "editor")
CALLS = {
    "save": lambda office, actor: actions.save(actor, office.data(place="别处")),
    "choose": lambda office, actor: actions.choose_approvers(
        actor, {"approver1": office.district.accounts["secretary"].id}
    ),
    "submit": lambda office, actor: actions.submit(actor),
    "recall": lambda office, actor: actions.recall(actor),
    "approve": lambda office, actor: actions.approve(actor, {}),
    "return": lambda office, actor: actions.send_back(actor, {"remark": "再改"}),
    "approve_on_paper": lambda office, actor: actions.approve_on_paper(
        actor, {"leader": "周敏", "date": "2026-11-29"}, None
    ),
}


def test_the_table_is_the_expected_one() -> None:
    assert set(flow.MOVES) == set(EXPECTED)


@pytest.mark.parametrize("state", State.values)
def test_who_may_what_in_every_state_and_stage(office: Office, state: str) -> None:
    office.to(state)
    plan = office.plan
    for name in PEOPLE:
        actor = office.actor(name)
        for verb, (who, states) in EXPECTED.items():
            for stage in ALL_STAGES:
                plan.hour.stage = stage
                allowed = name == who and state in states and stage in BEFORE
                found = flow.refusal(actor, verb, plan)
                assert (found is None) == allowed, (name, verb, state, stage)
                if found is not None:
                    assert found.status == (403 if name != who else 409)
                    assert str(found.message)


@pytest.mark.parametrize("verb", EXPECTED)
@pytest.mark.parametrize("state", State.values)
def test_the_actions_obey_the_oracle(office: Office, state: str, verb: str) -> None:
    office.to(state)
    for name in ("moderator", EXPECTED[verb][0]):
        actor = office.actor(name)
        expected = flow.refusal(actor, verb, office.plan)
        if expected is not None:
            with pytest.raises(Refused) as refused:
                _call(verb, office, actor)
            assert refused.value.code == expected.code
        else:
            with pytest.raises(InvalidFields) if verb == "approve_on_paper" else _nothing():
                _call(verb, office, actor)


def _call(verb: str, office: Office, actor: object) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    png = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\0" * 40 + b"IEND\xaeB`\x82"
    if verb == "approve_on_paper" and flow.refusal(actor, verb, office.plan) is not None:  # type: ignore[arg-type]
        data = {"leader": "周敏", "date": "2026-11-29"}
        actions.approve_on_paper(actor, data, SimpleUploadedFile("a.png", png))  # type: ignore[arg-type]
        return
    CALLS[verb](office, actor)


def _nothing() -> object:
    from contextlib import nullcontext

    return nullcontext()


def test_the_buttons_say_what_the_oracle_says(office: Office) -> None:
    office.to("submitted")
    moves = queries.moves(office.actor("coordinator"), office.plan)
    assert set(moves) == {"save", "choose", "submit", "recall", "approve_on_paper"}
    assert moves["recall"] is None
    assert "呈批中" in str(moves["save"])
