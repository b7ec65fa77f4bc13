"""Messages to askers: once each, by day only, in a text that a provider knows."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from townhall.kernel import clock
from townhall.kernel.secrets import encrypt
from townhall.kernel.unit_of_work import unit_of_work
from townhall.outreach import asker_words, askers, invitations, outbox
from townhall.outreach.choices import Purpose
from townhall.outreach.models import Message
from townhall.outreach.sealing import unseal
from townhall.people import actions as people
from townhall.people.models import Contact
from townhall.questions.models import Asker, Question

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

FILLED = {
    "issue": "16",
    "number": "88",
    "into": "87",
    "due": "2026-12-07",
    "url": "http://127.0.0.1:8000/voice/1-0/",
}


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}:00+08:00")


def who(lang: str = "zh") -> Asker:
    """An asker as a room that has something to tell finds them; nothing of it is stored."""
    contact = Contact(mobile_index="m", mobile_sealed=encrypt("13800002000"))
    return Asker(contact=contact, question=Question(lang=lang))


def tell(template: str, key: str = "k", lang: str = "zh") -> None:
    with unit_of_work():
        askers.tell(who(lang), template, FILLED, key)


@pytest.mark.parametrize("template", sorted(asker_words.ALL))
def test_every_message_has_its_words_in_both_languages_and_they_could_be_filed(template: str) -> None:
    words = asker_words.ALL[template]
    assert askers.faults(askers.PURPOSES[template], words.chinese) == ""
    chinese, english = (invitations.text_of(template, {**FILLED, "lang": lang}) for lang in ("zh", "en"))
    assert "{" not in chinese + english
    assert set(invitations.places_of(words.english)) == set(invitations.places_of(words.chinese))
    assert english.isascii() and not chinese.isascii()
    assert len(chinese) <= 134, "two parts of an SMS, with a signature"


def test_every_template_is_filed_under_a_purpose_of_its_own() -> None:
    assert len({one.purpose for one in asker_words.ALL.values()}) == len(asker_words.ALL)


@pytest.mark.parametrize(("lang", "day"), [("zh", "12月7日前答复"), ("en", "by 7 December")])
def test_an_asker_reads_the_language_of_the_question(db: None, lang: str, day: str) -> None:
    people.mark_installation("demo")
    with clock.steer(at("2026-11-30T20:01")):
        tell("backlog", lang=lang)
    (shown,) = outbox.outgoing() or []
    assert day in str(shown["text"])


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
