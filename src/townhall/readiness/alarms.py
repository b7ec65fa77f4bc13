"""Looking at the three numbers while an hour runs, and having people told: once on red, once on green."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from townhall.hours.choices import Stage
from townhall.kernel import clock
from townhall.readiness import actions, vitals
from townhall.readiness.choices import Level
from townhall.readiness.examine import next_hour

if TYPE_CHECKING:
    from townhall.hours.models import OfficeHour

LOOK = timedelta(seconds=5)
# A quarter of a minute of red is no hiccup; a minute without red is over.
TO_RED, TO_GREEN = 3, 12
BEFORE = timedelta(hours=2)  # so long before the start it matters that something is wrong


class Watchman:
    """Called every second by the job that holds the installation's lease."""

    def __init__(self) -> None:
        self._steady = vitals.Steady(to_red=TO_RED, to_green=TO_GREEN)
        self._next = clock.now()

    def look(self) -> int:
        """Look when it is time; returns how many alarms were raised or cleared."""
        now = clock.now()
        if now < self._next:
            return 0
        self._next = now + LOOK
        hour = next_hour()
        if hour is None or not _matters(hour):
            return 0
        done = 0
        for vital in vitals.look():
            red = vital.level == Level.FAIL
            if self._steady.seen(vital.key, red=red):
                done += actions.sound_alarm(hour, vital.key, red=red)
        return done


def _matters(hour: OfficeHour) -> bool:
    return hour.stage == Stage.LIVE or hour.starts_at - clock.now() < BEFORE
