"""Asking without a script: nothing typed is lost, each refusal says why, a replayed form is one question."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.fixtures import make_district
from townhall.kernel.secrets import decrypt
from townhall.outreach.models import Message
from townhall.portal import pace
from townhall.questions.models import Question

if TYPE_CHECKING:
    from django.test import Client

    from tests.fixtures import District

ASK = "/hours/2026-11/ask"
TEXT = "孩子明年入园，澄湖路幼儿园还有学位吗？想了解报名时间。"


def text_of(response: Any) -> str:
    return str(response.content.decode())


def form(**fields: str) -> dict[str, str]:
    return {"text": TEXT, "display_name": "湖边居民", "idempotency_key": "k1", "step": "text", **fields}


def receipt_in(body: str) -> str:
    found = re.search(r'id="receipt">(\d{4}-\d{4}-\d{4})<', body)
    assert found is not None
    return found[1]


def test_asking_gives_number_and_receipt(live: District, client: Client) -> None:
    body = text_of(client.post(ASK, form()))
    question = Question.objects.get()
    assert question.text == TEXT
    assert "第 1 号" in body
    receipt = receipt_in(body)
    assert client.get(f"/track/{receipt.replace('-', '')}/").status_code == 200


def test_personal_data_are_pointed_out_before_anything_is_sent(live: District, client: Client) -> None:
    words = "孩子叫王小明，我的手机是13800138000，想问课后服务能不能延长到六点半。"
    back = client.post(ASK, form(text=words, told=""))
    assert back.status_code == 200 and not Question.objects.exists()
    body = text_of(back)
    assert "还没有提交" in body and "手机号码" in body and "孩子的姓名" in body
    assert words in body and "照这样提交" in body
    assert 'name="told" value="child mobile"' in body
    receipt_in(text_of(client.post(ASK, form(text=words, told="child mobile"))))


def test_what_the_page_did_not_see_is_pointed_out_all_the_same(live: District, client: Client) -> None:
    words = "我女儿王小红在实验小学读书，我的手机13800138000，想问课后服务能不能延长到六点半。"
    body = text_of(client.post(ASK, form(text=words, told="mobile")))
    assert not Question.objects.exists()
    assert "孩子的姓名" in body and "手机号码" not in body
    assert 'name="told" value="child mobile"' in body
    receipt_in(text_of(client.post(ASK, form(text=words, told="child mobile"))))


def test_what_is_to_be_mended_stands_in_the_order_of_the_form(live: District, client: Client) -> None:
    body = text_of(client.post(ASK, form(text="", display_name="")))
    assert 0 < body.index('<a href="#text">') < body.index('<a href="#display_name">')


def test_the_same_form_again_is_the_same_question(live: District, client: Client) -> None:
    first = receipt_in(text_of(client.post(ASK, form())))
    assert receipt_in(text_of(client.post(ASK, form()))) == first
    other = receipt_in(text_of(client.post(ASK, form(text=TEXT + "还有别的问题。"))))
    assert other != first
    assert Question.objects.count() == 2


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": " \n "}, "text"),
        ({"text": "长" * 3001}, "text"),
        ({"text": "字" * 12220}, "text"),
        ({"display_name": ""}, "display_name"),
        ({"display_name": "名" * 31}, "display_name"),
        ({"kind": "gossip"}, "kind"),
        ({"title": "题" * 81}, "title"),
    ],
)
def test_a_mistake_gives_everything_back(
    live: District, client: Client, fields: dict[str, str], field: str
) -> None:
    response = client.post(ASK, form(**fields))
    assert response.status_code == 422
    body = text_of(response)
    assert not Question.objects.exists()
    assert fields.get("text", TEXT).strip() in body
    assert f'value="{fields.get("display_name", "湖边居民")}"' in body
    assert 'id="errors"' in body
    assert field == "kind" or f'id="{field}-error"' in body


def test_broken_bytes_are_named(live: District, client: Client) -> None:
    response = client.post(
        ASK,
        b"text=%E5%AD%A9%FF%FE&display_name=a&step=text",
        content_type="application/x-www-form-urlencoded",
    )
    assert response.status_code == 422
    assert "无法识别的字符" in text_of(response)
    assert not Question.objects.exists()


def test_too_much_is_answered_not_stored(live: District, client: Client) -> None:
    response = client.post(ASK, form(text="字" * 200_000))
    assert response.status_code == 413
    assert "3000" in text_of(response)


def test_markup_and_foreign_scripts_round_trip(live: District, client: Client) -> None:
    text = "<script>alert(1)</script> ئۇيغۇرچە བོད་ཡིག ᠮᠣᠩᠭᠣᠯ 𠮷 👨‍👩‍👧 \u202e反"
    body = text_of(client.post(ASK, form(text=text, display_name="")))
    assert "<script>alert(1)" not in body
    client.post(ASK, form(text=text))
    assert Question.objects.get().text == text.replace("\u202e", "")


@pytest.mark.parametrize(("headers", "status"), [
    ({"sec-fetch-site": "cross-site"}, 403), ({"sec-fetch-site": "same-site"}, 403),
    ({"sec-fetch-site": "same-origin"}, 200), ({"origin": "https://elsewhere.example"}, 403),
    ({"origin": "http://127.0.0.1:8000"}, 200), ({}, 200),
])  # fmt: skip
def test_foreign_pages_cannot_ask(
    live: District, client: Client, headers: dict[str, str], status: int
) -> None:
    assert client.post(ASK, form(), headers=headers).status_code == status
    assert Question.objects.exists() == (status == 200)


def test_a_pause_keeps_the_text_and_says_why(live: District, client: Client) -> None:
    live.hour_does("pause", reason_code="backlog")
    assert "提问暂停了" in text_of(client.get(ASK))
    response = client.post(ASK, form())
    assert response.status_code == 409
    assert response.headers["Retry-After"] == "60"
    assert TEXT in text_of(response)


def test_a_closed_hour_says_when_to_come_back(district: District, client: Client) -> None:
    district.to_stage("preparing")
    assert "11月30日（周一）19:00开始后可以直接提问" in text_of(client.get(ASK))
    response = client.post(ASK, form())
    assert response.status_code == 409
    assert TEXT in text_of(response)


def test_one_address_cannot_flood(live: District, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "FORMS", pace.Pace(60, 3))
    statuses = [client.post(ASK, form(idempotency_key=f"k{number}")).status_code for number in range(5)]
    assert statuses == [200, 200, 200, 429, 429]


def test_following_up_names_the_question(live: District, client: Client) -> None:
    question = live.walk("published")
    assert question.title in text_of(client.get(ASK, {"follows": question.id}))
    client.post(ASK, form(follows=str(question.id)))
    assert Question.objects.order_by("-id")[0].follows_id == question.id
    assert client.post(ASK, form(follows="999999")).status_code == 422
    assert client.post(ASK, form(follows="x" * 30)).status_code == 422


def test_own_questions_are_shown_from_a_signed_cookie(live: District, client: Client) -> None:
    client.post(ASK, form())
    part = client.get("/hours/2026-11/mine/?part=1")
    assert "已收到，正在审核" in text_of(part)
    assert part.headers["Cache-Control"] == "no-store"
    assert client.cookies["mine"]["httponly"]
    client.cookies["mine"] = client.cookies["mine"].value + "x"
    assert text_of(client.get("/hours/2026-11/mine/?part=1")).strip() == ""


@pytest.fixture
def verified(db: None, frozen: object) -> District:
    """A live hour whose askers verify a mobile."""
    district = make_district(identity="verified")
    district.to_stage("live")
    return district


def sent_code() -> str:
    found = re.search(r"\d{6}", decrypt(Message.objects.order_by("-id")[0].parameters_sealed))
    assert found is not None
    return found[0]


def test_the_mobile_is_verified_after_the_text(verified: District, client: Client) -> None:
    body = text_of(client.post(ASK, form()))
    assert 'name="mobile"' in body
    assert TEXT in body
    body = text_of(client.post(ASK, form(step="mobile", mobile="138 0013 8000")))
    assert 'name="code"' in body
    wrong = client.post(ASK, form(step="code", mobile="13800138000", code="000000"))
    assert wrong.status_code == 422
    assert TEXT in text_of(wrong)
    receipt_in(text_of(client.post(ASK, form(step="code", mobile="13800138000", code=sent_code()))))
    assert Question.objects.get().asker.contact is not None
    # For a while this device need not verify again.
    receipt_in(text_of(client.post(ASK, form(idempotency_key="k2"))))
    assert Question.objects.count() == 2
    assert 'value="forget"' in text_of(client.get(ASK))
    client.post(ASK, form(step="forget"))
    assert 'name="mobile"' in text_of(client.post(ASK, form(idempotency_key="k3")))


def test_no_mobile_is_said_at_its_field(verified: District, client: Client) -> None:
    response = client.post(ASK, form(step="mobile", mobile="12345"))
    assert response.status_code == 422
    assert 'id="mobile-error"' in text_of(response)
    back = text_of(client.post(ASK, form(step="back", mobile="12345")))
    assert TEXT in back
    assert 'name="mobile"' not in back
