"""Deleting at the wish of whoever it is about: at once, and what a legal hold keeps when it is lifted.

Who wants their contact deleted is told nothing more from that moment on, also where a hold keeps the contact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from townhall.journal.write import record
from townhall.keeping import retention
from townhall.kernel import clock
from townhall.kernel.unit_of_work import leave_no_trace, unit_of_work
from townhall.people import identity
from townhall.questions.models import Asker, Comment

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from townhall.people.models import Contact

# Rooms above that hold data of a person: by the keyed hash of the mobile they stop writing to it and delete what came
# by that moment and no hold keeps, inside the caller's unit of work; how many rows are gone. `config` fills the slot.
OWN_ERASERS: list[Callable[[str, datetime], int]] = []


def wish(asker: Asker, contact: Contact) -> dict[str, int]:
    """Delete what leads to a person; how many questions it was, and how many a legal hold keeps."""
    with unit_of_work():
        now = clock.now()
        Asker.objects.filter(contact=contact, erasure_asked_at=None).update(erasure_asked_at=now)
        return _fulfil(asker, contact, now)


def fulfil_next() -> int:
    """Delete for one person what a legal hold kept and keeps no longer; how many questions it was."""
    waiting = Asker.objects.filter(erasure_asked_at__isnull=False, contact__isnull=False)
    asker = waiting.exclude(question__in=retention.held()).select_related("contact").order_by("id").first()
    if asker is None or asker.contact is None or asker.erasure_asked_at is None:
        return 0
    with unit_of_work():
        return _fulfil(asker, asker.contact, asker.erasure_asked_at)["questions"]


def _fulfil(asker: Asker, contact: Contact, asked_at: datetime) -> dict[str, int]:
    """Delete what was there when it was asked for; what the same person did later is not meant."""
    leave_no_trace()
    own = Asker.objects.filter(contact=contact, erasure_asked_at__lte=asked_at)
    # Listed first: who is held is told by the contacts that go here.
    held = list(retention.held().filter(asker__in=own).values_list("id", flat=True))
    free = own.exclude(question_id__in=held)
    kept = own.count() - free.count()
    # Before their contacts go, by which the rooms above find what is theirs.
    rows = sum(erase(contact.mobile_index, asked_at) for erase in OWN_ERASERS)
    done = free.update(contact=None, reply_by="", connection_sealed="")
    comments = Comment.objects.filter(contact=contact, at__lte=asked_at)
    comments.exclude(question__in=retention.held()).update(contact=None)
    identity.forget_index(contact.mobile_index)
    record(
        asker.hour_id, "contact.erased", subject="question", subject_id=asker.question_id, questions=done,
        held=kept, rows=rows,
    )  # fmt: skip
    return {"questions": done, "held": kept}
