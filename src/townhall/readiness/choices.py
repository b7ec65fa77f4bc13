"""The words of readiness: how a line stands, and what it is about."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Level(models.TextChoices):
    """Green, yellow, red; the words that `townhall doctor` prints."""

    OK = "ok", _("正常")
    WARN = "warn", _("注意")
    FAIL = "fail", _("须处理")


class Area(models.TextChoices):
    """What a line is about, in the order of the page."""

    HOUR = "hour", _("本期")
    SEATS = "seats", _("岗位")
    ARRIVALS = "arrivals", _("到岗签到")
    PEOPLE = "people", _("人员登录")
    NETWORKS = "networks", _("网络地址")
    MESSAGES = "messages", _("短信")
    SIGN_ON = "sign-on", _("市民登录")
    DISK = "disk", _("磁盘空间")
    BACKUP = "backup", _("备份")
    ADDRESS = "address", _("网址")
    CERTIFICATE = "certificate", _("证书")
    CLOCK = "clock", _("时钟")
    CALENDAR = "calendar", _("节假日安排")
    LOAD = "load", _("承载能力")
    VIEWERS = "viewers", _("在线人数")
    DATABASE = "database", _("数据库")
    INTEGRITY = "integrity", _("数据完整")
    CONNECTIONS = "connections", _("数据库连接")
    UPLOADS = "uploads", _("上传的文件")
    KEYS = "keys", _("密钥文件")
    RECORD = "record", _("公开记录")
    WORDS = "words", _("界面文字")
