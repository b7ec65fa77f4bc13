"""Entering units, accounts and offices; issuing tokens."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth import hashers
from django.utils.translation import gettext as _

from townhall.journal.models import DISTRICT_LINE
from townhall.journal.write import record
from townhall.kernel import clock
from townhall.kernel.errors import CONFLICT, FORBIDDEN, Refused
from townhall.kernel.secrets import keyed_hash
from townhall.kernel.unit_of_work import unit_of_work
from townhall.people import unit_inputs, writing
from townhall.people.models import Account, ApiToken, Installation, Office, Unit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

TOKEN_LIFE = timedelta(hours=12)


def installation_kind() -> str:
    """``empty``, ``demo`` or ``real``; one that nobody called a demo is real as soon as a unit stands in it."""
    kind = Installation.objects.values_list("kind", flat=True).first() or Installation.Kind.EMPTY
    if kind == Installation.Kind.EMPTY and Unit.objects.exists():
        return Installation.Kind.REAL.value
    return str(kind)


def mark_installation(kind: str) -> None:
    """Say what data this installation holds from now on."""
    with unit_of_work():
        Installation.objects.update_or_create(id=1, defaults={"kind": kind})
        record(DISTRICT_LINE, "account.changed", subject="installation", subject_id=1, field=kind)


def create_unit(name: str, kind: str, *, by: int | None = None, **fields: Any) -> Unit:
    """Enter a unit; an external one needs ``leading_unit``, a unit inside the district.

    :param by: who enters it
    :param fields: as :func:`townhall.people.unit_inputs.read` gives them
    """
    with unit_of_work():
        return writing.unit(name, kind, by=by, **fields)


def enter_unit(data: Mapping[str, str], *, by: int | None = None) -> Unit:
    """Enter a unit from what was typed.

    :raises InvalidFields: naming each field that will not do, with the remedy
    """
    with unit_of_work():
        return writing.unit(by=by, **unit_inputs.read(data))


def change_unit(unit: Unit, data: Mapping[str, str], *, by: int | None = None) -> bool:
    """Change what is known of a unit; a name it had is kept, with the moment until which it had it.

    :returns: whether anything was different
    :raises InvalidFields: naming each field that will not do, with the remedy
    """
    with unit_of_work():
        return writing.change_unit(unit, unit_inputs.read(data, unit), by=by)


def close_unit(unit: Unit, *, by: int | None = None) -> None:
    """Close a unit: what it said and promised stays under its name, nothing new is given to it.

    :raises Refused: 409 while units or accounts belong to it, with their names
    """
    with unit_of_work():
        if words := unit_inputs.why_not_closed(unit):
            raise Refused(CONFLICT, "in_use", words)
        if unit.closed_at is None:
            unit.closed_at = clock.now()
            unit.save(update_fields=["closed_at"])
            record(DISTRICT_LINE, "unit.closed", actor=by, subject="unit", subject_id=unit.id)


def reopen_unit(unit: Unit, *, by: int | None = None) -> None:
    """Let a closed unit stand again.

    :raises Refused: 409 while the unit above it, or the one that leads it, is closed
    """
    with unit_of_work():
        if words := unit_inputs.why_not_reopened(unit):
            raise Refused(CONFLICT, "in_use", words)
        if unit.closed_at is not None:
            unit.closed_at = None
            unit.save(update_fields=["closed_at"])
            record(DISTRICT_LINE, "unit.reopened", actor=by, subject="unit", subject_id=unit.id)


def create_account(
    username: str, name: str, password: str | None = None, *, by: int | None = None, **fields: Any
) -> Account:
    """Enter a staff account; without a password nobody can sign in to it.

    :param by: who enters it
    """
    with unit_of_work():
        return writing.account(username, name, hashers.make_password(password), by=by, **fields)


def describe_account(account: Account, found: Mapping[str, Any], *, by: int | None = None) -> bool:
    """Change who somebody is in office: name, unit, position, e-mail.

    :param found: as :func:`townhall.people.staff_inputs.read` gives them
    :returns: whether anything was different
    """
    with unit_of_work():
        return writing.describe(account, found, by=by)


ADMINISTRATORS = frozenset({Office.Role.SYSTEM.value, Office.Role.SECURITY.value, Office.Role.AUDIT.value})


def give_office(
    account: Account, role: str, until: datetime | None = None, *, by: int | None = None
) -> Office:
    """Give a standing role that also acts after an hour is archived.

    :param by: who gives it
    :raises Refused: for a second one of the three administrators' offices
    """
    with unit_of_work():
        others = Office.objects.filter(account=account, role__in=ADMINISTRATORS - {role})
        if role in ADMINISTRATORS and others.exists():
            raise Refused(CONFLICT, "separate", _("系统、安全、审计管理员不能由同一人兼任。"))
        office, _created = Office.objects.update_or_create(
            account=account, role=role, defaults={"until": until}
        )
        record(
            DISTRICT_LINE, "account.changed", actor=by, subject="account", subject_id=account.id,
            field=f"office.{role}",
        )  # fmt: skip
    return office


def take_office(account: Account, role: str, *, by: int | None = None) -> bool:
    """End a standing role.

    :returns: whether it was held
    """
    with unit_of_work():
        ended, _rows = Office.objects.filter(account=account, role=role).delete()
        if ended:
            record(
                DISTRICT_LINE, "account.changed", actor=by, subject="account", subject_id=account.id,
                field=f"office_ended.{role}",
            )  # fmt: skip
    return bool(ended)


def set_active(account: Account, *, active: bool, by: int | None = None) -> None:
    """Close an account, or open it again; a closed one signs in nowhere and its tokens open nothing."""
    with unit_of_work():
        account.is_active = active
        account.save(update_fields=["is_active"])
        record(
            DISTRICT_LINE, "account.changed", actor=by, subject="account", subject_id=account.id,
            field="opened" if active else "closed",
        )  # fmt: skip


def issue_token(account: Account, *, may_sign: bool = False) -> str:
    """Make an API token of 12 hours with this person's seats only; shown this once.

    :param may_sign: also sign, withhold and read contacts: on demo data only
    :raises Refused: for such a token on a district's own data
    """
    if may_sign and installation_kind() != Installation.Kind.DEMO:
        raise Refused(
            FORBIDDEN,
            "token_may_not_sign",
            _("正式数据上的令牌不能签发、屏蔽或查看联系方式，请在浏览器中操作。"),
        )
    token = "th_" + secrets.token_urlsafe(32)
    now = clock.now()
    with unit_of_work():
        row = ApiToken.objects.create(
            account=account,
            digest=keyed_hash("token", token),
            may_sign=may_sign,
            created_at=now,
            expires_at=now + TOKEN_LIFE,
        )
        record(
            DISTRICT_LINE,
            "token.issued",
            actor=account.id,
            subject="token",
            subject_id=row.id,
            may_sign=may_sign,
        )
    return token


def revoke_tokens(account: Account, *, by: int | None = None) -> int:
    """Revoke all tokens of a person; returns how many were alive.

    :param by: who does it; the person, when nobody is named
    """
    now = clock.now()
    with unit_of_work():
        alive = ApiToken.objects.filter(account=account, revoked_at=None, expires_at__gt=now)
        count = alive.update(revoked_at=now)
        record(
            DISTRICT_LINE, "token.revoked", actor=by or account.id, subject="account", subject_id=account.id
        )
    return count


def account_of_token(token: str) -> tuple[Account, bool] | None:
    """Whose token it is and whether it may sign; ``None`` when unknown, expired or revoked.

    A token that was made on a demo signs no longer once the data are a district's own.
    """
    row = (
        ApiToken.objects.select_related("account")
        .filter(digest=keyed_hash("token", token), revoked_at=None, expires_at__gt=clock.now())
        .first()
    )
    if row is None or not row.account.is_active:
        return None
    return row.account, row.may_sign and installation_kind() == Installation.Kind.DEMO
