"""A promise's feed tells each public step, and nothing once its words are covered."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tests.commitments.conftest import WORDS, Promises, later, promises
from townhall.kernel import clock

if TYPE_CHECKING:
    from django.test import Client

    from townhall.commitments.models import Commitment

__all__ = ["promises"]
pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"


def entries(client: Client, one: Commitment, lang: str = "zh") -> list[dict[str, str]]:
    answer = client.get(f"/feeds/promises/{one.id}.atom?lang={lang}")
    assert answer.status_code == 200
    found = ET.fromstring(answer.content.decode()).findall(f"{ATOM}entry")
    return [{one.tag.removeprefix(ATOM): one.text or "" for one in entry} for entry in found]


def extended(promises: Promises) -> Commitment:
    one = promises.make()
    with clock.steer(later(1)):
        promises.does("member1", "progress", one, text="门框已立好，电话13800138000。")
        promises.does(
            "member1", "ask_extension", one, reason_code="weather", text="连日下雨。", due="2026-12-22"
        )
    with clock.steer(later(2)):
        promises.does("mayor", "approve_extension", one)
        promises.does("inspector", "chase", one, template="due_soon")
    with clock.steer(later(3)):
        return promises.walk("closed", one)


def test_each_public_step_is_an_entry_of_its_own_the_newest_first(promises: Promises, client: Client) -> None:
    one = extended(promises)
    found = entries(client, one)
    assert [entry["title"].partition("：")[0] for entry in found] == [
        "办结", "核查通过", "报结，等待核查", "批准延期", "申请延期", "办理进展", "作出承诺"
    ]  # fmt: skip
    assert found[-1]["id"].endswith(f"/promises/{one.id}/#made") and WORDS in found[-1]["summary"]
    assert len({entry["id"] for entry in found}) == len(found)
    granted = found[3]
    assert (
        "12月22日" in granted["summary"]
        and "天气" in granted["summary"]
        and "连日下雨" in found[4]["summary"]
    )
    assert "13800138000" not in str(found), "what a page masks, a feed masks"
    assert found[0]["updated"].startswith("2026-12-03")


def test_the_feed_speaks_english_and_goes_with_its_words(promises: Promises, client: Client) -> None:
    one = extended(promises)
    assert any("Asked for until" in entry["summary"] for entry in entries(client, one, "en"))
    live = promises.district
    live.does("moderator", "withhold", live.hour.questions.get(), code="personal_data")
    assert client.get(f"/feeds/promises/{one.id}.atom").status_code == 404


def test_a_replaced_promise_says_so_to_who_reads_its_feed(promises: Promises, client: Client) -> None:
    one = promises.walk("replaced")
    assert entries(client, one)[0]["title"].startswith("答复已更正")
