"""Who somebody is in office: the rules of an account's fields, each refusal with the remedy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from townhall.kernel import text
from townhall.kernel.errors import InvalidFields
from townhall.people import unit_inputs
from townhall.people.models import Account

if TYPE_CHECKING:
    from collections.abc import Mapping

    from townhall.people.models import Unit

FIELDS = ("username", "name", "name_en", "unit", "position", "email")
LONGEST_USERNAME = 40
_LONGEST = {"name": 40, "name_en": 80, "position": 60, "email": 254}
_USERNAME = re.compile(r"[A-Za-z0-9._\-]+\Z")


def read(data: Mapping[str, str], account: Account | None = None) -> dict[str, Any]:
    """The fields of an account from what was typed; the unit is named by number or name.

    :param account: the one that is being changed, whose username stays; ``None`` for a new one
    :raises InvalidFields: naming each field that will not do, with the remedy
    """
    errors: dict[str, Any] = {}
    found: dict[str, Any] = {} if account else {"username": str(data.get("username", "")).strip()}
    found |= {name: _words(name, most, data, errors) for name, most in _LONGEST.items()}
    if account is None and (message := _wrong_username(found["username"])):
        errors["username"] = message
    if not found["name"] or "name" in errors:
        errors["name"] = _("请填写姓名，最多 40 个字。")
    if found["email"] and "email" not in errors:
        try:
            validate_email(found["email"])
        except ValidationError:
            errors["email"] = _("这不是电子邮箱地址，请改成 name@example.gov.cn 的样子，或留空。")
    found["unit"] = _unit(str(data.get("unit", "")).strip(), account, errors)
    if errors:
        raise InvalidFields(errors)
    return found


def _words(name: str, most: int, data: Mapping[str, str], errors: dict[str, Any]) -> str:
    try:
        found = text.clean(str(data.get(name, ""))).replace("\n", " ")
    except ValueError:
        errors[name] = _("有不能保存的字符，请重新填写。")
        return ""
    if len(found) > most:
        errors[name] = _("太长了，最多 %(most)s 个字。") % {"most": most}
    return found


def _unit(word: str, account: Account | None, errors: dict[str, Any]) -> Unit | None:
    found = unit_inputs.find(word)
    if word and found is None:
        words = _("没有叫“%(name)s”的单位，请先录入它，或从列表中选择。")
        errors["unit"] = words % {"name": word[:20]}
    elif found and found.closed_at and (account is None or found != account.unit):
        errors["unit"] = _("“%(name)s”已停用，请另选一个单位，或先恢复它。") % {"name": found.name}
    return found


def _wrong_username(username: str) -> str:
    if len(username) > LONGEST_USERNAME or not _USERNAME.match(username):
        return _("用户名用字母、数字和 .-_，最多 40 个字符。")
    if Account.objects.filter(username__iexact=username).exists():
        return _("已有这个用户名。")
    return ""


def shown(account: Account) -> dict[str, str]:
    """An account's fields as a form or a table holds them."""
    return {
        "username": account.username, "name": account.name, "name_en": account.name_en,
        "unit": str(account.unit_id or ""), "position": account.position, "email": account.email,
    }  # fmt: skip
