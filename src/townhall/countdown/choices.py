"""The words of the countdown's lists."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from townhall.hours.choices import Stage


class State(models.TextChoices):
    """Where a step stands; computed from the clock and from what has happened, never stored."""

    OPEN = "open", _("未到期")
    BLOCKED = "blocked", _("等待前序")
    DUE = "due", _("今天到期")
    AT_RISK = "at_risk", _("有逾期风险")
    LATE = "late", _("已逾期")
    DONE = "done", _("已完成")
    SKIPPED = "skipped", _("本期不做")


class Mark(models.TextChoices):
    """What people or events have made of a step; stored."""

    OPEN = "open", _("未完成")
    DONE = "done", _("已完成")
    SKIPPED = "skipped", _("本期不做")


class Unit(models.TextChoices):
    """How the days before the hour are counted."""

    NATURAL = "natural", _("自然日")
    WORKING = "working", _("工作日")
    MINUTES = "minutes", _("分钟")


class Verb(models.TextChoices):
    """What people do to a step."""

    TICK = "tick", _("完成")
    UNTICK = "untick", _("撤销完成")
    SKIP = "skip", _("本期不做")
    TAKE_UP = "take_up", _("恢复")


BY_HAND = "by_hand"
# Until the hour opens its steps are watched; afterwards what was forgotten may still be ticked.
WATCHED_STAGES = frozenset({Stage.PLANNED.value, Stage.ANNOUNCED.value, Stage.PREPARING.value})
MARKING_STAGES = WATCHED_STAGES | {Stage.LIVE.value, Stage.WRAPPING.value}
ENDED = frozenset({State.DONE.value, State.SKIPPED.value})
