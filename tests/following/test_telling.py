"""Askers hear of each step of their question after the hour, and of their promise: once, in their language, by day."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.commitments.conftest import Promises, later, promises
from tests.following.conftest import at
from tests.wrapping.conftest import ENDED, Wrapping, ended, mobile, told
from townhall.commitments import watch
from townhall.commitments.models import Commitment
from townhall.following import reading, telling
from townhall.journal import kinds
from townhall.kernel import clock
from townhall.outreach import asker_words, invitations
from townhall.outreach.models import Message
from townhall.outreach.sealing import unseal
from townhall.questions import citizen_actions
from townhall.voice import actions as voice
from townhall.wrapping import actions as wrapping

if TYPE_CHECKING:
    from tests.fixtures import District
    from townhall.questions.models import Question

__all__ = ["ended", "promises", "told"]  # fixtures
pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
DAY = timedelta(days=1)


def read() -> None:
    """The reader has its turn, and another in case it told something twice."""
    reading.tick()
    reading.tick()


def sent(*templates: str) -> list[str]:
    """What askers were told, in order, in words."""
    rows = Message.objects.filter(template__in=templates or list(asker_words.ALL)).order_by("id")
    return [invitations.text_of(row.template, unseal(row)) for row in rows]


def reachable(ended: Wrapping, status: str, number: str = "13800002001") -> Question:
    question = ended.questions[status]
    mobile(ended.district, question, number)
    read()
    Message.objects.all().delete()
    return question


# -- questions after the hour ---------------------------------------------------------------------------


def test_late_is_told_once_and_again_only_after_an_extension_went_by(ended: Wrapping) -> None:
    one = ended.leftover("assigned")
    read()
    ended.does(
        "lead1", "ask_extension", one, reason_code="scope", reason="须与市里核对数据。", until="2026-12-14"
    )
    ended.does("mayor", "approve_extension", one)
    with clock.steer(ENDED + 8 * DAY):
        wrapping.keep_backlogs()
        read()
    assert sent("late") == []
    with clock.steer(ENDED + 15 * DAY):
        wrapping.keep_backlogs()
        wrapping.keep_backlogs()
        read()
        (words,) = sent("late")
    number = ended.questions["assigned"].number
    assert f"第 {number} 号" in words and "（12月14日）" in words and "/track/" in words


def test_nobody_is_told_late_of_what_has_been_answered_since(ended: Wrapping) -> None:
    read()
    with clock.steer(ENDED + 8 * DAY):
        wrapping.keep_backlogs()
        ended.answers("assigned")
        read()
    assert sent("late") == []


def test_a_refusal_after_the_hour_is_told_and_so_is_what_came_of_the_second_look(ended: Wrapping) -> None:
    question = reachable(ended, "received")
    ended.district.does("moderator", "decline", question, code="unrelated")
    read()
    assert len(sent("declined")) == 1
    citizen_actions.appeal(ended.district.receipt(question), {"text": "这不是广告。"})
    ended.district.does("moderator2", "uphold", question, note="内部意见不外传")
    read()
    (words,) = sent("upheld")
    assert "另一位同事" in words and "内部意见" not in words
    ended.district.does("moderator2", "reopen", question)
    read()
    assert [len(sent(one)) for one in ("declined", "upheld", "reopened")] == [1, 1, 1]


def test_an_appeal_that_succeeds_is_told_as_taken_up_again(ended: Wrapping) -> None:
    question = reachable(ended, "received")
    ended.district.does("moderator", "decline", question, code="unrelated")
    citizen_actions.appeal(ended.district.receipt(question), {})
    ended.district.does("moderator2", "reopen", question)
    read()
    assert len(sent("reopened")) == 1
    assert sent("declined") == [], "by the time it was read it was not so any more"


def test_a_refusal_that_needs_a_second_person_reaches_nobody_before_it(ended: Wrapping) -> None:
    question = reachable(ended, "received")
    fields = {"handed_to": "市供电公司", "handed_at": "2026-11-30T20:00:00+08:00"}
    ended.district.does("moderator", "decline", question, code="outside_remit", **fields)
    read()
    assert sent("declined") == []
    ended.district.does("coordinator", "confirm_decline", question)
    read()
    assert len(sent("declined")) == 1


def test_merging_after_the_hour_is_told_to_its_asker_and_not_to_those_who_asked_the_other(
    ended: Wrapping,
) -> None:
    question, root = reachable(ended, "accepted"), ended.questions["assigned"]
    ended.district.does("moderator", "merge", question, into=root.id)
    read()
    (words,) = sent("merged")
    assert f"第 {question.number} 号" in words and f"第 {root.number} 号" in words
    ended.district.does("moderator", "reopen", question)
    read()
    assert len(sent("reopened")) == 1


def test_an_asker_in_english_reads_english(ended: Wrapping) -> None:
    question = reachable(ended, "received")
    question.lang = "en"
    question.save(update_fields=["lang"])
    ended.district.does("moderator", "decline", question, code="unrelated")
    read()
    (words,) = sent("declined")
    assert words.startswith(f"Your question no. {question.number} could not be accepted.")


def test_within_the_hour_and_without_a_mobile_nobody_is_written_to(live: District) -> None:
    for number in ("13800002001", None):
        question = live.ask()
        if number:
            mobile(live, question, number)
        live.does("moderator", "decline", question, code="unrelated")
    read()
    assert sent() == []
    live.hour_does("wrap", reason_code="other")
    silent = live.hour.questions.filter(status="declined").latest("id")
    live.does("moderator2", "reopen", silent)
    read()
    assert sent() == []


def test_nobody_is_written_to_at_night(ended: Wrapping, settings: Any) -> None:
    settings.SMS_SENDER = "http"
    question = reachable(ended, "received")
    with clock.steer(at(1, 22)):
        ended.district.does("moderator", "decline", question, code="unrelated")
        read()
    assert Message.objects.get(template="declined").next_try_at == at(2, 8)


# -- promises -------------------------------------------------------------------------------------------


def promise_with_a_mobile(promises: Promises) -> Commitment:
    one = promises.make()
    mobile(promises.district, promises.district.hour.questions.get(id=one.question_id))
    read()
    return one


def test_each_passed_day_of_a_promise_is_told_once(promises: Promises) -> None:
    one = promise_with_a_mobile(promises)
    Commitment.objects.filter(id=one.id).update(prescribed="2026-12-18")
    for day, expected in ((15, 0), (16, 1), (17, 1), (18, 1), (19, 2), (24, 2)):
        with clock.steer(at(day, 9)):
            watch.say_late()
            watch.say_late()
            read()
        assert len(sent("promise_late")) == expected, day
    first, second = sent("promise_late")
    assert "（12月15日）" in first and "（12月18日）" in second and f"/promises/{one.id}/" in first


def test_a_day_put_off_is_late_anew_and_what_was_reported_in_time_never(promises: Promises) -> None:
    one, other = promise_with_a_mobile(promises), promises.make()
    mobile(promises.district, promises.district.hour.questions.get(id=other.question_id))
    Commitment.objects.update(prescribed=None)
    promises.does("member1", "ask_extension", one, reason_code="weather", text="连日下雨。", due="2026-12-22")
    promises.does("mayor", "approve_extension", one)
    promises.report(other)
    with clock.steer(at(16, 9)):
        assert watch.say_late() == 0
    with clock.steer(at(23, 9)):
        assert watch.say_late() == 1
        read()
        (words,) = sent("promise_late")
    assert "（12月22日）" in words


def test_days_that_went_by_long_ago_are_noted_and_told_to_nobody(promises: Promises) -> None:
    promise_with_a_mobile(promises)
    with clock.steer(at(31, 9)):
        assert watch.say_late() == 1
        read()
    assert sent("promise_late") == []


def test_rework_is_told(promises: Promises) -> None:
    one = promise_with_a_mobile(promises)
    promises.report(one)
    promises.does("inspector", "rework", one, text="坡道还没有做。")
    read()
    (words,) = sent("promise_reworked", "dispute_upheld")
    assert "退回重办" in words and "提问人反映" not in words and "坡道" not in words


def test_a_closed_promise_worked_on_again_is_told(promises: Promises) -> None:
    one = promises.walk("closed", promise_with_a_mobile(promises))
    promises.does("inspector", "reopen", one, text="回访时发现坡道断了。")
    read()
    (words,) = sent("promise_reopened")
    assert "重新办理" in words


def test_what_came_of_not_done_is_told_either_way(promises: Promises) -> None:
    one = promises.walk("closed", promise_with_a_mobile(promises))
    promises.dispute(one)
    promises.does("inspector", "rework", one, text="坡道确实没有做。")
    read()
    assert len(sent("dispute_upheld")) == 1 and sent("promise_reworked") == []
    promises.walk("closed", one)
    promises.district.hour_does("wrap", reason_code="other")
    voice.keep()
    with clock.steer(later(1)):
        promises.dispute(one)
        promises.does("inspector", "verify", one)
        promises.does("inspector", "close", one, text="现场复核，坡道平整。")
        voice.keep()
        voice.keep()
    assert len(sent("closed")) == 1
    (words,) = sent("dispute_closed")
    assert "重新核查" in words and "/voice/" in words


def test_of_a_covered_question_nothing_is_told(promises: Promises) -> None:
    one = promise_with_a_mobile(promises)
    promises.report(one)
    live = promises.district
    live.does("moderator", "withhold", live.hour.questions.get(id=one.question_id), code="personal_data")
    promises.does("inspector", "rework", one, text="坡道还没有做。")
    read()
    assert sent() == []


def test_the_address_of_a_private_reply_is_the_askers_own_page(promises: Promises) -> None:
    one = promise_with_a_mobile(promises)
    promises.district.hour.questions.filter(id=one.question_id).update(reply_privately=True)
    promises.report(one)
    promises.does("inspector", "rework", one, text="坡道还没有做。")
    read()
    (words,) = sent("promise_reworked")
    assert "/track/" in words and "/promises/" not in words


def test_every_row_of_the_table_names_a_kind_and_a_template_that_exist() -> None:
    assert {*telling.PROMISES, *telling.QUESTIONS} <= set(kinds.KINDS)
    templates = {*telling.PROMISES.values(), *(template for template, _states in telling.QUESTIONS.values())}
    assert templates <= set(asker_words.ALL)
