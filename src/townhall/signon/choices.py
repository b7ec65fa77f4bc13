"""The words of signing in: what proves a person, why a proof no longer counts, which seats need one."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from townhall.hours.choices import Role


class Means(models.TextChoices):
    """With what somebody proved, beyond the password, who they are."""

    CODE = "code", _("动态验证码")
    PASSKEY = "passkey", _("通行密钥")
    RECOVERY = "recovery", _("备用码")


class Lapse(models.TextChoices):
    """Why what was proved no longer counts."""

    IDLE = "idle", _("30 分钟没有操作")
    MOVED = "moved", _("已在另一台设备上验证")
    LOCKED = "locked", _("已锁定")


class Ended(models.TextChoices):
    """How a sign-in ended."""

    OUT = "out", _("已退出")
    STOPPED = "stopped", _("已被终止")


# Signing, moderating and administering: who sits here can publish, hide or rearrange.
BINDING_ROLES = frozenset(
    {
        Role.MODERATOR.value, Role.MAYOR.value, Role.DEPUTY.value, Role.AUTHORISED.value, Role.COORDINATOR.value,
        Role.TECHNICIAN.value,
    }
)  # fmt: skip
