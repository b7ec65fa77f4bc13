"""The life of a question, walked as people walk it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fixtures import GOOD_ANSWER, PROMISED_ANSWER
from townhall.kernel.errors import InvalidFields, Refused
from townhall.questions import citizen_actions, promised, published, queries, tracking
from townhall.questions.models import Question

if TYPE_CHECKING:
    from tests.fixtures import District

EMPTY_ANSWER = "您好！您的留言已收悉，感谢您的关心与支持。"


@pytest.mark.parametrize("status", ["received", "declined", "withdrawn", "merged"])
def test_what_was_not_screened_or_was_refused_is_not_public(live: District, status: str) -> None:
    question = live.walk(status)
    assert question.status == status
    assert published.get(question.id) is None


@pytest.mark.parametrize("status", ["accepted", "assigned", "submitted", "published"])
def test_from_acceptance_a_question_is_public(live: District, status: str) -> None:
    question = live.walk(status)
    shown = published.get(question.id)
    assert shown is not None
    assert shown["status"] == status
    assert (shown["answer"] is not None) == (status == "published")


def test_signed_answer_names_signer_office_and_unit(live: District) -> None:
    question = live.walk("published")
    shown = published.get(question.id)
    assert shown is not None
    answer = shown["answer"]
    assert answer["text"] == GOOD_ANSWER
    assert (answer["signed_by"], answer["signed_as"], answer["unit"]) == ("mayor甲", "mayor", "区教育局")
    assert shown["outcome"] == "answered"


def test_sign_refuses_the_author(live: District) -> None:
    question = live.walk("assigned")
    live.does("assistant", "draft", question, text=GOOD_ANSWER, outcome="answered")
    question = live.does("assistant", "submit", question)
    # The same person may hold both seats only by mistake; the signature is refused all the same.
    from townhall.hours import planning

    planning.give_seat(live.hour, live.accounts["assistant"], "deputy")
    with pytest.raises(Refused) as refused:
        live.does("assistant", "sign", question, version=question.draft_version)
    assert (refused.value.status, refused.value.code) == (409, "author_is_not_signer")


def test_sign_refuses_an_old_version(live: District) -> None:
    question = live.walk("submitted")
    seen = question.draft_version
    live.does("deputy", "change", question, version=seen, text=GOOD_ANSWER + "（已核）")
    with pytest.raises(Refused) as refused:
        live.does("mayor", "sign", question, version=seen)
    assert (refused.value.status, refused.value.code) == (409, "version")


def test_changed_by_the_signer_keeps_the_drafter_as_author(live: District) -> None:
    question = live.walk("submitted")
    question = live.does(
        "mayor", "change", question, version=question.draft_version, text=GOOD_ANSWER + "欢迎来电。"
    )
    question = live.does("mayor", "sign", question, version=question.draft_version)
    version = question.versions.get(number=question.published_version)
    assert version.author == live.accounts["member1"]
    assert version.amended_by == live.accounts["mayor"]
    assert version.drafted_text == GOOD_ANSWER
    shown = published.get(question.id)
    assert shown is not None
    assert shown["answer"]["amended"] is True


def test_an_empty_acknowledgement_is_held_until_a_reason_is_given(live: District) -> None:
    question = live.walk("assigned")
    live.does("member1", "draft", question, text=EMPTY_ANSWER, outcome="answered")
    with pytest.raises(Refused) as refused:
        live.does("member1", "submit", question)
    assert refused.value.status == 409
    assert refused.value.findings
    question = live.does("member1", "submit", question, override_reason="提问人只要求确认收到")
    with pytest.raises(Refused):
        live.does("mayor", "sign", question, version=question.draft_version)
    question = live.does("mayor", "sign", question, version=question.draft_version, override_reason="同意")
    assert question.status == "published"


def test_a_promise_needs_words_unit_and_a_day_to_come(live: District) -> None:
    question = live.walk("assigned")
    with pytest.raises(InvalidFields) as invalid:
        live.does("member1", "draft", question, text=PROMISED_ANSWER, outcome="promised")
    assert "commitments" in invalid.value.errors
    late = [{"text": "12月15日前完成大门改造", "unit": live.units[0].id, "due": "2026-11-01"}]
    with pytest.raises(InvalidFields) as invalid:
        live.does("member1", "draft", question, text=PROMISED_ANSWER, outcome="promised", commitments=late)
    assert "commitments[0].due" in invalid.value.errors
    good = [{"text": "12月15日前完成大门改造", "unit": live.units[0].id, "due": "2026-12-15"}]
    live.does("member1", "draft", question, text=PROMISED_ANSWER, outcome="promised", commitments=good)
    question = live.does("member1", "submit", question)
    question = live.does("mayor", "sign", question, version=question.draft_version)
    shown = published.get(question.id)
    assert shown is not None
    assert [one["due"] for one in shown["commitments"]] == ["2026-12-15"]
    promises, _more = promised.promises()
    assert [one["number"] for one in promises] == [question.number]


def test_withholding_covers_every_word_and_keeps_the_place(live: District) -> None:
    question = live.walk("published")
    live.does("moderator", "withhold", question, code="personal_data")
    shown = published.get(question.id)
    assert shown is not None
    assert (shown["title"], shown["text"], shown["answer"]["text"]) == ("", "", "")
    assert shown["status"] == "published"
    with pytest.raises(Refused):
        live.does("moderator", "confirm_withhold", question)
    live.does("coordinator", "confirm_withhold", question)
    assert Question.objects.get(id=question.id).withheld == "confirmed"
    live.does("coordinator", "restore", question)
    shown = published.get(question.id)
    assert shown is not None
    assert shown["answer"]["text"] == GOOD_ANSWER


def test_an_emergency_leaves_the_public_at_once_and_keeps_its_status(live: District) -> None:
    question = live.walk("assigned")
    question = live.does("member1", "urgent", question, handed_to="110")
    assert question.status == "assigned"
    assert published.get(question.id) is None
    question = live.does("coordinator", "release", question)
    assert published.get(question.id) is not None


def test_second_return_leaves_only_designation(live: District) -> None:
    question = live.walk("assigned")
    for _round in range(2):
        live.does("member1", "return", question, reason_code="not_ours", proposed_unit=live.units[2].id)
        if _round == 0:
            live.does("moderator", "assign", question, lead=live.groups[0].id)
    with pytest.raises(Refused) as refused:
        live.does("moderator", "assign", question, lead=live.groups[2].id)
    assert refused.value.status == 409
    question = live.does("coordinator", "designate", question, lead=live.groups[2].id)
    with pytest.raises(Refused):
        live.does("member3", "return", question, reason_code="not_ours", proposed_unit=live.units[0].id)


def test_correction_is_a_new_signed_version_that_shows_what_it_replaces(live: District) -> None:
    question = live.walk("published")
    question = live.does(
        "lead1", "correct", question, text=GOOD_ANSWER + "更正：学位为42个。", note="数字有误"
    )
    shown = published.get(question.id)
    assert shown is not None
    assert shown["answer"]["text"] == GOOD_ANSWER
    live.does("mayor", "sign", question, version=question.draft_version)
    shown = published.get(question.id)
    assert shown is not None
    assert shown["answer"]["text"].endswith("42个。")
    assert shown["answer"]["replaces"][0]["text"] == GOOD_ANSWER


def test_a_starred_refusal_reaches_the_asker_after_the_second_glance(live: District) -> None:
    question = live.ask()
    handed = {"handed_to": "区信访办", "handed_at": "2026-11-30T19:05+08:00"}
    with pytest.raises(InvalidFields):
        live.does("moderator", "decline", question, code="petition")
    live.does("moderator", "decline", question, code="petition", **handed)
    seen = tracking.track(live.receipt(question))
    assert seen is not None
    assert seen["status"] == "declined"
    assert seen["declined"] is None
    live.does("coordinator", "confirm_decline", question)
    seen = tracking.track(live.receipt(question))
    assert seen is not None
    assert "区信访办" in seen["declined"]["text"]
    assert "登记号" not in seen["declined"]["text"]


def test_an_appeal_is_decided_by_somebody_else(live: District) -> None:
    question = live.walk("declined")
    citizen_actions.appeal(live.receipt(question), {"text": "请再看一次"})
    with pytest.raises(Refused):
        citizen_actions.appeal(live.receipt(question), {})
    with pytest.raises(Refused):
        live.does("moderator", "reopen", question)
    assert live.does("moderator2", "reopen", question).status == "accepted"


def test_unclear_comes_back_supplemented_at_its_old_place(live: District) -> None:
    question = live.ask()
    live.does("moderator", "decline", question, code="unclear", fill={"missing": "小区名称"})
    seen = tracking.track(live.receipt(question))
    assert seen is not None
    assert "小区名称" in seen["declined"]["text"]
    question = citizen_actions.supplement(live.receipt(question), {"text": "是澄湖花园"})
    assert question.status == "received"
    assert "澄湖花园" in question.text
    assert question.original_text


def test_split_gives_numbers_of_their_own_and_one_receipt(live: District) -> None:
    question = live.ask()
    live.does(
        "moderator",
        "split",
        question,
        parts=[{"title": "甲", "text": "甲事"}, {"title": "乙", "text": "乙事"}],
    )
    seen = tracking.track(live.receipt(question))
    assert seen is not None
    assert [part["title"] for part in seen["parts"]] == ["乙"]
    assert published.counts([live.hour.id])[live.hour.id]["asked"] == 2


def test_a_merged_question_follows_the_root(live: District) -> None:
    root, middle, last = live.walk("accepted"), live.walk("accepted"), live.ask()
    live.does("moderator", "merge", middle, into=root.id)
    live.does("moderator", "merge", last, into=middle.id)
    last.refresh_from_db()
    assert last.merged_into_id == root.id
    live.walk("assigned", question=None)
    live.does("moderator", "assign", root, lead=live.groups[0].id)
    live.does("member1", "draft", root, text=GOOD_ANSWER, outcome="answered")
    root = live.does("member1", "submit", root)
    live.does("mayor", "sign", root, version=root.draft_version)
    seen = tracking.track(live.receipt(last))
    assert seen is not None
    assert seen["status"] == "merged"
    assert seen["answer"]["text"] == GOOD_ANSWER


def test_two_moderators_never_get_the_same_question(live: District) -> None:
    for _number in range(4):
        live.ask()
    first = queries.next_for(live.actor("moderator"), "moderator")
    second = queries.next_for(live.actor("moderator2"), "moderator")
    assert first is not None
    assert second is not None
    assert first.id != second.id
    with pytest.raises(Refused) as refused:
        live.does("moderator2", "accept", first)
    assert refused.value.code == "lock"


def test_the_unit_complained_about_neither_handles_nor_sees_it(live: District) -> None:
    question = live.ask("教育局窗口的工作人员态度恶劣，请处理。")
    live.does("moderator", "flag", question, about_official=True, unit=live.units[0].id)
    with pytest.raises(InvalidFields):
        live.does("moderator", "assign", question, lead=live.groups[0].id)
    live.does("moderator", "assign", question, lead=live.groups[1].id)
    with pytest.raises(Refused) as refused:
        queries.get(live.actor("member1"), question.id)
    assert refused.value.status == 404


@pytest.mark.parametrize("stage", ["planned", "preparing", "cancelled"])
def test_asking_is_refused_outside_its_time(district: District, stage: str) -> None:
    district.to_stage(stage)
    with pytest.raises(Refused) as refused:
        district.ask()
    assert refused.value.status == 409


def test_pre_questions_become_public_when_the_hour_opens(district: District) -> None:
    district.to_stage("announced")
    question = district.ask()
    district.does("moderator", "accept", question)
    assert published.get(question.id) is None
    district.hour_does("close_asking")
    district.hour_does("open_live")
    assert published.get(question.id) is not None


def test_counts_always_add_up(live: District) -> None:
    for status in (
        "received",
        "accepted",
        "assigned",
        "submitted",
        "published",
        "declined",
        "merged",
        "withdrawn",
    ):
        live.walk(status)
    counted = published.counts([live.hour.id])[live.hour.id]
    assert counted["asked"] == sum(number for name, number in counted.items() if name != "asked") == 9


def test_archiving_waits_for_the_last_question(live: District) -> None:
    question = live.walk("submitted")
    live.hour_does("wrap", reason_code="other")
    with pytest.raises(Refused) as refused:
        live.hour_does("archive")
    assert refused.value.status == 409
    live.does("mayor", "sign", question, version=question.draft_version)
    assert live.hour_does("archive").stage == "archived"
    live.does("lead1", "correct", Question.objects.get(id=question.id), text=GOOD_ANSWER + "更正。")
    question.refresh_from_db()
    assert live.does("mayor", "sign", question, version=question.draft_version).status == "published"


def test_another_groups_question_is_refused_for_the_seat_and_cannot_be_read(live: District) -> None:
    question = live.ask()
    for verb, data in (
        ("accept", {}),
        ("draft", {"text": GOOD_ANSWER, "outcome": "answered"}),
        ("sign", {"version": 1}),
    ):
        with pytest.raises(Refused) as refused:
            live.does("member1", verb, question, **data)
        assert refused.value.status in {403, 409}
    with pytest.raises(Refused) as refused:
        live.does("member1", "accept", question)
    assert refused.value.status == 403
    with pytest.raises(Refused) as refused:
        queries.get(live.actor("member1"), question.id)
    assert refused.value.status == 404
