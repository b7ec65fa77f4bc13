"""An hour that is over with one answer, whose asker left a mobile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.fixtures import District
from tests.wrapping.conftest import ENDED, mobile
from townhall.kernel import clock
from townhall.questions.models import Question
from townhall.voice import actions, links
from townhall.voice.models import Ask, ReturnCall

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class After:
    """What askers say after one hour."""

    district: District
    question: Question
    other: Question
    sent: list[tuple[str, dict[str, str], str]]

    def token(self, question: Question | None = None, purpose: str = "answer") -> str:
        ask = Ask.objects.filter(question=question or self.question, purpose=purpose).latest("id")
        return links.token_of(ask)

    def does(self, name: str, verb: str, call: Any = None, **data: Any) -> ReturnCall:
        return actions.perform(self.district.actor(name), verb, getattr(call, "id", call), data)


@pytest.fixture
def after(live: District) -> Iterator[After]:
    question, other = live.walk("published"), live.walk("published")
    mobile(live, question)
    sent: list[tuple[str, dict[str, str], str]] = []
    before = list(actions.TELL)
    actions.TELL[:] = [lambda _sealed, template, filled, key: sent.append((template, dict(filled), key))]
    with clock.steer(ENDED):
        live.hour_does("wrap")
        yield After(live, question, other, sent)
    actions.TELL[:] = before
