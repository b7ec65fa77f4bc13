"""Prepared answers: a due date, a signer's reading before the hour, and whatever ends it again."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures import GOOD_ANSWER, START
from townhall.hours.models import OfficeHour
from townhall.journal import read
from townhall.journal.models import Entry
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused
from townhall.questions import digest, dispatching, flow, inputs, ordering, published, queries
from townhall.questions.models import Question, Version

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fixtures import District

NEW_WORDS = GOOD_ANSWER + "欢迎来电。"


@pytest.fixture
def announced(district: District) -> District:
    district.to_stage("announced")
    return district


def reviewed(question: Question) -> bool:
    found = Question.objects.annotate(mark=ordering.reviewed()).get(id=question.id)
    return bool(found.mark)  # type: ignore[attr-defined] # annotated


def review(district: District, question: Question, by: str = "mayor") -> Question:
    question = Question.objects.get(id=question.id)
    return district.does(by, "review", question, version=question.draft_version)


# -- the mark -----------------------------------------------------------------------------------------


def test_reviewing_marks_and_neither_signs_nor_publishes(announced: District) -> None:
    question = announced.walk("submitted")
    review(announced, question)
    shown = queries.present_staff(
        announced.actor("mayor"), [queries.get(announced.actor("mayor"), question.id)]
    )[0]
    assert shown["draft"]["reviewed_by"] == "mayor"
    assert shown["status"] == "submitted"
    assert published.get(question.id) is None
    entry = Entry.objects.filter(kind="question.reviewed").get()
    assert (entry.public, entry.facts) == (False, {"version": 1})


ENDINGS: dict[str, Callable[[District, Question], object]] = {
    "the group takes it back and drafts anew": lambda here, one: (
        here.does("member1", "draft", one, text=NEW_WORDS, outcome="answered"), here.does("lead1", "submit", one)
    ),
    "a signer changes the words": lambda here, one: here.does("deputy", "change", one, version=1, text=NEW_WORDS),
    "it is sent back and submitted unchanged": lambda here, one: (
        here.does("deputy", "send_back", one, note="再想想"), here.does("lead1", "submit", one)
    ),
    "the question is worded anew": lambda here, one: here.does("moderator", "edit", one, text="换了一个问题。"),
}  # fmt: skip


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_change_after_the_review_removes_the_mark(announced: District, ending: str) -> None:
    question = announced.walk("submitted")
    review(announced, question)
    assert reviewed(question)
    ENDINGS[ending](announced, question)
    assert Question.objects.get(id=question.id).status == "submitted"
    assert not reviewed(question)


@pytest.mark.parametrize(
    ("verb", "by", "data"),
    [
        ("convene", "coordinator", {}),
        ("note", "clerk", {"text": "来电补充"}),
        ("take", "mayor", {}),
        ("edit", "moderator", {"area": "澄湖镇"}),
    ],
)
def test_what_leaves_the_words_alone_leaves_the_mark(
    announced: District, verb: str, by: str, data: dict[str, str]
) -> None:
    question = announced.walk("submitted")
    review(announced, question)
    announced.does(by, verb, question, **data)
    assert reviewed(question)


def test_only_the_current_version_can_be_reviewed(announced: District) -> None:
    question = announced.walk("submitted")
    announced.does("deputy", "change", question, version=1, text=NEW_WORDS)
    with pytest.raises(Refused) as refused:
        announced.does("mayor", "review", question, version=1)
    assert refused.value.code == "version"
    with pytest.raises(InvalidFields):
        announced.does("mayor", "review", question)


def test_the_database_refuses_an_authors_own_review(announced: District) -> None:
    question = announced.walk("submitted")
    author = Version.objects.get(question=question).author
    for wrong in (
        {"reviewed_by": author, "reviewed_at": START},
        {"reviewed_by": author},
        {"reviewed_at": START},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Version.objects.filter(question=question).update(**wrong)


def test_a_review_is_no_signature_later_either(announced: District) -> None:
    question = announced.walk("submitted")
    review(announced, question)
    with pytest.raises(Refused) as refused:
        announced.does("mayor", "sign", question, version=1)
    assert refused.value.code == "stage"
    announced.hour_does("close_asking")
    announced.hour_does("open_live")
    assert flow.refusal(announced.actor("deputy"), "sign", Question.objects.get(id=question.id)) is None
    assert (refusal := flow.refusal(announced.actor("mayor"), "review", Question.objects.get(id=question.id)))
    assert refusal.code == "stage"
    signed = announced.does("deputy", "sign", question, version=1)
    shown = published.get(signed.id)
    assert shown is not None
    assert shown["window"] == "pre"
    assert "reviewed" not in str(shown)


# -- the due date -------------------------------------------------------------------------------------


@given(offset=st.integers(-400, 400), stage=st.sampled_from(["announced", "preparing", "live", "wrapping"]))
def test_a_due_date_is_never_past_and_before_the_hour_never_after_it(offset: int, stage: str) -> None:
    hour = OfficeHour(
        stage=stage, starts_at=START + timedelta(days=5), ends_at=START + timedelta(days=5, hours=1)
    )
    with clock.steer(START):
        due = clock.today() + timedelta(days=offset)
        form = inputs.Form({"due": due.isoformat()}, Question(hour=hour))
        found = inputs._answer_due(form)
        early = stage in {"announced", "preparing"}
        assert bool(form.errors) == (offset < 0 or (early and offset > 5))
        assert found == due


def test_a_reroute_keeps_the_due_date_until_another_is_given(announced: District) -> None:
    question = announced.ask()
    today = clock.today().isoformat()
    announced.does("moderator", "assign", question, lead=announced.groups[0].id, due=today)
    entry = Entry.objects.filter(kind="question.assigned").latest("id")
    assert entry.facts["due"] == today
    announced.does("member1", "return", question, reason_code="not_ours")
    announced.does("moderator", "assign", question, lead=announced.groups[1].id)
    assert Question.objects.get(id=question.id).answer_due == date.fromisoformat(today)


# -- the digest ---------------------------------------------------------------------------------------


def test_the_digest_adds_up_and_counts_the_merged_with_their_root(announced: District) -> None:
    root = announced.walk("accepted", subject="education", kind="consult")
    for _number in range(3):
        announced.does("moderator", "merge", announced.ask(), into=root.id)
    announced.walk("declined")
    announced.walk("withdrawn")
    waiting = announced.ask("无人认领的事。")
    announced.does("moderator", "assign", root, lead=announced.groups[0].id)
    found = digest.digest(announced.actor("coordinator"))
    assert found.total == found.merged + found.declined + found.withdrawn + len(found.rows) == 7
    assert [row.id for row in found.waiting] == [waiting.id]
    assert next(row for row in found.rows if row.id == root.id).asked == 4
    for tallies in (found.by_subject, found.by_kind, found.by_unit):
        assert sum(one.asked for one in tallies) == 5
        assert sum(one.questions for one in tallies) == 2


def test_a_complaint_about_a_unit_is_not_in_that_units_digest(announced: District) -> None:
    question = announced.walk("assigned")
    announced.does("moderator", "flag", question, about_official="on", unit=announced.units[0].id)
    assert digest.digest(announced.actor("coordinator"), unit_id=announced.units[0].id).rows == []
    assert digest.digest(announced.actor("member1")).rows == []
    assert len(digest.digest(announced.actor("coordinator")).rows) == 1


def test_the_digest_masks_and_covers(announced: District) -> None:
    announced.ask("我的电话13812345678。", display_name="张三13812345678")
    covered = announced.walk("accepted", text="要遮盖的话。", title="要遮盖的题")
    announced.does("moderator", "withhold", covered, code="minor")
    text = repr(digest.digest(announced.actor("coordinator")))
    assert "13812345678" not in text
    assert "要遮盖的" not in text


@pytest.mark.parametrize("rows", [1, 30])
def test_the_digest_costs_the_same_for_one_and_for_thirty(announced: District, rows: int) -> None:
    for _number in range(rows):
        announced.ask()
    actor = announced.actor("coordinator")
    with CaptureQueriesContext(connection) as captured:
        digest.digest(actor)
        digest.progress(announced.hour)
        digest.dispatched_at(announced.hour)
    assert len(captured) == 3


def test_dispatched_once_closed_and_nobody_waits(announced: District) -> None:
    assert digest.dispatched_at(announced.hour) is None
    question = announced.ask()
    announced.hour_does("close_asking")
    assert digest.dispatched_at(announced.hour) is None
    with clock.steer(clock.now() + timedelta(hours=2)):
        announced.does("moderator", "assign", question, lead=announced.groups[0].id)
        moment = clock.now()
    assert digest.dispatched_at(announced.hour) == moment


def test_an_hour_nobody_asked_is_dispatched_when_it_closes(announced: District) -> None:
    announced.hour_does("close_asking")
    assert digest.dispatched_at(announced.hour) == clock.now()


def prepare(district: District, question: Question) -> None:
    district.does("member1", "draft", question, text=GOOD_ANSWER, outcome="answered")
    district.does("lead1", "submit", question)


def test_answers_are_prepared_when_every_question_sent_has_one_submitted(announced: District) -> None:
    first, second = announced.walk("assigned"), announced.walk("assigned")
    announced.walk("declined")
    late = announced.ask()
    prepare(announced, first)
    assert digest.prepared_so_far(announced.hour) == "预答稿 1 / 2 件，另有 1 件还没有分发"
    prepare(announced, second)
    announced.does("moderator", "decline", late, code="unrelated")
    assert digest.prepared_at(announced.hour) is None, "people still ask"
    announced.hour_does("close_asking")
    assert digest.prepared_at(announced.hour) == clock.now()
    assert digest.prepared_so_far(announced.hour) == "预答稿 2 / 2 件"
    announced.does("mayor", "send_back", second, note="请写明日期")
    assert digest.prepared_at(announced.hour) is None
    assert digest.prepared_so_far(announced.hour) == "预答稿 1 / 2 件"
    with clock.steer(clock.now() + timedelta(hours=3)):
        prepare(announced, second)
        moment = clock.now()
    assert digest.prepared_at(announced.hour) == moment


def test_an_hour_nobody_asked_has_nothing_to_prepare(announced: District) -> None:
    announced.hour_does("close_asking")
    assert digest.prepared_at(announced.hour) == clock.now()
    assert digest.prepared_so_far(announced.hour) == ""


# -- in bulk ------------------------------------------------------------------------------------------


def test_in_bulk_each_question_meets_its_own_guards(announced: District) -> None:
    accused = announced.ask("某局态度恶劣。")
    announced.does("moderator", "flag", accused, about_official="on", unit=announced.units[0].id)
    gone, fine = announced.walk("withdrawn"), announced.ask()
    chosen = [(one.id, one.number) for one in (accused, gone, fine)]
    before = read.head(announced.hour.id)
    report = dispatching.dispatch(announced.actor("moderator"), chosen, {"lead": announced.groups[0].id})
    assert report.sent == [fine.number]
    assert [one.id for one in report.stayed] == [accused.id, gone.id]
    assert all(one.reason for one in report.stayed)
    assert read.head(announced.hour.id) == before + 1, "what stayed left no entry"


@pytest.mark.parametrize("lead", ["", "x", "99999999", None])
def test_in_bulk_a_field_wrong_for_all_is_a_fields_error(announced: District, lead: str | None) -> None:
    chosen = [(one.id, one.number) for one in (announced.ask(), announced.ask())]
    with pytest.raises(InvalidFields) as invalid:
        dispatching.dispatch(announced.actor("moderator"), chosen, {"lead": lead})
    assert list(invalid.value.errors) == ["lead"]


def test_in_bulk_not_more_than_an_evening_holds(announced: District) -> None:
    many = [(number, number) for number in range(1, dispatching.MOST_AT_ONCE + 2)]
    with pytest.raises(InvalidFields):
        dispatching.dispatch(announced.actor("moderator"), many, {"lead": announced.groups[0].id})
