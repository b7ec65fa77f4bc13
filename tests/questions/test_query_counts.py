"""How many questions the database is asked: literal numbers, the same for one row and for thirty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.fixtures import PROMISED_ANSWER
from townhall.hours import published as hours
from townhall.questions import dossier, promised, published, queries, tracking
from townhall.questions.models import Question

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fixtures import District

STATUSES = ("accepted", "assigned", "submitted", "published", "merged", "declined")


def count(doing: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        doing()
    return len(captured)


def fill(district: District, rows: int) -> None:
    for number in range(rows):
        question = district.walk(STATUSES[number % len(STATUSES)])
        if question.status == "assigned":
            district.does("member2", "contribute", question, text="协办意见")
        elif question.status == "published":
            promise = [{"text": "12月15日前完成大门改造", "unit": district.units[0].id, "due": "2026-12-15"}]
            question = district.does("lead1", "correct", question, text=PROMISED_ANSWER, commitments=promise)
            district.does("mayor", "sign", question, version=question.draft_version)


@pytest.mark.parametrize("rows", [6, 30])
def test_lists_cost_the_same_whatever_their_length(live: District, rows: int) -> None:
    fill(live, rows)
    moderator, member, mayor = (live.actor(name) for name in ("moderator", "member1", "mayor"))
    assert {
        "board of all": count(lambda: queries.board(moderator)),
        "board of a seat": count(lambda: queries.board(moderator, seat="moderator")),
        "board of a group": count(lambda: queries.board(member, seat="group")),
        "board of signers": count(lambda: queries.board(mayor, seat="mayor", status="submitted")),
        "one line each": count(lambda: queries.one_line_list(mayor)),
        "alarms": count(lambda: dossier.alarms(moderator)),
        "funnel": count(lambda: queries.funnel(moderator)),
        "public list": count(lambda: published.public_list(live.hour.id)),
        "newest": count(lambda: published.newest(live.hour.id)),
        "answers": count(lambda: published.answers(live.hour.id)),
        "promises": count(promised.promises),
        "search": count(lambda: published.search("大门")),
        "counts": count(lambda: published.counts([live.hour.id])),
        "hour": count(lambda: hours.get_hour(live.hour.slug)),
    } == {
        "board of all": 10, "board of a seat": 8, "board of a group": 8, "board of signers": 9, "one line each": 2,
        "alarms": 1, "funnel": 3, "public list": 5, "newest": 5, "answers": 5, "promises": 7, "search": 5, "counts": 1,
        "hour": 5,
    }  # fmt: skip


@pytest.mark.parametrize("others", [0, 30])
def test_a_receipt_costs_the_same_however_many_were_asked(live: District, others: int) -> None:
    question = live.walk("published")
    fill(live, others)
    assert count(lambda: tracking.track(live.receipt(question))) == 10
    assert count(lambda: published.get(question.id)) == 5


@pytest.mark.parametrize("rows", [6, 30])
def test_ones_own_questions_cost_the_same_however_many(live: District, rows: int) -> None:
    fill(live, rows)
    shown = tracking.own(live.asked)
    assert len(shown) == len(live.asked)
    assert any(one["answer"] for one in shown)
    assert count(lambda: tracking.own(live.asked)) == 6


@pytest.mark.parametrize("parts", [2, 10])
def test_a_receipt_of_a_split_question_costs_the_same_however_many_parts(live: District, parts: int) -> None:
    question = live.ask()
    made = [{"title": f"第 {number} 件", "text": "一件事"} for number in range(parts)]
    live.does("moderator", "split", question, parts=made)
    for part in Question.objects.all():
        live.does("moderator", "assign", part, lead=live.groups[0].id)
        live.does("member1", "draft", part, text=PROMISED_ANSWER, outcome="answered")
        submitted = live.does("member1", "submit", part)
        live.does("mayor", "sign", part, version=submitted.draft_version)
    seen = tracking.track(live.receipt(question))
    assert seen is not None
    assert [part["answer"]["text"] for part in seen["parts"]] == [PROMISED_ANSWER] * (parts - 1)
    assert count(lambda: tracking.track(live.receipt(question))) == 12
