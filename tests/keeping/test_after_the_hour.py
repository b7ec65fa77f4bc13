"""What rooms above know of a question stands in its file, and no more of a person than before."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.wrapping.conftest import DAY, ENDED, Wrapping, mobile
from townhall.hours.seats import staff_actor
from townhall.keeping import casefile
from townhall.kernel import clock
from townhall.redress import actions as redress
from townhall.redress import citizen_actions as requests
from townhall.voice import actions as voice
from townhall.voice.models import Ask, ReturnCall
from townhall.wrapping.models import Leftover

if TYPE_CHECKING:
    from tests.fixtures import District
    from townhall.questions.models import Question

pytestmark = pytest.mark.django_db
WORDS = "我家的门牌写错了，是七号。"


def told(question: Question) -> dict[str, list[dict[str, object]]]:
    return {one["title"]: one["rows"] for one in casefile.of(question)["chapters"]}


def test_limit_extension_handover_voice_and_requests_are_in_the_file(live: District) -> None:
    question = live.walk("assigned")
    mobile(live, question)
    ended = Wrapping(live, {"assigned": question})
    with clock.steer(ENDED):
        live.hour_does("wrap")
        left = Leftover.objects.get()
        ended.does(
            "coordinator",
            "ask_extension",
            left,
            reason_code="scope",
            reason="须现场核对。",
            until="2026-12-10",
        )
        ended.does("mayor", "approve_extension", left)
        handed = ended.does("coordinator", "compile")
        ended.does("coordinator", "hand_over", handed)
        ended.does("inspector", "sign_for", handed)
        question = ended.answers()
    with clock.steer(ENDED + DAY):
        voice.keep()
        form = {"kind": "correct", "standing": "harmed", "words": WORDS, "name": "赵某", "contact": "13900001111",
                "form_key": "k-1234567890"}  # fmt: skip
        case = requests.find(requests.file(requests.Subject(question), form).receipt)
        office = staff_actor(live.accounts["coordinator"])
        assert case is not None
        assert office is not None
        redress.perform(office, "take_up", case.id, {})
        redress.perform(office, "refuse", case.id, {"reason_code": "accurate", "reply": "已核对，无误。"})
        ask = Ask.objects.get()
        call = ReturnCall.objects.create(
            hour=live.hour, question=question, asker=question.asker, why="dissatisfied", opened_at=clock.now()
        )
        voice.perform(
            live.actor("inspector"), "miss", call.id, {"outcome": "not_reached", "note": "晚上再打。"}
        )
    found = told(question)
    limit, extension, row = found["会后办理和移交"]
    assert (limit["due"], limit["first_due"], limit["days"]) == ("2026-12-10", "2026-12-07", 5)
    assert (extension["reason"], extension["granted"]) == ("须现场核对。", True)
    assert (row["handover"], row["taken_over_by"]) == (1, live.accounts["inspector"].name)
    assert [one.get("note", one.get("why", one.get("purpose"))) for one in found["评价征询和回访"]] == [
        casefile.row(ask)["purpose"], "评价为不满意", "晚上再打。",
    ]  # fmt: skip
    (request,) = found["更正、撤下申请"]
    assert request["reply"] == "已核对，无误。"
    everything = json.dumps(casefile.of(question), ensure_ascii=False)
    for secret in (WORDS, "赵某", "13900001111", case.receipt_digest, case.words_sealed, "object ("):
        assert secret not in everything
    assert [label for label in labels_of(question) if label.isascii()] == []


def labels_of(question: Question) -> set[str]:
    """What the fields of the three chapters are called: a field without a word would show its own name."""
    shown = casefile.labelled(casefile.of(question))["chapters"]
    titles = {"会后办理和移交", "评价征询和回访", "更正、撤下申请"}
    return {label for one in shown if one["title"] in titles for row in one["rows"] for label, _said in row}


def test_a_question_without_any_of_it_has_no_empty_chapters(live: District) -> None:
    assert not {"会后办理和移交", "评价征询和回访", "更正、撤下申请"} & told(live.walk("published")).keys()
