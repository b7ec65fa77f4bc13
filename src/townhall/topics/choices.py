"""The words of the topic pool's lists."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Origin(models.TextChoices):
    """Where a topic comes from (the seed's own four)."""

    PRIORITY = "priority", _("重点工作")
    PROJECT = "project", _("实事项目")
    CONCERN = "concern", _("社会热点")
    SUGGESTION = "suggestion", _("群众建议")


class State(models.TextChoices):
    PROPOSED = "proposed", _("待审核")
    ACCEPTED = "accepted", _("已入库")
    DECLINED = "declined", _("未采纳")
    CHOSEN = "chosen", _("已选定")
    RETIRED = "retired", _("已停用")


class PollState(models.TextChoices):
    DRAFT = "draft", _("未开始")
    OPEN = "open", _("投票中")
    CLOSED = "closed", _("已结束")


class DeclineReason(models.TextChoices):
    """Why a topic is not taken into the pool; shown to whoever proposed it."""

    DUPLICATE = "duplicate", _("与库中主题重复")
    TOO_NARROW = "too_narrow", _("是个别问题，请作为提问提交")
    NOT_OURS = "not_ours", _("不属于本区职责")
    UNCLEAR = "unclear", _("内容不够清楚")
    OTHER = "other", _("其他")


# What the public may see of the pool.
PUBLIC_STATES = frozenset({State.ACCEPTED.value, State.CHOSEN.value})
# A poll is a choice between a few.
LEAST_OPTIONS, MOST_OPTIONS = 2, 6
