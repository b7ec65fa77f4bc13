"""What anybody may see of many questions at once: a unit's answers, suggestions and what became of them, whole hours.

What was covered, made urgent or withdrawn since is gone from all of them with the next reading.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Exists, Max, OuterRef

from townhall.hours.models import OfficeHour
from townhall.questions import published, visibility
from townhall.questions.choices import Status, Verdict
from townhall.questions.models import Question, Version

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from django.db.models import QuerySet

Place = tuple["datetime", int]
# So many rows with their answers are in memory at once, however large a file becomes.
CHUNK = 200


def _answered(**narrower: Any) -> QuerySet[Question]:
    """Answers of which a page may choose, told so that they are found by their day; :func:`published.of_ids` judges.

    With the hours joined, a database begins with those and sorts all that was ever answered.
    """
    rehearsals = list(OfficeHour.objects.filter(rehearsal=True).values_list("id", flat=True))
    rows = Question.objects.filter(
        status=Status.PUBLISHED, withheld__isnull=True, reply_privately=False, **narrower
    )
    return rows.exclude(hour_id__in=rehearsals)


def _page(rows: Any, before: Place | None, limit: int) -> tuple[list[dict[str, Any]], Place | None]:
    """The newest answers of a choice, and where to go on."""
    if before is not None:
        moment, last_id = before
        rows = rows.exclude(published_at__gt=moment).exclude(published_at=moment, id__gte=last_id)
    found = list(rows.order_by("-published_at", "-id").values_list("id", "published_at")[: limit + 1])
    last = found[limit - 1] if len(found) > limit else None
    shown = published.of_ids([row[0] for row in found[:limit]])
    return shown, (last[1], last[0]) if last else None


def newest(*, before: Place | None = None, limit: int = 20) -> tuple[list[dict[str, Any]], Place | None]:
    """The newest answers of all hours; covered and private ones are left out."""
    return _page(_answered(), before, limit)


def answered_by(
    unit_id: int, *, before: Place | None = None, limit: int = 20
) -> tuple[list[dict[str, Any]], Place | None]:
    """What a unit answered, the newest first; covered and private ones are left out."""
    return _page(_answered(unit_id=unit_id), before, limit)


def about(subject: str, *, limit: int = 20) -> list[dict[str, Any]]:
    """The newest answers to questions filed under a subject; covered and private ones are left out."""
    return _page(_answered(subject=subject), None, limit)[0]


def suggestions(
    *, verdict: str = "", unit_id: int | None = None, before: Place | None = None, limit: int = 20
) -> tuple[list[dict[str, Any]], Place | None]:
    """Suggestions with a verdict in the standing answer, the newest first.

    :param verdict: ``adopted``, ``partly`` or ``noted``; all of them without
    """
    verdicts = [verdict] if verdict in Verdict.values else Verdict.values
    judged = Version.objects.filter(
        question_id=OuterRef("id"), number=OuterRef("published_version"), verdict__in=verdicts
    )
    rows = _answered().filter(Exists(judged))
    return _page(rows if unit_id is None else rows.filter(unit_id=unit_id), before, limit)


def of_hours(hour_ids: Collection[int]) -> Iterator[dict[str, Any]]:
    """Every public question of these hours by hour and number, read in chunks; covered ones without their words."""
    rows = Question.objects.filter(
        visibility.public_filter(), hour_id__in=list(hour_ids), hour__rehearsal=False
    )
    ids = list(rows.order_by("hour__starts_at", "hour_id", "number").values_list("id", flat=True))
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        shown = published.get_many(
            chunk
        )  # asked again now: what was covered meanwhile is covered in the file
        yield from (shown[one] for one in chunk if one in shown)


def addresses(hour_ids: Collection[int]) -> Iterator[tuple[int, datetime]]:
    """Every answered question of these hours that a search engine may know, with the moment of its last signature."""
    rows = Question.objects.filter(published.searchable(), hour__in=list(hour_ids), status=Status.PUBLISHED)
    rows = rows.annotate(signed=Max("versions__signed_at")).order_by("-published_at", "-id")
    yield from rows.values_list("id", "signed").iterator(2000)


def address(question_id: int) -> str:
    """A question's permanent address."""
    return f"{settings.BASE_URL}/questions/{question_id}/"
