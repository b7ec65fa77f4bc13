"""Where people can come: on the hour's page, with address and opening, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import Client

from townhall.venues import actions

if TYPE_CHECKING:
    from tests.fixtures import District

SECRET = {"contact_name": "林悦", "contact_phone": "021-64120011", "link_address": "https://meet.example.cn/1",
          "meeting_number": "987 654"}  # fmt: skip


def page(lang: str = "zh") -> str:
    answer = Client(headers={"host": "127.0.0.1:8000"}).get(f"/hours/2026-11/?lang={lang}")
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.fixture
def announced(district: District) -> District:
    """An hour that is announced, with one public and one inner hall."""
    actor = district.actor("coordinator")
    hall = {
        "name": "莘桥镇分会场",
        "name_en": "Xinqiao branch venue",
        "address": "人民路8号",
        "opens": "18:00",
        **SECRET,
    }
    actions.perform(actor, "add", None, {**hall, "is_public": "1"})
    actions.perform(actor, "add", None, {**hall, "name": "指挥室", "name_en": "Control room"})
    district.to_stage("announced")
    return district


def test_the_hours_page_tells_where_to_come_and_when(announced: District) -> None:
    shown = page()
    for words in ("可以到场的会场", "莘桥镇分会场", "人民路8号", "当天 18:00–20:00 开放"):
        assert words in shown
    assert "Xinqiao branch venue" in page("en")
    assert "可以到场的会场" not in page("en")


def test_nothing_that_is_for_staff_is_on_it(announced: District) -> None:
    shown = page() + page("en")
    for words in (*SECRET.values(), "指挥室", "Control room"):
        assert words not in shown


def test_a_marked_contact_is_shown_and_an_hour_that_is_over_sends_nobody_out(announced: District) -> None:
    actor = announced.actor("coordinator")
    hall = {"name": "澄湖街道", "address": "湖滨路1号", **SECRET, "is_public": "1", "contact_public": "1"}
    actions.perform(actor, "add", None, hall)
    assert '<a href="tel:021-64120011">021-64120011</a>' in page()
    announced.hour_does("cancel", reason_code="power")
    assert "可以到场的会场" not in page()


def test_without_public_halls_nothing_is_said(district: District) -> None:
    district.to_stage("announced")
    assert "可以到场的会场" not in page()
