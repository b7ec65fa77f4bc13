"""Which contact data are due to be deleted: so many months after the last promise and the hour were closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q

from townhall.commitments.models import Commitment
from townhall.hours.choices import Stage
from townhall.hours.models import OfficeHour
from townhall.keeping.choices import DEFAULT_MONTHS
from townhall.keeping.models import LegalHold, RetentionRule
from townhall.kernel import clock
from townhall.people.models import Contact
from townhall.questions.models import Asker, Comment, Question

if TYPE_CHECKING:
    from datetime import date, datetime

    from django.db.models import QuerySet

# A promise in one of these states is over; its asker is not needed any more.
OVER = ("closed", "ended", "replaced")
_LAST_OF_FEBRUARY = 28


def months() -> int:
    """After how many months contact data go."""
    row = RetentionRule.objects.first()
    return row.months if row else DEFAULT_MONTHS


def before(day: date, number: int) -> date:
    """The day so many months earlier; the end of a month stays within its month."""
    index = day.year * 12 + day.month - 1 - number
    return day.replace(year=index // 12, month=index % 12 + 1, day=min(day.day, _LAST_OF_FEBRUARY))


def edge(number: int) -> datetime:
    """What was over by then has been kept for so many months."""
    now = clock.local(clock.now())
    return now.replace(
        **{part: getattr(before(now.date(), number), part) for part in ("year", "month", "day")}
    )


def hours_due(number: int) -> QuerySet[OfficeHour]:
    """Hours that ended long enough ago and of which contact data are still here."""
    over_by = edge(number)
    ended = Q(stage=Stage.ARCHIVED, archived_at__lte=over_by) | Q(stage=Stage.CANCELLED, ends_at__lte=over_by)
    contact = Q(questions__asker__contact__isnull=False) | Q(questions__remarks__contact__isnull=False)
    return OfficeHour.objects.filter(ended & contact, rehearsal=False).distinct().order_by("id")


def _awaited(over_by: datetime) -> QuerySet[Commitment]:
    """Promises that are not over, or have not been since that moment: their askers are told how they end.

    The months run from the later of the hour's and the promise's end, so a promise kept a year after its hour leaves
    the asker the same time to object as any other.
    """
    lately = Q(closed_at__gt=over_by) | Q(ended_at__gt=over_by) | Q(replaced_at__gt=over_by)
    return Commitment.objects.filter(~Q(state__in=OVER) | lately)


def _concerned(**of: Any) -> QuerySet[Question]:
    """Whose askers an answer concerns: that of the question, of those merged into it, of the whole it is a part of.

    :param of: which questions are answered, as a filter of ``id`` (``id__in``)
    """
    ids = Question.objects.filter(**of).values("id")
    merged = Question.objects.filter(merged_into__in=ids)
    wholes = Question.objects.filter(Q(id__in=ids) | Q(merged_into__in=ids), part_of__isnull=False)
    return Question.objects.filter(
        Q(id__in=ids) | Q(id__in=merged.values("id")) | Q(id__in=wholes.values("part_of"))
    )


def held() -> QuerySet[Question]:
    """The questions that a legal hold keeps: those it was placed on, and whoever else asked the same."""
    return _concerned(id__in=LegalHold.objects.filter(lifted_at=None).values("question_id"))


def held_numbers() -> QuerySet[Contact, str]:
    """The keyed hashes of the mobiles behind held questions: what was written to them is kept as well."""
    holders = Asker.objects.filter(question__in=held()).values("contact_id")
    return Contact.objects.filter(id__in=holders).values_list("mobile_index", flat=True)


def askers_due(hour: OfficeHour, number: int) -> QuerySet[Asker]:
    """Askers of an hour that is due whose contact may go.

    :param number: after how many months
    """
    rows = Asker.objects.filter(hour=hour, contact__isnull=False)
    return _not_needed(rows, edge(number)).order_by("id")


def _not_needed(rows: QuerySet[Asker], over_by: datetime) -> QuerySet[Asker]:
    """Those whom no promise concerns that is not long over, and whom no legal hold keeps."""
    awaited = _concerned(id__in=_awaited(over_by).values("question_id"))
    return rows.exclude(question__in=awaited).exclude(question__in=held())


def askers_over(over_by: datetime) -> QuerySet[Asker]:
    """Askers who need not be told anything any more: all that concerns them was over by that moment."""
    ended = Q(hour__stage=Stage.ARCHIVED, hour__archived_at__lte=over_by)
    ended |= Q(hour__stage=Stage.CANCELLED, hour__ends_at__lte=over_by)
    return _not_needed(Asker.objects.filter(ended), over_by)


def comments_due(hour: OfficeHour) -> QuerySet[Comment]:
    """Comments of an hour that is due whose contact may go."""
    rows = Comment.objects.filter(question__hour=hour, contact__isnull=False)
    return rows.exclude(question__in=held()).order_by("id")


def held_in(hour: OfficeHour) -> int:
    """How many questions of an hour are held back."""
    return LegalHold.objects.filter(question__hour=hour, lifted_at=None).count()
