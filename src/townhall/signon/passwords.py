"""What 等保 asks of passwords on top of their length, and when one must be changed; `config.settings` chooses."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from townhall.kernel import clock
from townhall.signon.models import OwnPassword

if TYPE_CHECKING:
    from townhall.people.models import Account

DENGBAO = "dengbao"
# GB/T 22239-2019 8.1.4.1 a asks for complexity and periodic change and names no numbers; these are usual in
# assessments: three kinds of characters of four, 90 days, none of the last five.
KINDS = (r"[a-z]", r"[A-Z]", r"\d", r"[^A-Za-z\d\s]")
LEAST_KINDS = 3
LIFE = timedelta(days=90)
REMEMBERED = 5


class SeveralKinds:
    """Letters small and large, digits, signs: three of the four."""

    def validate(self, password: str, user: Account | None = None) -> None:  # noqa: ARG002 - Django's
        """:raises ValidationError: with the rule in words"""
        if sum(bool(re.search(kind, password)) for kind in KINDS) < LEAST_KINDS:
            raise ValidationError(self.get_help_text(), code="kinds")

    def get_help_text(self) -> str:
        """The rule in words."""
        return _("密码须含大写字母、小写字母、数字、符号中的至少三种。")


class NotUsedBefore:
    """None of the last five, nor the present one."""

    def validate(self, password: str, user: Account | None = None) -> None:
        """:raises ValidationError: with the rule in words"""
        if user is None or user.pk is None:
            return
        earlier = OwnPassword.objects.filter(account=user).order_by("-id")[:REMEMBERED]
        if any(check_password(password, row.hashed) for row in earlier):
            raise ValidationError(self.get_help_text(), code="used_before")

    def get_help_text(self) -> str:
        """The rule in words."""
        return _("不能与最近用过的五个密码相同。")


def is_due(account: Account) -> bool:
    """Whether the password has to be changed now: it came from somebody else, or it is too old for 等保."""
    last = OwnPassword.objects.filter(account=account).order_by("-id").first()
    if last is None:
        return True
    return settings.PASSWORD_POLICY == DENGBAO and clock.now() - last.at >= LIFE
