"""What the three administrators may do to other people's accounts: one table, one oracle, one door."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.auth import hashers
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from townhall.journal import read
from townhall.kernel import clock
from townhall.kernel.errors import FORBIDDEN, InvalidFields, Refused, missing
from townhall.kernel.flow import Refusal
from townhall.people import actions as people
from townhall.people import staff_inputs, taking_in
from townhall.people.models import Account, Office
from townhall.signon import actions, queries

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from townhall.journal.models import Entry
    from townhall.people.taking_in import Report

# Random characters of a first password: 96 bits; it is changed at the first sign-in.
FIRST_PASSWORD_BYTES = 12
MOST_ACCOUNTS = 50
# More members of staff than this are another file, or one for the command.
MOST_TAKEN_IN = 1000
FIRST_ITERATIONS = 1000
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
        Power("take_in", _SYSTEM, gettext_lazy("从表格导入账号"), needs_another=False),
        Power("describe", _SYSTEM, gettext_lazy("修改资料")),
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


def demand(account: Account, verb: str, other: Account | None = None) -> None:
    """Go on only when this person may.

    :raises Refused: with the reason
    """
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
    demand(account, "enter")
    found = staff_inputs.read(data)
    password = make_password()
    account_fields = {name: value for name, value in found.items() if name not in {"username", "name"}}
    made = people.create_account(found["username"], found["name"], password, by=account.id, **account_fields)
    return made, password


def take_in(account: Account, table: Sequence[tuple[int, list[str]]], *, keep: bool) -> Report:
    """A table of staff: what it would do, or what it did, with the first passwords of new accounts.

    :param keep: ``False`` for a preview
    :raises Refused: 403 with the reason
    :raises InvalidFields: naming ``rows`` when there is no table in it
    """
    demand(account, "take_in")
    # Nobody changes their own account, in a table neither.
    return taking_in.take_in_staff(
        table, keep=keep, most=MOST_TAKEN_IN, passwords=sealed_password, by=account.id, but=account
    )


def sealed_password(_username: str) -> tuple[str, str]:
    """A first password and how it is stored.

    Nobody guesses 96 random bits, so they are stretched little here: a hundred of them at Django's full count would
    take a minute. Django stretches each in full at its first sign-in.
    """
    password, hasher = make_password(), hashers.get_hasher()
    if isinstance(hasher, hashers.PBKDF2PasswordHasher):
        return password, hasher.encode(password, hasher.salt(), iterations=FIRST_ITERATIONS)
    return password, hashers.make_password(password)


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


def _describe(account: Account, other: Account, data: Mapping[str, str]) -> str:
    people.describe_account(other, staff_inputs.read(data, other), by=account.id)
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
    "describe": _describe,
    "close": _close, "reopen": _reopen, "new_password": _new_password, "give_office": _give,
    "take_office": _take, "reset_factors": _reset, "stop_sign_ins": _stop,
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
    demand(account, verb, other)
    return HANDLERS[verb](account, other, data)


def accounts(account: Account, words: str, after: str) -> list[Account]:
    """Accounts by name, at most fifty, with their offices; for the system and the security administrator.

    :raises Refused: 403 for anybody else
    """
    if not offices_of(account) & {_SYSTEM, _SECURITY}:
        raise Refused(FORBIDDEN, "office", _("账号由系统管理员和安全管理员管理。"))
    found = Account.objects.filter(Q(username__icontains=words) | Q(name__icontains=words))
    found = (
        found.filter(username__gt=after)
        .order_by("username")
        .select_related("unit")
        .prefetch_related("offices")
    )
    return list(found[:MOST_ACCOUNTS])


def get(account: Account, account_id: int) -> Account:
    """One account, to be described.

    :raises Refused: 403 for anybody but the system administrator, 404 for none
    """
    other = Account.objects.select_related("unit").filter(id=account_id).first()
    if other is None:
        raise missing(_("没有这个账号。"))
    demand(account, "describe", other)
    return other


def journal(account: Account, before: int | None, kind: str, actor: str) -> list[dict[str, Any]]:
    """What happened, the newest first, with who did it; for the audit administrator.

    :raises Refused: 403 for anybody else
    """
    demand(account, "read_journal")
    by = Account.objects.filter(username=actor).values_list("id", flat=True).first() or 0 if actor else None
    entries: list[Entry] = read.page(before, kind, by, MOST_ENTRIES)
    names = dict(Account.objects.filter(id__in={one.actor for one in entries}).values_list("id", "username"))
    return [{"entry": one, "actor": names.get(one.actor or 0, "")} for one in entries]
