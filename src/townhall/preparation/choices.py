"""The words of notices, the prep meeting, its tasks, and publicity."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Layout(models.TextChoices):
    """How a notice looks on paper. Neither has a secrecy grade: secret matters have no place here."""

    DOCUMENT = "document", _("公文")
    TELEGRAM = "telegram", _("明电")


class Grade(models.TextChoices):
    """How urgent a notice is; a telegram has all four, an ordinary document the middle two or none."""

    NONE = "", _("无")
    TOP = "top", _("特提")
    HIGH = "high", _("特急")
    RAISED = "raised", _("加急")
    PLAIN = "plain", _("平急")


GRADES: dict[str, tuple[str, ...]] = {
    Layout.DOCUMENT.value: (Grade.NONE.value, Grade.HIGH.value, Grade.RAISED.value),
    Layout.TELEGRAM.value: (Grade.TOP.value, Grade.HIGH.value, Grade.RAISED.value, Grade.PLAIN.value),
}


class NoticeState(models.TextChoices):
    DRAFT = "draft", _("拟稿")
    SENT = "sent", _("已印发")
    WITHDRAWN = "withdrawn", _("已撤销")


class ReceiptState(models.TextChoices):
    """Where a unit is with a notice; ``void``: a newer text or a withdrawal has taken its place."""

    WAITING = "waiting", _("未签收")
    SIGNED = "signed", _("已签收")
    VOID = "void", _("已作废")


class SignedHow(models.TextChoices):
    SYSTEM = "system", _("系统内签收")
    PAPER = "paper", _("纸质签收（补录）")


class Way(models.TextChoices):
    """How a unit was approached about a notice."""

    SYSTEM = "system", _("系统催办")
    PHONE = "phone", _("电话催办")
    FAX = "fax", _("传真发送")
    MESSENGER = "messenger", _("专人送达")


BY_HAND: frozenset[str] = frozenset({Way.PHONE.value, Way.FAX.value, Way.MESSENGER.value})


class MeetingState(models.TextChoices):
    PLANNED = "planned", _("筹备中")
    INVITED = "invited", _("已邀请")
    HELD = "held", _("已召开")
    CANCELLED = "cancelled", _("已取消")


class Wanted(models.TextChoices):
    """Whom a unit is asked to send."""

    HEAD = "head", _("单位负责人")
    DIRECTOR = "director", _("办公室主任")


class Reply(models.TextChoices):
    NONE = "", _("未回复")
    YES = "yes", _("参加")
    SUBSTITUTE = "substitute", _("派人代会")
    NO = "no", _("请假")


class TaskState(models.TextChoices):
    OPEN = "open", _("未完成")
    DONE = "done", _("已完成")
    DROPPED = "dropped", _("已取消")


class Medium(models.TextChoices):
    """Where an announcement appears."""

    NEWSPAPER = "newspaper", _("报纸")
    TELEVISION = "television", _("电视")
    RADIO = "radio", _("广播")
    WEB = "web", _("其他网站")
    OTHER = "other", _("其他")


ANNOUNCEMENT_TITLE = "关于举行网上办公的公告"
