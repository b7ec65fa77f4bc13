"""Messages to askers: once each, by day only, in a text that a provider knows."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from townhall.kernel import clock
from townhall.kernel.secrets import encrypt
from townhall.kernel.unit_of_work import unit_of_work
from townhall.outreach import askers, invitations, outbox
from townhall.outreach.choices import Purpose
from townhall.outreach.models import Message
from townhall.outreach.sealing import unseal
from townhall.people import actions as people

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

FILLED = {"issue": "16", "number": "88", "due": "12月7日", "url": "http://127.0.0.1:8000/voice/1-0/"}


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}:00+08:00")


def tell(template: str, key: str = "k") -> None:
    with unit_of_work():
        askers.tell(encrypt("13800002000"), template, FILLED, key)


@pytest.mark.parametrize("template", sorted(set(askers.PURPOSES) - {"observer_invited"}))
def test_every_message_has_its_words_and_they_could_be_filed(template: str) -> None:
    words = invitations.TEXTS[template]
    assert askers.faults(askers.PURPOSES[template], words) == ""
    assert "{" not in invitations.text_of(template, FILLED)


@pytest.mark.parametrize(
    ("purpose", "text"),
    [(Purpose.ANSWERED, "您的第 {number} 号提问已答复。"), (Purpose.BACKLOG, "第 {number} 号 {due} {name}"), (Purpose.CLOSED, "{url} {")],
)  # fmt: skip
def test_a_text_that_lacks_or_invents_a_place_is_named(purpose: Purpose, text: str) -> None:
    assert askers.faults(purpose, text)


@pytest.mark.parametrize(
    ("now", "leaves"),
    [("2026-11-30T20:01", None), ("2026-11-30T21:00", "2026-12-01T08:00"), ("2026-12-01T03:00", "2026-12-01T08:00"),
     ("2026-12-01T08:00", None)],
)  # fmt: skip
def test_nobodys_telephone_rings_at_night(
    db: None, settings: SettingsWrapper, now: str, leaves: str | None
) -> None:
    settings.SMS_SENDER = "http"
    with clock.steer(at(now)):
        tell("backlog")
    assert Message.objects.get().next_try_at == (at(leaves) if leaves else None)


def test_the_same_key_sends_once_and_the_demo_shows_it(db: None) -> None:
    people.mark_installation("demo")
    with clock.steer(at("2026-11-30T20:01")):
        tell("answered")
        tell("answered")
    message = Message.objects.get()
    assert (message.state, unseal(message)["number"]) == ("sent", "88")
    shown = outbox.outgoing()
    assert shown is not None
    assert FILLED["url"] in str(shown[0]["text"])
