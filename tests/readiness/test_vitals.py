"""Three numbers with a colour, a word and a remedy; people are told once when one turns red, once when it is over."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from townhall.hours.models import OfficeHour
from townhall.journal.models import Entry
from townhall.kernel import metrics
from townhall.outreach import reading
from townhall.outreach.choices import Channel
from townhall.outreach.models import Message
from townhall.readiness import alarms, queries, vitals
from townhall.readiness.choices import Level

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fixtures import District

Told = dict[str, float]


def told(**changed: float) -> Told:
    """A machine on which all is well."""
    found = {
        "townhall_processes": 2.0,
        "townhall_viewers": 300.0,
        "townhall_viewers_most": 38_000.0,
        "townhall_told_at_seconds": metrics.machine_time(),
        "townhall_recent_lag_seconds": 0.2,
        'townhall_queue_depth{queue="questions"}': 3.0,
        "townhall_store_age_seconds": 0.01,
    }
    names = {"waiting": 'townhall_queue_depth{queue="questions"}'}
    return found | {names.get(name, f"townhall_{name}"): value for name, value in changed.items()}


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets what the serving processes tell."""

    def says(**changed: float) -> None:
        monkeypatch.setattr(metrics, "read", lambda: told(**changed))

    says()
    return says


def levels() -> dict[str, Level]:
    return {one.key: one.level for one in vitals.look()}


def test_a_calm_evening_is_green_and_asks_for_nothing(machine: Callable[..., None]) -> None:
    assert set(levels().values()) == {Level.OK}
    assert [one.remedy for one in vitals.look()] == ["", "", ""]
    assert [one.value for one in vitals.look()] == ["300 人", "0.20 秒", "3 件"]


@pytest.mark.parametrize(
    ("changed", "key", "level"),
    [
        ({"viewers": 30_399}, "viewers", Level.OK),
        ({"viewers": 30_400}, "viewers", Level.WARN),
        ({"viewers": 36_100}, "viewers", Level.FAIL),
        ({"recent_lag_seconds": 0.99}, "lag", Level.OK),
        ({"recent_lag_seconds": 1.0}, "lag", Level.WARN),
        ({"recent_lag_seconds": 2.0}, "lag", Level.FAIL),
        ({"recent_lag_seconds": 0.0}, "lag", Level.OK),
        ({"told_at_seconds": 0.0}, "lag", Level.FAIL),
        ({"store_age_seconds": 1.5}, "line", Level.WARN),
        ({"store_age_seconds": 5.0}, "line", Level.FAIL),
        ({"waiting": 999}, "line", Level.OK),
        ({"waiting": 1_000}, "line", Level.WARN),
        ({"waiting": 3_000}, "line", Level.FAIL),
    ],
)
def test_each_number_turns_where_it_should(
    machine: Callable[..., None], changed: Told, key: str, level: Level
) -> None:
    machine(**changed)
    assert levels() == dict.fromkeys(vitals.NAMES, Level.OK) | {key: level}
    assert all(bool(one.remedy) == (one.level != Level.OK) for one in vitals.look())


def test_where_nothing_serves_nothing_is_called_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "read", dict)
    assert set(levels().values()) == {Level.WARN}


def test_a_colour_is_told_when_it_stays() -> None:
    steady = vitals.Steady(to_red=3, to_green=2)
    seen = [steady.seen("lag", red=red) for red in (True, True, False, True, True, True, True, False, False)]
    assert seen == [False, False, False, False, False, True, True, False, True]


@pytest.fixture
def watchman(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], int]:
    """Looks so many times, five seconds apart."""
    now = alarms.clock.now()
    times = [now]
    monkeypatch.setattr(alarms.clock, "now", lambda: times[0])
    one = alarms.Watchman()

    def looks(count: int) -> int:
        done = 0
        for _look in range(count):
            done += one.look()
            times[0] += alarms.LOOK
        return done

    return looks


@pytest.mark.django_db(transaction=True)
def test_once_on_red_once_on_green_and_no_flapping(
    live: District, machine: Callable[..., None], watchman: Callable[[int], int], settings: Any
) -> None:
    settings.WEBHOOKS = ["https://hooks.example.gov/townhall"]
    assert watchman(5) == 0
    machine(store_age_seconds=9)
    assert watchman(2) == 0  # a hiccup
    machine()
    assert watchman(2) == 0
    machine(store_age_seconds=9)
    assert watchman(3) == 1
    assert watchman(30) == 0
    machine()
    assert watchman(11) == 0
    machine(store_age_seconds=9)
    assert watchman(1) == 0
    machine()
    assert watchman(12) == 1
    assert watchman(30) == 0
    kinds = Entry.objects.filter(line=live.hour.id, kind__startswith="hour.alarm").values_list(
        "kind", flat=True
    )
    assert list(kinds) == ["hour.alarm_raised", "hour.alarm_cleared"]
    reading.tick()
    sent = Message.objects.filter(channel=Channel.WEBHOOK, template__startswith="hour.alarm")
    assert [one.template for one in sent.order_by("id")] == ["hour.alarm_raised", "hour.alarm_cleared"]
    account = live.accounts["technician"]
    assert Message.objects.filter(account=account, template="hour.alarm_raised").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_restart_does_not_tell_again(
    live: District, machine: Callable[..., None], watchman: Callable[[int], int]
) -> None:
    machine(recent_lag_seconds=3)
    assert watchman(3) == 1
    again = alarms.Watchman()
    for _look in range(10):
        again._next = alarms.clock.now()
        assert again.look() == 0
    assert queries.is_red(live.hour.id, "lag")
    assert not queries.is_red(live.hour.id, "line")


@pytest.mark.django_db(transaction=True)
def test_nobody_is_woken_weeks_before(
    district: District, machine: Callable[..., None], watchman: Callable[[int], int]
) -> None:
    machine(recent_lag_seconds=3)
    for away, raised in ((timedelta(days=14), 0), (timedelta(minutes=90), 1)):
        start = alarms.clock.now() + away
        OfficeHour.objects.update(starts_at=start, ends_at=start + timedelta(hours=1))
        assert watchman(5) == raised
