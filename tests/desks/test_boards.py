"""The boards: what each shows, how many queries that takes, what changes while it is open."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.desks.conftest import HOUR
from tests.fixtures import PROMISED_ANSWER, START, District
from townhall.history import importing
from townhall.history.models import PastQuestion
from townhall.insight.actions import keep_index, keep_past
from townhall.kernel import clock
from townhall.questions import citizen_actions, queries, remarks


def page(answer: Any) -> str:
    assert answer.status_code == 200, answer.content.decode()[:500]
    return str(answer.content.decode())


# A board with one question or thirty: the same number, and this one. Session, person, hour and seats are four.
# One of them counts what the inbox has unread, for the navigation; one what waits behind the tabs without questions.
QUERIES = {"moderator": 21, "group": 15, "mayor": 26, "assistant": 16, "coordinator": 25, "inspector": 17}
NAMES = {"group": "lead1"}
DESKS_BY_STATUS = {
    "received": ("moderator", "coordinator"), "assigned": ("group",), "submitted": ("mayor", "assistant"),
    "published": ("inspector",),
}  # fmt: skip


@pytest.mark.parametrize("status", DESKS_BY_STATUS)
def test_a_board_takes_as_many_queries_for_thirty_questions_as_for_one(
    at_desk: Any, live: District, status: str
) -> None:
    clients = {desk: at_desk(NAMES.get(desk, desk)) for desk in DESKS_BY_STATUS[status]}
    live.walk(status)
    for rows in (1, 30):
        for _question in range(rows - 1):
            live.walk(status)
        for desk, client in clients.items():
            with CaptureQueriesContext(connection) as seen:
                shown = page(client.get(f"{HOUR}{desk}/"))
            assert shown.count('id="c-') == rows
            assert (desk, len(seen)) == (desk, QUERIES[desk])


@pytest.mark.parametrize("desk", ["moderator", "coordinator"])
def test_asking_what_changed_takes_a_constant_number_of_queries(
    at_desk: Any, live: District, desk: str
) -> None:
    client = at_desk(desk)
    counts = []
    for more in (1, 20):
        for _question in range(more):
            live.walk("received")
        with CaptureQueriesContext(connection) as seen:
            client.get(f"{HOUR}{desk}/changes", {"since": "0", "shown": ""})
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_the_panel_has_what_the_card_promises(at_desk: Any, live: District) -> None:
    question = live.ask("楼道灯坏了三个月，电话13812345678，请问谁来修？")
    shown = page(at_desk("moderator").get(f"{HOUR}moderator/?q={question.id}"))
    assert '<mark class="hit" title="138****5678">13812345678</mark>' in shown
    for name in ("教育组", "住建组", "交通组"):
        assert name in shown
    assert 'data-key="1"' in shown
    assert "缺少必要信息" in shown


def test_texts_of_citizens_are_escaped(at_desk: Any, live: District) -> None:
    question = live.ask("<script>alert(1)</script> 13812345678 <b>怎么办</b>")
    shown = page(at_desk("moderator").get(f"{HOUR}moderator/?q={question.id}"))
    assert "<script>alert" not in shown
    assert "&lt;script&gt;" in shown


def test_greyed_buttons_say_why(at_desk: Any, live: District) -> None:
    question = live.walk("submitted")
    shown = page(at_desk("moderator").get(f"{HOUR}moderator/?q={question.id}"))
    assert 'aria-disabled="true"' in shown
    assert "这个提问现在是“待签发”" in shown


def test_opening_claims_and_the_second_person_sees_who_has_it(at_desk: Any, live: District) -> None:
    question = live.walk("received")
    page(at_desk("moderator").get(f"{HOUR}moderator/?q={question.id}"))
    assert queries.held_by(live.actor("moderator")) == [question.id]
    shown = page(at_desk("moderator2").get(f"{HOUR}moderator/?q={question.id}"))
    assert "moderator甲 正在处理" in shown
    assert queries.held_by(live.actor("moderator2")) == []


def test_looking_does_not_claim_what_one_cannot_move(at_desk: Any, live: District) -> None:
    question = live.walk("published")
    page(at_desk("moderator").get(f"{HOUR}moderator/?q={question.id}"))
    assert queries.held_by(live.actor("moderator")) == []


def test_who_waits_too_long_stands_out_in_words(at_desk: Any, live: District) -> None:
    live.walk("received")
    with clock.steer(START + timedelta(minutes=10 + 9)):
        shown = page(at_desk("moderator").get(f"{HOUR}moderator/"))
    assert "▲▲" in shown
    assert "等得太久" in shown
    assert "9 分" in shown


def test_a_group_sees_its_own_and_what_it_assists(at_desk: Any, live: District) -> None:
    mine, theirs = live.walk("assigned"), live.walk("received")
    live.does("moderator", "assign", theirs, lead=live.groups[2].id)
    shown = page(at_desk("lead1").get(f"{HOUR}group/"))
    assert f'id="c-{mine.id}"' in shown
    assert f'id="c-{theirs.id}"' not in shown
    assists = page(at_desk("lead2").get(f"{HOUR}group/"))
    assert f'id="c-{mine.id}"' in assists
    assert "协办" in assists


def test_the_group_sees_its_submitted_ones_in_their_own_list(at_desk: Any, live: District) -> None:
    question = live.walk("submitted")
    assert f'id="c-{question.id}"' in page(at_desk("lead1").get(f"{HOUR}group/?view=submitted"))
    assert f'id="c-{question.id}"' not in page(at_desk("lead3").get(f"{HOUR}group/?view=submitted"))


def test_the_mayor_reads_question_draft_author_and_findings(at_desk: Any, live: District) -> None:
    question = live.walk("assigned")
    live.does("member1", "draft", question, text=PROMISED_ANSWER + "其余尽快安排。", outcome="promised",
              commitments=[{"text": "12月15日前完成大门改造", "due": "2026-12-15"}])  # fmt: skip
    live.does("lead1", "submit", question)
    shown = page(at_desk("mayor").get(f"{HOUR}mayor/?q={question.id}"))
    for words in ("member1甲", "退回修改", "修改后签发", "签发", "12月15日前", "“尽快”没有日期"):
        assert words in shown, words
    lines = page(at_desk("mayor").get(f"{HOUR}mayor/?view=all"))
    assert "已读" in lines


def test_the_coordinator_sees_where_it_jams_and_what_cries(at_desk: Any, live: District) -> None:
    urgent, covered = live.walk("received"), live.walk("accepted")
    live.does("clerk", "urgent", urgent, handed_to="110")
    live.does("moderator", "withhold", covered, code="minor")
    refused = live.ask()
    live.does(
        "moderator",
        "decline",
        refused,
        code="petition",
        handed_to="区信访办",
        handed_at="2026-11-30T19:05+08:00",
    )
    shown = page(at_desk("coordinator").get(f"{HOUR}coordinator/"))
    for words in (
        "待审核",
        "办理中",
        "待签发",
        "紧急转办",
        "屏蔽待确认",
        "不予受理待同意",
        "暂停提问",
        "各组负荷",
    ):
        assert words in shown, words
    for step in ("received", "accepted", "assigned", "submitted"):
        assert f"{HOUR}coordinator/?view={step}" in shown
    mayor = page(at_desk("mayor").get(f"{HOUR}mayor/"))
    assert f"{HOUR}mayor/?view=answering" in mayor
    assert f"{HOUR}mayor/?view=queue" in mayor
    with clock.steer(START + timedelta(hours=25)):
        late = page(at_desk("coordinator").get(f"{HOUR}coordinator/"))
    assert "屏蔽超过 24 小时未确认" in late


def test_a_search_and_the_next_page_narrow_the_list(at_desk: Any, live: District) -> None:
    one, other = live.ask("澄湖路的路灯不亮"), live.ask("公园的厕所太少")
    client = at_desk("moderator")
    shown = page(client.get(f"{HOUR}moderator/?find=路灯"))
    assert f'id="c-{one.id}"' in shown
    assert f'id="c-{other.id}"' not in shown
    assert f'id="c-{one.id}"' not in page(client.get(f"{HOUR}moderator/?after={one.number}"))


@pytest.mark.parametrize(
    "query", ["q=999999", "q=abc", "q=" + "9" * 30, "view=nothing", "after=x", "type=wide"]
)
def test_nonsense_in_the_address_is_harmless(at_desk: Any, query: str) -> None:
    page(at_desk("moderator").get(f"{HOUR}moderator/?{query}"))


def test_every_list_of_every_desk_opens(at_desk: Any, live: District) -> None:
    from tests.desks.test_doors import SEAT_OF_DESK
    from townhall.desks.seats import DESKS

    for status in ("received", "declined", "merged", "assigned", "submitted", "published"):
        question = live.walk(status)
        for desk, name in SEAT_OF_DESK.items():
            for view in DESKS[desk].views:
                page(at_desk(name).get(f"{HOUR}{desk}/?view={view.key}&q={question.id}"))


def test_the_script_gets_only_the_part_it_asks_for(at_desk: Any, live: District) -> None:
    question = live.walk("received")
    client = at_desk("moderator")
    panel = page(client.get(f"{HOUR}moderator/?q={question.id}", headers={"X-Part": "panel"}))
    assert panel.strip().startswith("<article")
    assert 'id="cards"' not in panel
    found = page(client.get(f"{HOUR}moderator/", headers={"X-Part": "list"}))
    assert 'id="cards"' in found
    assert "<html" not in found


def test_changes_tell_new_gone_and_different_cards(at_desk: Any, live: District) -> None:
    kept, leaves = live.walk("received"), live.walk("received")
    client = at_desk("moderator")
    first = client.get(f"{HOUR}moderator/changes", {"since": "0", "shown": ""}).json()
    assert sorted(first["new"]) == [kept.id, leaves.id]
    shown = f"{kept.id}:{'0' * 8},{leaves.id}:{'0' * 8}"
    live.does("moderator2", "decline", leaves, code="unrelated")
    new = live.ask()
    answer = client.get(f"{HOUR}moderator/changes", {"since": str(first["seq"]), "shown": shown}).json()
    assert answer["new"] == [new.id]
    assert answer["gone"] == [leaves.id]
    assert list(answer["cards"]) == [str(kept.id)]
    assert answer["changed"] == [leaves.id, new.id]
    assert answer["seq"] > first["seq"]


def pieces(shown: str) -> str:
    """What stands on the screen, as the desk's script tells it."""
    return ",".join(":".join(one) for one in re.findall(r'data-id="(\d+)" data-mark="(\w+)"', shown))


def test_all_questions_in_lines_are_live(at_desk: Any, live: District) -> None:
    first = live.walk("received")
    client = at_desk("coordinator")
    before = pieces(page(client.get(f"{HOUR}coordinator/?view=all")))
    assert before.startswith(f"{first.id}:")
    options = {"since": "0", "view": "all", "shown": before}
    still = client.get(f"{HOUR}coordinator/changes", options).json()
    assert (still["new"], still["gone"], still["cards"]) == ([], [], {})
    new = live.ask()
    client.get(f"{HOUR}coordinator/?view=all&q={first.id}", headers={"X-Part": "panel"})
    found = client.get(f"{HOUR}coordinator/changes", options).json()
    assert found["new"] == [new.id]
    assert list(found["cards"]) == [str(first.id)]
    assert '<span class="read-mark" aria-hidden="true">✓</span>' in found["cards"][str(first.id)]


RUMOUR = {"rumour": "幼儿园要停办", "fact": "照常开园。", "source": "区教育局", "dated": "2026-11-29"}


def test_clarifications_are_live_and_a_leader_hears_that_one_waits(at_desk: Any, live: District) -> None:
    mayor = at_desk("mayor")
    empty = {"since": "0", "view": "clarifications", "shown": ""}
    assert "澄清待签发" not in page(mayor.get(f"{HOUR}mayor/"))
    row = remarks.draft_clarification(live.actor("moderator"), RUMOUR)
    found = mayor.get(f"{HOUR}mayor/changes", empty).json()
    assert found["new"] == [row.id]
    assert found["waiting"] == {"comments": 0, "clarifications": 1, "covered": 0, "covered_long": 0}
    assert f'href="{HOUR}mayor/?view=clarifications"><b>澄清待签发</b> 1</a>' in found["strip"]
    listed = page(mayor.get(f"{HOUR}mayor/?view=clarifications"))
    assert '<b class="n" data-waiting="clarifications">1</b>' in listed
    assert "澄清待签发" in listed
    assert "澄清待签发" not in page(at_desk("moderator").get(f"{HOUR}moderator/"))
    remarks.sign_clarification(live.actor("deputy"), row.id)
    found = mayor.get(f"{HOUR}mayor/changes", empty | {"shown": pieces(listed)}).json()
    assert found["new"] == []
    assert "deputy甲" in found["cards"][str(row.id)]
    assert "澄清待签发" not in found["strip"]
    assert found["waiting"]["clarifications"] == 0


def test_the_tab_counts_comments_that_wait_for_screening(at_desk: Any, live: District) -> None:
    question = live.walk("published")
    client = at_desk("moderator")
    assert '<b class="n" data-waiting="comments"></b>' in page(client.get(f"{HOUR}moderator/"))
    for name in ("甲", "乙"):
        row = citizen_actions.comment(question.id, {"display_name": name, "text": f"{name}：说得明白。"})
    assert '<b class="n" data-waiting="comments">2</b>' in page(client.get(f"{HOUR}moderator/"))
    remarks.screen_comment(live.actor("moderator"), "accept", row.id)
    found = client.get(f"{HOUR}moderator/changes", {"since": "0", "shown": ""}).json()
    assert found["waiting"] == {"comments": 1, "clarifications": 0, "covered": 0, "covered_long": 0}


def test_the_language_is_english_where_asked_for(at_desk: Any, live: District) -> None:
    question = live.walk("received")
    client = at_desk("moderator")
    client.cookies["lang"] = "en"
    shown = page(client.get(f"{HOUR}moderator/?q={question.id}"))
    assert '<html lang="en"' in shown
    assert "Decline" in shown
    assert "不予受理" not in shown


def test_names_in_a_row_are_written_as_their_reader_writes_them(at_desk: Any, live: District) -> None:
    question = live.walk("assigned")
    client = at_desk("coordinator")
    assert "、" in page(client.get(f"{HOUR}coordinator/?q={question.id}"))
    client.cookies["lang"] = "en"
    shown = page(client.get(f"{HOUR}coordinator/"))
    loads = shown[shown.index('class="loads"') : shown.index("</table>")]
    assert ", " in loads and "、" not in loads


def test_an_empty_panel_promises_only_what_the_desk_has(at_desk: Any, live: District) -> None:
    assert "按 N 取下一件" in page(at_desk("moderator").get(f"{HOUR}moderator/"))
    assistant = page(at_desk("assistant").get(f"{HOUR}assistant/"))
    assert "从左边选一件。" in assistant and "按 N" not in assistant
    assert "A6" in page(at_desk("clerk").get(f"{HOUR}clerk/"))


def test_a_return_is_told_without_the_hint_for_its_chooser(at_desk: Any, live: District) -> None:
    question = live.walk("assigned")
    live.does("lead1", "return", question, reason_code="not_ours", proposed_unit=live.units[2].id)
    shown = page(at_desk("moderator").get(f"{HOUR}moderator/?q={question.id}"))
    assert "职责不在本单位" in shown and "须写明建议单位" not in shown


def test_contributions_and_earlier_answers_are_put_into_the_draft(at_desk: Any, live: District) -> None:
    earlier = live.walk("published")
    question = live.walk("assigned")
    live.does("member2", "contribute", question, text="围墙由住建局负责，十二月拆除。")
    client = at_desk("lead1")
    shown = page(client.get(f"{HOUR}group/?q={question.id}"))
    assert "围墙由住建局负责" in shown
    assert f"q={question.id}&amp;pull=c0" in shown
    text = re.compile(r'<textarea id="e-text"[^>]*>([^<]*)</textarea>')

    def editor(query: str) -> str:
        found = text.search(page(client.get(f"{HOUR}group/?q={question.id}&{query}")))
        assert found
        return found[1]

    assert editor("pull=c0") == "围墙由住建局负责，十二月拆除。"
    assert "澄湖路幼儿园" in editor(f"pull=a{earlier.id}")
    for nonsense in ("pull=c9", "pull=a999", "pull=x", "pull="):
        assert editor(nonsense) == ""
    keep_index()
    found = page(client.get(f"{HOUR}group/?q={question.id}&earlier=幼儿园", headers={"X-Part": "similar"}))
    assert f"pull=a{earlier.id}" in found
    assert "2026-11-30" in found


def test_an_old_imported_answer_is_put_into_the_draft_with_a_warning(
    at_desk: Any, live: District, tmp_path: Path
) -> None:
    (tmp_path / "past.csv").write_text(
        "问题,答复,答复日期\n托班报名？,五月五日起登记。,2019-03-29\n托班收费？,每月三千元。,2026-03-29\n"
    )
    importing.run(importing.plan(tmp_path / "past.csv", source="区长信箱"), tmp_path / "back.csv")
    keep_past(0)
    question = live.walk("assigned")
    client = at_desk("lead1")
    found = page(client.get(f"{HOUR}group/?q={question.id}&earlier=托班", headers={"X-Part": "similar"}))
    assert found.count("超过一年的答复") == 1
    assert found.count("来源：区长信箱（导入，未经本系统签发）") == 2
    old = PastQuestion.objects.get(answered_on="2019-03-29").id
    shown = page(client.get(f"{HOUR}group/?q={question.id}&pull=h{old}"))
    assert "五月五日起登记。</textarea>" in shown
    assert "放入了 2019-03-29 的答复" in shown


def test_after_a_consultation_the_answer_has_two_parts(at_desk: Any, live: District) -> None:
    question = live.walk("assigned")
    client = at_desk("lead1")
    assert 'name="progress"' not in page(client.get(f"{HOUR}group/?q={question.id}"))
    live.does("mayor", "convene", question, units=[live.units[1].id])
    live.does("assistant", "close_convening", question, present="李、王", result="下周一动工")
    shown = page(client.get(f"{HOUR}group/?q={question.id}"))
    assert 'name="progress"' in shown
    assert 'name="measures"' in shown
    assert "下周一动工" in shown


def test_a_suggestion_asks_for_a_verdict(at_desk: Any, live: District) -> None:
    suggestion, other = live.walk("assigned", kind="suggestion"), live.walk("assigned")
    client = at_desk("lead1")
    assert 'name="verdict"' in page(client.get(f"{HOUR}group/?q={suggestion.id}"))
    assert 'name="verdict"' not in page(client.get(f"{HOUR}group/?q={other.id}"))


def test_similar_questions_come_when_asked_for(at_desk: Any, live: District) -> None:
    other, question = live.walk("accepted"), live.walk("received")
    client = at_desk("moderator")
    assert f'data-number="{other.number}" title' not in page(client.get(f"{HOUR}moderator/?q={question.id}"))
    shown = page(client.get(f"{HOUR}moderator/?q={question.id}&similar=1", headers={"X-Part": "similar"}))
    assert f'data-number="{other.number}" title' in shown


def test_the_live_hour_is_opened_at_once_and_the_others_on_demand(at_desk: Any, live: District) -> None:
    from townhall.hours import planning

    later = planning.create_hour(
        slug="2027-01", title="第 17 期", starts_at=START + timedelta(days=60), date_reason="x"
    )
    planning.give_seat(later, live.accounts["moderator"], "moderator")
    client = at_desk("moderator")
    assert client.get("/desk/").headers["Location"] == f"{HOUR}moderator/"
    assert "/desk/hours/2027-01/moderator/" in page(client.get("/desk/?all=1"))


def test_the_coordinator_sees_who_is_at_a_desk_now(at_desk: Any, live: District) -> None:
    def said(name: str) -> str:
        text = re.sub("<[^>]+>", " ", at_desk("coordinator").get(f"{HOUR}coordinator/").content.decode())
        found = re.search(rf"{live.accounts[name].name}\s+(● 在席|○ \S+ 离席|○ 未到)", text)
        assert found, text
        return found[1]

    assert said("clerk") == "○ 未到", "signing in is not sitting at the desk"
    assert at_desk("clerk").post(f"{HOUR}here").status_code == 204
    assert said("clerk") == "● 在席"
    with clock.steer(clock.now() + timedelta(minutes=2)):
        assert said("clerk").endswith("离席")
    assert at_desk("stranger").post(f"{HOUR}here").status_code == 404
