"""What nobody knows about: asked for at the provider, and sent again only when it says that it never got it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.outreach.conftest import T3, Desk, numbers
from tests.outreach.gateway import LocalGateway
from townhall.journal import read
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused
from townhall.outreach import actions, asking
from townhall.outreach.models import BroadcastNote, Message
from townhall.outreach.providers import carrier
from townhall.outreach.providers.base import NoAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
LATER = asking.VISIBLE_AFTER + timedelta(seconds=1)


@pytest.fixture
def lost(desk: Desk, gateway: LocalGateway) -> Desk:
    """Five numbers that the gateway took without ever answering."""
    gateway.behaviour = ["silent"]
    desk.confirmed(numbers(5))
    desk.run()
    assert desk.states() == {"unknown": 5}
    return desk


@pytest.fixture
def later(lost: Desk) -> Iterator[None]:
    """Late enough for the provider to know what it has."""
    with clock.steer(T3 + LATER):
        yield


def again(desk: Desk) -> str:
    """Why sending again is refused, or nothing."""
    try:
        actions.send_unknown_again(desk.actor, desk.broadcast.id)
    except Refused as refused:
        return refused.code
    return ""


def dead(settings: Any) -> None:
    settings.GATEWAY_RECEIPTS = "http://127.0.0.1:9/receipts"


@pytest.mark.usefixtures("later")
def test_pressing_the_button_is_not_enough_when_the_provider_cannot_be_reached(
    lost: Desk, gateway: LocalGateway, settings: Any
) -> None:
    dead(settings)
    found = actions.check_receipts(lost.actor, lost.broadcast.id)
    assert (found.settled, found.answered, found.silent) == (0, 0, True)
    assert again(lost) == "denied"
    lost.run()
    assert lost.states() == {"unknown": 5} and set(gateway.numbers.values()) == {1}


@pytest.mark.usefixtures("later")
@pytest.mark.parametrize("said", ["nothing to ask", "garbage"])
def test_it_is_not_enough_either_when_the_provider_says_nothing_usable(
    lost: Desk, gateway: LocalGateway, settings: Any, said: str
) -> None:
    settings.GATEWAY_RECEIPTS = "" if said == "nothing to ask" else f"{gateway.url}/receipts"
    assert actions.check_receipts(lost.actor, lost.broadcast.id).silent
    assert again(lost) == "denied"


@pytest.mark.usefixtures("later")
def test_what_the_provider_never_got_is_sent_again_and_nothing_else(
    lost: Desk, receipts: LocalGateway
) -> None:
    delivered, pending, failed, *never = numbers(5)
    receipts.receipts = {
        delivered: [{"number": delivered, "status": "DELIVRD"}],
        pending: [{"number": pending, "status": "ENROUTE"}],
        failed: [{"number": failed, "status": "UNDELIV"}],
    }
    found = actions.check_receipts(lost.actor, lost.broadcast.id)
    assert (found.settled, found.answered, found.silent) == (3, 5, False)
    assert lost.states() == {"delivered": 1, "accepted": 1, "failed": 1, "unknown": 2}
    assert actions.send_unknown_again(lost.actor, lost.broadcast.id) == 2
    assert lost.run().state == "done"
    assert lost.states() == {"delivered": 1, "accepted": 3, "failed": 1}
    assert {number for number, count in receipts.numbers.items() if count > 1} == set(never)


def test_what_has_just_left_may_not_be_visible_there_yet(lost: Desk, receipts: LocalGateway) -> None:
    assert actions.check_receipts(lost.actor, lost.broadcast.id).answered == 5
    assert again(lost) == "denied"
    with clock.steer(T3 + LATER):
        actions.check_receipts(lost.actor, lost.broadcast.id)
        assert again(lost) == ""


@pytest.mark.usefixtures("later")
def test_an_answer_that_cannot_be_told_apart_is_no_denial(lost: Desk, receipts: LocalGateway) -> None:
    one = numbers(1)[0]
    receipts.receipts = {
        one: [{"number": one, "id": "somebody else's", "key": "th-999999", "status": "DELIVRD"}]
    }
    actions.check_receipts(lost.actor, lost.broadcast.id)
    assert actions.send_unknown_again(lost.actor, lost.broadcast.id) == 4
    assert lost.states() == {"unknown": 1, "queued": 4}


@pytest.mark.usefixtures("later")
def test_a_second_silence_needs_a_second_denial(lost: Desk, receipts: LocalGateway) -> None:
    actions.check_receipts(lost.actor, lost.broadcast.id)
    assert again(lost) == ""
    receipts.behaviour = ["silent"]
    lost.run()
    assert lost.states() == {"unknown": 5}
    assert again(lost) == "denied"


@pytest.mark.usefixtures("later")
def test_a_person_may_decide_without_the_provider_and_says_why(
    lost: Desk, gateway: LocalGateway, settings: Any
) -> None:
    dead(settings)
    for nothing in ("", "  ", "字" * 201):
        with pytest.raises(InvalidFields) as caught:
            actions.send_unknown_anyway(lost.actor, lost.broadcast.id, nothing)
        assert set(caught.value.errors) == {"reason"}
    assert lost.states() == {"unknown": 5}
    assert actions.send_unknown_anyway(lost.actor, lost.broadcast.id, "已电话核实没有收到") == 5
    kept = BroadcastNote.objects.get()
    assert (kept.text, kept.count, kept.by) == (
        "已电话核实没有收到",
        5,
        lost.district.accounts["coordinator"],
    )
    told = [one for one in read.after(lost.district.hour.id, 0) if one.kind == "broadcast.unknown_again"]
    assert [(one.facts["anyway"], one.actor) for one in told] == [(True, lost.actor.account_id)]
    lost.run()
    assert lost.states() == {"accepted": 5} and set(gateway.numbers.values()) == {2}


def many(desk: Desk, count: int) -> None:
    """So many nobody knows about."""
    desk.confirmed(numbers(count))
    with clock.steer(T3):
        Message.objects.filter(broadcast=desk.broadcast).update(state="unknown", provider="http", sent_at=T3)


def test_more_unknowns_than_one_press_asks_about_are_all_asked(desk: Desk, receipts: LocalGateway) -> None:
    many(desk, asking.MOST_ASKED + 30)
    desk.broadcast.state = "paused"
    desk.broadcast.save()
    accepted = (
        Message.objects.filter(broadcast=desk.broadcast).order_by("-id")[:5].values_list("id", flat=True)
    )
    Message.objects.filter(id__in=list(accepted)).update(state="accepted")
    with clock.steer(T3 + LATER):
        assert actions.check_receipts(desk.actor, desk.broadcast.id).answered == asking.MOST_ASKED
        assert len(receipts.asked) == asking.MOST_ASKED
        actions.check_receipts(desk.actor, desk.broadcast.id)
    assert len(receipts.asked) == asking.MOST_ASKED + 25
    assert Message.objects.filter(denied_at=None, state="unknown").count() == 0


def test_providers_are_asked_without_anybody_pressing_at_a_pace(desk: Desk, receipts: LocalGateway) -> None:
    many(desk, asking.A_TURN + 3)
    with clock.steer(T3 + LATER):
        assert asking.tick().answered == asking.A_TURN
        assert asking.tick().answered == 3
        assert asking.tick().answered == 0, "not again within the hour"
    with clock.steer(T3 + LATER + asking.UNKNOWN_EVERY):
        assert asking.tick().answered == asking.A_TURN
    with clock.steer(T3 + timedelta(hours=73)):
        assert asking.tick().answered == 0, "carriers report no longer"


def test_a_message_that_one_cannot_ask_about_does_not_keep_the_others_waiting(
    desk: Desk, receipts: LocalGateway
) -> None:
    many(desk, 3)
    receipts.receipts = {numbers(1)[0]: [{"number": numbers(1)[0]}]}
    with clock.steer(T3 + LATER):
        assert asking.tick().silent
        assert asking.tick().answered == 2


def test_a_provider_that_refuses_the_question_has_not_answered_it(
    gateway: LocalGateway, settings: Any
) -> None:
    settings.ALIYUN_URL = settings.TENCENT_URL = gateway.url
    gateway.answer = {"Code": "isv.AccountAbnormal"}
    with pytest.raises(NoAnswer, match=r"isv\.AccountAbnormal"):
        carrier("aliyun").pull("", numbers(1)[0], "20261127")
    gateway.answer = {"Response": {"Error": {"Code": "AuthFailure"}}}
    with pytest.raises(NoAnswer, match="AuthFailure"):
        carrier("tencent").pull("", numbers(1)[0], "20261127")


def test_what_aliyun_still_waits_for_is_taken_and_not_lost(gateway: LocalGateway, settings: Any) -> None:
    settings.ALIYUN_URL = gateway.url
    details = [{"SendStatus": state, "OutId": "th-1"} for state in (1, 2, 3)]
    gateway.answer = {"Code": "OK", "SmsSendDetailDTOs": {"SmsSendDetailDTO": details}}
    found = carrier("aliyun").pull("", numbers(1)[0], "20261127")
    assert [one.delivered for one in found] == [None, False, True]
