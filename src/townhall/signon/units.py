"""Who keeps the district's units: the coordinator's office and the system administrator, through this one door."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from townhall.kernel import clock
from townhall.kernel.errors import FORBIDDEN, Refused, missing
from townhall.kernel.flow import Refusal
from townhall.people import actions as people
from townhall.people import directory, taking_in, unit_inputs
from townhall.people.models import Office, Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from townhall.people.directory import Line
    from townhall.people.models import Account
    from townhall.people.taking_in import Report

# The coordinator knows which units there are and how to ring them; the system administrator puts people into them.
KEEPERS = frozenset({Office.Role.COORDINATOR.value, Office.Role.SYSTEM.value})
LABELS = {
    "change": gettext_lazy("修改"),
    "close": gettext_lazy("停用这个单位"),
    "reopen": gettext_lazy("恢复这个单位"),
}


def may_keep(account: Account) -> bool:
    """Whether somebody keeps the units."""
    held = Office.objects.filter(Q(until=None) | Q(until__gt=clock.now()), account=account)
    return held.filter(role__in=KEEPERS).exists()


def refusal(account: Account) -> Refusal | None:
    """Why this person may not change a unit; ``None`` when they may."""
    if not may_keep(account):
        return Refusal(FORBIDDEN, "office", _("单位由区府办（统筹协调岗）和系统管理员维护，您没有这一职务。"))
    if account.standing.is_due:
        return Refusal(FORBIDDEN, "proof", _("请先做二次验证，再办这一步。"))
    return None


def _demand(account: Account) -> None:
    if found := refusal(account):
        raise Refused(found.status, found.code, found.message)


def tree(account: Account) -> list[Line]:
    """Every unit in its place.

    :raises Refused: 403 for whoever does not keep them
    """
    if not may_keep(account):
        _demand(account)
    return directory.tree()


def get(account: Account, unit_id: int) -> Unit:
    """One unit, with the names it had.

    :raises Refused: 403 for whoever does not keep them, 404 for none
    """
    if not may_keep(account):
        _demand(account)
    found = Unit.objects.select_related("parent", "leading_unit").filter(id=unit_id).first()
    if found is None:
        raise missing(_("没有这个单位。"))
    return found


def enter(account: Account, data: Mapping[str, str]) -> Unit:
    """A new unit.

    :raises Refused: 403 with the reason
    :raises InvalidFields: naming each field that will not do, with the remedy
    """
    _demand(account)
    return people.enter_unit(data, by=account.id)


def _change(account: Account, unit: Unit, data: Mapping[str, str]) -> None:
    people.change_unit(unit, {name: data.get(name, "") for name in unit_inputs.FIELDS}, by=account.id)


def _close(account: Account, unit: Unit, _data: Mapping[str, str]) -> None:
    people.close_unit(unit, by=account.id)


def _reopen(account: Account, unit: Unit, _data: Mapping[str, str]) -> None:
    people.reopen_unit(unit, by=account.id)


HANDLERS: dict[str, Callable[[Account, Unit, Mapping[str, Any]], None]] = {
    "change": _change, "close": _close, "reopen": _reopen,
}  # fmt: skip


def perform(account: Account, verb: str, unit_id: int, data: Mapping[str, str]) -> Unit:
    """Change, close or reopen a unit.

    :raises Refused: 403, 404, or 409 with what still hangs on it
    :raises InvalidFields: naming each field that will not do, with the remedy
    """
    _demand(account)
    unit = get(account, unit_id)
    if verb not in HANDLERS:
        raise missing(_("没有这个操作。"))
    HANDLERS[verb](account, unit, data)
    return unit


def take_in(account: Account, table: Sequence[tuple[int, list[str]]], *, keep: bool) -> Report:
    """A table of units: what it would do, or what it did.

    :param keep: ``False`` for a preview
    :raises Refused: 403 with the reason
    :raises InvalidFields: naming ``rows`` when there is no table in it
    """
    _demand(account)
    return taking_in.take_in_units(table, keep=keep, by=account.id)
