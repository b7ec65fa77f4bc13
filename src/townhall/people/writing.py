"""How units and accounts are written, inside the actions of this room: one by one, or a whole table at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from townhall.journal.models import DISTRICT_LINE
from townhall.journal.write import record
from townhall.kernel import clock
from townhall.people.models import Account, FormerName, Unit

if TYPE_CHECKING:
    from collections.abc import Mapping


def unit(name: str, kind: str, *, by: int | None, **fields: Any) -> Unit:
    """A new unit."""
    made = Unit.objects.create(name=name, kind=kind, **fields)
    record(DISTRICT_LINE, "unit.entered", actor=by, subject="unit", subject_id=made.id, what=kind)
    return made


def change_unit(one: Unit, found: Mapping[str, Any], *, by: int | None) -> bool:
    """Change a unit, keep the name it had; whether anything was different."""
    was = (one.name, one.name_en)
    changed = _changed(one, found)
    if not changed:
        return False
    if "name" in changed:
        FormerName.objects.create(unit=one, name=was[0], name_en=was[1], until=clock.now())
    one.save(update_fields=changed)
    fields = "+".join(changed)
    record(DISTRICT_LINE, "unit.changed", actor=by, subject="unit", subject_id=one.id, fields=fields)
    return True


def account(username: str, name: str, hashed: str, *, by: int | None, **fields: Any) -> Account:
    """A new account.

    :param hashed: the password as it is stored
    """
    made = Account(username=username, name=name, password=hashed, password_given_at=clock.now(), **fields)
    made.save()
    record(DISTRICT_LINE, "account.changed", actor=by, subject="account", subject_id=made.id, field="created")
    return made


def describe(one: Account, found: Mapping[str, Any], *, by: int | None) -> bool:
    """Change who somebody is in office; whether anything was different."""
    changed = _changed(one, found)
    if changed:
        one.save(update_fields=changed)
        fields = "+".join(changed)
        record(DISTRICT_LINE, "account.changed", actor=by, subject="account", subject_id=one.id, field=fields)
    return bool(changed)


def _changed(row: Unit | Account, found: Mapping[str, Any]) -> list[str]:
    """Set what is different; the names of it, in order."""
    changed = [name for name, value in found.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, found[name])
    return sorted(changed)
