"""A gateway that counts, and mass messages brought to where a test needs them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings

from tests.fixtures import District, make_district
from tests.outreach.gateway import LocalGateway
from tests.tools.standing import stand_on
from townhall.kernel import clock, secrets
from townhall.outreach import actions, sending, wording
from townhall.outreach.models import Broadcast, Message, Subscription
from townhall.outreach.sealing import index_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from townhall.hours.models import OfficeHour

T3 = datetime(2026, 11, 27, 9, 30, tzinfo=clock.DISTRICT_ZONE)


def numbers(count: int, first: int = 0) -> list[str]:
    """Mobiles that are all different."""
    return [f"138{number:08d}" for number in range(first, first + count)]


def csv_of(found: list[str]) -> bytes:
    return ("手机号码\n" + "\n".join(found) + "\n").encode()


def subscriber(hour: OfficeHour, address: str, channel: str = "sms", **facts: Any) -> Subscription:
    """Somebody who has agreed to be reminded of this hour."""
    token = secrets.make_nonce()
    now = clock.now()
    return Subscription.objects.create(
        hour=hour, channel=channel, address_sealed=secrets.encrypt(address),
        address_index=index_of(channel, address), stop_sealed=secrets.encrypt(token),
        stop_index=secrets.keyed_hash("stop", token), **{"asked_at": now, "consented_at": now, **facts},
    )  # fmt: skip


class Desk:
    """The coordinator at the broadcast's desk, three days before the hour."""

    def __init__(self, district: District) -> None:
        self.district = district
        self.broadcast: Broadcast
        self.turns = 0

    @property
    def actor(self) -> Any:
        return self.district.actor("coordinator")

    @property
    def provider(self) -> str:
        """The gateway where a test has one, else a list for another office."""
        return "export" if settings.SMS_SENDER == "console" else settings.SMS_SENDER

    def draft(self, provider: str | None = None, **data: Any) -> Broadcast:
        words = {
            "provider": provider or self.provider,
            "text": wording.USUAL_TEXT,
            "to_subscribers": "on",
            **data,
        }
        self.broadcast = actions.draft(self.actor, words)
        return self.broadcast

    def listed(self, found: list[str]) -> Any:
        return actions.add_list(self.actor, self.broadcast.id, "名单.csv", csv_of(found))

    def confirmed(
        self, found: list[str] | None = None, provider: str | None = None, **data: Any
    ) -> Broadcast:
        self.draft(provider, **data)
        if found:
            self.listed(found)
        row = actions.preview(self.actor, self.broadcast.id)
        self.broadcast = actions.confirm(self.actor, row.id, row.preview["digest"])
        return self.broadcast

    def run(self, turns: int = 50) -> Broadcast:
        start = clock.now()
        for _turn in range(turns):  # time goes on while batches leave, by a millisecond each
            self.turns += 1
            with clock.steer(start + timedelta(milliseconds=self.turns)):
                if not sending.tick():
                    break
        self.broadcast.refresh_from_db()
        return self.broadcast

    def states(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for state in Message.objects.filter(broadcast=self.broadcast).values_list("state", flat=True):
            found[state] = found.get(state, 0) + 1
        return found


@pytest.fixture
def t3() -> Iterator[datetime]:
    with clock.steer(T3):
        yield T3


@pytest.fixture
def gateway(settings: Any) -> Iterator[LocalGateway]:
    running = LocalGateway()
    settings.SMS_SENDER = "http"
    settings.GATEWAY_URL = running.url
    settings.GATEWAY_MOST = 10
    settings.SMS_RATE = 100_000
    settings.SMS_TIMEOUT = 1
    yield running
    running.close()


@pytest.fixture
def receipts(gateway: LocalGateway, settings: Any) -> LocalGateway:
    """The gateway where it can be asked for receipts, and knows of none yet."""
    settings.GATEWAY_RECEIPTS = f"{gateway.url}/receipts"
    gateway.receipts = {}
    return gateway


@pytest.fixture
def desk(db: None, t3: datetime) -> Desk:
    district = stand_on("outreach", make_district)
    district.to_stage("announced")
    return Desk(district)
