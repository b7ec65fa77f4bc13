"""One reminder for each who asked, broadcast or not: in time, by day, before the hour, and never two."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as configured

from tests.fixtures import START
from tests.outreach.conftest import Desk, numbers, subscriber
from townhall.kernel import clock
from townhall.kernel.secrets import decrypt
from townhall.outreach import actions, citizen_actions, outbox, queries, reminding, sending
from townhall.outreach.models import Message, Subscription
from townhall.people.models import Installation

if TYPE_CHECKING:
    from tests.outreach.gateway import LocalGateway

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
A, B = "13900000001", "13900000002"


def at(day: int, hour: int, minute: int = 0) -> Any:
    """November's moment on the district's clock; the hour is on the 30th at 19:00."""
    return clock.steer(datetime(2026, 11, day, hour, minute, tzinfo=clock.DISTRICT_ZONE))


def asked(desk: Desk, address: str, day: int, hour: int, channel: str = "sms") -> Subscription:
    with at(day, hour):
        return subscriber(desk.district.hour, address, channel)


def turn() -> None:
    reminding.tick()
    while sending.tick():
        pass


def test_whoever_asked_is_reminded_once_three_days_before_without_any_broadcast(
    desk: Desk, gateway: LocalGateway
) -> None:
    asked(desk, A, 20, 12)
    with at(27, 8, 59):
        turn()
    assert not gateway.numbers
    for day, hour in ((27, 9), (27, 15), (28, 9), (30, 16), (30, 18)):
        with at(day, hour):
            turn()
    assert dict(gateway.numbers) == {A: 1}
    text = json.loads(gateway.calls[0]["body"])["text"]
    assert "11月30日（周一）19:00-20:00" in text and "/hours/2026-11/" in text
    assert f"退订点 {configured.BASE_URL}/stop/" in text


@pytest.mark.parametrize(
    ("day", "hour", "sent"), [(27, 12, (30, 16)), (30, 15, (30, 16)), (30, 18, (30, 18))]
)
def test_whoever_asks_later_is_reminded_on_the_day(
    desk: Desk, gateway: LocalGateway, day: int, hour: int, sent: tuple[int, int]
) -> None:
    asked(desk, A, day, hour)
    with at(30, 15, 59):
        turn()
    assert not gateway.numbers
    with at(*sent):
        turn()
        turn()
    assert dict(gateway.numbers) == {A: 1}


def test_nobody_is_reminded_at_night_or_after_the_start(desk: Desk, gateway: LocalGateway) -> None:
    asked(desk, A, 20, 12)
    with at(27, 23):
        turn()
    with at(28, 7):
        turn()
    with at(30, 19):
        turn()
    assert not gateway.numbers


def test_what_was_queued_but_could_not_leave_in_time_is_not_sent_after_the_start(
    desk: Desk, gateway: LocalGateway, settings: Any
) -> None:
    asked(desk, A, 30, 12)
    settings.GATEWAY_URL = "http://127.0.0.1:9"
    with at(30, 18):
        turn()
    settings.GATEWAY_URL = gateway.url
    with at(30, 19, 1):
        turn()
    assert not gateway.numbers
    assert Message.objects.get(template="reminder").error == "too late"


def test_a_broadcast_and_the_reminder_never_reach_the_same_subscriber(
    desk: Desk, gateway: LocalGateway
) -> None:
    asked(desk, A, 20, 12)
    with at(27, 9):
        desk.confirmed(numbers(2))
        assert desk.broadcast.preview["subscribers"] == 1
        turn()
    asked(desk, B, 28, 12)
    for day in (28, 29, 30):
        with at(day, 17):
            turn()
    assert dict(gateway.numbers) == dict.fromkeys([*numbers(2), A, B], 1)


def test_who_was_reminded_is_not_in_the_broadcast_that_comes_later(desk: Desk, gateway: LocalGateway) -> None:
    asked(desk, A, 20, 12)
    with at(27, 9):
        turn()
    with at(27, 10):
        desk.confirmed([*numbers(1), A])
        assert (desk.broadcast.preview["subscribers"], desk.broadcast.preview["again"]) == (0, 1)
        actions.cancel(desk.actor, desk.broadcast.id)
        desk.confirmed(numbers(1))
        turn()
    assert dict(gateway.numbers) == dict.fromkeys([*numbers(1), A], 1)


def test_who_stands_on_a_list_too_is_not_written_to_by_itself(desk: Desk, gateway: LocalGateway) -> None:
    asked(desk, A, 20, 12)
    with at(27, 8, 30):
        desk.confirmed([A], to_subscribers="")
        turn()
    with at(27, 9):
        turn()
    with at(30, 17):
        turn()
    assert dict(gateway.numbers) == {A: 1}


def test_a_broadcast_that_never_leaves_holds_nobody_up_for_long(desk: Desk, gateway: LocalGateway) -> None:
    asked(desk, A, 20, 12)
    with at(27, 8, 30):
        desk.draft()
    with at(28, 8, 59):
        turn()
    assert not gateway.numbers
    with at(28, 9):
        turn()
    assert dict(gateway.numbers) == {A: 1}


def test_a_broadcast_that_is_cancelled_gives_its_subscribers_back(desk: Desk, gateway: LocalGateway) -> None:
    asked(desk, A, 20, 12)
    with at(27, 9):
        desk.confirmed(numbers(2))
        sending.start_due()
        actions.pause(desk.actor, desk.broadcast.id)
        actions.cancel(desk.actor, desk.broadcast.id)
    with at(27, 10):
        turn()
    assert dict(gateway.numbers) == {A: 1}


def test_who_stops_gets_none_and_who_asks_again_gets_one(desk: Desk, gateway: LocalGateway) -> None:
    row = asked(desk, A, 20, 12)
    with at(27, 9):
        reminding.tick()
        citizen_actions.stop(decrypt(row.stop_sealed))
        turn()
    assert not gateway.numbers
    with at(27, 10):
        citizen_actions.agree(decrypt(row.stop_sealed))
    with at(30, 16):
        turn()
        turn()
    assert dict(gateway.numbers) == {A: 1}


def test_an_hour_that_moves_is_reminded_of_at_its_new_time(desk: Desk, gateway: LocalGateway) -> None:
    asked(desk, A, 20, 12)
    with at(27, 9):
        reminding.tick()
        desk.district.hour_does("postpone", reason_code="other", starts_at="2026-12-08T19:00+08:00")
        turn()
    assert not gateway.numbers, "the text would have named a time that holds no longer"
    with clock.steer(datetime(2026, 12, 5, 9, tzinfo=clock.DISTRICT_ZONE)):
        turn()
    assert dict(gateway.numbers) == {A: 1}
    assert "12月8日" in json.loads(gateway.calls[0]["body"])["text"]


def test_mail_is_reminded_of_like_a_telephone(desk: Desk, mailoutbox: list[Any]) -> None:
    Installation.objects.update(kind=Installation.Kind.REAL)
    asked(desk, "li@example.org", 20, 12, "mail")
    asked(desk, A, 20, 12)
    with at(27, 9):
        turn()
        turn()
    assert [one.to for one in mailoutbox] == [["li@example.org"]]
    assert "退订" in mailoutbox[0].body and mailoutbox[0].extra_headers["List-Unsubscribe"].startswith(
        "<http"
    )
    waiting = queries.waiting(desk.district.hour)
    assert [row.channel for row in waiting] == ["sms"], "nobody here carries an SMS: it waits for the list"


def test_a_demo_shows_what_would_have_left(desk: Desk) -> None:
    Installation.objects.update_or_create(defaults={"kind": Installation.Kind.DEMO})
    asked(desk, A, 20, 12)
    with at(27, 9):
        turn()
    assert [row.state for row in Message.objects.filter(template="reminder")] == ["sent"]
    shown = outbox.outgoing() or []
    assert "11月30日" in str(shown[0]["text"]) and "/stop/" in str(shown[0]["text"])


def test_a_gateway_that_never_answers_is_not_tried_twice(desk: Desk, gateway: LocalGateway) -> None:
    asked(desk, A, 20, 12)
    gateway.behaviour = ["silent"]
    for hour in (9, 12):
        with at(27, hour):
            turn()
    assert dict(gateway.numbers) == {A: 1}
    assert Message.objects.get(template="reminder").state == "unknown"


def test_a_cloud_gets_the_filed_template(desk: Desk, gateway: LocalGateway, settings: Any) -> None:
    settings.SMS_SENDER, settings.ALIYUN_URL = "aliyun", gateway.url
    gateway.answer = {"Code": "OK", "BizId": "1"}
    asked(desk, A, 20, 12)
    asked(desk, B, 20, 12)
    with at(27, 9):
        reminding.tick()
        first, second = Message.objects.filter(template="reminder").order_by("id")
        sending._deliver_alone(sending._mark([first], "aliyun"), first)
        assert Message.objects.get(id=first.id).error == "no template filed"
        for purpose, text in (("signature", "区政府"), ("reminder", "{when}{topic}{link}退订{stop}")):
            actions.file_with_provider(desk.district.accounts["coordinator"], {
                "provider": "aliyun", "purpose": purpose, "text": text, "code": "SMS_7",
                "filed_on": "2026-11-01", "approved_on": "2026-11-08",
            })  # fmt: skip
        sending._deliver_alone(sending._mark([second], "aliyun"), second)
    assert Message.objects.get(id=second.id).state == "accepted"
    assert "TemplateCode=SMS_7" in gateway.calls[-1]["path"]


@pytest.mark.parametrize(
    ("start", "late"),
    [
        (START, START - timedelta(hours=3)),
        (datetime(2026, 11, 30, 9, 30, tzinfo=clock.DISTRICT_ZONE), datetime(2026, 11, 30, 8, tzinfo=clock.DISTRICT_ZONE)),
        (datetime(2026, 11, 30, 8, tzinfo=clock.DISTRICT_ZONE), datetime(2026, 11, 29, 18, tzinfo=clock.DISTRICT_ZONE)),
    ],
)  # fmt: skip
def test_late_is_before_the_hour_and_by_day(desk: Desk, start: datetime, late: datetime) -> None:
    desk.district.hour.starts_at = start
    assert reminding.late_at(desk.district.hour) == late < start
