"""The words of a plan: its states, its fields and which of them need approval again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

MOST_APPROVERS = 3
# Outside this range the page warns; districts have run with three groups and with seven.
FEWEST_GROUPS, MOST_GROUPS = 4, 6
# A typing mistake, not a plan.
MOST_GROUPS_AT_ALL = 20
LONGEST_GROUP_NAME = 40
LONGEST_REMARK = 500

APPROVER = "approver"


class State(models.TextChoices):
    DRAFT = "draft", _("拟定中")
    SUBMITTED = "submitted", _("呈批中")
    RETURNED = "returned", _("已退回修改")
    APPROVED = "approved", _("已批准")


class Verdict(models.TextChoices):
    APPROVED = "approved", _("批准")
    RETURNED = "returned", _("退回修改")


@dataclass(frozen=True, slots=True)
class PlanField:
    """One field of the plan.

    :param substantive: a change after approval needs approval again
    :param public: whether the public page shows it
    """

    name: str
    label: Any
    longest: int
    substantive: bool
    public: bool = True
    lines: bool = True


FIELDS: dict[str, PlanField] = {
    one.name: one
    for one in (
        PlanField("time", _("时间"), 200, substantive=True, lines=False),
        PlanField("place", _("地点"), 300, substantive=True, lines=False),
        PlanField("topic", _("主题"), 200, substantive=True, lines=False),
        PlanField("content", _("内容"), 5_000, substantive=True),
        PlanField("attendees", _("出席对象"), 2_000, substantive=True),
        PlanField("requirements", _("有关要求"), 3_000, substantive=False, public=False),
    )
}
GROUPS_SUBSTANTIVE = True
GROUPS_LABEL = _("业务小组")
