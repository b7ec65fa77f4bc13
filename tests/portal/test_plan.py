"""The plan as the public sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import Client

from tests.plans.conftest import Office
from townhall.plans import actions

if TYPE_CHECKING:
    from tests.fixtures import District


@pytest.fixture
def office(district: District) -> Office:
    return Office(district)


def get(path: str) -> tuple[int, str]:
    answer = Client(headers={"host": "127.0.0.1:8000"}).get(path)
    return answer.status_code, answer.content.decode()


def test_the_plan_is_shown_once_it_is_approved_and_the_hour_is_public(office: Office) -> None:
    office.to("submitted")
    office.district.to_stage("announced")
    assert get("/hours/2026-11/plan")[0] == 404
    assert "/hours/2026-11/plan" not in get("/hours/2026-11/")[1]
    office.hour.refresh_from_db()
    actions.approve(office.actor("secretary"), {"remark": "同意，抓紧办"})
    status, page = get("/hours/2026-11/plan")
    assert status == 200
    assert "区政府会议中心201会议室" in page
    assert "区民政局、区卫健委" in page
    for kept_inside in ("18:30前到场签到", "抓紧办", "周秘书长", "secretary"):
        assert kept_inside not in page
    assert 'href="/hours/2026-11/plan"' in get("/hours/2026-11/")[1]
    assert get("/hours/2026-11/plan?lang=en")[0] == 200


def test_a_planned_hour_shows_no_plan(office: Office) -> None:
    office.to("approved")
    assert get("/hours/2026-11/plan")[0] == 404
