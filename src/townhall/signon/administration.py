"""What the three administrators may do to other people's accounts: one table, one oracle, one door."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from townhall.journal import read
from townhall.kernel import clock
from townhall.kernel.errors import FORBIDDEN, InvalidFields, Refused, missing
from townhall.kernel.flow import Refusal
from townhall.people import actions as people
from townhall.people.models import Account, Office
from townhall.signon import actions, queries

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from townhall.journal.models import Entry

# Random characters of a first password: 96 bits; it is changed at the first sign-in.
FIRST_PASSWORD_BYTES = 12
MOST_ACCOUNTS = 50
MOST_ENTRIES = 100
OFFICES = Office.Role.choices


@dataclass(frozen=True, slots=True)
class Power:
    """One thing that one of the three may do.

    :param office: whose it is
    :param needs_another: not to be done to oneself
    """

    verb: str
    office: str
    label: Any
    needs_another: bool = True


_SYSTEM, _SECURITY, _AUDIT = (Office.Role.SYSTEM.value, Office.Role.SECURITY.value, Office.Role.AUDIT.value)
POWERS = {
    power.verb: power
    for power in (
        Power("enter", _SYSTEM, gettext_lazy("新建账号")),
        Power("close", _SYSTEM, gettext_lazy("停用账号")),
        Power("reopen", _SYSTEM, gettext_lazy("恢复账号")),
        Power("new_password", _SYSTEM, gettext_lazy("重设密码")),
        Power("give_office", _SECURITY, gettext_lazy("授予职务")),
        Power("take_office", _SECURITY, gettext_lazy("收回职务")),
        Power("reset_factors", _SECURITY, gettext_lazy("重设二次验证")),
        Power("stop_sign_ins", _SECURITY, gettext_lazy("终止全部登录")),
        Power("read_journal", _AUDIT, gettext_lazy("查看日志"), needs_another=False),
    )
}


def offices_of(account: Account) -> frozenset[str]:
    """Which of the three offices this person holds now: one or none."""
    held = Office.objects.filter(Q(until=None) | Q(until__gt=clock.now()), account=account)
    return frozenset(held.filter(role__in=people.ADMINISTRATORS).values_list("role", flat=True))


def refusal(account: Account, verb: str, other: Account | None = None) -> Refusal | None:
    """Why this person may not do this, to this account; ``None`` when they may."""
    power = POWERS[verb]
    if power.office not in offices_of(account):
        office = Office.Role(power.office).label
        return Refusal(FORBIDDEN, "office", _("这是%(office)s的职责。") % {"office": office})
    if account.standing.is_due:
        return Refusal(FORBIDDEN, "proof", _("请先做二次验证，再办这一步。"))
    if power.needs_another and other == account:
        return Refusal(FORBIDDEN, "oneself", _("不能对自己的账号这样做，请另一位管理员办理。"))
    return None


def _demand(account: Account, verb: str, other: Account | None = None) -> None:
    if found := refusal(account, verb, other):
        raise Refused(found.status, found.code, found.message)


def make_password() -> str:
    """A first password, to be handed over and changed at the first sign-in."""
    return secrets.token_urlsafe(FIRST_PASSWORD_BYTES)


def enter(account: Account, data: Mapping[str, str]) -> tuple[Account, str]:
    """A new account and its first password, shown this once.

    :raises Refused: 403 with the reason
    :raises InvalidFields: naming what is missing or taken
    """
    _demand(account, "enter")
    username, name = data.get("username", "").strip(), data.get("name", "").strip()
    errors: dict[str, Any] = {}
    limits = {"username": Account._meta.get_field("username").max_length or 0, "name": 40}  # noqa: SLF001
    if not username or len(username) > limits["username"] or not username.isascii() or " " in username:
        errors["username"] = _("用户名用字母、数字和 .-_，最多 40 个字符。")
    elif Account.objects.filter(username__iexact=username).exists():
        errors["username"] = _("已有这个用户名。")
    if not name or len(name) > limits["name"]:
        errors["name"] = _("请填写姓名，最多 40 个字。")
    if errors:
        raise InvalidFields(errors)
    password = make_password()
    return people.create_account(username, name, password), password


def _new_password(account: Account, other: Account, _data: Mapping[str, str]) -> str:
    password = make_password()
    actions.give_password(other, password, by=account)
    return password


def _office(data: Mapping[str, str]) -> str:
    role = data.get("role", "")
    if role not in Office.Role.values:
        raise InvalidFields({"role": _("请选择职务。")})
    return role


def _give(account: Account, other: Account, data: Mapping[str, str]) -> str:
    people.give_office(other, _office(data), by=account.id)
    return ""


def _take(account: Account, other: Account, data: Mapping[str, str]) -> str:
    people.take_office(other, _office(data), by=account.id)
    return ""


def _close(account: Account, other: Account, _data: Mapping[str, str]) -> str:
    people.set_active(other, active=False, by=account.id)
    return _stop(account, other, _data)


def _reopen(account: Account, other: Account, _data: Mapping[str, str]) -> str:
    people.set_active(other, active=True, by=account.id)
    return ""


def _reset(account: Account, other: Account, _data: Mapping[str, str]) -> str:
    return actions.reset(other, by=account.id)


def _stop(account: Account, other: Account, _data: Mapping[str, str]) -> str:
    actions.stop(other, [row.id for row in queries.open_sign_ins(other)], by=account)
    people.revoke_tokens(other, by=account.id)
    return ""


HANDLERS: dict[str, Callable[[Account, Account, Mapping[str, str]], str]] = {
    "close": _close, "reopen": _reopen, "new_password": _new_password, "give_office": _give, "take_office": _take,
    "reset_factors": _reset, "stop_sign_ins": _stop,
}  # fmt: skip


def perform(account: Account, verb: str, account_id: int, data: Mapping[str, str]) -> str:
    """Do one of these to an account.

    :returns: a password or code to hand over in person, shown this once; empty for the others
    :raises Refused: 403 or 404 with the reason
    :raises InvalidFields: naming a field
    """
    other = Account.objects.filter(id=account_id).first()
    if other is None or verb not in HANDLERS:
        raise missing(_("没有这个账号。"))
    _demand(account, verb, other)
    return HANDLERS[verb](account, other, data)


def accounts(account: Account, words: str, after: str) -> list[Account]:
    """Accounts by name, at most fifty, with their offices; for the system and the security administrator.

    :raises Refused: 403 for anybody else
    """
    if not offices_of(account) & {_SYSTEM, _SECURITY}:
        raise Refused(FORBIDDEN, "office", _("账号由系统管理员和安全管理员管理。"))
    found = Account.objects.filter(Q(username__icontains=words) | Q(name__icontains=words))
    found = found.filter(username__gt=after).order_by("username").prefetch_related("offices")
    return list(found[:MOST_ACCOUNTS])


def journal(account: Account, before: int | None, kind: str, actor: str) -> list[dict[str, Any]]:
    """What happened, the newest first, with who did it; for the audit administrator.

    :raises Refused: 403 for anybody else
    """
    _demand(account, "read_journal")
    by = Account.objects.filter(username=actor).values_list("id", flat=True).first() or 0 if actor else None
    entries: list[Entry] = read.page(before, kind, by, MOST_ENTRIES)
    names = dict(Account.objects.filter(id__in={one.actor for one in entries}).values_list("id", "username"))
    return [{"entry": one, "actor": names.get(one.actor or 0, "")} for one in entries]
