"""After a joint consultation an answer has two parts, and wherever the answer is, both are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.fixtures import GOOD_ANSWER
from townhall.kernel.errors import Refused
from townhall.questions import published, queries
from townhall.questions.models import Question, Signature

if TYPE_CHECKING:
    from tests.fixtures import District

pytestmark = pytest.mark.django_db
PROGRESS = "区住建局与镇政府12月1日到场查看，堵塞的主管已经疏通。"
MEASURES = "12月15日前更换东侧旧管八十米。"


def drafted(live: District, text: str = GOOD_ANSWER) -> Question:
    question = live.walk("assigned")
    live.does("mayor", "convene", question, units=[live.units[1].id])
    question = live.does(
        "member1", "draft", question, text=text, outcome="answered", progress=PROGRESS, measures=MEASURES
    )
    return live.does("lead1", "submit", question)


@pytest.fixture
def answered(live: District) -> Question:
    question = drafted(live)
    return live.does("mayor", "sign", question, version=question.draft_version)


def shown(question: Question) -> dict[str, str]:
    found = published.get(question.id)
    assert found is not None
    answer: dict[str, str] = found["answer"]
    return answer


def test_a_correction_of_the_words_leaves_both_parts_as_they_were_signed(
    live: District, answered: Question
) -> None:
    question = live.does("member1", "correct", answered, text=GOOD_ANSWER + "联系人王老师。")
    live.does("mayor", "sign", question, version=question.draft_version)
    answer = shown(answered)
    assert (answer["progress"], answer["measures"]) == (PROGRESS, MEASURES)


def test_a_correction_of_a_part_shows_what_it_replaces(live: District, answered: Question) -> None:
    later = MEASURES.replace("15", "20")
    question = live.does("member1", "correct", answered, text=GOOD_ANSWER, progress="", measures=later)
    live.does("mayor", "sign", question, version=question.draft_version)
    answer = shown(answered)
    assert (answer["progress"], answer["measures"]) == ("", later)
    before = published.present([Question.objects.get(id=answered.id)])[0]["answer"]["replaces"][0]
    assert (before["progress"], before["measures"]) == (PROGRESS, MEASURES)


def test_what_is_kept_as_signed_holds_both_parts(answered: Question) -> None:
    kept = json.loads(Signature.objects.get(version__question=answered).content)
    assert (kept["progress"], kept["measures"]) == (PROGRESS, MEASURES)


def test_substance_in_the_two_parts_alone_is_substance(live: District) -> None:
    question = drafted(live, text="您的留言已收悉。")
    assert live.does("mayor", "sign", question, version=question.draft_version).status == "published"


def test_the_same_courtesy_without_the_parts_is_held(live: District) -> None:
    question = live.walk("assigned")
    live.does("member1", "draft", question, text="您的留言已收悉。", outcome="answered")
    with pytest.raises(Refused) as refused:
        live.does("lead1", "submit", question)
    assert refused.value.code == "held"


def test_a_remark_on_a_part_quotes_the_part(live: District) -> None:
    question = live.walk("assigned")
    live.does("member1", "draft", question, text=GOOD_ANSWER, outcome="answered", measures="尽快更换旧管。")
    actor = live.actor("member1")
    draft = queries.present_staff(actor, [queries.get(actor, question.id)])[0]["draft"]
    assert any("尽快" in finding["message"] for finding in draft["findings"])


@pytest.mark.parametrize("words", ["堵塞的主管", "东侧旧管八十米"])
def test_a_search_finds_what_stands_in_a_part(answered: Question, words: str) -> None:
    assert [one["id"] for one in published.search(words)] == [answered.id]
