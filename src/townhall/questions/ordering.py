"""In which order a seat's questions come: by number, and for signers what they have read beforehand at its time."""

from __future__ import annotations

from typing import Any

from django.db.models import BigIntegerField, Case, Exists, OuterRef, When
from django.db.models.functions import Cast

from townhall.hours.choices import SIGNER_ROLES, SIGNING_STAGES, Role
from townhall.questions.models import Version

# Higher than any number of a question: what belongs further down stands behind all of the class before.
CLASS = 1 << 40
SIGNING_ROLES = SIGNER_ROLES | {Role.AUTHORISED.value}


def in_order(rows: Any, seat: str | None, status: str | None) -> Any:
    """Rows with their ``place`` in the list: the number.

    For signers what they reviewed comes first as soon as it can be signed, and last while there is more to read.
    """
    number = Cast("number", BigIntegerField())
    if seat not in SIGNING_ROLES or status:
        return rows.annotate(place=number)
    ready = When(reviewed(), hour__stage__in=SIGNING_STAGES, then=number)
    read = When(reviewed(), then=number + 2 * CLASS)
    return rows.annotate(place=Case(ready, read, default=number + CLASS))


def reviewed() -> Exists:
    """Whether the draft that a question stands at was read and agreed to by a signer."""
    return Exists(
        Version.objects.filter(
            question=OuterRef("id"), number=OuterRef("draft_version"), reviewed_at__isnull=False
        )
    )
