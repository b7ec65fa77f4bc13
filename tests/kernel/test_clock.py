"""One source of time, which a rehearsal, a test and a drill can steer."""

from __future__ import annotations

import contextvars
import threading
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from townhall.kernel import clock

if TYPE_CHECKING:
    from pathlib import Path

MOMENT = datetime(2026, 11, 30, 19, 0, tzinfo=timezone(timedelta(hours=8)))


def test_now_is_the_machines_time_in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOWNHALL_CLOCK", raising=False)
    before = datetime.now(UTC)
    found = clock.now()
    assert before <= found <= datetime.now(UTC)
    assert found.utcoffset() == timedelta(0)


@pytest.mark.parametrize(("setting", "seconds"), [("+3600", 3600), ("-90", -90), ("+0.5", 0.5)])
def test_the_setting_shifts_it(monkeypatch: pytest.MonkeyPatch, setting: str, seconds: float) -> None:
    monkeypatch.setenv("TOWNHALL_CLOCK", setting)
    assert abs((clock.now() - datetime.now(UTC)).total_seconds() - seconds) < 5


@pytest.mark.parametrize(
    "text", ["2026-11-30T19:00:00+08:00\n", "2026-11-30T11:00:00Z", " 2026-11-30T11:00:00+00:00 "]
)
def test_a_file_sets_it_and_may_be_rewritten_while_running(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "clock"
    file.write_text(text, encoding="ascii")
    monkeypatch.setenv("TOWNHALL_CLOCK", str(file))
    assert clock.now() == MOMENT
    assert clock.now().utcoffset() == timedelta(0)
    file.write_text("2026-12-01T00:00:00+08:00", encoding="ascii")
    assert clock.today() == date(2026, 12, 1)


def test_a_file_that_is_just_being_written_holds_what_it_held_before(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "clock"
    file.write_text(MOMENT.isoformat(), encoding="ascii")
    monkeypatch.setenv("TOWNHALL_CLOCK", str(file))
    assert clock.now() == MOMENT
    for half in ("", "2026-12-0"):
        file.write_text(half, encoding="ascii")
        assert clock.now() == MOMENT
    file.unlink()
    assert clock.now() == MOMENT


def test_a_file_that_never_held_a_time_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "clock"
    monkeypatch.setenv("TOWNHALL_CLOCK", str(file))
    for text in ("noon", "2026-11-30T19:00:00"):
        file.write_text(text, encoding="ascii")
        with pytest.raises(ValueError, match=r"iso|offset"):
            clock.now()


def test_steering_freezes_it_nests_and_ends_with_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOWNHALL_CLOCK", "+1000000")
    with clock.steer(MOMENT):
        assert clock.now() == MOMENT == clock.now()
        with clock.steer(MOMENT + timedelta(days=1)):
            assert clock.now() == MOMENT + timedelta(days=1)
        assert clock.now() == MOMENT
    assert clock.now() != MOMENT


def test_steering_needs_an_aware_time() -> None:
    with pytest.raises(ValueError, match="aware"), clock.steer(datetime(2026, 11, 30)):  # noqa: DTZ001 - on purpose
        pass


def test_steering_is_each_threads_own() -> None:
    seen: list[datetime] = []
    with clock.steer(MOMENT):
        inherited = contextvars.copy_context()
        threads = [
            threading.Thread(target=lambda: seen.append(clock.now())),
            threading.Thread(target=lambda: seen.append(inherited.run(clock.now))),
        ]
        for thread in threads:
            thread.start()
            thread.join()
    assert [moment == MOMENT for moment in seen] == [False, True]


def test_the_districts_day_begins_at_its_own_midnight() -> None:
    with clock.steer(datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC)):
        assert clock.today() == date(2026, 11, 30)
    with clock.steer(datetime(2026, 11, 30, 16, 0, tzinfo=UTC)):
        assert clock.today() == date(2026, 12, 1)
        assert clock.local(clock.now()).isoformat() == "2026-12-01T00:00:00+08:00"
