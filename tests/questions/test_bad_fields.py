"""Odd values in the fields of staff verbs: refused by name, or harmless; never an accident, never half."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.questions import every_state
from tests.questions.every_state import undone
from tests.questions.odd_values import ODD
from townhall.journal import read
from townhall.kernel.errors import InvalidFields, Refused
from townhall.questions import actions, published, tracking

if TYPE_CHECKING:
    from tests.questions.every_state import EveryState
    from townhall.questions.models import Question

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("evening")]

FIELDS: dict[str, tuple[str, ...]] = {
    "decline": ("code", "fill", "handed_to", "handed_at", "note"),
    "reopen": ("note",),
    "uphold": ("note",),
    "edit": ("title", "text", "kind", "subject", "area", "note"),
    "split": ("parts",),
    "merge": ("into",),
    "assign": ("lead", "unit", "assisting", "note"),
    "designate": ("lead", "assisting", "note"),
    "return": ("reason_code", "proposed_unit"),
    "contribute": ("text",),
    "draft": (
        "text",
        "outcome",
        "commitments",
        "base_version",
        "verdict",
        "verdict_reason",
        "progress",
        "measures",
    ),
    "submit": ("override_reason",),
    "send_back": ("note",),
    "change": ("version", "text", "override_reason"),
    "sign": ("version", "override_reason"),
    "enter_paper": ("version", "signer", "signed_at", "override_reason"),
    "confirm_paper": ("version",),
    "correct": ("text", "note", "commitments"),
    "withhold": ("code", "note"),
    "restore": ("note",),
    "urgent": ("handed_to", "note"),
    "release": ("note",),
    "convene": ("units",),
    "close_convening": ("result", "present"),
    "flag": ("about_official", "unit"),
    "note": ("text",),
}
WHO = {  # verb -> somebody who may, and a status from which
    "decline": ("moderator", "received"), "reopen": ("moderator2", "declined"), "uphold": ("moderator2", "declined"),
    "edit": ("moderator", "received"), "split": ("moderator", "received"), "merge": ("moderator", "received"),
    "assign": ("moderator", "received"), "designate": ("mayor", "assigned"), "return": ("lead1", "assigned"),
    "contribute": ("lead2", "assigned"), "draft": ("member1", "assigned"), "submit": ("assistant", "assigned"),
    "send_back": ("mayor", "submitted"), "change": ("mayor", "submitted"), "sign": ("mayor", "submitted"),
    "enter_paper": ("clerk", "submitted"), "confirm_paper": ("moderator", "submitted"),
    "correct": ("lead1", "published"), "withhold": ("mayor", "published"), "restore": ("moderator", "published"),
    "urgent": ("clerk", "received"), "release": ("moderator", "received"), "convene": ("mayor", "assigned"),
    "close_convening": ("mayor", "assigned"), "flag": ("moderator", "received"), "note": ("editor", "received"),
}  # fmt: skip


def try_it(states: EveryState, verb: str, data: dict[str, Any], question: Question) -> set[str]:
    """Which fields an act names as wrong; anything but a refusal of fields or of the moment is an accident."""
    actor = states.actor(WHO[verb][0])
    assert actor is not None
    head = read.head(question.hour_id)
    try:
        actions.perform(actor, verb, question.id, data)
    except InvalidFields as invalid:
        named = {name.split("[")[0].split(".")[0] for name in invalid.errors}
    except Refused as refused:
        if refused.status != 409:  # held text, an old version
            raise
        named = set()
    else:
        published.get(question.id)
        tracking.track(states.district.asked[question.id])
        return set()
    assert read.head(question.hour_id) == head
    return named


@pytest.mark.parametrize(
    ("verb", "field"), [(verb, field) for verb, names in FIELDS.items() for field in names]
)
def test_an_odd_value_of_a_staff_field_is_refused_by_name_or_harmless(
    states: EveryState, verb: str, field: str
) -> None:
    status = WHO[verb][1]
    every_state.prepare(states, verb, status)
    question = states.question(status)
    good = every_state.fields(states, verb, question)
    for value in ODD:
        with undone():
            assert try_it(states, verb, {**good, field: value}, question) <= {field}, value
