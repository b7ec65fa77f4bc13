"""The words of the observers' lists."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class CallState(models.TextChoices):
    """How far the search for observers has come; one call for each hour."""

    NONE = "none", _("未开始")
    OPEN = "open", _("报名中")
    CLOSED = "closed", _("报名已截止")
    DRAWN = "drawn", _("名单已定")
    INVITING = "inviting", _("正在邀请")
    SKIPPED = "skipped", _("本期不邀请")


class State(models.TextChoices):
    """What has become of one person's application."""

    APPLIED = "applied", _("已报名")
    DRAWN = "drawn", _("已入选")
    WAITING = "waiting", _("候补")
    INVITED = "invited", _("已邀请")
    CONFIRMED = "confirmed", _("已确认")
    DECLINED = "declined", _("不能参加")
    LAPSED = "lapsed", _("逾期未确认")
    WITHDRAWN = "withdrawn", _("已撤回")


class Attendance(models.TextChoices):
    PRESENT = "present", _("已到场")
    ABSENT = "absent", _("未到场")


class TalkState(models.TextChoices):
    DRAFT = "draft", _("整理中")
    APPROVED = "approved", _("已公开")


class Consent(models.TextChoices):
    """What an applicant agrees to, each by itself; the last one may be left out."""

    CONTACT = "contact", _("联系")
    LIST = "list", _("名单")
    TALK = "talk", _("座谈")


REQUIRED_CONSENTS = (Consent.CONTACT.value, Consent.LIST.value)
# A seat is taken by whoever is asked or has said yes; everybody else leaves it to the next one.
SEATED = (State.INVITED.value, State.CONFIRMED.value)
# Not asked yet, in the order of their ranks.
IN_LINE = (State.DRAWN.value, State.WAITING.value)
