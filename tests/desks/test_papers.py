"""Paper: everything this person may see of one question, and a board as it stands."""

from __future__ import annotations

from typing import Any

from tests.desks.conftest import HOUR
from tests.fixtures import GOOD_ANSWER, PROMISED_ANSWER, District


def test_a_question_on_one_sheet(at_desk: Any, live: District) -> None:
    question = live.walk("submitted")
    page = at_desk("coordinator").get(f"/desk/questions/{question.id}/print").content.decode()
    for words in (question.text, GOOD_ANSWER, "教育组", "待签发", "coordinator甲 打印于"):
        assert words in page, words
    assert live.receipt(question) not in page


def test_a_promise_has_its_day_as_people_write_it(at_desk: Any, live: District) -> None:
    question = live.walk("assigned")
    live.does("member1", "draft", question, text=PROMISED_ANSWER, outcome="promised",
              commitments=[{"text": "完成大门改造", "due": "2026-12-15"}])  # fmt: skip
    question = live.does("lead1", "submit", question)
    for address in (f"/desk/questions/{question.id}/print", f"{HOUR}mayor/?q={question.id}"):
        page = at_desk("mayor").get(address).content.decode()
        assert "12月15日前" in page and "2026-12-15" not in page


def test_a_sheet_shows_no_more_than_the_desk(at_desk: Any, live: District) -> None:
    question = live.walk("received")
    assert at_desk("lead1").get(f"/desk/questions/{question.id}/print").status_code == 404
    assert at_desk("stranger").get(f"/desk/questions/{question.id}/print").status_code == 404


def test_a_board_on_paper(at_desk: Any, live: District) -> None:
    question = live.walk("received")
    page = at_desk("moderator").get(f"{HOUR}moderator/print").content.decode()
    assert question.title in page
    assert at_desk("moderator").get(f"{HOUR}moderator/print?view=all").status_code == 200
    assert at_desk("mayor").get(f"{HOUR}moderator/print").status_code == 403
    assert at_desk("moderator").get(f"{HOUR}moderator/print?view=comments").status_code == 404
    assert "打印本表" in at_desk("moderator").get(f"{HOUR}moderator/").content.decode()
    assert "打印本表" not in at_desk("moderator").get(f"{HOUR}moderator/?view=comments").content.decode()


def test_how_to_reach_the_asker_is_offered_to_seats_that_may_know(at_desk: Any, live: District) -> None:
    question = live.walk("assigned")
    for name, desk, offered in (("coordinator", "coordinator", True), ("clerk", "clerk", False)):
        page = at_desk(name).get(f"{HOUR}{desk}/?view={'assigned' if offered else 'all'}&q={question.id}")
        assert ("联系提问人" in page.content.decode()) is offered, name


def test_after_a_joint_consultation_desk_sheet_and_feed_show_both_parts(at_desk: Any, live: District) -> None:
    progress, measures = "堵塞的主管已经疏通。", "12月15日前更换旧管。"
    question = live.walk("assigned")
    live.does("mayor", "convene", question, units=[live.units[1].id])
    live.does("member1", "draft", question, text=GOOD_ANSWER, outcome="answered", progress=progress,
              measures=measures)  # fmt: skip
    question = live.does("lead1", "submit", question)
    desk, sheet = f"{HOUR}coordinator/?q={question.id}", f"/desk/questions/{question.id}/print"
    for address in (desk, sheet):
        page = at_desk("coordinator").get(address).content.decode()
        assert progress in page and measures in page, address
    live.does("mayor", "sign", question, version=question.draft_version)
    for address in (desk, sheet, f"/feeds/hours/{live.hour.slug}.atom"):
        page = at_desk("coordinator").get(address).content.decode()
        assert progress in page and measures in page, address
