"""Asking to be reminded, stopping it with one tap, and receipts at their secret address."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.outreach.conftest import T3, Desk, desk, gateway, numbers, t3
from townhall.kernel import clock
from townhall.kernel.secrets import decrypt
from townhall.outreach import actions, queries, reading, sending
from townhall.outreach.models import Message, Subscription

if TYPE_CHECKING:
    from django.test import Client

    from tests.outreach.gateway import LocalGateway

__all__ = ["desk", "gateway", "t3"]
PAGE = "/hours/2026-11/remind/"


def code_of(mobile: str) -> str:
    row = Message.objects.filter(template="code").order_by("-id").first()
    assert row and decrypt(row.recipient_sealed) == mobile
    return decrypt(row.parameters_sealed)


def subscribed(client: Client, mobile: str = "13800008000") -> Subscription:
    client.post(PAGE, {"step": "mobile", "mobile": mobile})
    answer = client.post(PAGE, {"step": "code", "mobile": mobile, "code": code_of(mobile)})
    assert "已订阅" in answer.content.decode()
    return Subscription.objects.latest("id")


def _forget_codes(gateway: LocalGateway) -> None:
    """Codes leave by the same gateway; let them, and count anew."""
    sending.tick()
    gateway.numbers.clear()
    gateway.calls.clear()


def test_a_verified_mobile_is_reminded_and_stops_with_one_tap(
    client: Client, desk: Desk, gateway: LocalGateway
) -> None:
    assert "开始前提醒我" in client.get(PAGE).content.decode()
    row = subscribed(client)
    _forget_codes(gateway)
    assert row.consented_at and "13800008000" not in row.address_sealed
    desk.confirmed(numbers(3))
    desk.run()
    texts = [json.loads(call["body"])["text"] for call in gateway.calls]
    link = next(found for text in texts if (found := re.search(r"退订点 \S+(/stop/\S+/)", text)))[1]
    assert sum("退订" in text for text in texts) == 1, "the link is the subscriber's own"
    shown = client.get(link).content.decode()
    assert "138****8000" in shown and Subscription.objects.get().stopped_at is None, (
        "opening it stops nothing"
    )
    assert "已停止" in client.post(link).content.decode()
    assert Subscription.objects.get().stopped_at is not None
    assert client.post(link).status_code == 200, "twice does no harm"
    desk.confirmed(["13800008000", "13900000000"])
    desk.run()
    assert gateway.numbers["13800008000"] == 1, "who stopped is not written to from a list either"


def test_what_waits_is_dropped_when_its_reader_stops(
    client: Client, desk: Desk, gateway: LocalGateway
) -> None:
    row = subscribed(client)
    _forget_codes(gateway)
    desk.confirmed(numbers(3))
    sending.start_due()
    client.post(f"/stop/{decrypt(row.stop_sealed)}/")
    desk.run()
    assert "13800008000" not in gateway.numbers
    assert desk.states() == {"accepted": 3, "failed": 1}


@pytest.mark.parametrize("token", ["x", "%00", "a" * 300, "退订"])
def test_a_wrong_link_says_so(client: Client, desk: Desk, token: str) -> None:
    assert client.get(f"/stop/{token}/").status_code == 404
    assert client.post(f"/stop/{token}/").status_code == 404
    assert client.post(f"/remind/{token}/").status_code == 404


def test_another_site_cannot_subscribe_or_stop(client: Client, desk: Desk) -> None:
    row = subscribed(client)
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert client.post(f"/stop/{decrypt(row.stop_sealed)}/", headers=foreign).status_code == 403
    assert client.post(PAGE, {"step": "mobile", "mobile": "13800008001"}, headers=foreign).status_code == 403


def test_a_mail_address_must_answer_first(
    client: Client, desk: Desk, settings: Any, mailoutbox: list[Any]
) -> None:
    assert "用邮件提醒我" not in client.get(PAGE).content.decode(), "no mail server, no mail form"
    settings.EMAIL_HOST = "mail.example"
    bad = client.post(PAGE, {"step": "mail", "mail": "nobody@"})
    assert (
        bad.status_code == 422
        and "请填写正确的邮箱地址" in bad.content.decode()
        and "nobody@" in bad.content.decode()
    )
    for _twice in range(2):
        client.post(PAGE, {"step": "mail", "mail": "li@example.org"})
    sending.tick()
    assert len(mailoutbox) == 1 and mailoutbox[0].to == ["li@example.org"]
    assert not queries.subscribers(desk.district.hour.id).exists()
    link = re.search(r"(/remind/\S+/)", mailoutbox[0].body)
    assert link and "同意" in client.get(link[1]).content.decode()
    assert "已订阅" in client.post(link[1]).content.decode()
    desk.confirmed(numbers(1), provider="export")
    actions.hand_over(desk.actor, desk.broadcast.id)
    desk.run()
    assert len(mailoutbox) == 2
    assert (
        mailoutbox[1].extra_headers["List-Unsubscribe"].startswith("<http") and "退订" in mailoutbox[1].body
    )


def test_nobody_subscribes_once_the_hour_has_begun(client: Client, desk: Desk) -> None:
    desk.district.hour_does("close_asking")
    desk.district.hour_does("open_live")
    assert "现在不能订阅" in client.get(PAGE).content.decode()
    client.post(PAGE, {"step": "mobile", "mobile": "13800008000"})
    assert not Message.objects.exists()


def test_the_demo_shows_what_left_by_sms_and_nothing_else(client: Client, desk: Desk) -> None:
    subscribed(client)
    reading.tick()
    desk.confirmed(numbers(1), provider="console")
    desk.run()
    shown = client.get("/outgoing/").content.decode()
    assert "138****8000" in shown and "/stop/" in shown and "138****0000" in shown and "11月30日" in shown


# -- receipts


def _push(client: Client, provider: str, body: Any, secret: str = "") -> Any:
    address = f"/receipts/{provider}/{secret or queries.receipt_secret(provider)}/"
    return client.post(address, json.dumps(body), content_type="application/json")


def test_receipts_twice_late_and_out_of_order_do_no_harm(
    client: Client, desk: Desk, gateway: LocalGateway
) -> None:
    desk.confirmed(numbers(4))
    desk.run()
    theirs = Message.objects.filter(broadcast=desk.broadcast).values_list("provider_id", flat=True)[0]
    one, two, three, _four = numbers(4)

    def report(number: str, status: str) -> dict[str, str]:
        return {"number": number, "id": theirs, "status": status, "at": "2026-11-27 09:31:00"}

    for _twice in range(2):
        answer = _push(client, "http", [report(one, "DELIVRD"), report(two, "UNDELIV")])
        assert answer.json() == {"code": 0}
    _push(client, "http", [report(one, "EXPIRED")])
    _push(client, "http", [report(three, "EXPIRED"), report(three, "DELIVRD")])
    with clock.steer(T3.replace(day=29)):
        _push(client, "http", report(two, "DELIVRD"))
        _push(client, "http", report("13999999999", "DELIVRD"))
    assert desk.states() == {"delivered": 3, "accepted": 1}


def test_a_receipt_tells_what_an_answer_did_not(client: Client, desk: Desk, gateway: LocalGateway) -> None:
    gateway.behaviour = ["silent"]
    desk.confirmed(numbers(2))
    desk.run()
    assert desk.states() == {"unknown": 2}
    key = json.loads(gateway.calls[0]["body"])["id"]
    _push(client, "http", [{"number": numbers(1)[0], "id": "", "key": key, "status": "DELIVRD"}])
    assert desk.states() == {"unknown": 1, "delivered": 1}


@pytest.mark.parametrize(
    ("provider", "secret"),
    [("http", "guess"), ("console", ""), ("export", ""), ("nobody", ""), ("aliyun", "a" * 40)],
)
def test_receipts_come_in_by_their_own_address_only(
    client: Client, desk: Desk, provider: str, secret: str
) -> None:
    assert _push(client, provider, [], secret).status_code == 404


@pytest.mark.parametrize("provider", ["http", "aliyun", "tencent"])
@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[1]", b'"x"', b'[{"status": null}]', b"\xff", b"[" * 100_000, b'{"a":' * 40_000, b"9" * 5000,
        b'[{"status": ["x"], "success": []}]',
    ],
    ids=lambda body: str(body[:12]),
)  # fmt: skip
def test_what_is_no_receipt_is_refused_not_fatal(
    client: Client, desk: Desk, provider: str, body: bytes
) -> None:
    address = f"/receipts/{provider}/{queries.receipt_secret(provider)}/"
    answer = client.post(address, body, content_type="application/json")
    assert answer.status_code in {200, 422}


def test_a_row_that_no_database_takes_does_not_stop_the_others(
    client: Client, desk: Desk, gateway: LocalGateway
) -> None:
    desk.confirmed(numbers(2))
    desk.run()
    one, two = numbers(2)
    theirs = Message.objects.filter(broadcast=desk.broadcast).values_list("provider_id", flat=True)[0]
    rows = [
        {"number": "\ud800", "id": "\ud800\u0000", "status": "DELIVRD\ud800", "key": "th-9\u0000"},
        {"number": one, "id": theirs, "status": "gone\ud800\u0000", "at": "0001-01-01 00:00:00"},
        {"number": two, "id": theirs, "status": "DELIVRD", "at": "9999-12-31 23:59:59"},
    ]
    assert _push(client, "http", rows).status_code == 200
    assert desk.states() == {"failed": 1, "delivered": 1}
    failed = Message.objects.get(state="failed")
    assert failed.receipt_code == "gone"
    assert failed.receipt_at is not None and failed.receipt_at.year == 2026
