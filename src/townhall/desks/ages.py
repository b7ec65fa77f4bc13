"""How long somebody has waited, and from when on that stands out: the thresholds in one place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from townhall.hours.choices import Stage
from townhall.kernel import clock

if TYPE_CHECKING:
    from typing import Any

# Minutes after which a question stands out (▲) and after which it has waited too long (▲▲), by state.
# In the hour everything counts in minutes; before and after it in working hours.
LIVE_LIMITS: dict[str, tuple[int, int]] = {
    "received": (4, 8),
    "accepted": (4, 8),
    "assigned": (10, 20),
    "submitted": (5, 10),
}
CALM_LIMITS: dict[str, tuple[int, int]] = {
    "received": (8 * 60, 24 * 60),
    "accepted": (8 * 60, 24 * 60),
    "assigned": (2 * 24 * 60, 5 * 24 * 60),
    "submitted": (8 * 60, 24 * 60),
}
_HOUR, _DAY = 60, 24 * 60


@dataclass(frozen=True, slots=True)
class Age:
    """How long, how full the bar, how loud.

    :param minutes: since when it waits for the present person
    :param most: the minutes at which the bar is full
    :param level: 0 in time, 1 stands out, 2 too long
    :param since: the moment, for the desk's own clock
    """

    minutes: int
    most: int
    level: int
    since: str

    @property
    def text(self) -> str:
        """``4 分``, ``3 小时``, ``2 天``."""
        return duration(self.minutes)

    @property
    def mark(self) -> str:
        """The level as a sign, so that it is never colour alone."""
        return "▲" * self.level

    @property
    def word(self) -> str:
        """The level as a word, for those who hear the page."""
        return ("", _("等得较久"), _("等得太久"))[self.level]

    @property
    def filled(self) -> int:
        """How much of the bar is full."""
        return min(self.minutes, self.most)


def duration(minutes: int) -> str:
    """Minutes as people say them."""
    if minutes < _HOUR:
        return _("%(n)s 分") % {"n": minutes}
    if minutes < _DAY:
        hours = minutes // _HOUR
        return ngettext("%(n)s 小时", "%(n)s 小时", hours) % {"n": hours}
    days = minutes // _DAY
    return ngettext("%(n)s 天", "%(n)s 天", days) % {"n": days}


def limits(status: str, stage: str) -> tuple[int, int] | None:
    """When a question of this state stands out in this stage; ``None`` when nobody is waited for."""
    table = LIVE_LIMITS if stage == Stage.LIVE else CALM_LIMITS
    return table.get(status)


def age(status: str, waiting_since: str, stage: str) -> Age | None:
    """The age of a question as the desks show it; ``None`` once it has ended.

    :param waiting_since: as in the staff's view of a question (RFC 3339)
    """
    found = limits(status, stage)
    if found is None:
        return None
    minutes = since(waiting_since)
    stands_out, too_long = found
    level = 2 if minutes >= too_long else int(minutes >= stands_out)
    return Age(minutes, too_long, level, waiting_since)


def level(status: str, minutes: int, stage: str) -> int:
    """How loud a step's longest wait is."""
    stands_out, too_long = limits(status, stage) or (minutes + 1, minutes + 1)
    return 2 if minutes >= too_long else int(minutes >= stands_out)


def since(moment: Any) -> int:
    """Whole minutes from a moment (a text as programs get it, or a time) until now."""
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return max(0, int((clock.now() - at).total_seconds() // 60))
