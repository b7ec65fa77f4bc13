"""When citizens count as told: when most were reached, never because a list was handed over or all were refused."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.outreach.conftest import T3, Desk, csv_of, numbers
from townhall.countdown import actions as countdown
from townhall.countdown.models import Step
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields
from townhall.outreach import actions, queries
from townhall.outreach.models import Message

if TYPE_CHECKING:
    from tests.outreach.gateway import LocalGateway

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def told(desk: Desk) -> Any:
    return queries.broadcast_sent_at(desk.district.hour)


def test_nobody_is_told_by_a_gateway_that_refuses_everything(desk: Desk, gateway: LocalGateway) -> None:
    gateway.behaviour = ["refuse"]
    desk.confirmed(numbers(5))
    assert desk.run().state == "done" and desk.states() == {"failed": 5}
    assert told(desk) is None
    countdown.settle(desk.district.hour.id)
    assert Step.objects.get(hour=desk.district.hour, code="sms_sent").mark == "open"


def test_nobody_is_told_by_a_gateway_that_never_answers(desk: Desk, gateway: LocalGateway) -> None:
    gateway.behaviour = ["silent"]
    desk.confirmed(numbers(5))
    assert desk.run().state == "done" and desk.states() == {"unknown": 5}
    assert told(desk) is None


@pytest.mark.parametrize(("refused", "counts"), [(10, True), (11, False)])
def test_most_of_the_recipients_must_have_been_reached(
    desk: Desk, gateway: LocalGateway, refused: int, *, counts: bool
) -> None:
    desk.confirmed(numbers(20))
    desk.run()
    lost = list(Message.objects.filter(broadcast=desk.broadcast).values_list("id", flat=True)[:refused])
    Message.objects.filter(id__in=lost).update(state="failed", error="9")
    assert (told(desk) is not None) is counts


def test_who_stopped_does_not_count_against_it(desk: Desk, gateway: LocalGateway) -> None:
    desk.confirmed(numbers(2))
    desk.run()
    for place in range(3):
        Message.objects.create(
            broadcast=desk.broadcast, template="broadcast", idempotency_key=f"x{place}", state="failed",
            recipient_index=f"x{place}", error="stopped", queued_at=T3,
        )  # fmt: skip
    assert told(desk) is not None


def test_a_list_that_was_only_taken_out_tells_nobody(desk: Desk) -> None:
    desk.confirmed(numbers(4), provider="export")
    actions.hand_over(desk.actor, desk.broadcast.id)
    desk.broadcast.refresh_from_db()
    assert desk.broadcast.state == "done" and desk.states() == {"sent": 4}
    assert told(desk) is None


def test_the_other_offices_results_tell_it(desk: Desk) -> None:
    desk.confirmed(numbers(4), provider="export")
    actions.hand_over(desk.actor, desk.broadcast.id)
    later = T3 + timedelta(hours=2)
    with clock.steer(later):
        results = csv_of([f"{one},成功" for one in numbers(3)])
        actions.read_results(desk.actor, desk.broadcast.id, results)
    assert told(desk) == later


def test_a_person_who_knows_it_from_the_other_office_tells_it_with_who_said_so(desk: Desk) -> None:
    desk.confirmed(numbers(4), provider="export")
    actions.hand_over(desk.actor, desk.broadcast.id)
    with pytest.raises(InvalidFields) as caught:
        actions.confirm_sent(desk.actor, desk.broadcast.id, "")
    assert set(caught.value.errors) == {"said"} and told(desk) is None
    later = T3 + timedelta(hours=1)
    with clock.steer(later):
        assert actions.confirm_sent(desk.actor, desk.broadcast.id, "王工电话告知") == 4
    assert told(desk) == later and desk.states() == {"accepted": 4}
    with clock.steer(later + timedelta(hours=1)):
        results = csv_of([f"{one},失败" for one in numbers(3)])
        actions.read_results(desk.actor, desk.broadcast.id, results)
    assert told(desk) is None, "the results say otherwise"
