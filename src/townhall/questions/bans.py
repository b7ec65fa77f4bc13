"""Who is kept from asking and commenting online just now, and what they are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.hours.choices import Role
from townhall.kernel import clock
from townhall.kernel.errors import FORBIDDEN, Refused
from townhall.people.models import Contact
from townhall.questions.choices import BanReason
from townhall.questions.models import Asker, Ban

if TYPE_CHECKING:
    from collections.abc import Collection

    from townhall.hours.seats import Actor

# Whose act it is, and who sees that it was done.
SEATS = frozenset({Role.COORDINATOR.value})


def refusals(people: Collection[int]) -> dict[int, Refused]:
    """Of these verified persons, those who are banned now, each with what they are told."""
    indexes = dict(Contact.objects.filter(id__in=people).values_list("mobile_index", "id")) if people else {}
    if not indexes:
        return {}
    rows = Ban.objects.filter(mobile_index__in=indexes, until__gt=clock.now(), lifted_at=None).order_by(
        "until"
    )
    return {indexes[row.mobile_index]: _told(row) for row in rows}


def _told(ban: Ban) -> Refused:
    day = f"{clock.local(ban.until):%Y-%m-%d %H:%M}"
    words = _(
        "因%(reason)s，您在 %(until)s 前不能在网上提问和评论。"
        "有事请到窗口，或拨打 12345；对此有异议也请拨打 12345。"
    ) % {"reason": str(BanReason(ban.reason).label), "until": day}
    return Refused(FORBIDDEN, "banned", words)


def refuse_banned(person: int | None) -> None:
    """Let nobody pass who is banned.

    :raises Refused: 403 with reason and end
    """
    if person is not None and (refused := refusals([person]).get(person)):
        raise refused


def standing(actor: Actor, question_id: int) -> dict[str, Any] | None:
    """Whether the asker of this question can be banned, and is: for the coordinator's desk; ``None`` for others."""
    if not actor.holds(SEATS):
        return None
    index = (
        Asker.objects.filter(question_id=question_id).values_list("contact__mobile_index", flat=True).first()
    )
    if not index:
        return None
    ban = (
        Ban.objects.filter(mobile_index=index, until__gt=clock.now(), lifted_at=None).order_by("until").last()
    )
    return {"until": ban.until if ban else None, "reason": str(BanReason(ban.reason).label) if ban else ""}
