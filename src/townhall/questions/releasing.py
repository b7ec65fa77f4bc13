"""Opening the hour makes its accepted pre-questions public, each with its own entry and so its own frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from townhall.journal.write import record
from townhall.questions import visibility
from townhall.questions.choices import Window
from townhall.questions.models import Question

if TYPE_CHECKING:
    from townhall.hours.models import OfficeHour


def release(hour: OfficeHour) -> None:
    """Tell readers of every pre-question that is public from now on; to be called in the unit of work."""
    rows = Question.objects.filter(visibility.public_filter(), hour=hour, window=Window.PRE)
    for question_id in rows.order_by("number").values_list("id", flat=True):
        record(hour.id, "question.released", subject="question", subject_id=question_id, public=True)
