"""The words of an office hour's lists."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Stage(models.TextChoices):
    PLANNED = "planned", _("筹备中")
    ANNOUNCED = "announced", _("预提问进行中")
    PREPARING = "preparing", _("预提问已截止")
    LIVE = "live", _("正在进行")
    WRAPPING = "wrapping", _("会后办理")
    ARCHIVED = "archived", _("已归档")
    CANCELLED = "cancelled", _("已取消")


class Role(models.TextChoices):
    """A seat in one office hour."""

    MODERATOR = "moderator", _("主持人")
    GROUP = "group", _("业务小组")
    LEAD = "lead", _("组长")
    MAYOR = "mayor", _("区长")
    DEPUTY = "deputy", _("副区长")
    AUTHORISED = "authorised", _("授权签发人")
    ASSISTANT = "assistant", _("区长联络员")
    COORDINATOR = "coordinator", _("区府办")
    INSPECTOR = "inspector", _("督查室")
    CLERK = "clerk", _("代为登记")
    EDITOR = "editor", _("网站编辑")
    TECHNICIAN = "technician", _("技术保障")
    LOGISTICS = "logistics", _("会务后勤")


class Identity(models.TextChoices):
    OPEN = "open", _("无需验证手机")
    VERIFIED = "verified", _("须验证手机")


class PublishAt(models.TextChoices):
    ACCEPTANCE = "acceptance", _("受理即公开")
    ANSWER = "answer", _("答复时公开")


class ChangeReason(models.TextChoices):
    """Public reasons for pausing, holding, moving or ending."""

    BACKLOG = "backlog", _("提问较多，正在集中审核")
    TECHNICAL = "technical", _("技术检修")
    POWER = "power", _("供电或网络中断")
    VENUE = "venue", _("会场临时情况")
    URGENT_DUTY = "urgent_duty", _("区领导处理突发事件")
    MOURNING = "mourning", _("国家哀悼活动")
    OTHER = "other", _("其他")


class DayKind(models.TextChoices):
    """Why a day is not what its weekday says; the words of ``kernel.workdays``."""

    HOLIDAY = "holiday", _("放假")
    MAKEUP = "makeup", _("调休上班")


class ProposalState(models.TextChoices):
    """What became of a date that the rule proposes."""

    PROPOSED = "proposed", _("待确认")
    CONFIRMED = "confirmed", _("已确认")
    MOVED = "moved", _("已改期")
    CANCELLED = "cancelled", _("已取消")


# The group members and their lead do the same things to a question.
GROUP_ROLES = frozenset({Role.GROUP.value, Role.LEAD.value})
SIGNER_ROLES = frozenset({Role.MAYOR.value, Role.DEPUTY.value})
EVERY_ROLE = frozenset(role.value for role in Role)
ASKING_STAGES = frozenset({Stage.ANNOUNCED.value, Stage.LIVE.value})
WORKING_STAGES = frozenset(
    {Stage.ANNOUNCED.value, Stage.PREPARING.value, Stage.LIVE.value, Stage.WRAPPING.value}
)
OPEN_STAGES = WORKING_STAGES | {Stage.ARCHIVED.value}
PUBLIC_STAGES = OPEN_STAGES | {Stage.CANCELLED.value}
SIGNING_STAGES = frozenset({Stage.LIVE.value, Stage.WRAPPING.value})
ALL_STAGES = frozenset(stage.value for stage in Stage)
