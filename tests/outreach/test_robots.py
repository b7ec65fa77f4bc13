"""Group robots: no more in a minute than they show, and what they turn away for that comes later."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.outreach.conftest import T3, Desk
from townhall.journal.write import record
from townhall.kernel import clock
from townhall.kernel.unit_of_work import unit_of_work
from townhall.outreach import reading, sending
from townhall.outreach.models import Message

if TYPE_CHECKING:
    from tests.outreach.gateway import LocalGateway

pytestmark = pytest.mark.django_db


def tell(desk: Desk, times: int) -> None:
    account = desk.district.accounts["coordinator"].id
    reading.tick()
    Message.objects.all().delete()
    with unit_of_work():
        for _n in range(times):
            record(desk.district.hour.id, "hour.seated", subject="hour", account=account, role="lead")
    reading.tick()


def shown(gateway: LocalGateway) -> int:
    return len([call for call in gateway.calls if call["path"].startswith("/robot")])


@pytest.fixture(params=["WECOM_ROBOTS", "DINGTALK_ROBOTS"])
def robot(request: Any, gateway: LocalGateway, settings: Any) -> LocalGateway:
    settings.SMS_SENDER = "console"
    setattr(settings, request.param, [f"{gateway.url}/robot?key=1"])
    return gateway


def test_a_robot_is_given_no_more_in_a_minute_than_it_shows(desk: Desk, robot: LocalGateway) -> None:
    tell(desk, 45)
    for second in range(0, 59, 10):
        with clock.steer(T3 + timedelta(seconds=second)):
            sending.tick()
        assert shown(robot) == sending.ROBOT_MOST < 20
    with clock.steer(T3 + timedelta(seconds=61)):
        sending.tick()
    with clock.steer(T3 + timedelta(seconds=122)):
        sending.tick()
    assert shown(robot) == 45
    assert set(Message.objects.exclude(channel="inbox").values_list("state", flat=True)) == {"accepted"}


@pytest.mark.parametrize("code", [45009, 130101, 410100])
def test_what_a_robot_turns_away_for_its_pace_comes_later(desk: Desk, robot: LocalGateway, code: int) -> None:
    tell(desk, 3)
    robot.answer = {"errcode": code}
    sending.tick()
    turned_away = shown(robot)
    assert Message.objects.filter(channel__in=sending.ROBOTS, state="queued").count() == 3
    with clock.steer(T3 + timedelta(minutes=9)):
        sending.tick()
    assert shown(robot) == turned_away, "it rests"
    robot.answer = None
    for minutes in (11, 12):
        with clock.steer(T3 + timedelta(minutes=minutes)):
            sending.tick()
    assert Message.objects.filter(channel__in=sending.ROBOTS, state="accepted").count() == 3


def test_another_error_is_final(desk: Desk, robot: LocalGateway) -> None:
    tell(desk, 1)
    robot.answer = {"errcode": 93000}
    sending.tick()
    failed = Message.objects.get(channel__in=sending.ROBOTS)
    assert (failed.state, failed.error) == ("failed", "errcode 93000")
