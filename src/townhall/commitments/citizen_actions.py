"""What an asker does about a promise: say that it is not done."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from townhall.commitments import actions
from townhall.commitments.choices import State
from townhall.commitments.models import Commitment
from townhall.kernel.unit_of_work import unit_of_work

if TYPE_CHECKING:
    from townhall.commitments.models import Commitment as Promise

_CODE = re.compile(r"[a-z_]{0,16}\Z")


def reopen(commitment_id: int, *, reason: str = "") -> Promise:
    """The asker's "not done": a closed promise goes back to the inspector, who looks again.

    Who calls has made sure that it is the asker. Opens a unit of work of its own; inside another one
    call :func:`reopen_within`.

    :param reason: a code of the list of reasons, never free text
    :raises Refused: 404 for no such promise, 409 with the reason when it is not closed, or was looked at twice
    """
    with unit_of_work():
        return reopen_within(commitment_id, reason=reason)


def reopen_within(commitment_id: int, reason: str = "") -> Promise:
    """The same inside the caller's unit of work, so that a rating or a return call and this are one act."""
    return actions.dispute(commitment_id, reason if _CODE.match(reason) else "")


def closed_of(question_id: int) -> list[int]:
    """The closed promises of a question, which its asker may call not done."""
    rows = Commitment.objects.filter(question_id=question_id, state=State.CLOSED)
    return list(rows.order_by("id").values_list("id", flat=True))
