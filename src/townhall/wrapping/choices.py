"""The words of what is left when the hour has ended."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class LeftoverState(models.TextChoices):
    RUNNING = "running", _("办理中")
    ASKED = "asked", _("申请延期中")
    EXTENDED = "extended", _("已延期")
    SETTLED = "settled", pgettext_lazy("leftover", "已有结果")


class AuthorisationState(models.TextChoices):
    NONE = "none", _("未授权")
    STANDING = "standing", _("有效")
    ENDED = "ended", pgettext_lazy("authorisation", "已终止")


class HandoverState(models.TextChoices):
    NONE = "none", _("未编制")
    COMPILED = "compiled", _("已编制")
    HANDED = "handed", _("待签收")
    SIGNED = "signed", _("已签收")


class RowKind(models.TextChoices):
    LEFTOVER = "leftover", _("会后办理件")
    PROMISE = "promise", _("承诺事项")


class PaperKind(models.TextChoices):
    SUMMARY = "summary", _("小结")
    TRANSCRIPT = "transcript", _("实录")


class PaperState(models.TextChoices):
    NONE = "none", _("未起草")
    DRAFT = "draft", _("草稿")
    SUBMITTED = "submitted", _("待签发")
    SIGNED = "signed", pgettext_lazy("paper", "已签发")


# Local rules name 5 working days for what was not answered on the spot; a district may set another number by kind.
USUAL_DAYS = 5
MOST_DAYS = 60
OPEN_LEFTOVERS = frozenset({"running", "asked", "extended"})
