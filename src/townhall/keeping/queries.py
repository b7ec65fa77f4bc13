"""What the office sees of what is kept, and who may open a question's file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from townhall.keeping import casefile, flow, retention
from townhall.keeping.models import Certificate, LegalHold, RetentionRule
from townhall.kernel.errors import Refused
from townhall.questions import queries

if TYPE_CHECKING:
    from townhall.hours.seats import Actor

MOST_ROWS = 50


def case(actor: Actor, question_id: int) -> dict[str, Any]:
    """A question's file as a page shows it.

    :raises Refused: 404 for what the actor may not see, 403 for whom a case file is not
    """
    question = queries.get(actor, question_id)
    if refused := flow.file_refusal(actor):
        raise Refused(refused.status, refused.code, refused.message)
    moves = {verb: flow.refusal(actor, verb, question) for verb in flow.MOVES}
    return {
        "question": question,
        "case": casefile.labelled(casefile.of(question)),
        "hold": flow.open_hold(question),
        "moves": {verb: str(refused.message) if refused else "" for verb, refused in moves.items()},
    }


def office(actor: Actor) -> dict[str, Any]:
    """The rule, the holds that stand and the certificates, the latest first.

    :raises Refused: 403 without the office
    """
    if refused := flow.office_refusal(actor):
        raise Refused(refused.status, refused.code, refused.message)
    return {
        "months": retention.months(),
        "rules": list(RetentionRule.objects.select_related("changed_by")[:MOST_ROWS]),
        "holds": list(
            LegalHold.objects.filter(lifted_at=None).select_related("question__hour", "placed_by")[:MOST_ROWS]
        ),
        "certificates": list(Certificate.objects.select_related("hour")[:MOST_ROWS]),
    }
