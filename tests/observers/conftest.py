"""An announced hour ten days ahead, and people who apply as observers the way they really do."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.fixtures import START, District, make_district
from tests.real_database import empty_file, on_disk
from tests.tools.standing import stand_on
from townhall.kernel import clock
from townhall.observers import actions, citizen_actions
from townhall.observers.models import Application, Call
from townhall.people import identity

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["empty_file", "on_disk"]  # fixtures

OPENED = START - timedelta(days=10)
CLOSES = START - timedelta(days=5)
SOURCE = START - timedelta(days=4)
ASKED = START - timedelta(days=3)
CONFIRM_BY = START - timedelta(days=2)
VALUE = "03 08 16 23 25 31 + 12"
CONSENTS = ["contact", "list", "talk"]


def wall(moment: datetime) -> str:
    """A moment as a form sends it."""
    return clock.local(moment).strftime("%Y-%m-%dT%H:%M")


def opening(**fields: Any) -> dict[str, Any]:
    return {
        "quota": "3", "place": "区政府一楼会议室", "conditions": "年满 18 周岁。", "closes_at": wall(CLOSES),
        "source": "中国福利彩票双色球第 2026136 期，红球从小到大，再加蓝球", "source_at": wall(SOURCE), **fields,
    }  # fmt: skip


def mobile_of(number: int) -> str:
    return f"138{number:08}"


def verified(mobile: str) -> str:
    """A token as somebody gets it who typed in the right code."""
    contact = identity._contact(identity.keyed_hash("mobile", mobile), mobile, verified_at=clock.now())
    return identity.token_for(contact, clock.now() + identity.TOKEN_LIFE)


@dataclass
class Search:
    """One hour's search for observers, walked by the clock."""

    district: District
    receipts: dict[int, str]

    def does(self, verb: str, by: str = "coordinator", **data: Any) -> Call:
        return actions.perform(self.district.actor(by), verb, data)

    def open(self, **fields: Any) -> Call:
        return self.does("open", **opening(**fields))

    def apply(self, number: int, name: str = "", **fields: Any) -> str:
        data = {
            "name": name or f"张{'一二三四五六七八九十'[number % 10]}丰", "words": "", "consents": CONSENTS,
            "form_key": f"form{number}", "verification": verified(mobile_of(number)), **fields,
        }  # fmt: skip
        self.receipts[number] = citizen_actions.apply(self.district.hour.id, data).receipt
        return self.receipts[number]

    def answers(self, number: int, verb: str) -> None:
        citizen_actions.answer(self.district.hour.id, self.receipts[number], verb)

    def row(self, number: int) -> Application:
        digest = citizen_actions.keyed_hash(citizen_actions.RECEIPT_PURPOSE, self.receipts[number])
        return Application.objects.get(receipt_digest=digest)

    def at_rank(self, rank: int) -> int:
        """The number of the applicant at a place."""
        return next(number for number in self.receipts if self.row(number).rank == rank)

    @property
    def call(self) -> Call:
        return Call.objects.get(hour=self.district.hour)

    def drawn(self, people: int, quota: int = 3) -> Call:
        """Opened, applied for by so many, closed, and drawn where a lot is needed."""
        with clock.steer(OPENED):
            self.open(quota=str(quota))
            for number in range(people):
                self.apply(number)
        with clock.steer(CLOSES):
            call = self.does("close")
        if call.by_lot:
            with clock.steer(SOURCE):
                call = self.does("draw", value=VALUE, value_again=VALUE)
        return call

    def inviting(self, people: int, quota: int = 3) -> Call:
        self.drawn(people, quota)
        with clock.steer(ASKED):
            return self.does("invite", confirm_by=wall(CONFIRM_BY))


@contextmanager
def searching() -> Iterator[Search]:
    """Ten days before the hour, with everybody in their seats and nothing decided about observers."""
    with clock.steer(OPENED):
        district = stand_on("observers", make_district)
        district.to_stage("announced")
        yield Search(district, {})


@pytest.fixture
def search(db: None) -> Iterator[Search]:
    with searching() as found:
        yield found


@pytest.fixture
def told() -> Iterator[list[tuple[str, str, dict[str, str], str]]]:
    """What would have been sent to applicants."""
    sent: list[tuple[str, str, dict[str, str], str]] = []

    def keep(sealed: str, template: str, parameters: Any, key: str) -> None:
        sent.append((sealed, template, dict(parameters), key))

    before = list(actions.TELL)
    actions.TELL[:] = [keep]
    yield sent
    actions.TELL[:] = before
