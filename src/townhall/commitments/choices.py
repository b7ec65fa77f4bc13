"""The words of promises: states, handling, reasons, levels; and the days and hours by which they are kept."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    OPEN = "open", _("办理中")
    REPORTED = "reported", _("待核查")
    VERIFIED = "verified", _("已核查")
    CLOSED = "closed", _("已办结")
    ENDED = "ended", _("已终止办理")
    REPLACED = "replaced", _("已更正")


class Handling(models.TextChoices):
    """How a promise is dealt with."""

    SITE_VISIT = "site_visit", _("实地查看")
    HOME_VISIT = "home_visit", _("上门走访")
    MEETING = "meeting", _("专题办公会")
    WORKS = "works", _("工程整改")
    ENFORCEMENT = "enforcement", _("执法检查")
    PAYMENT = "payment", _("资金发放")
    RULE_CHANGE = "rule_change", _("出台或修订政策")
    EXPLAIN = "explain", _("政策解释")


class ExtensionReason(models.TextChoices):
    """Why a unit needs longer; public."""

    WEATHER = "weather", _("天气")
    PROCEDURE = "procedure", _("法定程序未完成（招标、公示、审批）")
    THIRD_PARTY = "third_party", _("需其他单位配合")
    SEASON = "season", _("季节或学期安排")
    SCOPE = "scope", _("情况复杂，需扩大核查")


class EndReason(models.TextChoices):
    """Why a promise ends without having been fulfilled; public."""

    FALLEN_AWAY = "fallen_away", _("事由已经消失")
    NOT_FEASIBLE = "not_feasible", _("客观上不能实现")


class RequestKind(models.TextChoices):
    EXTENSION = "extension", _("延期")
    ENDING = "ending", _("终止办理")


class RequestState(models.TextChoices):
    WAITING = "waiting", _("待批")
    APPROVED = "approved", _("已批准")
    REFUSED = "refused", _("未批准")
    WITHDRAWN = "withdrawn", _("已撤回")


class Level(models.IntegerChoices):
    """Whom a chase or an escalation (提级督办) reaches."""

    UNIT = 0, _("承办单位")
    UNIT_HEAD = 1, _("单位负责人")
    DEPUTY = 2, _("副区长")
    MAYOR = 3, _("区长")


class Template(models.TextChoices):
    """What a chase (催办) says; a person may add a note."""

    DUE_SOON = "due_soon", _("承诺期限快到了，请按时办好并报结；确需延期的，请在期限前申请。")
    LATE = "late", _("承诺期限已过，请马上说明进展和办好的日期，并尽快报结。")
    SILENT = "silent", _("很久没有登记进展，请登记办到哪一步、下一步什么时候做。")
    REWORK = "rework", _("退回重办的事项还没有报结，请按核查意见办好后再报。")


class Kept(models.TextChoices):
    """How a promise that is done stands to its day."""

    ON_TIME = "on_time", _("按期办结")
    EXTENDED = "extended", _("延期内办结")
    LATE = "late", _("逾期办结")


# What is still owed.
STANDING = (State.OPEN.value, State.REPORTED.value, State.VERIFIED.value)
# What the public is shown; a replaced promise is shown by its own address only.
SHOWN = (*STANDING, State.CLOSED.value, State.ENDED.value)

MOST_WORKDAYS = 250  # a working year: "n working days" beyond it is a date
SOON_WORKDAYS = 5
# A rate of fewer cases says more about chance than about a unit.
LEAST_CASES = 5
# A promise that was closed may be disputed so often; afterwards a follow-up question is the way.
MOST_DISPUTES = 2
DISPUTABLE_FOR = timedelta(days=180)
MOST_PICTURES = 6
