"""An hour that has just ended with questions at every point of their way, and people who go on from there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.fixtures import PROMISED_ANSWER, START, District
from townhall.kernel import clock
from townhall.questions.models import Question
from townhall.wrapping import actions
from townhall.wrapping.models import Leftover

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY = timedelta(days=1)
ENDED = START + timedelta(minutes=61)
# Five working days after Monday, 30 November 2026.
DUE = "2026-12-07"


@dataclass
class Wrapping:
    """What happens after one hour."""

    district: District
    questions: dict[str, Question]

    def does(self, name: str, verb: str, thing: Any = None, **data: Any) -> Any:
        return actions.perform(self.district.actor(name), verb, getattr(thing, "id", thing), data)

    def leftover(self, status: str) -> Leftover:
        return Leftover.objects.get(question=self.questions[status])

    def answers(self, status: str = "assigned", signer: str = "mayor", text: str = "") -> Question:
        """The leftover is answered the same way as in the hour."""
        question = self.questions[status]
        self.district.does("member1", "draft", question, text=text or GOOD, outcome="answered")
        question = self.district.does("lead1", "submit", question)
        return self.district.does(signer, "sign", question, version=question.draft_version)

    def promises(self, status: str = "assigned") -> Question:
        question = self.questions[status]
        unit = self.district.units[0].id
        self.district.does(
            "member1", "draft", question, text=PROMISED_ANSWER, outcome="promised",
            commitments=[{"text": "12月15日前完成大门改造", "unit": unit, "due": "2026-12-15"}],
        )  # fmt: skip
        question = self.district.does("lead1", "submit", question)
        return self.district.does("mayor", "sign", question, version=question.draft_version)


GOOD = "您好！区教育局今天上午核查，澄湖路幼儿园9月1日新增托班2个、学位40个，请于8月20日前到园登记，电话021-64120011。"


def mobile(district: District, question: Question, number: str = "13800002000") -> None:
    """The asker left a mobile, as a clerk keeps it."""
    from townhall.kernel.unit_of_work import unit_of_work
    from townhall.people import identity

    with unit_of_work():
        question.asker.contact = identity.keep_contact(number)
        question.asker.save()


@pytest.fixture
def told() -> Iterator[list[tuple[str, dict[str, str], str]]]:
    """What would have been sent to askers: template, parameters, key."""
    sent: list[tuple[str, dict[str, str], str]] = []
    before = list(actions.TELL)
    actions.TELL[:] = [lambda _sealed, template, filled, key: sent.append((template, dict(filled), key))]
    yield sent
    actions.TELL[:] = before


@pytest.fixture
def ended(live: District, told: list[Any]) -> Iterator[Wrapping]:
    """The hour has ended a minute ago; one question each received, accepted, assigned, submitted and published."""
    questions = {
        status: live.walk(status) for status in ("received", "accepted", "assigned", "submitted", "published")
    }
    mobile(live, questions["assigned"])
    with clock.steer(ENDED):
        live.hour_does("wrap")
        yield Wrapping(live, questions)
