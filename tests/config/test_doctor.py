"""Ready for 19:00? The command line says what the page says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from townhall.config import doctor
from townhall.hours import planning
from townhall.hours.models import Seat

if TYPE_CHECKING:
    from tests.fixtures import District


def _red() -> list[str]:
    return [line.finding for line in doctor.look() if line.level == "fail"]


@pytest.fixture(autouse=True)
def _nobody_serves(settings: Any) -> None:
    """Nothing answers on the discard port, so nothing is measured."""
    settings.BASE_URL = "http://127.0.0.1:9"


def test_a_staffed_hour_has_no_red_line(live: District, capsys: pytest.CaptureFixture[str]) -> None:
    assert _red() == []
    assert doctor.main() == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(line.split()[0] in {"ok", "warn"} for line in lines)
    assert {line.split()[1] for line in lines} >= {
        "hour",
        "seats",
        "disk",
        "backup",
        "integrity",
        "load",
        "messages",
    }


def test_a_group_without_members_is_red(live: District) -> None:
    Seat.objects.filter(group=live.groups[2]).delete()
    assert _red() == ["交通组没有人"]


def test_somebody_who_drafts_and_signs_is_red(live: District) -> None:
    planning.give_seat(live.hour, live.accounts["mayor"], "group", group=live.groups[0])
    assert _red() == ["mayor甲既拟稿又签发"]


def test_nobody_to_sign_is_red(live: District) -> None:
    Seat.objects.filter(role__in=["mayor", "deputy"]).delete()
    assert _red() == ["没有人可以签发"]
    assert doctor.main() == 1


def test_an_hour_is_named_or_the_next_one_is_meant(
    live: District, capsys: pytest.CaptureFixture[str]
) -> None:
    assert doctor.main("2026-11") == 0
    assert doctor.main("no-such-hour") == 2
    assert "no office hour 'no-such-hour'" in capsys.readouterr().out
