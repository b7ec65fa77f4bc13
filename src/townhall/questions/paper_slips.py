"""留言办理签: question, draft and a line to sign, on paper, for the night when the screens may go dark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from townhall.hours.choices import GROUP_ROLES, SIGNER_ROLES, Role
from townhall.hours.models import Seat
from townhall.hours.published import worded
from townhall.questions import queries
from townhall.questions.choices import Status

if TYPE_CHECKING:
    from townhall.hours.seats import Actor

# More would keep the printer busy longer than the reserve battery lasts; the oldest come first.
MOST = 200
_WHOLE_HOUR = frozenset({"moderator", "coordinator", "mayor", "deputy", "assistant"})
_UNDER_WAY = (Status.ACCEPTED, Status.ASSIGNED, Status.SUBMITTED)


def slips(actor: Actor) -> list[dict[str, Any]]:
    """What is not answered yet, for each group in the order of the groups; a group sees its own only.

    Each slip has the fields that staff see of a question, and ``slip``: issue, number and version of the draft, which
    say on paper and in the entry afterwards what was signed.
    """
    rows = queries.visible(actor).filter(status__in=_UNDER_WAY, urgent=False)
    if not actor.roles & _WHOLE_HOUR:
        rows = rows.filter(lead_id__in=actor.group_ids if actor.holds(GROUP_ROLES) else ())
    found = list(queries.full(rows).order_by("lead__order", "lead_id", "number")[:MOST])
    shown = queries.present_staff(actor, found)
    return [
        one | {"slip": f"{question.hour.issue_no}-{question.number}-{question.draft_version or 0}"}
        for question, one in zip(found, shown, strict=True)
    ]


def signers(hour_id: int) -> list[tuple[str, str]]:
    """Who may have signed on paper: username and name of everybody with a seat that signs."""
    seats = Seat.objects.filter(hour_id=hour_id, active=True, role__in=[*SIGNER_ROLES, Role.AUTHORISED])
    return [
        (seat.account.username, f"{worded(seat.account, 'name')} {Role(seat.role).label}")
        for seat in seats.select_related("account").order_by("id")
    ]
