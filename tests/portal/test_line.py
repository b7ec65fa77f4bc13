"""So many ask that a page must wait: it says how many are before it, keeps everything typed, and asks once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from tests.portal.test_asking import ASK, TEXT, form, receipt_in, text_of
from tests.portal.test_effort import fields
from townhall.edge import asking
from townhall.edge.intake import Intake
from townhall.edge.wiring import Answer, Question
from townhall.kernel import effort
from townhall.portal import pace
from townhall.questions import line
from townhall.questions.models import Question as Row

if TYPE_CHECKING:
    from django.test import Client

    from tests.fixtures import District

pytestmark = pytest.mark.django_db


class Line:
    """The server's own line, whose writer is let by the test."""

    def __init__(self, intake: Intake) -> None:
        self.intake = intake

    def knows(self, slug: str, form: str) -> bool:
        return self.intake.knows(slug, form)

    def hand_in(
        self, slug: str, payload: Mapping[str, Any], *, lang: str, address: str, key: str, agent: str
    ) -> tuple[int, Mapping[str, Any], int | None] | line.Place:
        question = Question(slug, dict(payload), lang, address, key, agent)
        found = self.intake.hand_in(question, address, seconds=0)
        return (
            (found.status, found.body, found.retry_after) if isinstance(found, Answer) else line.Place(*found)
        )


@pytest.fixture
def intake(monkeypatch: pytest.MonkeyPatch) -> Iterator[Intake]:
    loop = asyncio.new_event_loop()
    # The test's transaction must not be closed behind its back; in a server each batch looks after its connection.
    monkeypatch.setattr(asking, "close_old_connections", lambda: None)
    made = Intake(asking.ask, loop, most=3)
    line.LINE.append(Line(made))
    yield made
    line.LINE.clear()
    loop.close()


def test_a_page_says_its_number_keeps_what_was_typed_and_asks_once(
    live: District, client: Client, intake: Intake
) -> None:
    client.post(ASK, form(idempotency_key="before"), REMOTE_ADDR="198.51.100.7")
    waiting = client.post(ASK, form())
    assert (waiting.status_code, waiting.headers["Retry-After"]) == (202, "3")
    assert "第 <b>2</b> 位" in text_of(waiting) and "还没有保存" in text_of(waiting)
    assert waiting.headers["Cache-Control"] == "no-store"
    kept = fields(waiting)
    assert kept["text"] == TEXT and kept["display_name"] == form()["display_name"]
    assert "portal/effort.js" in text_of(waiting) and 'data-again="3"' in text_of(waiting)
    assert not Row.objects.exists()
    intake.write_batch()
    receipts = {receipt_in(text_of(client.post(ASK, kept))) for _ in range(2)}
    assert len(receipts) == 1
    assert [row.text for row in Row.objects.order_by("id")] == [TEXT, TEXT]


def test_in_english_too(live: District, client: Client, intake: Intake) -> None:
    client.cookies["lang"] = "en"
    assert "you are number <b>1</b>" in text_of(client.post(ASK, form()))


def test_no_room_is_said_and_the_words_stay(live: District, client: Client, intake: Intake) -> None:
    for number in range(3):
        client.post(ASK, form(idempotency_key=str(number)))
    full = client.post(ASK, form(idempotency_key="late"))
    assert full.status_code == 503 and "还没有排上队" in text_of(full)
    assert fields(full)["text"] == TEXT
    intake.write_batch()
    assert client.post(ASK, fields(full)).status_code == 202
    intake.write_batch()
    receipt_in(text_of(client.post(ASK, fields(full))))
    assert Row.objects.count() == 4


def test_looking_again_uses_no_turn_and_needs_no_new_effort(
    live: District, client: Client, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = fields(client.post(ASK, form()))
    monkeypatch.setattr(pace.FORMS, "take", lambda _address: 30)
    effort.note(1)
    try:
        assert client.post(ASK, kept).status_code == 202
        assert client.post(ASK, form(text=TEXT + "还有一句", told="mobile")).status_code == 429, (
            "another question is checked"
        )
        intake.write_batch()
        receipt_in(text_of(client.post(ASK, kept)))
    finally:
        effort.forget_pressure()


def test_every_check_of_the_ordinary_way_holds_when_its_turn_comes(
    live: District, client: Client, intake: Intake
) -> None:
    kept = fields(client.post(ASK, form()))
    live.hour_does("pause", reason_code="technical")
    intake.write_batch()
    refused = client.post(ASK, kept)
    assert refused.status_code == 409 and TEXT in text_of(refused)
    assert not Row.objects.exists()
