"""What the office sees of imports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from townhall.history import flow
from townhall.history.models import Batch, PastQuestion
from townhall.kernel.errors import Refused

if TYPE_CHECKING:
    from townhall.hours.seats import Actor

MOST_ROWS = 50


def _check(actor: Actor) -> None:
    if refused := flow.office_refusal(actor):
        raise Refused(refused.status, refused.code, refused.message)


def batches(actor: Actor) -> list[Batch]:
    """What was taken in, the latest first.

    :raises Refused: 403 without the office
    """
    _check(actor)
    return list(Batch.objects.order_by("-id")[:MOST_ROWS])


def withheld(actor: Actor) -> list[PastQuestion]:
    """What is covered or taken down, the latest first."""
    _check(actor)
    rows = PastQuestion.objects.exclude(withheld="").select_related("withheld_by", "confirmed_by")
    return list(rows.order_by("-withheld_at")[:MOST_ROWS])
