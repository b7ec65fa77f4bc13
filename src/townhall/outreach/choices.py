"""The words of messages and broadcasts."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    SMS = "sms", _("短信")
    MAIL = "mail", _("邮件")
    WECOM = "wecom", _("企业微信机器人")
    DINGTALK = "dingtalk", _("钉钉机器人")
    WEBHOOK = "webhook", _("网络回调")
    INBOX = "inbox", _("站内消息")


class State(models.TextChoices):
    """The fate of one message."""

    QUEUED = "queued", _("待发送")
    SENT = "sent", _("已发送")
    ACCEPTED = "accepted", _("通道已接收")
    DELIVERED = "delivered", _("已送达")
    FAILED = "failed", _("发送失败")
    UNKNOWN = "unknown", _("结果不明")


class BroadcastState(models.TextChoices):
    """The life of one mass message."""

    DRAFT = "draft", _("待试算")
    PREVIEWED = "previewed", _("已试算")
    CONFIRMED = "confirmed", _("已确认发送")
    RUNNING = "running", _("发送中")
    PAUSED = "paused", _("已暂停")
    DONE = "done", _("已发完")
    CANCELLED = "cancelled", _("已取消")


class Provider(models.TextChoices):
    EXPORT = "export", _("导出名单，由其他部门代发")
    ALIYUN = "aliyun", _("阿里云短信")
    TENCENT = "tencent", _("腾讯云短信")
    HTTP = "http", _("通用短信网关")
    CONSOLE = "console", _("控制台（演示，不会真的发出）")


class Purpose(models.TextChoices):
    """What a filed text is for."""

    SIGNATURE = "signature", _("短信签名")
    CODE = "code", _("验证码模板")
    BROADCAST = "broadcast", _("群发模板")
    REMINDER = "reminder", _("订阅提醒模板")
    INVITATION = "invitation", _("网民代表邀请模板")
    BACKLOG = "backlog", _("会后办理告知模板")
    EXTENDED = "extended", _("延期告知模板")
    LATE = "late", _("会后办理逾期告知模板")
    DECLINED = "declined", _("未受理告知模板")
    MERGED = "merged", _("合并办理告知模板")
    REOPENED = "reopened", _("重新受理告知模板")
    UPHELD = "upheld", _("复核结果告知模板")
    ANSWERED = "answered", _("答复后评价模板")
    CLOSED = "closed", _("承诺办结后评价模板")
    PUT_OFF = "put_off", _("承诺延期告知模板")
    OVERDUE = "overdue", _("承诺逾期告知模板")
    REWORKED = "reworked", _("承诺退回重办告知模板")
    RESUMED = "resumed", _("承诺重新办理告知模板")
    AGREED = "agreed", _("承诺重新核查属实告知模板")
    RECHECKED = "rechecked", _("承诺重新核查办结后评价模板")
    ENDED = "ended", _("承诺终止办理告知模板")
    FOLLOW = "follow", _("订阅消息模板")


# Only these go over the telephone network through a provider that wants signature and template filed.
FILING_PROVIDERS = frozenset({Provider.ALIYUN.value, Provider.TENCENT.value})
