"""What each carrier is really sent, looked at on the other end of the line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlparse

import pytest

from tests.outreach.conftest import T3, Desk, numbers
from townhall.journal.write import record
from townhall.kernel import clock, secrets
from townhall.kernel.errors import InvalidFields
from townhall.kernel.unit_of_work import unit_of_work
from townhall.outreach import actions, codes, invitations, posting, reading, sending, settling, wording
from townhall.outreach.models import Batch, Message
from townhall.outreach.providers import carrier
from townhall.outreach.providers.base import Item, Letter, NoAnswer, NotSent

if TYPE_CHECKING:
    from tests.outreach.gateway import LocalGateway

pytestmark = pytest.mark.django_db
LETTER = Letter(key="th-7", signature="澄湖区政府", template="SMS_154950909")


@pytest.fixture
def aliyun(gateway: LocalGateway, settings: Any) -> LocalGateway:
    settings.SMS_SENDER, settings.ALIYUN_URL = "aliyun", gateway.url
    settings.ALIYUN_KEY_ID, settings.ALIYUN_KEY_SECRET = "id", "secret"
    gateway.answer = {"Code": "OK", "BizId": "900619746936498440^0", "Message": "OK"}
    return gateway


@pytest.fixture
def tencent(gateway: LocalGateway, settings: Any) -> LocalGateway:
    settings.SMS_SENDER, settings.TENCENT_URL, settings.TENCENT_APP_ID = "tencent", gateway.url, "1400006666"
    settings.TENCENT_KEY_ID, settings.TENCENT_KEY_SECRET = "id", "secret"
    return gateway


def test_aliyun_takes_a_thousand_numbers_with_one_text(aliyun: LocalGateway) -> None:
    items = [Item(number, "", {"topic": "就学"}) for number in numbers(1000)]
    answer = carrier("aliyun").send(LETTER, items)
    assert answer.taken == dict.fromkeys(range(1000), "900619746936498440^0")
    call = aliyun.calls[0]
    query = parse_qs(urlparse(call["path"]).query)
    assert call["headers"]["x-acs-action"] == "SendSms"
    assert call["headers"]["authorization"].startswith(
        "ACS3-HMAC-SHA256 Credential=id,SignedHeaders=host;x-acs-action;"
    )
    assert len(query["PhoneNumbers"][0].split(",")) == 1000 and query["OutId"] == ["th-7"]
    assert json.loads(query["TemplateParam"][0]) == {"topic": "就学"} and query["SignName"] == ["澄湖区政府"]


def test_aliyun_takes_texts_of_their_own_in_one_call_too(aliyun: LocalGateway) -> None:
    items = [Item(number, "", {"stop": number}) for number in numbers(3)]
    carrier("aliyun").send(LETTER, items)
    query = parse_qs(urlparse(aliyun.calls[0]["path"]).query)
    assert aliyun.calls[0]["headers"]["x-acs-action"] == "SendBatchSms"
    assert json.loads(query["PhoneNumberJson"][0]) == numbers(3)
    assert [one["stop"] for one in json.loads(query["TemplateParamJson"][0])] == numbers(3)
    aliyun.answer = {"Code": "isv.BUSINESS_LIMIT_CONTROL"}
    assert set(carrier("aliyun").send(LETTER, items).refused.values()) == {"isv.BUSINESS_LIMIT_CONTROL"}


def test_tencent_answers_for_each_number(tencent: LocalGateway) -> None:
    tencent.answer = {
        "Response": {
            "SendStatusSet": [
                {"SerialNo": "5000:1", "PhoneNumber": "+8613800000000", "Code": "Ok"},
                {
                    "SerialNo": "",
                    "PhoneNumber": "+8613800000001",
                    "Code": "LimitExceeded.PhoneNumberDailyLimit",
                },
            ]
        }
    }
    items = [Item(number, "", {"when": "周一", "topic": "就学"}) for number in numbers(3)]
    answer = carrier("tencent").send(LETTER, items)
    assert answer.taken == {0: "5000:1"} and answer.refused == {1: "LimitExceeded.PhoneNumberDailyLimit"}
    body = json.loads(tencent.calls[0]["body"])
    assert body["PhoneNumberSet"][0] == "+8613800000000" and body["TemplateParamSet"] == ["周一", "就学"]
    assert tencent.calls[0]["headers"]["x-tc-version"] == "2021-01-11"


def test_what_tencent_does_not_mention_is_unknown(tencent: LocalGateway, desk: Desk) -> None:
    for purpose, text in (("signature", "澄湖区政府"), ("broadcast", wording.USUAL_TEXT)):
        data = {
            "provider": "tencent",
            "purpose": purpose,
            "text": text,
            "filed_on": "2026-11-01",
            "approved_on": "2026-11-08",
        }
        actions.file_with_provider(desk.district.accounts["coordinator"], data)
    one = {"SerialNo": "5000:1", "PhoneNumber": "+8613800000000", "Code": "Ok"}
    tencent.answer = {"Response": {"SendStatusSet": [one]}}
    desk.confirmed(numbers(3))
    desk.run()
    assert desk.states() == {"accepted": 1, "unknown": 2}


def file_invitation(desk: Desk, text: str) -> None:
    for purpose, words in (("signature", "澄湖区政府"), ("invitation", text)):
        data = {"provider": "tencent", "purpose": purpose, "text": words, "code": "T9",
                "filed_on": "2026-11-01", "approved_on": "2026-11-08"}  # fmt: skip
        actions.file_with_provider(desk.district.accounts["coordinator"], data)


def test_an_observer_is_invited_by_the_filed_text_with_its_places_in_their_order(
    tencent: LocalGateway, desk: Desk
) -> None:
    file_invitation(desk, "请在{confirm_by}前打开{url}确认，{starts_at}在{place}。")
    one = {"SerialNo": "5000:1", "PhoneNumber": "+8613800000000", "Code": "Ok"}
    tencent.answer = {"Response": {"SendStatusSet": [one]}}
    parameters = {
        "issue": "16",
        "starts_at": "11-30 19:00",
        "place": "会议室",
        "confirm_by": "11-28",
        "url": "https://t.cn",
    }
    with unit_of_work():
        invitations.send_invitation(secrets.encrypt("13800000000"), "observer_invited", parameters, "key-1")
    assert posting.post(Message.objects.get(), Batch(id=1, provider="tencent")) == "5000:1"
    body = json.loads(tencent.calls[0]["body"])
    assert body["TemplateId"] == "T9"
    assert body["TemplateParamSet"] == ["11-28", "https://t.cn", "11-30 19:00", "会议室"]


@pytest.mark.parametrize(
    "text", ["请打开{url}确认", "请在{confirm_by}前确认", "{confirm_by}{url}{name}", "{confirm_by}{url}{"]
)
def test_an_invitation_without_its_places_is_not_filed(tencent: LocalGateway, desk: Desk, text: str) -> None:
    with pytest.raises(InvalidFields) as caught:
        file_invitation(desk, text)
    assert set(caught.value.errors) == {"text"}


def test_nothing_goes_by_a_cloud_before_signature_and_template_are_approved(
    aliyun: LocalGateway, desk: Desk
) -> None:
    from townhall.kernel.errors import Refused

    with pytest.raises(Refused) as caught:
        desk.confirmed(numbers(1))
    assert caught.value.code == "filed" and "短信签名" in str(caught.value.message)


def test_receipts_are_read_as_each_cloud_writes_them() -> None:
    report = {"phone_number": "13800000000", "success": True, "err_code": "DELIVERED", "biz_id": "9^0",
              "out_id": "th-7", "report_time": "2026-11-27 09:31:00"}  # fmt: skip
    found = carrier("aliyun").read_receipts(json.dumps([report]).encode())[0]
    assert (found.delivered, found.key, found.at) == (True, "th-7", T3.replace(minute=31))
    report = {"mobile": "13800000000", "report_status": "FAIL", "errmsg": "UNDELIV", "sid": "5000:1"}
    found = carrier("tencent").read_receipts(json.dumps([report]).encode())[0]
    assert (found.delivered, found.provider_id, found.code) == (False, "5000:1", "UNDELIV")
    assert carrier("aliyun").receipt_answer() == {"code": 0, "msg": "接收成功"}
    assert carrier("tencent").receipt_answer() == {"result": 0, "errmsg": "OK"}


def test_receipts_can_be_asked_for(aliyun: LocalGateway, desk: Desk) -> None:
    for purpose, text in (("signature", "澄湖区政府"), ("broadcast", wording.USUAL_TEXT)):
        data = {
            "provider": "aliyun",
            "purpose": purpose,
            "text": text,
            "filed_on": "2026-11-01",
            "approved_on": "2026-11-08",
        }
        actions.file_with_provider(desk.district.accounts["coordinator"], data)
    aliyun.behaviour = ["silent"]
    desk.confirmed(numbers(1))
    desk.run()
    assert desk.states() == {"unknown": 1}
    key = settling.key_of(Message.objects.get(broadcast=desk.broadcast).batch_id or 0)
    detail = {"SendStatus": 3, "ErrCode": "DELIVERED", "ReceiveDate": "2026-11-27 09:31:00", "OutId": key}
    aliyun.answer = {"Code": "OK", "SmsSendDetailDTOs": {"SmsSendDetailDTO": [detail]}}
    assert actions.check_receipts(desk.actor, desk.broadcast.id).settled == 1
    assert desk.states() == {"delivered": 1}


def test_a_code_leaves_by_the_gateway_and_an_old_one_does_not(gateway: LocalGateway, t3: Any) -> None:
    with unit_of_work():
        codes.send_code("13800000000", "123456", "code-1")
        codes.send_code("13800000000", "123456", "code-1")
    sending.tick()
    assert gateway.numbers == {"13800000000": 1} and "123456" in json.loads(gateway.calls[0]["body"])["text"]
    with unit_of_work():
        codes.send_code("13800000001", "123456", "code-2")
    with clock.steer(T3.replace(minute=41)):
        sending.tick()
    assert gateway.numbers == {"13800000000": 1}
    assert Message.objects.get(idempotency_key="code-2").error == "expired"


# -- staff messages outside the house


def _something_happens(desk: Desk) -> None:
    reading.tick()
    Message.objects.filter(state="queued").delete()
    with unit_of_work():
        record(
            desk.district.hour.id, "countdown.late", subject="step", subject_id=1,
            account=desk.district.accounts["coordinator"].id,
        )  # fmt: skip
    reading.tick()


def test_a_webhook_is_signed_and_repeated_until_it_is_heard(
    desk: Desk, gateway: LocalGateway, settings: Any
) -> None:
    settings.WEBHOOKS, settings.WEBHOOK_SECRET = [f"{gateway.url}/hook"], "s" * 32
    gateway.behaviour = ["error", "error"]
    _something_happens(desk)
    sending.tick()
    with clock.steer(T3.replace(second=9)):
        sending.tick()
    assert len(gateway.calls) == 1, "it waits longer each time"
    with clock.steer(T3.replace(second=10)):
        sending.tick()
    with clock.steer(T3.replace(minute=32)):
        sending.tick()
        sending.tick()
    assert [call["path"] for call in gateway.calls] == ["/hook"] * 3
    deliveries = {call["headers"]["x-townhall-delivery"] for call in gateway.calls}
    assert len(deliveries) == 1, "its receiver knows a repeat by its id"
    last = gateway.calls[-1]
    sign = posting.webhook_sign("s" * 32, last["headers"]["x-townhall-timestamp"], last["body"])
    assert last["headers"]["x-townhall-signature"] == f"sha256={sign}"
    assert json.loads(last["body"])["kind"] == "countdown.late"
    assert Message.objects.get(channel="webhook").state == "accepted"


def test_a_webhook_that_is_no_longer_configured_is_not_called(
    desk: Desk, gateway: LocalGateway, settings: Any
) -> None:
    settings.WEBHOOKS = [f"{gateway.url}/hook"]
    _something_happens(desk)
    settings.WEBHOOKS = []
    sending.tick()
    assert not gateway.calls and Message.objects.get(channel="webhook").state == "failed"


def test_robots_and_mail_say_the_same(
    desk: Desk, gateway: LocalGateway, settings: Any, mailoutbox: list[Any]
) -> None:
    settings.WECOM_ROBOTS = [f"{gateway.url}/cgi-bin/webhook/send?key=k"]
    settings.DINGTALK_ROBOTS = [f"{gateway.url}/robot/send?access_token=t"]
    settings.DINGTALK_SECRET = "this is secret"
    settings.EMAIL_HOST = "mail.example"
    account = desk.district.accounts["coordinator"]
    type(account).objects.filter(id=account.id).update(email="office@example.org")
    _something_happens(desk)
    sending.tick()
    wecom, dingtalk = sorted(gateway.calls, key=lambda call: call["path"])
    for call in (wecom, dingtalk):
        assert "您负责的节点已经逾期" in json.loads(call["body"])["text"]["content"]
    query = parse_qs(urlparse(dingtalk["path"]).query)
    assert query["timestamp"] == [str(int(T3.timestamp() * 1000))] and query["sign"]
    assert [mail.to for mail in mailoutbox] == [["office@example.org"]]
    assert "您负责的节点已经逾期" in mailoutbox[0].subject


def test_a_robot_that_refuses_is_noted(desk: Desk, gateway: LocalGateway, settings: Any) -> None:
    settings.WECOM_ROBOTS = [f"{gateway.url}/send"]
    gateway.answer = {"errcode": 93000, "errmsg": "invalid webhook url"}
    _something_happens(desk)
    sending.tick()
    assert Message.objects.get(channel="wecom").error == "errcode 93000"


def test_a_rehearsal_tells_nobody_outside(db: None, t3: Any, settings: Any) -> None:
    from tests.fixtures import make_district

    settings.WEBHOOKS = ["https://example.org/hook"]
    district = make_district(rehearsal=True, slug="rehearsal")
    reading.tick()
    assert Message.objects.filter(channel="inbox", account=district.accounts["mayor"]).exists()
    assert not Message.objects.exclude(channel="inbox").exists()
    actor = district.actor("coordinator")
    from townhall.kernel.errors import InvalidFields

    with pytest.raises(InvalidFields):
        actions.draft(actor, {"provider": "export", "text": wording.USUAL_TEXT})


@pytest.mark.parametrize(
    ("word", "error"), [("silent", NoAnswer), ("error", NoAnswer), ("garbage", NoAnswer)]
)
def test_what_cannot_be_known_is_told_from_what_surely_did_not_leave(
    gateway: LocalGateway, settings: Any, word: str, error: type[Exception]
) -> None:
    gateway.behaviour = [word]
    with pytest.raises(error):
        carrier("http").send(LETTER, [Item("13800000000", "x")])
    settings.GATEWAY_URL = "http://127.0.0.1:9"
    with pytest.raises(NotSent):
        carrier("http").send(LETTER, [Item("13800000000", "x")])
