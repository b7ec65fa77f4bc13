"""The words of the staffing plan: what cannot be held together, and what the shipped lists contain."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

from townhall.hours.choices import GROUP_ROLES, SIGNER_ROLES, Role


class Clash(models.TextChoices):
    """Why one person cannot do what they are down for."""

    SIGNS_OWN = "signs_own", _("同一人既拟稿又签发")
    TWO_GROUPS = "two_groups", _("同一人在两个业务小组")
    TWO_HOURS = "two_hours", _("同一时间在另一期有岗位")
    DISABLED = "disabled", _("账号已停用")
    SCREENS_OWN = "screens_own", _("同一人既分发又答复")
    INSPECTS_OWN = "inspects_own", _("同一人既答复又督查")
    STANDS_IN_TWICE = "stands_in_twice", _("B 角自己另有岗位")


# These keep the plan from counting as complete; the others are for a person to judge.
HARD_CLASHES = frozenset({Clash.SIGNS_OWN, Clash.TWO_GROUPS, Clash.TWO_HOURS, Clash.DISABLED})
_AUTHORS = GROUP_ROLES | {Role.ASSISTANT.value}
_SIGNERS = SIGNER_ROLES | {Role.AUTHORISED.value}
# Roles of the one kind and roles of the other, not to be held by one person in one hour.
NOT_TOGETHER: tuple[tuple[Clash, frozenset[str], frozenset[str]], ...] = (
    (Clash.SIGNS_OWN, _AUTHORS, _SIGNERS),
    (Clash.SCREENS_OWN, frozenset({Role.MODERATOR.value}), GROUP_ROLES),
    (Clash.INSPECTS_OWN, frozenset({Role.INSPECTOR.value}), _AUTHORS | _SIGNERS),
)


@dataclass(frozen=True, slots=True)
class Shipped:
    """A post of the template as it is shipped.

    :param each_group: one such post in every business group
    :param people: how many must be there
    :param required: whether the evening cannot begin without it
    """

    name: str
    name_en: str
    role: str
    people: int = 1
    each_group: bool = False
    required: bool = True


POSTS: tuple[Shipped, ...] = (
    Shipped("统筹协调", "Coordination", Role.COORDINATOR.value),
    Shipped("主持（审核分发）", "Moderation", Role.MODERATOR.value, 2),
    Shipped("区长", "Mayor", Role.MAYOR.value),
    Shipped("副区长", "Deputy mayor", Role.DEPUTY.value, required=False),
    Shipped("区长联络（秘书岗）", "Mayor's assistant", Role.ASSISTANT.value),
    Shipped("组长", "Group lead", Role.LEAD.value, each_group=True),
    Shipped("组员", "Group member", Role.GROUP.value, each_group=True),
    Shipped("技术保障", "Technical support", Role.TECHNICIAN.value, 2),
    Shipped("会务后勤", "Logistics", Role.LOGISTICS.value),
    Shipped("代为登记", "On-behalf intake", Role.CLERK.value),
    Shipped("网站编辑", "Site editor", Role.EDITOR.value),
    Shipped("督查", "Inspection", Role.INSPECTOR.value, required=False),
)

# What the hall needs: name and how many; nothing for as many as there are people.
ITEMS: tuple[tuple[str, int | None], ...] = (
    ("席卡", None),
    ("签到表", 1),
    ("打印机（含纸和硒鼓）", 2),
    ("备用电源（UPS）", 1),
    ("移动热点（另一家运营商）", 2),
    ("备用电脑", 1),
    ("投影和大屏", 1),
    ("话筒和音响", 1),
    ("插线板", 6),
    ("饮用水", None),
)
