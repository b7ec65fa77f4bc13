"""A complaint about an official: the accused neither handles nor answers it, and the inspector is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fixtures import GOOD_ANSWER
from townhall.journal.models import Entry
from townhall.kernel.errors import Refused
from townhall.outreach import reading
from townhall.outreach.models import Message
from townhall.questions import dossier, published
from townhall.questions.models import Question

if TYPE_CHECKING:
    from tests.fixtures import District

pytestmark = pytest.mark.django_db


def told(kind: str) -> list[str]:
    """Who has a message about entries of this kind."""
    while reading.tick():
        pass
    rows = Message.objects.filter(template=kind, channel="inbox").select_related("account")
    return sorted(row.account.username for row in rows if row.account)


def flagged(live: District, question: Question, unit: int, by: str = "moderator") -> Question:
    live.does(by, "flag", question, about_official=True, unit=live.units[unit].id)
    return Question.objects.get(id=question.id)


def test_the_inspector_gets_a_message_and_finds_the_complaint_on_the_desk(live: District) -> None:
    question = flagged(live, live.walk("accepted"), 2)
    assert told("question.flagged") == ["inspector"]
    listed = dossier.about_officials(live.actor("inspector"))
    assert [one["id"] for one in listed] == [question.id]
    assert dossier.of(question)["inspectors"] == [live.accounts["inspector"].name]


def test_an_inspector_of_the_accused_unit_is_not_told(live: District) -> None:
    live.accounts["inspector"].unit = live.units[2]
    live.accounts["inspector"].save()
    question = flagged(live, live.walk("accepted"), 2)
    assert told("question.flagged") == []
    assert dossier.of(question)["inspectors"] == [], "nor does the desk say so"


def test_taking_the_mark_away_tells_nobody(live: District) -> None:
    live.does("moderator", "flag", live.walk("accepted"), about_official=False)
    assert told("question.flagged") == []


@pytest.mark.parametrize("status", ["assigned", "submitted"])
def test_the_accused_loses_the_question_and_its_draft(live: District, status: str) -> None:
    question = flagged(live, live.walk(status), 0)
    assert (question.status, question.lead, question.unit) == ("accepted", None, None)
    assert question.draft_version is None
    with pytest.raises(Refused):
        live.does("mayor", "sign", question, version=1)
    live.does("moderator", "assign", question, lead=live.groups[2].id)
    question = live.does("member3", "draft", question, text=GOOD_ANSWER, outcome="answered")
    question = live.does("member3", "submit", question)
    live.does("mayor", "sign", question, version=question.draft_version)
    shown = published.get(question.id)
    assert shown is not None
    assert shown["answer"]["units"] == [live.units[2].name]


def test_readers_are_told_of_the_way_back_and_not_of_the_reason(live: District) -> None:
    question = live.walk("assigned")
    before = Entry.objects.count()
    flagged(live, question, 0)
    entries = list(Entry.objects.order_by("seq")[before:])
    assert [entry.kind for entry in entries if entry.public] == ["question.returned"]


def test_also_a_designated_lead_that_is_accused_must_be_replaced(live: District) -> None:
    question = live.walk("assigned")
    question = live.does("coordinator", "designate", question, lead=live.groups[0].id)
    question = flagged(live, question, 0)
    assert live.does("moderator", "assign", question, lead=live.groups[2].id).status == "assigned"


def test_an_accused_helper_goes_and_the_lead_stays(live: District) -> None:
    question = flagged(live, live.walk("assigned"), 1)
    assert (question.status, question.lead) == ("assigned", live.groups[0])
    assert not question.assisting.exists(), "else the answer would name it"


def test_calling_together_whoever_works_on_it_leaves_the_accused_out(live: District) -> None:
    question = live.walk("accepted")
    question = live.does(
        "moderator", "assign", question, lead=live.groups[0].id, assisting=[live.groups[1].id]
    )
    question = flagged(live, question, 2)
    question.assisting.add(live.groups[2])  # as a group of several units may stand there
    live.does("mayor", "convene", question)
    assert set(question.convenings.get().units.all()) == {live.units[0], live.units[1]}


def test_the_drafter_is_told_when_the_signer_changes_the_words(live: District) -> None:
    question = live.walk("submitted")
    live.does("mayor", "change", question, version=question.draft_version, text=GOOD_ANSWER + "欢迎来电。")
    assert told("question.changed") == ["member1"]
