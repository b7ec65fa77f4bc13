"""Throwing a rehearsal away: everything of its questions, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from townhall.commitments.models import Commitment
from townhall.people.models import Contact
from townhall.questions.models import Asker, Clarification, Comment, Question

if TYPE_CHECKING:
    from townhall.hours.models import OfficeHour


def forget_hour(hour: OfficeHour) -> None:
    """Delete a rehearsal's questions with all that hangs on them; to be called in the unit of work.

    :raises ValueError: for an hour that is no rehearsal
    """
    if not hour.rehearsal:
        message = "only a rehearsal may be deleted"
        raise ValueError(message)
    contacts = set(
        Asker.objects.filter(hour=hour, contact__isnull=False).values_list("contact_id", flat=True)
    )
    Commitment.objects.filter(hour_id=hour.id).delete()
    Clarification.objects.filter(hour=hour).delete()
    questions = Question.objects.filter(hour=hour)
    questions.filter(merged_into__isnull=False).update(merged_into=None, status="withdrawn")
    questions.update(follows=None, part_of=None)
    questions.delete()
    still_used = Asker.objects.filter(contact__in=contacts).values_list("contact_id", flat=True)
    commented = Comment.objects.filter(contact__in=contacts).values_list("contact_id", flat=True)
    Contact.objects.filter(id__in=contacts - set(still_used) - set(commented)).delete()
