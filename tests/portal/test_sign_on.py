"""Signing on from a form without a script: there, back, everything typed still there, and SMS always at hand."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from tests.fixtures import make_district
from tests.tools.provider import CLIENT, MOBILE, SECRET, MockProvider
from townhall.config import doctor
from townhall.kernel.secrets import decrypt
from townhall.people.models import Contact
from townhall.people.providers import described, openid
from townhall.portal import pace
from townhall.portal.views import sign_on
from townhall.questions.models import Question

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fixtures import District

ASK = "/hours/2026-11/ask"
TEXT = "孩子明年入园，<澄湖路>幼儿园还有学位吗？\r\n想了解报名时间。"
TYPED = {"text": TEXT, "display_name": "湖边居民", "idempotency_key": "k1", "title": "入园"}


@pytest.fixture
def mock(frozen: object, settings: Any) -> Iterator[MockProvider]:
    openid.forget_kept()
    sign_on.TRIES.forget_all()
    pace.FORMS.forget_all()
    running = MockProvider()
    table = {
        "kind": "openid",
        "name": "city",
        "title": "市统一身份认证",
        "issuer": running.url,
        "client_id": CLIENT,
    }
    settings.SIGN_ON = described.with_secrets([table], {"city": SECRET})
    settings.SIGN_ON_ADDRESSES = [running.url]
    yield running
    running.close()


@pytest.fixture
def verified(db: None, frozen: object) -> District:
    district = make_district(identity="verified")
    district.to_stage("announced")
    return district


def text_of(response: Any) -> str:
    return str(response.content.decode())


def fields_of(body: str) -> dict[str, str]:
    """The hidden fields of the page's form."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', body)
    return {name: html.unescape(value) for name, value in found}


def leave(client: Client, path: str = ASK, typed: dict[str, str] | None = None) -> str:
    """Press the button; where the link on the next page leads."""
    answer = client.post(f"/sign-on/city/?from={path}", TYPED if typed is None else typed)
    assert answer.status_code == 200, text_of(answer)
    found = re.search(r'class="btn first" href="([^"]+)"', text_of(answer))
    assert found is not None
    return html.unescape(found[1])


def come_back(client: Client, mock: MockProvider, address: str) -> Any:
    parts = urlsplit(mock.sign_on(address))
    return client.get(f"{parts.path}?{parts.query}", headers={"sec-fetch-site": "cross-site"})


def test_a_question_is_asked_by_signing_on_and_nothing_typed_is_lost(
    verified: District, client: Client, mock: MockProvider
) -> None:
    page = text_of(client.post(ASK, {**TYPED, "step": "text"}))
    assert "用市统一身份认证登录" in page and "发送验证码" in page
    assert page.index('value="mobile"') < page.index("formaction")  # the enter key goes on asking for a code
    back = come_back(client, mock, leave(client))
    assert back.status_code == 303
    page = text_of(client.get(back["Location"]))
    kept = fields_of(page)
    assert {name: kept[name] for name in TYPED} == TYPED
    form = text_of(client.post(ASK, {**kept, "step": "back"}))
    assert html.escape("<澄湖路>") in form and "湖边居民" in form and "提交问题" in form
    assert "下一步：验证手机" not in form
    client.post(ASK, {**TYPED, "step": "text"})
    assert Question.objects.get().asker.contact == Contact.objects.get()
    assert decrypt(Contact.objects.get().mobile_sealed) == MOBILE


def test_without_a_file_nothing_is_offered(verified: District, client: Client) -> None:
    assert "formaction" not in text_of(client.post(ASK, {**TYPED, "step": "text"}))
    assert client.post(f"/sign-on/city/?from={ASK}", TYPED).status_code == 404


def test_a_refusal_gives_everything_back_and_offers_sms(
    verified: District, client: Client, mock: MockProvider
) -> None:
    mock.algorithm = "none"
    answer = come_back(client, mock, leave(client))
    page = text_of(answer)
    assert answer.status_code == 403 and "没有保存任何身份信息" in page
    kept = fields_of(page)
    assert {name: kept[name] for name in TYPED} == TYPED
    assert "发送验证码" in text_of(client.post(ASK, {**kept, "step": "text"}))
    assert not Contact.objects.exists() and "person" not in client.cookies


def test_a_provider_that_is_down_leaves_sms(verified: District, client: Client, mock: MockProvider) -> None:
    mock.close()
    answer = client.post(f"/sign-on/city/?from={ASK}", TYPED)
    assert answer.status_code == 503
    assert "登录服务现在没有应答" in text_of(answer) and fields_of(text_of(answer)).items() >= TYPED.items()


def test_somebody_elses_way_back_signs_nobody_on(
    verified: District, client: Client, mock: MockProvider
) -> None:
    """Who is sent to an attacker's address must not go on in the attacker's name."""
    attacker = Client(headers={"host": "127.0.0.1:8000"})
    address = leave(attacker)
    for victim in (client, Client(headers={"host": "127.0.0.1:8000"})):
        answer = come_back(victim, mock, address)
        assert answer.status_code in {403, 422}
        assert "不是从这台设备" in text_of(answer) and TEXT[:4] not in text_of(answer)
    leave(client)
    assert come_back(client, mock, address).status_code == 403
    assert not Contact.objects.exists()


def test_what_was_typed_is_shown_to_its_own_browser_only(
    verified: District, client: Client, mock: MockProvider
) -> None:
    back = come_back(client, mock, leave(client))
    other = Client(headers={"host": "127.0.0.1:8000"})
    assert other.get(back["Location"]).status_code == 404
    assert client.get(back["Location"]).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "https://other.invalid/hours/2026-11/ask",
        "//other.invalid/",
        "/desk/",
        "/track/123456789012/",
        "x",
    ],
)
def test_one_signs_on_from_our_own_forms_only(
    client: Client, mock: MockProvider, db: None, path: str
) -> None:
    assert client.post(f"/sign-on/city/?from={path}", TYPED).status_code == 404


def test_another_site_cannot_begin(client: Client, mock: MockProvider, db: None) -> None:
    answer = client.post(f"/sign-on/city/?from={ASK}", TYPED, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403


def test_no_code_or_token_that_was_typed_is_carried_on(
    verified: District, client: Client, mock: MockProvider
) -> None:
    secret = {"mobile": MOBILE, "code": "123456", "token": "x", "step": "code"}
    back = come_back(client, mock, leave(client, typed={**TYPED, **secret}))
    kept = fields_of(text_of(client.get(back["Location"])))
    assert not {"mobile", "code", "step"} & set(kept) and kept["token"] != "x"


def test_tries_of_one_address_are_limited(
    client: Client, mock: MockProvider, db: None, settings: Any
) -> None:
    settings.TRUSTED_NETWORKS = []
    answers = [client.get("/sign-on/city/back/?state=x&code=y").status_code for _ in range(25)]
    assert answers[0] == 422 and answers[-1] == 429


def test_beginning_is_limited_like_other_forms(
    client: Client, mock: MockProvider, db: None, monkeypatch: Any
) -> None:
    monkeypatch.setattr(pace, "wait_for_form", lambda _request: 7)
    answer = client.post(f"/sign-on/city/?from={ASK}", TYPED)
    assert answer.status_code == 429 and answer["Retry-After"] == "7"
    assert TEXT[:4] in text_of(answer)


@pytest.mark.parametrize(
    "path", ["/topics/verify", "/track/", "/hours/2026-11/remind/", ASK, "/observe/2026-11/mine/"]
)
def test_every_form_goes_on_after_it(
    verified: District, client: Client, mock: MockProvider, path: str
) -> None:
    typed = {"hour": "2026-11", "number": "1", "lost": "1"}
    back = come_back(client, mock, leave(client, path, typed))
    page = text_of(client.get(back["Location"]))
    step = re.search(r'name="step" value="(\w+)"', page)
    assert step is not None
    answer = client.post(path, {**fields_of(page), "step": step[1]})
    assert answer.status_code in {200, 303, 404}
    assert 'id="mobile-error"' not in text_of(answer)


def test_a_lost_receipt_is_found_and_own_data_are_given_after_signing_on(
    verified: District, client: Client, mock: MockProvider
) -> None:
    mock.person["phone_number"] = ""  # nobody with a mobile: there is no other way for them
    come_back(client, mock, leave(client))
    asked = text_of(client.post(ASK, {**TYPED, "step": "text"}))
    receipt = re.sub(r"\D", "", asked.partition('id="receipt">')[2].partition("<")[0])
    lost = {"lost": "1", "hour": "2026-11", "number": str(Question.objects.get().number)}
    back = come_back(client, mock, leave(client, "/track/", lost))
    fields = fields_of(text_of(client.get(back["Location"])))
    assert client.post("/track/", {**fields, "step": "proven"})["Location"] == f"/track/{receipt}/"
    own = f"/track/{receipt}/data"
    back = come_back(client, mock, leave(client, own, {}))
    fields = fields_of(text_of(client.get(back["Location"])))
    assert "下载我的信息" in text_of(client.post(own, {**fields, "step": "proven"}))
    exported = client.post(own, {"token": fields["token"], "what": "export"}).json()
    assert exported["mobile"] == "" and len(exported["questions"]) == 1
    client.post(own, {"token": fields["token"], "what": "erase", "sure": "on"})
    assert not Contact.objects.exists()


def test_who_has_no_mobile_is_asked_for_one_where_messages_are_sent(
    verified: District, client: Client, mock: MockProvider
) -> None:
    mock.person["phone_number"] = ""
    come_back(client, mock, leave(client))
    page = text_of(client.post("/hours/2026-11/remind/", {"step": "known"}))
    assert "请用短信验证手机号" in page and 'name="mobile"' in page


def test_the_doctor_says_which_provider_cannot_be_used(
    verified: District, mock: MockProvider, settings: Any
) -> None:
    def lines() -> list[str]:
        return [f"{one.level.value} {one.finding}" for one in doctor.look() if one.area.value == "sign-on"]

    settings.BASE_URL = "http://127.0.0.1:9"
    assert [line.partition(" ")[0] for line in lines()] == ["ok"]
    mock.discovery["issuer"] = "https://other.invalid"
    assert lines() == ["warn 用“市统一身份认证”登录现在不行：issuer of the discovery"]
    mock.close()
    assert lines()[0].startswith("warn") and "ConnectError" in lines()[0]
    settings.SIGN_ON = []
    assert lines() == []
