"""What an hour still lacks before it can be published, and what should be looked at again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from townhall.hours.choices import Stage
from townhall.kernel import clock, workdays
from townhall.preparation.models import Background, Publicity

if TYPE_CHECKING:
    from datetime import datetime

    from townhall.hours.models import OfficeHour

# S12: pre-questions close five days before, at the latest three.
USUAL_CLOSING_DAYS, LATEST_CLOSING_DAYS = 5, 3
CLOSING_HOUR = 17


@dataclass(frozen=True, slots=True)
class Item:
    """One thing the announcement needs.

    :param required: without it nothing is published
    """

    code: str
    label: Any
    done: bool
    required: bool = True


def closes_at(hour: OfficeHour) -> datetime | None:
    """When pre-questions are planned to close."""
    return Publicity.objects.filter(hour=hour).values_list("asking_closes_at", flat=True).first()


def usual_closing(hour: OfficeHour) -> datetime:
    """The usual time to close pre-questions: five days before, at the end of a working day, never later."""
    day = workdays.shift_earlier(clock.local(hour.starts_at).date() - timedelta(days=USUAL_CLOSING_DAYS)).date
    return clock.local(hour.starts_at).replace(
        year=day.year, month=day.month, day=day.day, hour=CLOSING_HOUR, minute=0, second=0, microsecond=0
    )


def items(hour: OfficeHour) -> list[Item]:
    """What the announcement publishes, and what of it is there."""
    closing = closes_at(hour)
    material = Background.objects.filter(hour=hour).exists() or hour.materials.exists()
    return [
        Item("topic", _("本期主题"), bool(hour.topic.strip())),
        Item("introduction", _("内容介绍"), bool(hour.introduction.strip())),
        Item("leaders", _("领导名单"), hour.leaders.exists()),
        Item("closing", _("预提问截止时间"), closing is not None and clock.now() < closing < hour.starts_at),
        Item("materials", _("背景资料"), material, required=False),
    ]


def hints(hour: OfficeHour) -> list[Any]:
    """What does not stop anybody but should be looked at again."""
    found: list[Any] = []
    closing = closes_at(hour)
    if closing is not None:
        days = (clock.local(hour.starts_at).date() - clock.local(closing).date()).days
        if days < LATEST_CLOSING_DAYS:
            found.append(_("预提问截止时间晚于会前 3 天，各单位准备答复的时间不足。"))
        if closing >= hour.starts_at:
            found.append(_("预提问截止时间不早于网上办公开始时间，请修改。"))
    if hour.date_provisional:
        found.append(_("日期是暂定的：当年放假安排尚未公布。发布前请确认。"))
    return found


def closing_is_due(hour: OfficeHour) -> bool:
    """Whether the planned time to close pre-questions has come while they are still open."""
    closing = closes_at(hour)
    return hour.stage == Stage.ANNOUNCED and closing is not None and closing <= clock.now()
