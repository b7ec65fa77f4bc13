"""Who may sign leftovers besides mayor and deputies: granted in public, ended in public."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.hours import seating
from townhall.hours.choices import Role
from townhall.hours.models import GroupUnit, OfficeHour
from townhall.journal.write import record
from townhall.kernel import clock
from townhall.people.models import Account
from townhall.preparation.inputs import Fields
from townhall.wrapping.choices import AuthorisationState
from townhall.wrapping.models import Authorisation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from townhall.hours.seats import Actor


def clean(actor: Actor, data: Mapping[str, Any]) -> dict[str, Any]:
    """Person, units and the moment from which it holds."""
    fields = Fields(data)
    username = fields.words("username", 40, required=True)
    units = fields.units()
    starts_at = fields.moment("starts_at", required=False) or clock.now()
    known = set(GroupUnit.objects.filter(group__hour_id=actor.hour_id).values_list("unit_id", flat=True))
    if "units" not in fields.errors and not set(units) <= known:
        fields.errors["units"] = _("只能选择本期业务小组的单位。")
    account = Account.objects.filter(username=username, is_active=True).first()
    if "username" not in fields.errors:
        if account is None:
            fields.errors["username"] = _("没有这个账号，请从列表中选择。")
        elif account.id == actor.account_id:
            fields.errors["username"] = _("不能授权自己。")
    if "starts_at" not in fields.errors and clock.local(starts_at).date() < clock.today():
        fields.errors["starts_at"] = _("授权不能从过去的日子开始。")
    fields.done()
    return {"account": account, "units": units, "starts_at": starts_at}


def authorise(actor: Actor, hour: OfficeHour, cleaned: dict[str, Any]) -> Authorisation:
    """Grant it, and with it the seat from which leftovers are signed."""
    granted = Authorisation.objects.create(
        hour=hour, account=cleaned["account"], state=AuthorisationState.STANDING,
        starts_at=cleaned["starts_at"], granted_by_id=actor.id, granted_at=clock.now(),
        granted_as=Role.MAYOR if Role.MAYOR in actor.roles else Role.DEPUTY,
    )  # fmt: skip
    granted.units.set(cleaned["units"])
    record(
        hour.id, "authorisation.granted", actor=actor.account_id, subject="authorisation", subject_id=granted.id,
        account=granted.account_id, units=cleaned["units"],
    )  # fmt: skip
    seating.sit(hour, granted.account, Role.AUTHORISED, actor=actor.account_id)
    return granted


def end(actor: Actor, granted: Authorisation) -> None:
    """End it; the seat goes when nothing else holds it."""
    granted.state = AuthorisationState.ENDED
    granted.ended_by_id, granted.ended_at = actor.id, clock.now()
    granted.save()
    record(
        granted.hour_id, "authorisation.ended", actor=actor.account_id, subject="authorisation",
        subject_id=granted.id, account=granted.account_id,
    )  # fmt: skip
    seating.rise(granted.hour, granted.account_id, Role.AUTHORISED, None, actor=actor.account_id)
