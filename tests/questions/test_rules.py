"""Rules that cross several verbs: locks, emergencies, covered texts, complaints about an official, second persons."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.fixtures import GOOD_ANSWER, PROMISED_ANSWER
from townhall.hours import planning
from townhall.journal import read
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused
from townhall.live import frames
from townhall.questions import citizen_actions, dossier, flow, holding, promised, published, queries, tracking
from townhall.questions.models import Hold, Question, UrgentHandover

if TYPE_CHECKING:
    from tests.fixtures import District


def refusal(district: District, name: str, verb: str, question: Question, **data: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        district.does(name, verb, question, **data)
    return refused.value


def test_checked_in_order_existence_seat_fields_state(live: District) -> None:
    question = live.walk("published")
    assert refusal(live, "mayor", "explode", question).status == 404
    assert refusal(live, "mayor", "decline", question, code="nonsense").status == 403
    with pytest.raises(InvalidFields):
        live.does("moderator", "decline", question, code="nonsense")
    assert refusal(live, "moderator", "decline", question, code="unrelated").status == 409


# -- soft locks ---------------------------------------------------------------------------------------


def test_only_a_fresh_lock_of_another_person_refuses(live: District) -> None:
    question = live.ask()
    holding.hold(live.actor("moderator"), question)
    refused = refusal(live, "moderator2", "accept", question)
    assert (refused.status, refused.code) == (409, "lock")
    assert live.accounts["moderator"].name in str(refused.message)
    with pytest.raises(Refused):
        holding.hold(live.actor("moderator2"), question)
    with clock.steer(clock.now() + timedelta(seconds=29)):
        assert refusal(live, "moderator2", "accept", question).code == "lock"
    with clock.steer(clock.now() + timedelta(seconds=30)):
        assert live.does("moderator2", "accept", question).status == "accepted"


@pytest.mark.parametrize(
    ("name", "verb", "status", "data"),
    [
        ("mayor", "withhold", "assigned", {"code": "minor"}),
        ("member2", "urgent", "assigned", {"handed_to": "110"}),
        ("member2", "contribute", "assigned", {"text": "协办意见"}),
        ("clerk", "note", "assigned", {"text": "来电补充"}),
    ],
)
def test_covering_calling_for_help_and_helping_never_wait(
    live: District, name: str, verb: str, status: str, data: dict[str, str]
) -> None:
    question = live.walk(status)
    holding.hold(live.actor("member1"), question)
    live.does(name, verb, question, **data)


def test_work_that_changes_hands_lets_go_of_the_lock(live: District) -> None:
    question = live.walk("assigned")
    live.does("member1", "draft", question, text=GOOD_ANSWER, outcome="answered")
    holding.hold(live.actor("member1"), question)
    question = live.does("member1", "submit", question)
    assert not Hold.objects.exists()
    holding.hold(live.actor("mayor"), question)
    live.does("mayor", "send_back", question, note="请补充日期")
    assert not Hold.objects.exists()
    question = live.does("lead1", "submit", question)
    holding.hold(live.actor("deputy"), question)
    live.does("deputy", "sign", question, version=question.draft_version)
    assert not Hold.objects.exists()


def test_letting_go_frees_only_ones_own_lock(live: District) -> None:
    question = live.ask()
    holding.hold(live.actor("moderator"), question)
    holding.let_go(live.actor("moderator2"), question.id)
    assert Hold.objects.exists()
    holding.let_go(live.actor("moderator"), question.id)
    live.does("moderator2", "accept", question)


# -- drafts -------------------------------------------------------------------------------------------


def test_saving_over_another_persons_draft_is_refused_only_when_the_version_is_told(live: District) -> None:
    question = live.walk("assigned")
    live.does("member1", "draft", question, text=GOOD_ANSWER, outcome="answered", base_version=0)
    assert (
        refusal(live, "lead1", "draft", question, text="别的", outcome="answered", base_version=0).code
        == "version"
    )
    live.does("lead1", "draft", question, text=GOOD_ANSWER, outcome="answered", base_version=1)
    question = live.does("lead1", "draft", question, text=GOOD_ANSWER, outcome="answered")
    assert question.draft_version == 3


def test_submitting_names_the_reviewer_and_keeps_the_version(live: District) -> None:
    question = live.walk("assigned")
    question = live.does("member1", "draft", question, text=GOOD_ANSWER, outcome="answered")
    before = question.draft_version
    question = live.does("member1", "submit", question)
    assert question.draft_version == before
    assert question.versions.get(number=before).secrecy_reviewer == live.accounts["lead1"]


def test_taking_a_submitted_draft_back_shows_in_the_history(live: District) -> None:
    question = live.walk("submitted")
    question = live.does("member1", "draft", question, text=GOOD_ANSWER + "补充。", outcome="answered")
    assert question.status == "assigned"
    seen = tracking.track(live.receipt(question))
    assert seen is not None
    assert [step["status"] for step in seen["history"]][-2:] == ["submitted", "assigned"]


def test_a_signer_never_drafts_even_with_a_group_seat(live: District) -> None:
    question = live.walk("assigned")
    planning.give_seat(live.hour, live.accounts["deputy"], "group", group=live.groups[0])
    refused = refusal(live, "deputy", "draft", question, text=GOOD_ANSWER, outcome="answered")
    assert refused.status == 403
    question = live.does("member1", "draft", question, text=GOOD_ANSWER, outcome="answered")
    question = live.does("member1", "submit", question)
    assert live.does("deputy", "sign", question, version=question.draft_version).status == "published"


def test_several_changes_keep_one_author_and_the_first_words(live: District) -> None:
    question = live.walk("submitted")
    for number, name in enumerate(("mayor", "deputy", "mayor")):
        question = live.does(
            name, "change", question, version=question.draft_version, text=f"{GOOD_ANSWER}{number}"
        )
    live.does("mayor", "sign", question, version=question.draft_version)
    version = question.versions.get(number=question.draft_version)
    assert (version.author, version.amended_by, version.drafted_text) == (
        live.accounts["member1"], live.accounts["mayor"], GOOD_ANSWER,
    )  # fmt: skip


def test_an_authorised_signer_signs_leftovers_only(live: District) -> None:
    question = live.walk("submitted")
    assert refusal(live, "authorised", "sign", question, version=question.draft_version).status == 409
    live.hour_does("wrap", reason_code="other")
    live.authorise()
    assert live.does("authorised", "sign", question, version=question.draft_version).status == "published"
    shown = published.get(question.id)
    assert shown is not None
    assert shown["answer"]["signed_as"] == "authorised"


def test_nothing_is_signed_while_signing_is_held(live: District) -> None:
    question = live.walk("submitted")
    live.hour_does("hold_signing", reason_code="mourning")
    assert refusal(live, "mayor", "sign", question, version=question.draft_version).status == 409
    live.hour_does("release_signing")
    live.does("mayor", "sign", question, version=question.draft_version)


# -- emergencies --------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["received", "accepted", "assigned", "submitted"])
def test_an_emergency_ends_as_handed_over_from_any_open_state(live: District, status: str) -> None:
    question = live.walk(status)
    live.does("clerk", "urgent", question, handed_to="120")
    handed = {"handed_to": "120", "handed_at": clock.now().isoformat()}
    if status not in {"received", "accepted"}:
        assert refusal(live, "moderator", "decline", question, code="unrelated").status == 409
    question = live.does("moderator", "decline", question, code="urgent", **handed)
    assert (question.status, question.urgent) == ("declined", False)
    assert not UrgentHandover.objects.filter(released_at=None).exists()
    assert published.get(question.id) is None


@pytest.mark.parametrize(
    ("verb", "data"),
    [
        ("split", {"parts": [{"title": "甲", "text": "甲事"}, {"title": "乙", "text": "乙事"}]}),
        ("merge", {}),
        ("sign", {}),
    ],
)
def test_an_emergency_is_neither_split_nor_merged_nor_signed(
    live: District, verb: str, data: dict[str, Any]
) -> None:
    question = live.walk("submitted" if verb == "sign" else "accepted")
    other = live.walk("accepted")
    data = {"merge": {"into": other.id}, "sign": {"version": question.draft_version}}.get(verb, data)
    live.does("moderator", "urgent", question, handed_to="110")
    refused = refusal(live, "mayor" if verb == "sign" else "moderator", verb, question, **data)
    assert refused.status == 409
    live.does("moderator", "release", question)
    live.does("mayor" if verb == "sign" else "moderator", verb, question, **data)


@pytest.mark.parametrize(
    ("name", "verb", "status"),
    [
        ("moderator", "accept", "received"),
        ("moderator", "assign", "received"),
        ("coordinator", "designate", "assigned"),
        ("member1", "draft", "assigned"),
        ("lead1", "submit", "assigned"),
    ],
)
def test_an_emergency_goes_to_no_group(live: District, name: str, verb: str, status: str) -> None:
    question = live.ask() if status == "received" else live.walk(status)
    if verb == "submit":
        live.does("member1", "draft", question, text=GOOD_ANSWER, outcome="answered")
    data = {
        "assign": {"lead": live.groups[0].id}, "designate": {"lead": live.groups[0].id},
        "draft": {"text": GOOD_ANSWER, "outcome": "answered"},
    }.get(verb, {})  # fmt: skip
    live.does("clerk", "urgent", question, handed_to="120")
    refused = refusal(live, name, verb, question, **data)
    assert (refused.status, "紧急转办" in refused.message) == (409, True)
    live.does("moderator", "release", question)
    live.does(name, verb, question, **data)


def test_an_emergency_that_its_asker_takes_back_does_not_cry_for_ever(live: District) -> None:
    question = live.ask()
    live.does("moderator", "urgent", question, handed_to="110")
    citizen_actions.withdraw(live.receipt(question))
    question.refresh_from_db()
    assert (question.status, question.urgent) == ("withdrawn", False)
    assert not UrgentHandover.objects.filter(released_at=None).exists()
    assert queries.board(live.actor("coordinator"), seat="coordinator")[0] == []


def test_care_comes_first_for_the_asker_of_an_emergency(live: District) -> None:
    question = live.ask()
    live.does("moderator", "urgent", question, handed_to="12356")
    seen = tracking.track(live.receipt(question))
    assert seen is not None
    assert "12356" in seen["care"]
    assert "110" in seen["care"]


# -- covered and private texts --------------------------------------------------------------------------


def test_a_covered_text_is_not_split_into_uncovered_parts(live: District) -> None:
    question = live.walk("accepted")
    live.does("moderator", "withhold", question, code="minor")
    parts = [{"title": "甲", "text": "甲事"}, {"title": "乙", "text": "乙事"}]
    assert refusal(live, "moderator", "split", question, parts=parts).status == 409


def test_nobody_is_merged_into_a_private_question(live: District) -> None:
    live.hour.allow_private = True
    live.hour.save()
    private = live.walk("accepted", reply_privately=True)
    with pytest.raises(InvalidFields) as invalid:
        live.does("moderator", "merge", live.ask(), into=private.id)
    assert set(invalid.value.errors) == {"into"}
    private.refresh_from_db()
    assert live.does("moderator", "merge", private, into=live.walk("accepted").id).status == "merged"


def test_a_covered_question_that_was_refused_raises_no_alarm_nobody_can_end(live: District) -> None:
    question = live.walk("accepted")
    live.does("moderator", "withhold", question, code="minor")
    assert dossier.alarms(live.actor("coordinator"))["cover"]
    live.does("moderator", "decline", question, code="private_details")
    with clock.steer(clock.now() + timedelta(hours=25)):
        alarms = dossier.alarms(live.actor("coordinator"))
    assert not alarms["cover"]
    assert not alarms["withheld"]


def test_an_unconfirmed_covering_alarms_after_a_day(live: District) -> None:
    question = live.walk("published")
    live.does("mayor", "withhold", question, code="secret")
    with clock.steer(clock.now() + timedelta(hours=24, seconds=1)):
        assert [one["id"] for one in dossier.alarms(live.actor("coordinator"))["withheld"]] == [question.id]
    live.does("coordinator", "confirm_withhold", question)
    with clock.steer(clock.now() + timedelta(hours=25)):
        assert not dossier.alarms(live.actor("coordinator"))["withheld"]


def test_a_covered_promise_keeps_its_place_and_loses_its_words(live: District) -> None:
    question = live.walk("assigned")
    promise = [{"text": "12月15日前完成大门改造", "unit": live.units[0].id, "due": "2026-12-15"}]
    live.does("member1", "draft", question, text=PROMISED_ANSWER, outcome="promised", commitments=promise)
    question = live.does("member1", "submit", question)
    live.does("mayor", "sign", question, version=question.draft_version)
    live.does("deputy", "withhold", question, code="infringement")
    items, _more = promised.promises()
    assert [(item["text"], item["title"], item["due"]) for item in items] == [("", "", "2026-12-15")]


# -- merging --------------------------------------------------------------------------------------------


def test_readers_are_told_where_those_merged_earlier_have_gone(live: District) -> None:
    first, middle, root = (live.walk("accepted") for _ in range(3))
    live.does("moderator", "merge", first, into=middle.id)
    seq = read.head(live.hour.id)
    live.does("moderator", "merge", middle, into=root.id)
    told = {
        shown["id"]: shown
        for shown in (json.loads(frame.data) for frame in frames.after("2026-11", seq, "json"))
    }
    assert {one: told[one]["merged_into"]["number"] for one in told} == {
        first.id: root.number,
        middle.id: root.number,
    }


def test_those_merged_into_what_ends_without_an_answer_stand_on_their_own_again(live: District) -> None:
    root, follower = live.walk("accepted"), live.ask()
    live.does("moderator", "merge", follower, into=root.id)
    live.does("moderator", "decline", root, code="unrelated")
    follower.refresh_from_db()
    assert (follower.status, follower.merged_into) == ("accepted", None)
    assert published.get(follower.id) is not None
    seen = tracking.track(live.receipt(follower))
    assert seen is not None
    assert [step["status"] for step in seen["history"]] == ["received", "merged", "accepted"]


def test_a_clock_set_back_hides_no_answer_from_those_who_read_on(live: District) -> None:
    first, second = live.walk("submitted"), live.walk("submitted")
    live.does("mayor", "sign", first, version=first.draft_version)
    _seen, _more = published.answers(live.hour.id)
    cursor = (Question.objects.get(id=first.id).published_at, first.id)
    with clock.steer(clock.now() - timedelta(minutes=30)):
        live.does("mayor", "sign", second, version=second.draft_version)
        following, _more = published.answers(live.hour.id, after=cursor)
    assert [answer["id"] for answer in following] == [second.id]
    entries = read.after(live.hour.id, 0)
    assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))


def test_taking_a_split_question_back_takes_back_every_part_still_open(live: District) -> None:
    question = live.ask(text="路灯坏了。公交站牌也看不清。")
    parts = [{"title": "路灯", "text": "路灯坏了。"}, {"title": "站牌", "text": "公交站牌也看不清。"}]
    live.does("moderator", "split", question, parts=parts)
    second = Question.objects.get(part_of=question)
    live.does("moderator", "decline", question, code="unrelated")
    assert tracking.track(live.receipt(question))["can"]["withdraw"] is None
    citizen_actions.withdraw(live.receipt(question))
    assert Question.objects.get(id=question.id).status == "declined"
    assert Question.objects.get(id=second.id).status == "withdrawn"
    with pytest.raises(Refused):
        citizen_actions.withdraw(live.receipt(question))


# -- complaints about an official -----------------------------------------------------------------------


def test_the_accused_unit_is_not_called_together_about_itself(live: District) -> None:
    question = live.walk("assigned")
    live.does("coordinator", "flag", question, about_official=True, unit=live.units[2].id)
    with pytest.raises(InvalidFields) as invalid:
        live.does("mayor", "convene", question, units=[live.units[1].id, live.units[2].id])
    assert set(invalid.value.errors) == {"units"}


def test_a_unit_found_to_be_the_accused_does_not_go_on_answering(live: District) -> None:
    question = live.walk("assigned")
    live.does("moderator", "flag", question, about_official=True, unit=live.units[0].id)
    refused = refusal(live, "assistant", "draft", question, text=GOOD_ANSWER, outcome="answered")
    assert refused.status == 409
    live.does("moderator", "assign", question, lead=live.groups[2].id)
    question = live.does("member3", "draft", question, text=GOOD_ANSWER, outcome="answered")
    question = live.does("member3", "submit", question)
    assert live.does("mayor", "sign", question, version=question.draft_version).status == "published"


def test_the_verbs_a_person_is_offered_are_those_of_the_seat_with_the_reason_why_not(live: District) -> None:
    question = queries.get(live.actor("moderator"), live.ask().id)
    offered = queries.moves(live.actor("moderator"), question)
    assert set(offered) == {verb for verb, move in flow.MOVES.items() if "moderator" in move.roles}
    assert offered["accept"] is None
    assert offered["reopen"]
