"""What an asker and any reader may do, in every status and every stage; written from the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.questions import every_state
from tests.questions.every_state import EveryState, undone
from tests.questions.expected_flow import STAGES, STATUSES
from townhall.hours.models import OfficeHour
from townhall.journal import read
from townhall.kernel.errors import Refused
from townhall.questions import citizen_actions
from townhall.questions.models import Decline, Question, Rating

if TYPE_CHECKING:
    from tests.fixtures import District

WORK = {"announced", "preparing", "live", "wrapping"}
ALLOWED: dict[str, tuple[set[str], set[str]]] = {
    "withdraw": ({"received", "accepted", "assigned"}, WORK),
    "appeal": ({"declined"}, WORK),
    "supplement": ({"declined"}, WORK),
    "rate": ({"published", "merged"}, set(STAGES)),
}
AFTER = {"withdraw": "withdrawn", "appeal": "declined", "supplement": "received"}
PUBLIC = {"accepted", "assigned", "submitted", "published", "merged"}


@pytest.fixture
def states(live: District) -> EveryState:
    states = every_state.make(live)
    Decline.objects.update(code="unclear")
    # The merged one stands with the published one, so that there is an answer to rate.
    Question.objects.filter(id=states.ids["merged"]).update(merged_into=states.ids["published"])
    return states


def act(verb: str, receipt: str) -> Any:
    given: dict[str, Any] = {
        "appeal": {"text": "请再看一次"},
        "supplement": {"text": "是澄湖花园"},
        "rate": {"level": 5},
    }
    if verb == "withdraw":
        return citizen_actions.withdraw(receipt)
    return getattr(citizen_actions, verb)(receipt, given[verb])


@pytest.mark.parametrize("verb", ALLOWED)
def test_the_asker_may_do_what_the_contract_says_and_nothing_is_written_otherwise(
    states: EveryState, verb: str
) -> None:
    statuses, stages = ALLOWED[verb]
    wrong = []
    for stage in STAGES:
        for status in STATUSES:
            question = states.question(status)
            with undone():
                OfficeHour.objects.filter(id=question.hour_id).update(stage=stage)
                head = read.head(question.hour_id)
                try:
                    act(verb, states.district.asked[question.id])
                except Refused as refused:
                    found: Any = refused.status
                    assert read.head(question.hour_id) == head
                else:
                    found = 200
                    assert Question.objects.get(id=question.id).status == AFTER.get(verb, status)
                right = 200 if status in statuses and stage in stages else 409
                if found != right:
                    wrong.append((status, stage, found, right))
    assert not wrong


def test_only_a_refusal_as_unclear_can_be_supplemented(states: EveryState) -> None:
    Decline.objects.update(code="unrelated")
    with pytest.raises(Refused) as refused:
        act("supplement", states.district.asked[states.ids["declined"]])
    assert refused.value.status == 409


@pytest.mark.parametrize("stage", STAGES)
def test_readers_support_what_is_public_and_comment_on_answers(states: EveryState, stage: str) -> None:
    OfficeHour.objects.filter(id=states.district.hour.id).update(stage=stage)
    is_open = stage not in {"planned", "cancelled"}
    for status in STATUSES:
        question = states.question(status)
        found = {}
        for name, doing in (
            ("support", lambda question=question: citizen_actions.support(question.id, browser="browser-1")),
            ("comment", lambda question=question: citizen_actions.comment(
                question.id, {"display_name": "邻居", "text": "我们小区也是。"})),
        ):  # fmt: skip
            try:
                doing()
                found[name] = 200
            except Refused as refused:
                found[name] = refused.status
        shown = is_open and status in PUBLIC
        assert found["support"] == (200 if shown else 404), status
        assert found["comment"] == (
            404 if not shown else 200 if status == "published" and stage in WORK else 409
        ), status


@pytest.mark.parametrize(
    "receipt", ["", "1", "123456789012", "１２３４５６７８９０１２", "12345678901a", "0" * 4000]
)
@pytest.mark.parametrize("verb", ALLOWED)
def test_an_unknown_receipt_is_not_found(live: District, verb: str, receipt: str) -> None:
    with pytest.raises(Refused) as refused:
        act(verb, receipt)
    assert refused.value.status == 404


def test_the_receipt_may_be_typed_with_spaces_and_dashes(live: District) -> None:
    question = live.ask()
    receipt = live.receipt(question)
    assert citizen_actions.withdraw(f" {receipt[:4]}-{receipt[4:8]} {receipt[8:]} ").status == "withdrawn"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [({}, {"level"}), ({"level": 0}, {"level"}), ({"level": 6}, {"level"}), ({"level": True}, {"level"}),
     ({"level": "五"}, {"level"}), ({"level": [5]}, {"level"}), ({"level": 5, "reason": "bad"}, {"reason"}),
     ({"level": "9" * 5000, "reason": ["slow"]}, {"level", "reason"})],
)  # fmt: skip
def test_a_rating_names_each_field_to_mend(live: District, fields: dict[str, Any], wrong: set[str]) -> None:
    from townhall.kernel.errors import InvalidFields

    question = live.walk("published")
    with pytest.raises(InvalidFields) as invalid:
        citizen_actions.rate(live.receipt(question), fields)
    assert set(invalid.value.errors) == wrong
    assert not Rating.objects.exists()


def test_the_last_word_of_a_rating_counts(live: District) -> None:
    question = live.walk("published")
    citizen_actions.rate(live.receipt(question), {"level": 2, "reason": "slow"})
    citizen_actions.rate(live.receipt(question), {"level": "4"})
    assert list(Rating.objects.values_list("level", "reason")) == [(4, "")]
