"""Whether a threat is kept, until when, and who has looked: what the coordinator's desk shows without opening it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from townhall.hours.choices import Role
from townhall.journal import read
from townhall.people.models import Account
from townhall.questions.choices import ThreatLook
from townhall.questions.models import KeptThreat

if TYPE_CHECKING:
    from townhall.hours.seats import Actor

# Whose it is to follow a threat up. Administrators of the system never see it: they read in the journal who looked.
SEATS = frozenset({Role.COORDINATOR.value})


def standing(actor: Actor, question_id: int) -> dict[str, Any] | None:
    """Until when a threat is kept and who has looked, for the coordinator's desk; ``None`` for others and without."""
    if not actor.holds(SEATS):
        return None
    row = KeptThreat.objects.filter(question_id=question_id).first()
    if row is None:
        return None
    looks = [one for one in read.about("question", question_id) if one.kind == "threat.seen"]
    names = dict(
        Account.objects.filter(id__in={one.actor for one in looks if one.actor}).values_list("id", "name")
    )
    return {
        "until": row.until,
        "looks": [
            {"at": one.at, "name": names.get(one.actor or 0, ""), "reason": str(ThreatLook(one.facts["reason"]).label)}
            for one in looks
        ],
    }  # fmt: skip
