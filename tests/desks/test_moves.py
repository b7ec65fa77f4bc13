"""One POST for all moves: forms go on to where they came from, refusals bring back what was typed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.desks.conftest import HOUR
from tests.fixtures import GOOD_ANSWER, PROMISED_ANSWER, District
from townhall.journal.models import Entry
from townhall.kernel import clock
from townhall.questions import citizen_actions, queries, remarks
from townhall.questions.models import Comment, Hold, Question

JSON = {"Accept": "application/json"}
EMPTY = "您的留言已收悉。"


def move(client: Client, question: Question, verb: str, *, script: bool = False, **data: Any) -> Any:
    headers = JSON if script else {}
    return client.post(f"/desk/questions/{question.id}/{verb}", data, headers=headers)


def test_a_form_goes_on_to_where_it_came_from(at_desk: Any, live: District) -> None:
    question = live.walk("received")
    back = f"{HOUR}moderator/?view=queue"
    answer = move(at_desk("moderator"), question, "accept", seat="moderator", back=back)
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{back}&q={question.id}"
    question.refresh_from_db()
    assert question.status == "accepted"


def test_it_never_goes_on_to_another_site(at_desk: Any, live: District) -> None:
    question = live.walk("received")
    answer = move(at_desk("moderator"), question, "accept", back="//elsewhere.example/desk/")
    assert answer.headers["Location"] == f"{HOUR}moderator/?q={question.id}"


def test_the_message_stands_on_the_next_page(at_desk: Any, live: District) -> None:
    question = live.walk("received")
    client = at_desk("moderator")
    answer = client.post(f"/desk/questions/{question.id}/accept", {"seat": "moderator"}, follow=True)
    assert f"第 {question.number} 号：受理，已完成。" in answer.content.decode()


def test_a_foreign_form_is_refused(at_desk: Any, live: District) -> None:
    question = live.walk("received")
    client = at_desk("moderator", enforce_csrf_checks=True)
    assert move(client, question, "accept").status_code == 403
    question.refresh_from_db()
    assert question.status == "received"


def test_a_seat_cannot_do_another_seats_verb(at_desk: Any, live: District) -> None:
    question = live.walk("submitted")
    answer = move(at_desk("assistant"), question, "sign", script=True, version=question.draft_version)
    assert answer.status_code == 403
    assert answer.json()["title"] == "seat"
    assert move(at_desk("lead3"), live.walk("assigned"), "draft", script=True, text="x").status_code == 403
    assert move(at_desk("stranger"), question, "sign", script=True).status_code == 404


def test_moves_are_posts(at_desk: Any, live: District) -> None:
    question = live.walk("received")
    assert at_desk("moderator").get(f"/desk/questions/{question.id}/accept").status_code == 405


def test_what_was_typed_comes_back_with_errors_at_their_fields(at_desk: Any, live: District) -> None:
    question = live.walk("assigned")
    answer = move(
        at_desk("lead1"), question, "draft", seat="group", back=f"{HOUR}group/",
        **{
            "text": "写了很久的一段答复", "outcome": "promised", "commitments[0].text": "一定办好",
            "commitments[0].due": "2026-11-01", "commitments[1].text": "", "commitments[1].due": "",
        },
    )  # fmt: skip
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "写了很久的一段答复" in page
    assert 'value="一定办好"' in page
    assert "承诺的日期已经过去" in page
    assert "没有提交：请改正标出的地方。" in page
    assert not question.versions.exists()


def test_a_script_gets_the_errors_under_the_names_of_its_own_rows(at_desk: Any, live: District) -> None:
    question = live.walk("assigned")
    answer = move(
        at_desk("lead1"), question, "draft", script=True,
        **{
            "text": PROMISED_ANSWER, "outcome": "promised", "commitments[0].text": "", "commitments[0].due": "",
            "commitments[3].text": "12月15日前完成", "commitments[3].due": "",
        },
    )  # fmt: skip
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["commitments[3].due"]


def test_a_conflict_brings_back_the_text_and_says_who_was_quicker(at_desk: Any, live: District) -> None:
    question = live.walk("assigned")
    live.does("member1", "draft", question, text=GOOD_ANSWER, outcome="answered")
    answer = move(at_desk("lead1"), question, "draft", seat="group", text="我的那一稿", outcome="answered",
                  base_version="0")  # fmt: skip
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "我的那一稿" in page
    assert "别人已保存了第 1 版" in page


def test_another_persons_lock_is_named(at_desk: Any, live: District) -> None:
    question = live.walk("received")
    at_desk("moderator").get(f"{HOUR}moderator/?q={question.id}")
    answer = move(at_desk("moderator2"), question, "accept", script=True)
    assert answer.status_code == 409
    assert "moderator甲" in answer.json()["detail"]


def test_save_and_submit_in_one_press(at_desk: Any, live: District) -> None:
    question = live.walk("assigned")
    answer = move(
        at_desk("lead1"), question, "draft", script=True, text=GOOD_ANSWER, outcome="answered", then="submit"
    )
    assert answer.status_code == 200
    question.refresh_from_db()
    assert question.status == "submitted"


def test_an_empty_answer_is_saved_but_held_until_a_reason(at_desk: Any, live: District) -> None:
    question = live.walk("assigned")
    client = at_desk("lead1")
    fields = {"text": EMPTY, "outcome": "answered", "then": "submit", "seat": "group"}
    answer = move(client, question, "draft", **fields)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "已保存，但没有呈签。" in page
    assert "除客套话外" in page
    assert 'name="override_reason"' in page
    question.refresh_from_db()
    assert (question.status, question.draft_version) == ("assigned", 1)
    answer = move(client, question, "draft", **fields, override_reason="提问人只要回执")
    assert answer.status_code == 302
    question.refresh_from_db()
    assert question.status == "submitted"


def test_a_held_answer_gives_a_script_its_findings(at_desk: Any, live: District) -> None:
    question = live.walk("assigned")
    answer = move(
        at_desk("lead1"), question, "draft", script=True, text=EMPTY, outcome="answered", then="submit"
    )
    problem = answer.json()
    assert (answer.status_code, problem["title"]) == (409, "held")
    assert problem["findings"]


def test_change_and_sign_in_one_form(at_desk: Any, live: District) -> None:
    question = live.walk("submitted")
    answer = move(at_desk("mayor"), question, "change", version=question.draft_version, seat="mayor",
                  text=GOOD_ANSWER + "如有变化，11月底前告知。", then="sign", next="1")  # fmt: skip
    assert answer.status_code == 302
    question.refresh_from_db()
    assert question.status == "published"
    signed = question.versions.get(number=question.published_version)
    assert signed.amended_by_id == signed.signed_by_id == live.accounts["mayor"].id
    assert signed.author_id == live.accounts["member1"].id


def test_after_signing_the_next_one_is_open_and_claimed(at_desk: Any, live: District) -> None:
    one, other = live.walk("submitted"), live.walk("submitted")
    answer = move(at_desk("mayor"), one, "sign", seat="mayor", version=one.draft_version, next="1",
                  back=f"{HOUR}mayor/?")  # fmt: skip
    assert answer.headers["Location"] == f"{HOUR}mayor/?q={other.id}"
    assert queries.held_by(live.actor("mayor")) == [other.id]


def test_an_old_version_is_not_signed(at_desk: Any, live: District) -> None:
    question = live.walk("submitted")
    move(at_desk("mayor"), question, "change", version=1, text=GOOD_ANSWER + "补一句。")
    answer = move(at_desk("deputy"), question, "sign", seat="mayor", version=1)
    assert answer.status_code == 409
    assert "第 2 版" in answer.content.decode()


def test_the_desk_lets_go_of_what_has_changed_hands(at_desk: Any, live: District) -> None:
    question = live.walk("received")
    client = at_desk("moderator")
    client.get(f"{HOUR}moderator/?q={question.id}")
    move(client, question, "assign", lead=live.groups[0].id)
    assert queries.held_by(live.actor("moderator")) == []
    live.does("member1", "draft", question, text=GOOD_ANSWER, outcome="answered")


def test_assigning_with_assisting_groups_and_a_unit(at_desk: Any, live: District) -> None:
    question = live.walk("received")
    move(at_desk("moderator"), question, "assign", lead=live.groups[0].id, unit=live.units[0].id, note="请快",
         assisting=[live.groups[1].id, live.groups[2].id])  # fmt: skip
    question.refresh_from_db()
    assert (question.status, question.unit_id) == ("assigned", live.units[0].id)
    assert question.assisting.count() == 2


def test_merging_by_the_number_people_read(at_desk: Any, live: District) -> None:
    target, question = live.walk("accepted"), live.walk("received")
    client = at_desk("moderator")
    wrong = move(client, question, "merge", script=True, into_number="999")
    assert [error["field"] for error in wrong.json()["errors"]] == ["into_number"]
    itself = move(client, question, "merge", script=True, into_number=str(question.number))
    assert [error["field"] for error in itself.json()["errors"]] == ["into_number"]
    assert move(client, question, "merge", into_number=str(target.number)).status_code == 302
    question.refresh_from_db()
    assert question.merged_into_id == target.id


def test_splitting_leaves_out_blank_parts(at_desk: Any, live: District) -> None:
    question = live.walk("received")
    parts = {
        "parts[0].text": "路灯不亮。",
        "parts[1].text": "",
        "parts[2].text": "厕所太少。",
        "parts[2].title": "厕所",
    }
    assert move(at_desk("moderator"), question, "split", **parts).status_code == 302
    assert list(question.parts.values_list("title", flat=True)) == ["厕所"]


def test_declining_fills_the_text_and_asks_for_the_handover(at_desk: Any, live: District) -> None:
    question = live.walk("received")
    client = at_desk("moderator")
    answer = move(client, question, "decline", seat="moderator", code="petition", **{"fill.ref": "2026-118"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "这类事项要先转送：请填写转给了谁。" in page
    assert 'value="2026-118"' in page
    done = move(client, question, "decline", code="petition", handed_to="区信访办", handed_at="2026-11-30T19:05",
                **{"fill.ref": "2026-118"})  # fmt: skip
    assert done.status_code == 302
    assert question.declines.get().fill == {"ref": "2026-118"}


def test_a_script_may_send_an_object(at_desk: Any, live: District) -> None:
    question = live.walk("assigned")
    client = at_desk("lead1")
    data = {"text": PROMISED_ANSWER, "outcome": "promised",
            "commitments": [{"text": "12月15日前完成大门改造", "due": "2026-12-15"}]}  # fmt: skip
    address = f"/desk/questions/{question.id}/draft"
    answer = client.post(address, data, content_type="application/json", headers=JSON)
    assert answer.status_code == 200
    assert answer.json()["version"] == 1
    for body in ("[1]", "{", ""):
        bad = client.post(address, body, content_type="application/json", headers=JSON)
        assert bad.status_code == 422, body


@pytest.mark.parametrize("verb", ["nothing", "track", "delete"])
def test_unknown_verbs_do_not_exist(at_desk: Any, live: District, verb: str) -> None:
    question = live.walk("received")
    assert move(at_desk("moderator"), question, verb, script=True).status_code == 404
    assert at_desk("coordinator").post(f"{HOUR}{verb}", headers=JSON).status_code == 404


def test_two_moderators_never_get_the_same_next(at_desk: Any, live: District) -> None:
    for _question in range(3):
        live.walk("received")
    taken = [
        at_desk(name).post(f"{HOUR}moderator/next", headers=JSON).json()["id"]
        for name in ("moderator", "moderator2")
    ]
    assert len(set(taken)) == 2
    skipped = (
        at_desk("moderator").post(f"{HOUR}moderator/next", {"skip": f"{taken[0]}"}, headers=JSON).json()["id"]
    )
    assert skipped not in taken
    page = at_desk("moderator").post(f"{HOUR}moderator/next", {"skip": f"{taken[0]},{skipped}"}, follow=True)
    assert "没有别的提问在等" in page.content.decode()


def test_the_heartbeat_holds_and_the_beacon_lets_go(at_desk: Any, live: District) -> None:
    question = live.walk("received")
    first, second = at_desk("moderator"), at_desk("moderator2")
    assert first.post(f"/desk/questions/{question.id}/hold").status_code == 204
    refused = second.post(f"/desk/questions/{question.id}/hold", headers=JSON)
    assert refused.status_code == 409
    assert "moderator甲" in refused.json()["detail"]
    assert first.post(f"/desk/questions/{question.id}/let-go").status_code == 204
    assert second.post(f"/desk/questions/{question.id}/hold").status_code == 204


def test_a_heartbeat_that_comes_after_the_submission_keeps_nobody_from_signing(
    at_desk: Any, live: District
) -> None:
    question = live.walk("submitted")
    heartbeat = {"status": "assigned"}
    late = at_desk("lead1").post(f"/desk/questions/{question.id}/hold", heartbeat, headers=JSON)
    assert late.status_code == 409
    assert "变化" in late.json()["detail"]
    assert not Hold.objects.filter(question=question).exists()
    assert live.does("mayor", "sign", question, version=1).status == "published"


def test_the_hours_switches(at_desk: Any, live: District) -> None:
    client = at_desk("coordinator")
    assert client.post(f"{HOUR}pause", {"reason_code": "backlog", "seat": "coordinator"}).status_code == 302
    live.hour.refresh_from_db()
    assert live.hour.asking_paused
    again = client.post(f"{HOUR}pause", {"reason_code": "backlog"}, headers=JSON)
    assert again.status_code == 409
    wrong = client.post(f"{HOUR}extend", {"minutes": "999", "reason_code": "venue", "seat": "coordinator"})
    assert wrong.status_code == 422
    page = wrong.content.decode()
    assert 'value="999"' in page
    assert "请填写 1 到 180 的分钟数" in page
    assert at_desk("mayor").post(f"{HOUR}pause", {"reason_code": "backlog"}, headers=JSON).status_code == 403
    assert at_desk("moderator").post(f"{HOUR}resume", headers=JSON).status_code == 200


def test_comments_have_their_own_queue(at_desk: Any, live: District) -> None:
    question = live.walk("published")
    for text in ("说得好", "<b>广告</b>"):
        citizen_actions.comment(question.id, {"display_name": "路人", "text": text})
    client = at_desk("moderator")
    page = client.get(f"{HOUR}moderator/?view=comments").content.decode()
    assert "说得好" in page
    assert "&lt;b&gt;广告" in page
    shown, refused = Comment.objects.order_by("id")
    back = f"{HOUR}moderator/?view=comments"
    assert client.post(f"/desk/comments/{shown.id}/accept", {"back": back}).headers["Location"] == back
    assert client.post(f"/desk/comments/{refused.id}/decline", headers=JSON).json()["state"] == "declined"
    assert client.post(f"/desk/comments/{shown.id}/accept", headers=JSON).status_code == 409
    assert at_desk("mayor").post(f"/desk/comments/{shown.id}/accept", headers=JSON).status_code == 403


def test_a_look_at_the_contact_is_journalled_and_not_kept(at_desk: Any, live: District) -> None:
    question = live.walk("received")
    live.does("moderator", "urgent", question, handed_to="110")
    client = at_desk("moderator")
    answer = client.post(f"/desk/questions/{question.id}/contact", {"reason": "urgent", "seat": "moderator"})
    assert answer.status_code == 200
    assert "没有留下电话" in answer.content.decode()
    assert (
        client.post(f"/desk/questions/{question.id}/contact", {"reason": "curious"}, headers=JSON).status_code
        == 422
    )
    assert at_desk("lead1").post(
        f"/desk/questions/{question.id}/contact", {"reason": "reply"}, headers=JSON
    ).status_code in {403, 404}


def test_a_clarification_is_drafted_and_signed_by_another(at_desk: Any, live: District) -> None:
    typed = {
        "rumour": "听说要停水三天",
        "fact": "只停一夜",
        "source": "区水务局通告",
        "dated": "2026-11-29",
        "seat": "moderator",
    }
    client = at_desk("moderator")
    wrong = client.post(
        f"{HOUR}clarifications", {**typed, "source": "", "back": f"{HOUR}moderator/?view=clarifications"}
    )
    assert wrong.status_code == 422
    assert "听说要停水三天" in wrong.content.decode()
    drafted = client.post(f"{HOUR}clarifications", typed, headers=JSON).json()["id"]
    assert client.post(f"{HOUR}clarifications/{drafted}/sign", headers=JSON).status_code == 403
    answer = at_desk("deputy").post(f"{HOUR}clarifications/{drafted}/sign", {"seat": "mayor"})
    assert answer.status_code == 302
    assert Entry.objects.filter(kind="clarification.signed").exists()


def test_a_clarification_is_covered_by_one_and_taken_down_by_another(at_desk: Any, live: District) -> None:
    words = {"rumour": "听说要停水三天", "fact": "只停一夜", "source": "区水务局通告", "dated": "2026-11-29"}
    row = remarks.draft_clarification(live.actor("editor"), words)
    remarks.sign_clarification(live.actor("deputy"), row.id)
    here, there = f"{HOUR}moderator/?view=clarifications", f"{HOUR}clarifications/{row.id}/"
    client = at_desk("moderator")
    assert f"{there}withhold" in client.get(here).content.decode()
    assert (
        f"{there}withhold" not in at_desk("editor").get(f"{HOUR}editor/?view=clarifications").content.decode()
    )
    wrong = client.post(f"{there}withhold", {"code": "", "seat": "moderator", "back": here})
    assert wrong.status_code == 422
    assert "请选择原因。" in wrong.content.decode()
    done = client.post(f"{there}withhold", {"code": "minor", "seat": "moderator", "back": here})
    assert (done.status_code, done.headers["Location"]) == (302, here)
    shown = client.get(here).content.decode()
    assert "等第二人确认" in shown and "只停一夜" in shown and "须由另一人确认。" in shown
    alone = client.post(f"{there}confirm_withhold", {"seat": "moderator", "back": here})
    assert alone.status_code == 409
    coordinator = at_desk("coordinator").get
    young = coordinator(f"{HOUR}coordinator/").content.decode()
    assert "澄清屏蔽待确认" in young and "澄清屏蔽超过 24 小时未确认" not in young
    with clock.steer(clock.now() + timedelta(hours=24, seconds=1)):
        old = coordinator(f"{HOUR}coordinator/").content.decode()
    assert (
        f'<a class="alarm" href="{HOUR}coordinator/?view=clarifications"><b>澄清屏蔽超过 24 小时未确认</b> 1</a>'
        in old
    )
    assert "澄清屏蔽待确认" not in old
    assert at_desk("editor").post(f"{there}restore", headers=JSON).status_code == 403
    assert client.post(f"{there}erase", headers=JSON).status_code == 404
    assert at_desk("coordinator").post(f"{there}confirm_withhold", headers=JSON).status_code == 200
    last = client.get(here).content.decode()
    assert "依法撤下（未成年人信息）" in last and f"{there}restore" not in last


def test_a_correction_begins_with_the_words_it_puts_right(at_desk: Any, live: District) -> None:
    words = {"rumour": "听说要停水三天", "fact": "只停一夜", "source": "区水务局通告", "dated": "2026-11-29"}
    row = remarks.draft_clarification(live.actor("editor"), words)
    remarks.sign_clarification(live.actor("deputy"), row.id)
    client = at_desk("coordinator")
    listed = f"{HOUR}coordinator/?view=clarifications"
    assert f"&amp;correct={row.id}#clarify" in client.get(listed).content.decode()
    form = client.get(f"{listed}&correct={row.id}").content.decode()
    assert f'name="corrects" value="{row.id}"' in form and ">只停一夜</textarea>" in form
    typed = {**words, "fact": "停两夜", "corrects": str(row.id), "seat": "coordinator", "back": listed}
    wrong = client.post(f"{HOUR}clarifications", typed | {"source": ""})
    assert wrong.status_code == 422
    assert f'name="corrects" value="{row.id}"' in wrong.content.decode(), "it comes back as a correction"
    assert client.post(f"{HOUR}clarifications", typed).status_code == 302
    new = live.hour.clarifications.get(corrects=row)
    remarks.sign_clarification(live.actor("mayor"), new.id)
    shown = client.get(listed).content.decode()
    assert f"由第 {new.id} 份更正" in shown and f"更正第 {row.id} 份" in shown
    assert 'name="corrects"' not in client.get(f"{listed}&correct={row.id}").content.decode()


def test_an_appeal_is_looked_at_by_somebody_else(at_desk: Any, live: District) -> None:
    question = live.walk("declined")
    citizen_actions.appeal(live.receipt(question), {"text": "不是广告"})
    mine = at_desk("moderator").get(f"{HOUR}moderator/?q={question.id}").content.decode()
    assert "提问人申请复核" in mine
    assert move(at_desk("moderator"), question, "reopen", script=True).status_code == 409
    assert move(at_desk("moderator2"), question, "reopen", script=True, note="看错了").status_code == 200
