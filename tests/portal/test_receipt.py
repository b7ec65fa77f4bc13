"""With the receipt in hand, and around a question: track, withdraw, add, appeal, rate, support, comment."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.portal.test_asking import sent_code, verified
from tests.tools.receipts import SPELLINGS
from townhall.portal import pace
from townhall.questions import remarks
from townhall.questions.models import Comment, Question, Rating

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fixtures import District

__all__ = ["verified"]


def text_of(response: Any) -> str:
    return str(response.content.decode())


def test_the_page_is_private(live: District, client: Client) -> None:
    question = live.walk("assigned")
    response = client.get(f"/track/{live.receipt(question)}/")
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["X-Robots-Tag"] == "noindex"
    body = text_of(response)
    assert "已送区教育局办理" in body
    assert "已受理，即将分送有关单位" in body


def test_an_address_without_its_last_stroke_is_no_less_private(live: District, client: Client) -> None:
    response = client.get(f"/track/{live.receipt(live.walk('assigned'))}")
    assert (response.status_code, response.headers["Cache-Control"]) == (200, "no-store")
    assert response.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("spelling", list(SPELLINGS.values()), ids=list(SPELLINGS))
def test_the_receipt_is_read_however_it_is_typed(
    live: District, client: Client, spelling: Callable[[str], str]
) -> None:
    receipt = live.receipt(live.walk("received"))
    response = client.post("/track/", {"receipt": spelling(receipt)})
    assert (response.status_code, response.headers["Location"]) == (303, f"/track/{receipt}/")
    assert client.get(f"/track/{quote(spelling(receipt))}/").status_code == 200


@pytest.mark.parametrize("typed", ["1234", "查询码", "1234-5678-90123", ""])
def test_what_is_no_receipt_is_told_what_one_is(live: District, client: Client, typed: str) -> None:
    response = client.post("/track/", {"receipt": typed})
    assert response.status_code == 422
    assert "查询码是 12 位数字" in text_of(response)


@pytest.mark.parametrize("receipt", ["000000000000", "abc", "1" * 300, "٣" * 12])
def test_unknown_receipts_open_nothing(live: District, client: Client, receipt: str) -> None:
    response = client.get(f"/track/{receipt}/")
    assert response.status_code == 404
    assert "没有这个查询码" in text_of(response)
    assert client.post(f"/track/{receipt}/withdraw").status_code == 404


def test_guessing_is_slowed_down(live: District, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "GUESSES", pace.Pace(10, 3))
    statuses = [client.get(f"/track/00000000000{number}/").status_code for number in range(5)]
    assert statuses == [404, 404, 404, 429, 429]
    assert int(client.get("/track/000000000009/").headers["Retry-After"]) > 0


def test_withdrawing_ends_it(live: District, client: Client) -> None:
    question = live.walk("accepted")
    response = client.post(f"/track/{live.receipt(question)}/withdraw")
    assert response.status_code == 303
    assert "已撤回。" in text_of(client.get(response.headers["Location"]))
    assert client.post(f"/track/{live.receipt(question)}/withdraw").status_code == 409


def test_a_refusal_is_explained_and_looked_at_again_once(live: District, client: Client) -> None:
    question = live.walk("declined")
    path = f"/track/{live.receipt(question)}/"
    body = text_of(client.get(path))
    assert "申请复核" in body
    assert "与本区公共事务无关" in body
    assert client.post(path + "appeal", {"text": "这是公共事务。"}).status_code == 303
    assert "已收到复核申请" in text_of(client.get(path))
    assert client.post(path + "appeal", {"text": ""}).status_code == 409


def test_what_was_missing_can_be_added(live: District, client: Client) -> None:
    question = live.does("moderator", "decline", live.ask(), code="unclear", fill={"missing": "地点"})
    path = f"/track/{live.receipt(question)}/"
    assert 'id="supplement"' in text_of(client.get(path))
    assert client.post(path + "supplement", {"text": ""}).status_code == 422
    assert client.post(path + "supplement", {"text": "在莘桥路口。"}).status_code == 303
    question.refresh_from_db()
    assert question.status == "received"
    assert "在莘桥路口。" in question.text


def test_rating_in_five_words(live: District, client: Client) -> None:
    question = live.walk("published")
    path = f"/track/{live.receipt(question)}/"
    body = text_of(client.get(path))
    assert all(
        word in body for word in ("非常满意", "满意", "基本满意", "不满意", "非常不满意", "与答复不符")
    )
    assert client.post(path + "rating", {}).status_code == 422
    assert client.post(path + "rating", {"level": "2", "reason": "slow"}).status_code == 303
    assert (Rating.objects.get().level, Rating.objects.get().reason) == (2, "slow")


def test_a_private_reply_is_read_by_its_asker_alone(db: None, frozen: object, client: Client) -> None:
    from tests.fixtures import GOOD_ANSWER, make_district

    district = make_district(allow_private=True)
    district.to_stage("live")
    question = district.walk("published", reply_privately=True)
    assert GOOD_ANSWER in text_of(client.get(f"/track/{district.receipt(question)}/"))
    public = text_of(Client(headers={"host": "127.0.0.1"}).get(f"/questions/{question.id}/"))
    assert GOOD_ANSWER not in public
    assert question.title not in public
    assert "只答复本人" in public


def test_a_lost_receipt_comes_back_for_number_and_mobile(verified: District, client: Client) -> None:
    ask = {"text": "入园还有学位吗？想问清楚。", "display_name": "甲", "mobile": "13800138000"}
    client.post("/hours/2026-11/ask", {**ask, "step": "mobile"})
    body = text_of(client.post("/hours/2026-11/ask", {**ask, "step": "code", "code": sent_code()}))
    receipt = (re.search(r'id="receipt">([\d-]+)<', body) or ["", ""])[1].replace("-", "")
    # A minute between two codes to one number; another visitor is told so and may type the code he has.
    lost = {"lost": "1", "hour": "2026-11", "number": "1", "mobile": "13800138000"}
    assert client.post("/track/", lost).status_code == 429
    assert client.post("/track/", {**lost, "number": "x"}).status_code == 422
    from datetime import timedelta

    from tests.fixtures import START
    from townhall.kernel import clock

    with clock.steer(START + timedelta(minutes=15)):
        assert 'name="code"' in text_of(client.post("/track/", lost))
        found = client.post("/track/", {**lost, "code": sent_code()})
    assert found.headers["Location"] == f"/track/{receipt}/"


def test_supporting_counts_a_browser_once(live: District, client: Client) -> None:
    question = live.walk("accepted")
    path = f"/questions/{question.id}/support"
    assert client.post(path, headers={"accept": "application/json"}).json() == {"supports": 1}
    assert client.post(path).status_code == 303
    assert Question.objects.get(id=question.id).supports == 1
    assert client.post("/questions/9999/support").status_code == 404
    assert client.post(path, headers={"sec-fetch-site": "cross-site"}).status_code == 403


def test_supporting_in_a_verified_hour_asks_for_the_person(verified: District, client: Client) -> None:
    from townhall.hours.models import OfficeHour

    OfficeHour.objects.update(identity="open")
    question = verified.walk("accepted")
    OfficeHour.objects.update(identity="verified")
    path = f"/questions/{question.id}/support"
    assert 'id="support-mobile"' in text_of(client.get(f"/questions/{question.id}/")), "the page has the way"
    pressed = client.post(path, headers={"accept": "application/json"})
    assert pressed.status_code == 422, "the card's button leads to the page"
    empty = client.post(path, {"mobile": ""})
    assert empty.status_code == 422 and 'id="support-mobile-error"' in text_of(empty)
    body = text_of(client.post(path, {"mobile": "13800138000"}))
    assert 'id="support-code"' in body and 'value="13800138000"' in body
    wrong = client.post(path, {"mobile": "13800138000", "code": "000000"})
    assert wrong.status_code == 422 and 'id="support-code-error"' in text_of(wrong)
    for _again in range(2):
        done = client.post(path, {"mobile": "13800138000", "code": sent_code()} if not _again else {})
        assert done.status_code == 303
    assert Question.objects.get(id=question.id).supports == 1
    assert 'id="support-mobile"' not in text_of(client.get(f"/questions/{question.id}/")), "known for a while"


def test_comments_are_offered_where_they_are_taken(live: District, client: Client) -> None:
    waiting, answered = live.walk("submitted"), live.walk("published")
    field = 'id="display_name"'
    page = text_of(client.get(f"/questions/{waiting.id}/"))
    assert (
        field not in page and "答复公布后就能评论" in page and f"/questions/{waiting.id}/#comment" not in page
    )
    assert field in text_of(client.get(f"/questions/{answered.id}/"))
    assert "先选一个问题" in text_of(client.get("/hours/2026-11/comments/"))
    live.does("mayor", "sign", waiting, version=1)
    live.hour_does("wrap", reason_code="other")
    live.hour_does("archive")
    page = text_of(client.get(f"/questions/{answered.id}/"))
    assert field not in page and "本期已归档，评论已经结束" in page
    chosen = text_of(client.get("/hours/2026-11/comments/"))
    assert "先选一个问题" not in chosen and "评论已经结束" in chosen


def test_a_refusal_leads_on(live: District, client: Client) -> None:
    answered = live.walk("published")
    link = f"/questions/{answered.id}/"
    asked = live.does(
        "moderator", "decline", live.ask(), code="answered", fill={"link": link, "date": "2026-11-30"}
    )
    body = text_of(client.get(f"/track/{live.receipt(asked)}/"))
    assert f'<a href="{link}" rel="nofollow">{link}</a>（2026-11-30）' in body
    assert f'href="/hours/2026-11/ask?follows={answered.id}"' in body
    rude = live.does("moderator", "decline", live.ask(), code="abusive")
    body = text_of(client.get(f"/track/{live.receipt(rude)}/"))
    assert "改写后重新提交" in body
    form = re.search(r'<form method="post" action="(/hours/2026-11/ask)".*?</form>', body, re.DOTALL)
    assert form is not None
    typed = {name: unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form[0])}
    again = client.post(form[1], typed)
    assert again.status_code == 200 and rude.text in unescape(text_of(again)), (
        "its words are in the form again"
    )
    count = Question.objects.count()
    live.hour_does("wrap", reason_code="other")
    body = text_of(client.get(f"/track/{live.receipt(rude)}/"))
    assert "改写后重新提交" not in body and "下一期公布后就能提问" in body
    assert Question.objects.count() == count


def test_a_comment_waits_and_its_author_sees_it(live: District, client: Client) -> None:
    question = live.walk("published")
    path = f"/questions/{question.id}/"
    response = client.post(path + "comment", {"display_name": "路人", "text": "说得明白。"})
    assert response.status_code == 303
    assert "正在审核，只有您看得到" in text_of(client.get(path))
    stranger = Client(headers={"host": "127.0.0.1"})
    assert "说得明白" not in text_of(stranger.get(path))
    remarks.screen_comment(live.actor("moderator"), "accept", Comment.objects.get().id)
    assert "说得明白" in text_of(stranger.get(path))


def test_a_comment_with_a_mistake_comes_back(live: District, client: Client) -> None:
    question = live.walk("published")
    response = client.post(f"/questions/{question.id}/comment", {"display_name": "", "text": "写了很多"})
    assert response.status_code == 422
    assert "写了很多" in text_of(response)
    assert 'id="name-error"' in text_of(response)


def test_a_comment_in_a_verified_hour_asks_for_the_person(verified: District, client: Client) -> None:
    from townhall.hours.models import OfficeHour

    OfficeHour.objects.update(identity="open")
    question = verified.walk("published")
    OfficeHour.objects.update(identity="verified")
    path, words = f"/questions/{question.id}/comment", {"display_name": "路人", "text": "说得明白。"}
    body = text_of(client.post(path, {**words, "mobile": "13800138000"}))
    assert 'name="code"' in body
    assert "说得明白。" in body
    assert client.post(path, {**words, "mobile": "13800138000", "code": sent_code()}).status_code == 303
    assert Comment.objects.get().contact is not None


PAGES = {
    "/": 6,
    "/hours/2026-11/": 17,
    "/hours/2026-11/list/": 11,
    "/promises/": 9,
    "/hours/2026-11/comments/": 10,
}


def test_thirty_rows_cost_no_more_queries_than_one(live: District, client: Client) -> None:
    def count(path: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            client.get(path)
        return len(seen)

    live.walk("published")
    one = {path: count(path) for path in PAGES}
    for _number in range(29):
        live.walk("published")
    assert one == PAGES
    assert {path: count(path) for path in PAGES} == PAGES
