"""Other systems hear of public changes: signed, by ids only, repeated until heard; and the log shows it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from townhall.hours.models import OfficeHour
from townhall.kernel import clock
from townhall.kernel.errors import Refused
from townhall.outreach import posting, queries, reading, sending
from townhall.outreach.models import Message

if TYPE_CHECKING:
    from tests.fixtures import District
    from tests.outreach.gateway import LocalGateway


def deliver() -> None:
    reading.tick()
    while sending.tick():
        pass


def told(gateway: LocalGateway) -> list[dict[str, Any]]:
    return [json.loads(call["body"]) for call in gateway.calls]


def test_a_public_change_is_told_by_its_ids_and_signed(
    live: District, gateway: LocalGateway, settings: Any
) -> None:
    reading.tick()
    settings.PUBLIC_WEBHOOKS, settings.WEBHOOK_SECRET = [f"{gateway.url}/hook"], "s" * 32
    question = live.walk("published", title="说给大家听")
    live.walk("received")
    live.walk("declined")
    deliver()
    kinds = [one["kind"] for one in told(gateway)]
    assert "question.signed" in kinds and "question.asked" not in kinds and "question.declined" not in kinds
    signed = next(one for one in told(gateway) if one["kind"] == "question.signed")
    assert signed["subject_id"] == question.id
    assert signed["url"].endswith(f"/api/v1/questions/{question.id}")
    assert "说给大家听" not in json.dumps(told(gateway), ensure_ascii=False)
    last = gateway.calls[-1]
    sign = posting.webhook_sign("s" * 32, last["headers"]["x-townhall-timestamp"], last["body"])
    assert last["headers"]["x-townhall-signature"] == f"sha256={sign}"
    assert len({one["id"] for one in told(gateway)}) == len(kinds)


def test_a_rehearsal_is_told_to_nobody(live: District, gateway: LocalGateway, settings: Any) -> None:
    reading.tick()
    settings.PUBLIC_WEBHOOKS = [f"{gateway.url}/hook"]
    OfficeHour.objects.filter(id=live.hour.id).update(rehearsal=True)
    live.walk("accepted")
    deliver()
    assert gateway.calls == []


def test_the_log_shows_every_delivery_to_coordinator_and_technician(
    live: District, gateway: LocalGateway, settings: Any
) -> None:
    reading.tick()
    settings.PUBLIC_WEBHOOKS = [f"{gateway.url}/hook?token=geheim"]
    gateway.behaviour = ["error"]
    live.walk("accepted")
    deliver()
    for name in ("coordinator", "technician"):
        log = queries.deliveries(live.accounts[name])
        (row,) = log["rows"]
        assert (row["kind"], row["attempts"]) == ("question.accepted", 1)
        assert row["next_try_at"] is not None and row["error"]
        assert "geheim" not in str(log)
    with clock.steer(clock.now() + timedelta(seconds=11)):
        deliver()
        (row,) = queries.deliveries(live.accounts["coordinator"])["rows"]
    assert (str(row["state"]), row["attempts"]) == ("通道已接收", 2)
    assert Message.objects.filter(channel="webhook").count() == 1
    with pytest.raises(Refused):
        queries.deliveries(live.accounts["member1"])
