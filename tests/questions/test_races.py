"""Two people at the same moment: one wins, the other is told, nothing is lost; on both databases."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.fixtures import GOOD_ANSWER
from tests.real_database import together
from townhall.hours import actions as hour_actions
from townhall.hours.models import OfficeHour
from townhall.journal import read
from townhall.kernel.errors import InvalidFields, Refused
from townhall.questions import actions, asking, citizen_actions, published, queries, tracking
from townhall.questions.citizen_actions import Asked
from townhall.questions.models import Question, Support, Version

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fixtures import District

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]
ROUNDS = 4


def doing(
    district: District, name: str, verb: str, question: Question, **data: Any
) -> Callable[[], Question]:
    return partial(actions.perform, district.actor(name), verb, question.id, data)


def winners(results: list[Any]) -> list[Question]:
    """Those who did it; everybody else must have been told properly."""
    accidents = [
        one for one in results if isinstance(one, Exception) and not isinstance(one, Refused | InvalidFields)
    ]
    assert not accidents
    assert all(one.status == 409 for one in results if isinstance(one, Refused))
    return [one for one in results if not isinstance(one, Exception)]


def entries(question: Question, kind: str) -> int:
    return sum(entry.kind == kind for entry in read.about("question", question.id))


def test_of_two_signers_one_wins_and_the_other_is_told(busy: District) -> None:
    for _round in range(ROUNDS):
        question = busy.walk("submitted")
        version = question.draft_version
        results = together(
            doing(busy, "mayor", "sign", question, version=version),
            doing(busy, "deputy", "sign", question, version=version),
        )
        assert len(winners(results)) == 1
        assert entries(question, "question.signed") == 1
        assert Version.objects.filter(question=question, signed_at__isnull=False).count() == 1


def test_signing_and_taking_the_draft_back_exclude_each_other(busy: District) -> None:
    for _round in range(ROUNDS):
        question = busy.walk("submitted")
        results = together(
            doing(busy, "mayor", "sign", question, version=question.draft_version),
            doing(busy, "member1", "draft", question, text=GOOD_ANSWER + "补充。", outcome="answered"),
        )
        assert len(winners(results)) == 1
        question.refresh_from_db()
        signed = isinstance(results[0], Question)
        assert question.status == ("published" if signed else "assigned")
        assert (published.get(question.id) or {})["answer"] is None or signed


def test_changing_and_signing_never_publish_words_the_signer_did_not_see(busy: District) -> None:
    for _round in range(ROUNDS):
        question = busy.walk("submitted")
        seen = question.draft_version
        together(
            doing(busy, "deputy", "change", question, version=seen, text=GOOD_ANSWER + "欢迎来电。"),
            doing(busy, "mayor", "sign", question, version=seen),
        )
        signed = Version.objects.filter(question=question, signed_by=busy.accounts["mayor"])
        assert [version.text for version in signed] in ([], [GOOD_ANSWER])


def test_two_moderators_merging_each_other_leave_one_standing(busy: District) -> None:
    for _round in range(ROUNDS * 2):
        one, other = busy.walk("accepted"), busy.walk("accepted")
        results = together(
            doing(busy, "moderator", "merge", one, into=other.id),
            doing(busy, "moderator2", "merge", other, into=one.id),
        )
        assert len(winners(results)) == 1
        assert sorted(Question.objects.filter(id__in=[one.id, other.id]).values_list("status", flat=True)) == [
            "accepted", "merged",
        ]  # fmt: skip


@pytest.mark.parametrize("end", ["withdraw", "decline"])
def test_nothing_is_merged_into_what_ends_at_the_same_moment(busy: District, end: str) -> None:
    for _round in range(ROUNDS * 2):
        root, other = busy.walk("accepted"), busy.walk("accepted")
        results = together(
            doing(busy, "moderator", "merge", other, into=root.id),
            partial(citizen_actions.withdraw, busy.receipt(root))
            if end == "withdraw"
            else doing(busy, "moderator2", "decline", root, code="unrelated"),
        )
        assert winners(results)
        other.refresh_from_db()
        assert other.status == "accepted"
        assert other.merged_into is None


def test_of_two_moderators_one_accepts(busy: District) -> None:
    for _round in range(ROUNDS):
        question = busy.ask()
        results = together(
            doing(busy, "moderator", "accept", question), doing(busy, "moderator2", "accept", question)
        )
        assert len(winners(results)) == 1
        assert entries(question, "question.accepted") == 1


def test_of_two_drafts_on_one_version_one_is_saved(busy: District) -> None:
    for _round in range(ROUNDS):
        question = busy.walk("assigned")
        fields = {"text": GOOD_ANSWER, "outcome": "answered", "base_version": 0}
        results = together(*(doing(busy, name, "draft", question, **fields) for name in ("member1", "lead1")))
        assert len(winners(results)) == 1
        assert question.versions.count() == 1


def test_an_hour_is_not_archived_over_a_question_taken_up_at_that_moment(busy: District) -> None:
    hour_actions.perform(busy.actor("coordinator"), "wrap", {"reason_code": "other"})
    hour = OfficeHour.objects.get(id=busy.hour.id)
    payload = {"display_name": "甲", "text": "电话里说的事。", "channel": "phone"}
    asked = citizen_actions.ask(asking.parse(hour, payload, typed_by=busy.accounts["clerk"].id))
    question = Question.objects.get(id=asked.id)
    busy.does("moderator", "decline", question, code="unrelated")
    results = together(
        partial(hour_actions.perform, busy.actor("coordinator"), "archive", {}),
        doing(busy, "moderator2", "reopen", question),
    )
    assert len(winners(results)) == 1
    hour.refresh_from_db()
    question.refresh_from_db()
    assert (hour.stage, question.status) in {("archived", "declined"), ("wrapping", "accepted")}


def test_the_hour_opens_once(busy: District) -> None:
    OfficeHour.objects.filter(id=busy.hour.id).update(stage="preparing")
    busy.hour.refresh_from_db()
    acts = [
        partial(hour_actions.perform, busy.actor(name), "open_live", {})
        for name in ("coordinator", "moderator")
    ]
    head = read.head(busy.hour.id)
    assert len(winners(together(*acts))) == 1
    assert [entry.kind for entry in read.after(busy.hour.id, head)] == ["hour.opened"]


def test_next_never_gives_one_question_to_two(busy: District) -> None:
    for _number in range(6):
        busy.ask()
    names = ("moderator", "moderator2")
    for _round in range(3):
        found = together(*(partial(queries.next_for, busy.actor(name), "moderator") for name in names))
        assert len({question.id for question in winners(found)}) == 2


def test_one_person_supports_once_and_many_persons_are_all_counted(busy: District) -> None:
    question = busy.walk("accepted")
    results = together(*(partial(citizen_actions.support, question.id, browser="one") for _ in range(6)))
    assert not [one for one in results if isinstance(one, Exception)]
    results = together(
        *(partial(citizen_actions.support, question.id, browser=f"b{number}") for number in range(6))
    )
    assert not [one for one in results if isinstance(one, Exception)]
    question.refresh_from_db()
    assert question.supports == Support.objects.count() == 7


def form(district: District, **fields: Any) -> Any:
    hour = OfficeHour.objects.get(id=district.hour.id)
    return asking.parse(hour, {"display_name": "湖边居民", "text": "路灯坏了。", **fields})


def test_eight_threads_asking_leave_no_gap_in_numbers_nor_in_the_journal(busy: District) -> None:
    one_each = [
        partial(citizen_actions.ask_batch, [form(busy) for _ in range(size)])
        for size in (1, 2, 5, 1, 3, 8, 1, 4)
    ]
    results = together(*one_each)
    asked = [one for result in results for one in result]
    assert all(isinstance(one, Asked) for one in asked)
    assert sorted(one.number for one in asked) == list(range(1, 26))
    assert len({one.receipt for one in asked}) == 25
    told = read.after(busy.hour.id, 0)
    assert [entry.seq for entry in told] == list(range(1, len(told) + 1))
    spans = [(entry.facts["first"], entry.facts["last"]) for entry in told if entry.kind == "question.asked"]
    assert [number for first, last in spans for number in range(first, last + 1)] == list(range(1, 26))


def test_a_form_sent_by_eight_threads_is_one_question(busy: District) -> None:
    same = form(busy, idempotency_key="again")
    results = together(*(partial(citizen_actions.ask, same) for _ in range(8)))
    assert not [one for one in results if isinstance(one, Exception)]
    assert len({one.receipt for one in results}) == 1
    assert Question.objects.count() == 1


def test_desks_and_citizens_at_once_do_not_block_each_other_for_good(busy: District) -> None:
    """A split takes further numbers while follow-ups to the same question are asked."""
    for _round in range(ROUNDS):
        question = busy.walk("accepted")
        parts = [{"title": "甲", "text": "甲事"}, {"title": "乙", "text": "乙事"}]
        results = together(
            doing(busy, "moderator", "split", question, parts=parts),
            *(partial(citizen_actions.ask, form(busy, follows=question.id)) for _ in range(3)),
        )
        assert len(winners(results)) == 4
    numbers = Question.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, len(numbers) + 1))


def test_a_row_that_only_the_commit_refuses_fails_alone(busy: District) -> None:
    broken = form(busy, text="第二个")
    broken.contact_id = 10**9
    results = citizen_actions.ask_batch([form(busy, text="第一个"), broken, form(busy, text="第三个")])
    assert [isinstance(one, Asked) for one in results] == [True, False, True]
    assert isinstance(results[1], Refused)
    assert list(Question.objects.order_by("number").values_list("number", "text")) == [
        (1, "第一个"),
        (2, "第三个"),
    ]
    first = results[0]
    assert isinstance(first, Asked)
    assert tracking.track(first.receipt) is not None
