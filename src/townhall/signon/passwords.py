"""What 等保 asks of passwords on top of their length, and when one must be changed; `config.settings` chooses."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from townhall.kernel import clock
from townhall.people.models import Unit
from townhall.signon.models import OwnPassword

if TYPE_CHECKING:
    from pathlib import Path

    from townhall.people.models import Account

DENGBAO = "dengbao"
# GB/T 22239-2019 8.1.4.1 a asks for complexity and periodic change and names no numbers; these are usual in
# assessments: three kinds of characters of four, 90 days, none of the last five.
LEAST_LENGTH = 12
# Names of this kind of site and the posts in it, as one types them; a word shorter than this is in half of all phrases.
OFFICE_WORDS = (
    "townhall", "officehour", "office hour", "wangshangbangong", "zhengfu", "quzhang", "fuquzhang", "zhuchiren",
    "moderator", "mayor", "coordinator", "administrator", "password", "mima", "网上办公", "区长", "主持人", "密码",
)  # fmt: skip
LEAST_WORD = 2
KINDS = (r"[a-z]", r"[A-Z]", r"\d", r"[^A-Za-z\d\s]")
LEAST_KINDS = 3
LIFE = timedelta(days=90)
REMEMBERED = 5
# What is handed over is used in a week or not at all: long enough for whoever is away for some days, too short to be
# found in a drawer (OWASP ASVS 5.0, 6.4.1, which names no number).
HANDED_LIFE = timedelta(days=7)


class SeveralKinds:
    """Letters small and large, digits, signs: three of the four."""

    def validate(self, password: str, user: Account | None = None) -> None:  # noqa: ARG002 - Django's
        """:raises ValidationError: with the rule in words"""
        if sum(bool(re.search(kind, password)) for kind in KINDS) < LEAST_KINDS:
            raise ValidationError(self.get_help_text(), code="kinds")

    def get_help_text(self) -> str:
        """The rule in words."""
        return _("密码须含大写字母、小写字母、数字、符号中的至少三种。")


class NotTheHousesWords:
    """What everybody here would try first adds nothing: names of the site, its units, the district's own words.

    A password may hold such a word; but without it, it must still be as long as any other (OWASP ASVS 5.0, 6.1.2
    and 6.2.11; NIST SP 800-63B 5.1.1.2).
    """

    def validate(self, password: str, user: Account | None = None) -> None:  # noqa: ARG002 - Django's
        """:raises ValidationError: with the rule in words"""
        plain = _plain(password)
        rest = plain
        for word in sorted(house_words(), key=len, reverse=True):
            rest = rest.replace(word, "")
        if len(password) - (len(plain) - len(rest)) < LEAST_LENGTH:
            raise ValidationError(self.get_help_text(), code="house_words")

    def get_help_text(self) -> str:
        """The rule in words."""
        return _("本站、本区和各单位的名称人人都会先猜，不计入 %(n)s 个字符，请再加长或换掉。") % {
            "n": LEAST_LENGTH
        }


def house_words() -> set[str]:
    """The words that do not count, as :func:`_plain` writes them; the manual lists where they come from."""
    names = Unit.objects.values_list("name", "name_en")
    told = [
        *OFFICE_WORDS, *settings.PASSWORD_WORDS, settings.SITE_NAME, settings.SITE_NAME_EN, settings.ORGANISER,
        *settings.SITE_DOMAIN.split("."), *(name for both in names for name in both),
    ]  # fmt: skip
    return {plain for word in told if len(plain := _plain(word)) >= LEAST_WORD}


def _plain(text: str) -> str:
    """Letters and digits alone, small, in their usual width: how a word is written does not make it another."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(one for one in folded if one.isalnum())


class NotBreached:
    """None of those that were stolen elsewhere, where the operator keeps a list of them.

    The list is a file as haveibeenpwned.com gives it out: a SHA-1 in hexadecimal and a count in each line, in order.
    """

    def validate(self, password: str, user: Account | None = None) -> None:  # noqa: ARG002 - Django's
        """:raises ValidationError: with the rule in words"""
        # What the list is kept by; nothing is protected by it.
        digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
        if settings.BREACHED_PASSWORDS and _stands_in(settings.BREACHED_PASSWORDS, digest.encode()):
            raise ValidationError(self.get_help_text(), code="breached")

    def get_help_text(self) -> str:
        """The rule in words."""
        return _("这个密码在别处泄露过，请换一个。")


def _stands_in(path: Path, digest: bytes) -> bool:
    """Whether a line of a sorted file begins so: by halves, as the file may hold forty gigabytes."""
    with path.open("rb") as lines:

        def first_line_after(place: int) -> bytes:
            lines.seek(place)
            if place:
                lines.readline()  # the rest of the line that was jumped into
            return lines.readline()[: len(digest)].upper()

        low, high = 0, path.stat().st_size
        while low < high:
            middle = (low + high) // 2
            line = first_line_after(middle)
            if line and line < digest:
                low = middle + 1
            else:
                high = middle
        return first_line_after(low) == digest


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


def has_run_out(account: Account) -> bool:
    """Whether a password that somebody else set was not changed in the days that it lasts."""
    given = account.password_given_at
    if given is None or clock.now() - given < HANDED_LIFE:
        return False
    return not OwnPassword.objects.filter(account=account).exists()


def is_due(account: Account) -> bool:
    """Whether the password has to be changed now: it came from somebody else, or it is too old for 等保."""
    last = OwnPassword.objects.filter(account=account).order_by("-id").first()
    if last is None:
        return True
    return settings.PASSWORD_POLICY == DENGBAO and clock.now() - last.at >= LIFE
