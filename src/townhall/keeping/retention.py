"""Which contact data are due to be deleted: so many months after the last promise and the hour were closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from townhall.commitments.models import Commitment
from townhall.hours.choices import Stage
from townhall.hours.models import OfficeHour
from townhall.keeping.choices import DEFAULT_MONTHS
from townhall.keeping.models import LegalHold, RetentionRule
from townhall.kernel import clock
from townhall.questions.models import Asker, Comment

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


def _waits() -> Exists:
    """A promise that is not over keeps its question's contact: the asker is told how it ends."""
    open_promise = Commitment.objects.filter(question_id=OuterRef("question_id")).exclude(state__in=OVER)
    return Exists(open_promise)


def _held() -> Exists:
    return Exists(LegalHold.objects.filter(question_id=OuterRef("question_id"), lifted_at=None))


def askers_due(hour: OfficeHour) -> QuerySet[Asker]:
    """Askers of an hour that is due whose contact may go."""
    rows = Asker.objects.filter(hour=hour, contact__isnull=False)
    return rows.filter(~_waits(), ~_held()).order_by("id")


def comments_due(hour: OfficeHour) -> QuerySet[Comment]:
    """Comments of an hour that is due whose contact may go."""
    rows = Comment.objects.filter(question__hour=hour, contact__isnull=False)
    return rows.filter(~_held()).order_by("id")


def held_in(hour: OfficeHour) -> int:
    """How many questions of an hour are held back."""
    return LegalHold.objects.filter(question__hour=hour, lifted_at=None).count()
