"""The words of correction requests."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Kind(models.TextChoices):
    CORRECT = "correct", pgettext_lazy("request", "更正")
    REMOVE = "remove", pgettext_lazy("request", "撤下")


class Standing(models.TextChoices):
    """What somebody has to do with the text."""

    NAMED = "named", _("文中提到了我")
    HARMED = "harmed", _("对我或本单位造成了影响")
    GUARDIAN = "guardian", _("我是当事人的监护人或代理人")
    OTHER = "other", _("其他")


class State(models.TextChoices):
    RECEIVED = "received", _("已收到申请")
    EXAMINING = "examining", _("正在核查")
    CORRECTED = "corrected", _("已更正")
    REMOVED = "removed", _("已撤下")
    REFUSED = "refused", _("未予采纳")
    WITHDRAWN = "withdrawn", _("申请已撤回")


class RefusalReason(models.TextChoices):
    ACCURATE = "accurate", _("经核查，内容与事实一致")
    PUBLIC_DUTY = "public_duty", _("依法应当公开")
    NOT_CONCERNED = "not_concerned", _("没有涉及申请人")
    NO_GROUNDS = "no_grounds", _("没有说明哪里不对，也联系不上申请人")


OPEN = frozenset({"received", "examining"})
ENDED = frozenset({"corrected", "removed", "refused", "withdrawn"})
# How long who asked can be answered after the end; then name, contact and words are deleted.
KEEP_DAYS = 90
