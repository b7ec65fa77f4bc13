"""The handover list (移交清单): compiled from what goes on, handed to the inspector's office, signed for."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import Max
from django.utils.translation import gettext as _

from townhall.commitments import parties
from townhall.commitments import published as commitments
from townhall.hours.choices import Role
from townhall.hours.models import OfficeHour
from townhall.journal.write import record
from townhall.kernel import clock
from townhall.kernel.errors import CONFLICT, Refused
from townhall.questions.choices import Status
from townhall.questions.models import Question
from townhall.wrapping.backlog import seated
from townhall.wrapping.choices import OPEN_LEFTOVERS, HandoverState, RowKind
from townhall.wrapping.models import Handover, HandoverRow, Leftover

if TYPE_CHECKING:
    from townhall.hours.seats import Actor


# A promise that has come to its end needs nobody to follow it.
_OVER = frozenset({"closed", "ended", "replaced"})


def not_yet_handed(hour_id: int, *, except_list: int | None = None) -> list[HandoverRow]:
    """What goes on after the hour and stands on no list yet, unsaved."""
    listed = HandoverRow.objects.filter(handover__hour_id=hour_id).exclude(handover_id=except_list or 0)
    seen = set(listed.values_list("kind", "question_id", "commitment_id"))
    rows = [
        HandoverRow(kind=RowKind.LEFTOVER, question_id=one.question_id, unit_id=one.question.unit_id, due=one.due)
        for one in Leftover.objects.filter(hour_id=hour_id, state__in=OPEN_LEFTOVERS).select_related("question")
    ]  # fmt: skip
    promised = Question.objects.filter(hour_id=hour_id, status=Status.PUBLISHED, outcome="promised")
    for question_id, made in commitments.of_questions(promised.values_list("id", flat=True)).items():
        rows += [
            HandoverRow(kind=RowKind.PROMISE, question_id=question_id, commitment_id=one["id"],
                        unit_id=one["unit_id"], due=date.fromisoformat(one["due"]))
            for one in made
            if one["state"] not in _OVER
        ]  # fmt: skip
    return [row for row in rows if (row.kind, row.question_id, row.commitment_id) not in seen]


def compile_list(actor: Actor, hour: OfficeHour, handover: Handover | None) -> Handover:
    """Write the list, or write it anew while it is still at the coordinator's desk.

    :raises Refused: 409 when nothing is left to hand over
    """
    rows = not_yet_handed(hour.id, except_list=handover.id if handover else None)
    if not rows:
        raise Refused(CONFLICT, "nothing_left", _("没有需要移交的事项：没有未办结的提问，也没有新的承诺。"))
    if handover is None:
        last = hour.handovers.aggregate(last=Max("number"))["last"] or 0
        handover = Handover.objects.create(
            hour=hour, number=last + 1, state=HandoverState.COMPILED, compiled_by_id=actor.id,
            compiled_at=clock.now(),
        )  # fmt: skip
    else:
        handover.rows.all().delete()
        handover.compiled_by_id, handover.compiled_at = actor.id, clock.now()
    for row in rows:
        row.handover = handover
    HandoverRow.objects.bulk_create(rows)
    _tell(actor, handover, "handover.compiled", rows=len(rows))
    return handover


def hand_over(actor: Actor, handover: Handover) -> None:
    """Give it to the inspector's office."""
    handover.handed_by_id, handover.handed_at, handover.note = actor.id, clock.now(), ""
    _tell(actor, handover, "handover.handed", rows=handover.rows.count(), accounts=_inspectors(handover))


def return_list(actor: Actor, handover: Handover, note: str) -> None:
    """The inspector finds something to check first."""
    handed_by = handover.handed_by_id
    handover.note, handover.handed_by_id, handover.handed_at = note, None, None
    _tell(actor, handover, "handover.returned", accounts=[handed_by] if handed_by else [])


def sign_for(actor: Actor, handover: Handover) -> None:
    """From now on the inspector follows what stands on it."""
    handover.signed_by_id, handover.signed_at = actor.id, clock.now()
    accounts = [handover.handed_by_id] if handover.handed_by_id else []
    _tell(actor, handover, "handover.signed", rows=handover.rows.count(), accounts=accounts)


def _inspectors(handover: Handover) -> list[int]:
    """Whoever sits there in this hour; once it is archived, whoever holds the office."""
    return seated(handover.hour_id, Role.INSPECTOR) or parties.holders(Role.INSPECTOR, handover.hour_id)


def _tell(actor: Actor, handover: Handover, kind: str, **facts: Any) -> None:
    record(
        handover.hour_id, kind, actor=actor.account_id, subject="handover", subject_id=handover.id,
        number=handover.number, **facts,
    )  # fmt: skip
