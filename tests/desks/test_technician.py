"""The technician's page: three numbers, what to do, the checks; for those whom it concerns, without a script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.desks.conftest import browser_of
from tests.readiness.test_vitals import told
from townhall.kernel import metrics
from townhall.readiness import actions

if TYPE_CHECKING:
    from tests.fixtures import District

pytestmark = pytest.mark.django_db
PAGE = "/desk/hours/2026-11/technician/"


@pytest.fixture(autouse=True)
def _nobody_serves(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.BASE_URL = "http://127.0.0.1:9"
    monkeypatch.setattr(metrics, "read", lambda: told(store_age_seconds=7.25))


def test_the_page_says_how_it_goes_and_what_to_do(live: District) -> None:
    text = browser_of(live.accounts["technician"]).get(PAGE).content.decode()
    assert "现在在线" in text
    assert "300 人" in text
    assert "0.20 秒" in text
    assert "等得最久的 7.2 秒" in text
    assert "请看磁盘是不是满了或慢了" in text
    assert "http-equiv" not in text  # it renews itself only for whoever wants that
    again = browser_of(live.accounts["technician"]).get(f"{PAGE}?refresh=1").content.decode()
    assert '<meta http-equiv="refresh" content="5">' in again
    assert "须处理" in text
    assert "从未备份" in text


def test_alarms_stand_on_the_page(live: District) -> None:
    assert actions.sound_alarm(live.hour, "line", red=True)
    assert not actions.sound_alarm(live.hour, "line", red=True)
    assert actions.sound_alarm(live.hour, "line", red=False)
    text = browser_of(live.accounts["technician"]).get(PAGE).content.decode()
    assert text.index("● 恢复，已通知") < text.index("■ 变红，已通知")


@pytest.mark.parametrize("alarms", [1, 30])
def test_it_asks_the_database_as_often_however_many_alarms_there_were(live: District, alarms: int) -> None:
    for turn in range(alarms):
        actions.sound_alarm(live.hour, "line", red=turn % 2 == 0)
    browser = browser_of(live.accounts["technician"])
    browser.get(PAGE)
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(PAGE).status_code == 200
    assert len(captured) == 24


@pytest.mark.parametrize(("name", "status"), [
    ("technician", 200), ("coordinator", 200), ("mayor", 200), ("moderator", 200),
    ("member1", 403), ("clerk", 403), ("editor", 403), ("logistics", 403), ("stranger", 404),
])  # fmt: skip
def test_it_opens_for_those_whom_it_concerns(live: District, name: str, status: int) -> None:
    assert browser_of(live.accounts[name]).get(PAGE).status_code == status
