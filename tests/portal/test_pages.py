"""Every public page answers, in both languages, with its own face for each state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import OperationalError
from django.test import Client

from tests.fixtures import GOOD_ANSWER
from townhall.insight.actions import keep_index
from townhall.portal import hot

if TYPE_CHECKING:
    from tests.fixtures import District

DOORS = ("我要<wbr>返回", "我要<wbr>提问题", "我要<wbr>评论")
INSIDE = ("", "ask", "mine/", "list/", "comments/")
STATIC_PAGES = (
    "/clarifications/",
    "/",
    "/archive/",
    "/promises/",
    "/track/",
    "/look/",
    "/embed/2026-11/",
    *(f"/hours/2026-11/{page}" for page in INSIDE),
)


def text_of(response: Any) -> str:
    return str(response.content.decode())


@pytest.mark.parametrize("path", STATIC_PAGES)
def test_every_page_answers_with_the_three_doors(live: District, client: Client, path: str) -> None:
    live.walk("published")
    body = text_of(client.get(path))
    assert all(door in body for door in DOORS)
    assert '<html lang="zh-CN"' in body
    assert 'href="#main"' in body


@pytest.mark.parametrize("path", [*STATIC_PAGES, "/hours/2026-11/screen/"])
def test_every_page_speaks_english(live: District, client: Client, path: str) -> None:
    response = client.get(path, {"lang": "en"})
    assert response.status_code == 200
    assert '<html lang="en"' in text_of(response)


def test_the_address_beats_the_cookie_beats_chinese(live: District, client: Client) -> None:
    client.cookies["lang"] = "en"
    assert '<html lang="en"' in text_of(client.get("/"))
    assert '<html lang="zh-CN"' in text_of(client.get("/?lang=zh"))


@pytest.mark.parametrize(
    "path", ["/hours/none/", "/hours/none/ask", "/questions/999/", "/questions/999999999999999999/", "/nothing/",
             "/clarifications/5/", "/embed/none/", "/hours/2026-11%00/", "/feeds/hours/none.atom"],
)  # fmt: skip
def test_what_does_not_exist_says_so_and_leads_on(live: District, client: Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert 'href="/track/"' in text_of(response)


def test_the_hours_page_is_impersonal_bytes(live: District, client: Client) -> None:
    live.walk("published")
    client.cookies["mine"] = "something"
    response = client.get("/hours/2026-11/")
    assert response.content == hot.render("/hours/2026-11/", "zh")
    assert not response.cookies
    assert "csrf" not in text_of(response).lower()
    assert hot.render("/hours/none/", "zh") is None
    assert hot.render("/questions/1/", "zh") is None


def test_the_planned_hour_is_not_public(district: District, client: Client) -> None:
    assert client.get("/hours/2026-11/").status_code == 404
    district.to_stage("announced")
    body = text_of(client.get("/hours/2026-11/"))
    assert "预提问进行中" in body
    assert "/hours/2026-11/ask" in body


def test_the_page_shows_answers_seal_and_sentence(live: District, client: Client) -> None:
    question = live.walk("published")
    waiting = live.walk("assigned")
    live.walk("received")
    body = text_of(client.get("/hours/2026-11/"))
    assert f'id="q-{question.id}"' in body
    assert GOOD_ANSWER in body
    assert 'class="seal"' in body
    assert f'id="q-{waiting.id}"' in body
    assert "已送区教育局办理" in body
    assert "已收到 3 个问题" in body


@pytest.mark.parametrize(("stage", "words"), [("wrapping", "本期已结束"), ("cancelled", "本期已取消")])
def test_later_stages_say_what_is_going_on(
    district: District, client: Client, stage: str, words: str
) -> None:
    district.to_stage("announced")
    for verb in {"wrapping": ("close_asking", "open_live", "wrap"), "cancelled": ("cancel",)}[stage]:
        district.hour_does(verb, reason_code="other")
    assert words in text_of(client.get("/hours/2026-11/"))


def test_a_pause_is_explained(live: District, client: Client) -> None:
    live.hour_does("pause", reason_code="backlog")
    body = text_of(client.get("/hours/2026-11/"))
    assert "暂停提问" in body
    assert "提问较多，正在集中审核" in body


def test_embedding_opens_the_top_window(live: District, client: Client) -> None:
    response = client.get("/embed/2026-11/")
    assert 'target="_top"' in text_of(response)
    assert "X-Frame-Options" not in response.headers
    assert "<form" not in text_of(response)


def test_a_rehearsal_opens_by_its_secret_link_only(db: None, frozen: object, client: Client) -> None:
    from tests.fixtures import make_district

    district = make_district(rehearsal=True)
    district.to_stage("live")
    question = district.walk("published")
    assert client.get("/hours/2026-11/").status_code == 404
    assert client.get(f"/questions/{question.id}/").status_code == 404
    assert "2026-11" not in text_of(client.get("/"))
    secret = district.hour.secret
    body = text_of(client.get("/hours/2026-11/", {"key": secret}))
    assert f"/hours/2026-11/ask?key={secret}" in body
    assert f"stream?lang=zh&amp;key={secret}" in body
    # By its key or by the cookie: in no case may a cache give it to the next visitor.
    for answer in (client.get("/hours/2026-11/", {"key": secret}), client.get("/hours/2026-11/")):
        assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
    assert client.get(f"/questions/{question.id}/").status_code == 200  # this browser has been let in
    assert hot.render("/hours/2026-11/", "zh") is None


def test_a_covered_question_keeps_its_place_without_its_words(live: District, client: Client) -> None:
    question = live.walk("published")
    live.does("moderator", "withhold", question, code="personal_data")
    for path in ("/hours/2026-11/", f"/questions/{question.id}/", "/hours/2026-11/list/", "/feeds/hours/2026-11.atom",
                 "/hours/2026-11/list/?q=幼儿园", "/archive/?q=幼儿园", "/hours/2026-11/comments/"):  # fmt: skip
        body = text_of(client.get(path))
        assert "64120011" not in body, path
        assert question.title not in body, path
    assert "他人个人信息" in text_of(client.get(f"/questions/{question.id}/"))


def test_the_archive_is_searched_by_words_in_any_order(live: District, client: Client) -> None:
    question = live.walk("published")
    keep_index()
    body = text_of(client.get("/archive/", {"q": "报名 幼儿园"}))
    assert f'href="/questions/{question.id}/' in body
    assert f'href="/questions/{question.id}/' not in text_of(client.get("/archive/", {"q": "红绿灯"}))


def test_each_number_of_the_sentence_leads_to_its_list(live: District, client: Client) -> None:
    question = live.walk("published")
    live.walk("declined")
    body = text_of(client.get("/hours/2026-11/"))
    for show in ("answered", "promised", "merged", "declined", "withdrawn", "pending"):
        assert f"/hours/2026-11/list/?show={show}" in body
        assert client.get("/hours/2026-11/list/", {"show": show}).status_code == 200
    assert f'id="q-{question.id}"' in text_of(client.get("/hours/2026-11/list/?show=answered"))
    assert "与公共事务无关" in text_of(client.get("/hours/2026-11/list/?show=declined"))


def test_lists_go_on_page_by_page_without_a_script(live: District, client: Client) -> None:
    for _number in range(35):
        live.walk("accepted")
    first = text_of(client.get("/hours/2026-11/list/?show=pending"))
    older = first.split('class="pager">')[1].split('href="')[1].split('"')[0].replace("&amp;", "&")
    second = text_of(client.get(older))
    assert first.count('<article class="card"') == 30
    assert second.count('<article class="card"') == 5
    assert client.get("/hours/2026-11/list/?show=pending&before=nonsense~x").status_code == 200


def test_a_question_has_a_page_with_signature_and_code(live: District, client: Client) -> None:
    question = live.walk("published")
    body = text_of(client.get(f"/questions/{question.id}/"))
    assert "由区长mayor甲签发" in body
    assert "<svg" in body
    assert 'id="verify"' in body


def test_a_feed_carries_the_answers(live: District, client: Client) -> None:
    question = live.walk("published")
    response = client.get("/feeds/hours/2026-11.atom")
    assert response.headers["Content-Type"].startswith("application/atom+xml")
    assert question.title in text_of(response)


def test_looks_are_kept_in_a_cookie_only_the_sheet_reads(live: District, client: Client) -> None:
    assert client.get("/look.css").content == b""
    assert client.get("/look/elder/?next=/archive/").headers["Location"] == "/archive/"
    client.get("/look/dark/")
    sheet = text_of(client.get("/look.css"))
    assert "--target: 60px" in sheet
    assert "color-scheme: dark" in sheet
    client.get("/look/elder/")
    assert "--target: 60px" not in text_of(client.get("/look.css"))


@pytest.mark.parametrize(
    "next_path", ["https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example/"]
)
def test_going_back_never_leaves_the_site(live: District, client: Client, next_path: str) -> None:
    assert client.get("/language/en/", {"next": next_path}).headers["Location"] == "/"


def test_the_doors_outside_an_hour_lead_into_the_current_one(live: District, client: Client) -> None:
    assert client.get("/ask/").headers["Location"] == "/hours/2026-11/ask"
    assert client.get("/comments/").headers["Location"] == "/hours/2026-11/comments/"


def test_promises_are_listed_with_unit_and_date(live: District, client: Client) -> None:
    from tests.fixtures import PROMISED_ANSWER

    question = live.walk("assigned")
    live.does("member1", "draft", question, text=PROMISED_ANSWER, outcome="promised",
              commitments=[{"text": "完成大门改造", "due": "2026-12-15"}])  # fmt: skip
    question = live.does("lead1", "submit", question)
    live.does("mayor", "sign", question, version=question.draft_version)
    type(live.hour).objects.update(issue_no=16)
    body = text_of(client.get("/promises/"))
    assert "完成大门改造" in body
    assert "12月15日（周二）前" in body
    assert f"第 16 期第 {question.number} 号" in body  # numbers begin again in every issue
    assert "完成大门改造" not in text_of(client.get("/promises/?late=1"))
    assert "12月15日" in text_of(client.get(f"/questions/{question.id}/"))


def test_without_its_database_a_page_says_when_to_come_back(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_args: object, **_options: object) -> None:
        raise OperationalError("connection refused")

    client.raise_request_exception = False
    monkeypatch.setattr("django.db.models.query.QuerySet._fetch_all", gone)
    answer = client.get("/archive/?lang=en")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Cache-Control"] == "no-store"
    assert "not answering" in answer.content.decode()
