"""The clerk's form: typed for somebody, answered with a slip that is shown this once."""

from __future__ import annotations

import re
from typing import Any

from tests.desks.conftest import HOUR
from tests.fixtures import District
from townhall.questions import tracking
from townhall.questions.models import Asker, Question
from townhall.venues import actions as venues
from townhall.venues.models import Venue

TYPED = {
    "channel": "phone", "text": "楼道灯坏了三个月，请问谁来修？", "display_name": "王女士", "mobile": "13812345678",
    "reply_by": "phone", "idempotency_key": "one-form", "seat": "clerk", "back": f"{HOUR}clerk/",
}  # fmt: skip


def receipt_on(page: str) -> str:
    found = re.search(r"\d{4} \d{4} \d{4}", page)
    assert found, page[:400]
    return found.group().replace(" ", "")


def test_the_slip_has_number_and_code_once(at_desk: Any, live: District) -> None:
    client = at_desk("clerk")
    answer = client.post(f"{HOUR}questions", TYPED)
    assert answer.status_code == 201
    page = answer.content.decode()
    question = Question.objects.get()
    receipt = receipt_on(page)
    found = tracking.track(receipt)
    assert found is not None
    assert found["number"] == question.number
    assert question.channel == "phone"
    assert Asker.objects.get().typed_by_id == live.accounts["clerk"].id
    board = client.get(f"{HOUR}clerk/?view=all&q={question.id}").content.decode()
    assert receipt not in board.replace(" ", "")
    assert "13812345678" not in page + board


def test_a_reloaded_form_gives_the_same_slip(at_desk: Any, live: District) -> None:
    client = at_desk("clerk")
    first, again = (receipt_on(client.post(f"{HOUR}questions", TYPED).content.decode()) for _time in range(2))
    assert first == again
    assert Question.objects.count() == 1


def test_what_was_typed_survives_an_error(at_desk: Any, live: District) -> None:
    answer = at_desk("clerk").post(f"{HOUR}questions", {**TYPED, "channel": "", "mobile": "123"})
    assert answer.status_code == 422
    page = answer.content.decode()
    for words in (
        "楼道灯坏了三个月",
        'value="王女士"',
        "请选择来源",
        "请填写 11 位手机号码",
        'value="one-form"',
    ):
        assert words in page, words
    assert not Question.objects.exists()


def test_only_the_clerk_registers(at_desk: Any, live: District) -> None:
    answer = at_desk("moderator").post(f"{HOUR}questions", TYPED, headers={"Accept": "application/json"})
    assert answer.status_code == 403


def test_every_form_has_a_key_of_its_own(at_desk: Any, live: District) -> None:
    client = at_desk("clerk")
    keys = {
        re.search(r'idempotency_key" value="([^"]+)"', client.get(f"{HOUR}clerk/").content.decode())[1]
        for _time in "ab"
    }  # type: ignore[index]
    assert len(keys) == 2


def test_the_hall_and_the_card_are_asked_for_and_shown(at_desk: Any, live: District) -> None:
    hall = {"name": "莘桥镇分会场", "address": "人民路8号"}
    venues.perform(live.actor("coordinator"), "add", None, hall)
    venue = Venue.objects.get()
    venues.perform(live.actor("coordinator"), "give_clerk", venue.id, {"person": "clerk"})
    client = at_desk("clerk")
    assert (
        f'<option value="{venue.id}" selected>莘桥镇分会场（我的会场）'
        in client.get(f"{HOUR}clerk/").content.decode()
    )
    typed = {**TYPED, "channel": "venue", "venue": "", "idempotency_key": "hall"}
    answer = client.post(f"{HOUR}questions", typed)
    assert answer.status_code == 422
    for words in ("请选择在哪个会场登记", "请选择是否看过本人证件"):
        assert words in answer.content.decode()
    answer = client.post(f"{HOUR}questions", {**typed, "venue": str(venue.id), "identity_seen": "yes"})
    assert answer.status_code == 201
    assert "<dt>登记地点</dt><dd>莘桥镇分会场</dd>" in answer.content.decode()
    question = Question.objects.get()
    panel = at_desk("moderator").get(f"{HOUR}moderator/?q={question.id}").content.decode()
    assert "代为登记 · clerk甲 · 莘桥镇分会场 · 已看过本人证件 · 打电话" in panel
