"""Links that ask: one for each asker and answer, good for nothing and nobody else; the last word counts for a month."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.commitments.conftest import Promises
from tests.fixtures import GOOD_ANSWER, PROMISED_ANSWER
from tests.wrapping.conftest import ENDED, mobile
from townhall.commitments.models import Commitment
from townhall.journal.models import Entry
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused
from townhall.questions import asking
from townhall.questions import citizen_actions as citizens
from townhall.questions.models import Question, Rating
from townhall.voice import actions, citizen_actions, links, published
from townhall.voice.models import Ask, PromiseRating, ReturnCall

if TYPE_CHECKING:
    from tests.fixtures import District
    from tests.voice.conftest import After

MONTH = timedelta(days=31)


def test_every_answer_is_asked_about_once_when_the_hour_is_over(after: After) -> None:
    assert actions.keep() == 2
    assert actions.keep() == 0
    [(template, filled, _key)] = after.sent  # the other asker left no mobile: the track page asks
    assert (template, filled["number"]) == ("answered", str(after.question.number))
    assert filled["url"].endswith(f"/voice/{after.token()}/")


def test_nobody_is_asked_during_the_hour_or_about_what_is_covered(after: After) -> None:
    after.district.does("mayor", "withhold", after.question, code="personal_data")
    assert actions.keep() == 1
    assert after.sent == []


def ask_late(after: After) -> Question:
    """A question typed in on behalf of somebody after the hour."""
    payload = {
        "display_name": "后来的人", "text": "澄湖路幼儿园还有没有学位？", "channel": "phone", "mobile": "13800002001",
    }  # fmt: skip
    asked = asking.parse(after.district.hour, payload, typed_by=after.district.accounts["clerk"].id)
    return Question.objects.get(id=citizens.ask(asked).id)


@pytest.mark.parametrize("asked_before", [False, True])
def test_those_merged_into_it_are_asked_too_also_after_the_first_round(
    after: After, asked_before: bool
) -> None:
    if asked_before:
        assert actions.keep() == 2
    after.district.does("moderator", "merge", ask_late(after), into=after.question.id)
    assert actions.keep() == (1 if asked_before else 3)
    assert actions.keep() == 0
    assert Ask.objects.filter(question=after.question).count() == 2
    assert len(after.sent) == 2


def test_a_tap_rates_the_answer_the_receipt_would_have_rated(after: After) -> None:
    actions.keep()
    citizen_actions.rate(after.token(), {"level": "2", "reason": "slow"})
    rating = Rating.objects.get()
    assert (rating.asker.question_id, rating.level, rating.reason) == (after.question.id, 2, "slow")
    opened = published.opened(after.token())
    assert opened is not None
    assert (opened["level"], opened["answer"], opened["settled"]) == (2, GOOD_ANSWER, False)


def test_somebody_elses_link_and_a_forged_one_rate_nothing(after: After) -> None:
    actions.keep()
    mine, theirs = after.token(), after.token(after.other)
    number, signature = mine.split("-")
    other_number, other_signature = theirs.split("-")
    forged = [f"{number}-{other_signature}", f"{other_number}-{signature}", f"{number}-{'0' * 20}", number, "", "x-y",
              f"{number}-{signature[:-1]}", f"{number}-{signature}0", f"9{number}-{signature}"]  # fmt: skip
    for token in forged:
        with pytest.raises(Refused) as refused:
            citizen_actions.rate(token, {"level": 5})
        assert refused.value.status == 404
        assert published.opened(token) is None
    assert not Rating.objects.exists()


def test_a_link_ends_when_what_it_was_signed_over_changes(after: After) -> None:
    actions.keep()
    token = after.token()
    Ask.objects.filter(question=after.question).update(question=after.other, asker=after.other.asker, round=2)
    assert links.find(token) is None


def test_the_last_word_counts_for_thirty_days_and_then_stands(after: After) -> None:
    actions.keep()
    citizen_actions.rate(after.token(), {"level": 1})
    with clock.steer(ENDED + timedelta(days=29)):
        citizen_actions.rate(after.token(), {"level": 4})
    with clock.steer(ENDED + timedelta(days=29) + MONTH):
        with pytest.raises(Refused) as refused:
            citizen_actions.rate(after.token(), {"level": 5})
        assert (refused.value.status, refused.value.code) == (409, "settled")
        opened = published.opened(after.token())
        assert opened is not None and opened["settled"]
    assert Rating.objects.get().level == 4


def test_a_corrected_answer_may_be_rated_anew(after: After) -> None:
    actions.keep()
    citizen_actions.rate(after.token(), {"level": 2})
    with clock.steer(ENDED + MONTH):
        after.district.does(
            "member1", "correct", after.question, text=GOOD_ANSWER + "更正：登记延到8月25日。"
        )
        after.district.does("mayor", "sign", after.question, version=2)
        citizen_actions.rate(after.token(), {"level": 5})
    assert Rating.objects.get().level == 5


@pytest.mark.parametrize(
    ("data", "field"), [({}, "level"), ({"level": "6"}, "level"), ({"level": "很好"}, "level"), ({"level": True}, "level"),
                        ({"level": "1", "reason": "because"}, "reason")],
)  # fmt: skip
def test_a_rating_names_what_to_mend(after: After, data: dict[str, object], field: str) -> None:
    actions.keep()
    with pytest.raises(InvalidFields) as error:
        citizen_actions.rate(after.token(), data)
    assert set(error.value.errors) == {field}
    assert not Rating.objects.exists()


@pytest.fixture
def promised(live: District) -> Question:
    """An answer with one promise, signed in the hour, whose asker left a mobile."""
    question = live.walk("assigned")
    mobile(live, question)
    item = {"text": "12月15日前完成大门改造", "unit": live.units[0].id, "due": "2026-12-15"}
    live.does("member1", "draft", question, text=PROMISED_ANSWER, outcome="promised", commitments=[item])
    question = live.does("lead1", "submit", question)
    return live.does("mayor", "sign", question, version=question.draft_version)


def test_a_closed_promise_asks_and_not_done_takes_it_back_to_the_inspector(
    promised: Question, after: After
) -> None:
    promises = Promises(after.district)
    actions.keep()
    promise = promises.walk("closed", Commitment.objects.get(question_id=promised.id))
    assert actions.keep() == 1
    token = after.token(promised, purpose="promise")
    assert after.sent[-1][0] == "closed"
    citizen_actions.rate(token, {"level": "1", "reason": "not_solved"})
    assert PromiseRating.objects.get().level == 1
    citizen_actions.not_done(token, {"reason": "not_as_said"})
    promise.refresh_from_db()
    assert promise.state == "reported"
    assert Entry.objects.filter(kind="commitment.disputed", subject_id=promise.id).count() == 1
    with pytest.raises(Refused) as again:
        citizen_actions.not_done(token, {})
    assert again.value.code == "said"
    assert Entry.objects.filter(kind="voice.not_done").count() == 1
    assert actions.keep() == 0, "nobody is asked about a promise that is being looked at again"
    promises.walk("closed", promises.does("inspector", "rework", promise, text="请再看一次坡道。"))
    assert actions.keep() == 1
    assert after.token(promised, purpose="promise") != token


def test_whoever_the_inspector_reopens_a_promise_for_is_asked_after_its_second_closing(
    promised: Question, after: After
) -> None:
    promises = Promises(after.district)
    actions.keep()
    promise = promises.walk("closed", Commitment.objects.get(question_id=promised.id))
    assert actions.keep() == 1
    with clock.steer(ENDED + timedelta(days=3)):
        promise = promises.does("inspector", "reopen", promise, text="又坏了。")
        assert actions.keep() == 0
        promises.walk("closed", promise)
        assert actions.keep() == 1
        assert actions.keep() == 0
    assert list(Ask.objects.filter(purpose="promise").values_list("round", flat=True)) == [1, 2]


def test_whoever_is_merged_after_a_promise_was_closed_is_asked_about_it_too(
    promised: Question, after: After
) -> None:
    actions.keep()
    Promises(after.district).walk("closed", Commitment.objects.get(question_id=promised.id))
    assert actions.keep() == 1
    after.district.does("moderator", "merge", ask_late(after), into=promised.id)
    assert actions.keep() == 2  # about the answer and about the promise
    assert actions.keep() == 0
    assert Ask.objects.filter(purpose="promise").count() == 2


def test_the_link_of_an_answer_reopens_no_promise(after: After) -> None:
    actions.keep()
    with pytest.raises(Refused) as refused:
        citizen_actions.not_done(after.token(), {})
    assert refused.value.code == "purpose"
    assert not ReturnCall.objects.exists()
