"""The words of the venues: their state board, their troubles, how they are linked."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    """What the state board says of a venue."""

    NOT_READY = "not_ready", _("未就绪")
    READY = "ready", _("已就绪")
    ON_AIR = "on_air", _("已接入")
    TROUBLE = "trouble", _("有故障")


class Trouble(models.TextChoices):
    """What is wrong; chosen from a list so that it can be told and counted."""

    PICTURE = "picture", _("没有画面")
    SOUND = "sound", _("没有声音")
    NETWORK = "network", _("网络中断")
    POWER = "power", _("停电")
    PEOPLE = "people", _("人员未到")
    OTHER = "other", _("其他，已电话说明")


class Provider(models.TextChoices):
    """Who carries picture and sound between the venues."""

    EXTERNAL = "external", _("单位现有的视频会议")
    PHONE = "phone", _("电话会议（只有声音）")


class Reply(models.TextChoices):
    """How somebody who did not ask online hears of the answer."""

    PHONE = "phone", _("打电话")
    LETTER = "letter", _("寄信")
    COUNTER = "counter", _("到窗口来问")


# The seed's evening had one main and thirteen branch venues; a district may have more.
USUAL_BRANCHES = 13
MOST_VENUES = 60
READY_STATES = frozenset({State.READY.value, State.ON_AIR.value})
