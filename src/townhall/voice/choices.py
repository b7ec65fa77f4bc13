"""The words of asking back."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Purpose(models.TextChoices):
    """What a link asks about; it is good for nothing else."""

    ANSWER = "answer", _("答复")
    PROMISE = "promise", _("承诺事项")


class Why(models.TextChoices):
    """Why somebody is called back."""

    DISSATISFIED = "dissatisfied", _("评价为不满意")
    NOT_DONE = "not_done", _("反映没有做到")
    SAMPLE = "sample", _("抽查")


class CallState(models.TextChoices):
    NONE = "none", _("未列入")
    WAITING = "waiting", _("待回访")
    REACHED = "reached", _("已回访")
    UNREACHABLE = "unreachable", _("联系不上")


class Outcome(models.TextChoices):
    """What came of one call."""

    AGREED = "agreed", _("认可办理结果")
    PARTLY = "partly", _("部分认可")
    DISAGREED = "disagreed", _("不认可办理结果")
    NOT_REACHED = "not_reached", _("没有接通")
    WRONG_NUMBER = "wrong_number", _("号码有误")
    UNWILLING = "unwilling", _("不愿接受回访")


REACHED_OUTCOMES = frozenset({"agreed", "partly", "disagreed"})
MISSED_OUTCOMES = frozenset({"not_reached", "wrong_number", "unwilling"})
# Called three times in vain, on different occasions, is enough; the tries stay on record.
TRIES_BEFORE_GIVING_UP = 3
# A rate of four people says more about them than about the unit.
LEAST_CASES = 5
