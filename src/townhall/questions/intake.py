"""On-behalf intake (代为登记): what somebody asks in the hall, at the counter, by telephone or on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.hours.choices import Role
from townhall.kernel.errors import FORBIDDEN, Refused
from townhall.questions import asking, citizen_actions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from townhall.hours.models import OfficeHour
    from townhall.hours.seats import Actor
    from townhall.questions.citizen_actions import Asked

_INTAKE_SEATS = frozenset({Role.CLERK.value})


def demand_seat(actor: Actor) -> None:
    """Before anything typed is read: only who holds the clerk's seat types for others.

    :raises Refused: 403 otherwise
    """
    if not actor.holds(_INTAKE_SEATS):
        raise Refused(FORBIDDEN, "seat", _("您的岗位不能代为登记。"))


def register(actor: Actor, hour: OfficeHour, payload: Mapping[str, Any]) -> Asked:
    """Store what a clerk typed for somebody; the receipt is in the answer, this once.

    :param payload: the public form's fields and ``channel``, ``mobile``, ``reply_by``
    :raises Refused: 403 without the clerk's seat, 409 when the hour takes nothing in any more
    :raises InvalidFields: naming each field to mend
    """
    demand_seat(actor)
    return citizen_actions.ask(asking.parse(hour, payload, typed_by=actor.id))
