"""Promises with the question they belong to, as anybody may see them: what is covered keeps its place without words."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from townhall.commitments import clocks, parties
from townhall.commitments import published as commitments
from townhall.commitments.choices import SHOWN, STANDING, State
from townhall.commitments.models import Commitment
from townhall.hours.models import OfficeHour
from townhall.hours.published import worded
from townhall.kernel import clock
from townhall.people.models import Unit
from townhall.questions import visibility
from townhall.questions.choices import Subject
from townhall.questions.models import Question
from townhall.questions.published import get, get_many, searchable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from django.db.models import QuerySet


class Place(NamedTuple):
    """Where a list of promises goes on."""

    due: date
    id: int


def is_public(question_id: int) -> bool:
    """Whether anybody may see the question a promise belongs to."""
    return Question.objects.filter(visibility.public_filter(), id=question_id).exists()


def narrowed(  # noqa: PLR0913 - what the list can be narrowed to
    *, unit_id: int | None = None, state: str | None = None, late: bool | None = None, hour_id: int | None = None,
    area: str = "", subject: str = "", topic: str = "", paged: bool = False,
) -> QuerySet[Commitment]:  # fmt: skip
    """Promises of public questions; without ``state`` all but replaced ones.

    :param unit_id: lead or assisting
    :param paged: whether only few of those that stand, or the first few by their day, are wanted
    :param area: the place a question is about, in its own words
    :param topic: the topic of the hour it was made in, in Chinese
    """
    # A promise is made by a signature, and what is signed is public for good: but for rehearsals nothing is looked up.
    rows = Commitment.objects.exclude(
        hour_id__in=list(OfficeHour.objects.filter(rehearsal=True).values_list("id", flat=True))
    )
    if area:
        rows = rows.filter(area=area)
    if subject:
        rows = rows.filter(subject=subject)
    if topic:
        rows = rows.filter(hour_id__in=OfficeHour.objects.filter(topic=topic).values("id"))
    if state in State.values:
        rows = rows.filter(state=state)
    else:
        # Nearly all are shown: a page is said the other way round, so that it is found by day and not by state.
        rows = rows.exclude(state=State.REPLACED) if paged else rows.filter(state__in=SHOWN)
    if unit_id is not None:
        helping = Commitment.assisting.through.objects.filter(unit_id=unit_id)
        helped = (
            Q(Exists(helping.filter(commitment_id=OuterRef("id"))))
            if paged
            else Q(id__in=helping.values("commitment_id"))
        )
        rows = rows.filter(Q(unit_id=unit_id) | helped)
    if hour_id is not None:
        rows = rows.filter(hour_id=hour_id)
    if late is not None:
        is_late = clocks.late_filter(clock.today())
        rows = rows.filter(is_late) if late else rows.exclude(is_late)
    return rows


def promises(
    *, after: Place | None = None, before: Place | None = None, latest_first: bool = False, limit: int = 50,
    **narrower: Any,
) -> tuple[list[dict[str, Any]], Place | None]:  # fmt: skip
    """A page of :func:`narrowed` by due date, the earliest first, with number, hour and title of each question.

    :param after: the place of the last one seen; ``before`` the same with ``latest_first``
    :returns: the page, and the place after which the next one begins. A promise whose day is moved meanwhile may be
        seen twice, never missed by who begins anew
    """
    issue = OfficeHour.objects.filter(id=OuterRef("hour_id")).values("issue_no")[:1]
    rows = narrowed(paged=True, **narrower).select_related("unit").annotate(issue_no=Subquery(issue))
    rows = rows.order_by("-due", "-id") if latest_first else rows.order_by("due", "id")
    if after is not None:
        rows = rows.filter(Q(due__gt=after.due) | Q(due=after.due, id__gt=after.id))
    if before is not None:
        rows = rows.filter(Q(due__lt=before.due) | Q(due=before.due, id__lt=before.id))
    found = parties.with_assisting(rows[: limit + 1])
    shown = get_many({row.question_id for row in found})
    items = [_item(row, shown[row.question_id]) for row in found[:limit] if row.question_id in shown]
    last = found[limit - 1] if len(found) > limit else None
    return items, (Place(last.due, last.id) if last else None)


def _item(row: Commitment, question: dict[str, Any]) -> dict[str, Any]:
    item = commitments.as_public(row)
    covered = bool(question["withheld"] or question["private"])
    return item | {
        "text": "" if covered else item["text"],
        "covered": covered,
        "number": question["number"],
        "hour": question["hour"],
        "issue_no": getattr(row, "issue_no", None),
        "title": question["title"],
        "area": question["area"],
        "subject_label": question["subject_label"],
    }


def promise(commitment_id: int, *, key: str = "") -> dict[str, Any] | None:
    """One promise with its question and timeline, or ``None`` when it does not exist for the public.

    :param key: a rehearsal's secret
    """
    rows = Commitment.objects.filter(id=commitment_id).select_related("unit")
    row = rows.first()
    question = get(row.question_id, key=key) if row else None
    if row is None or question is None:
        return None
    item = _item(row, question)
    found = [] if item["covered"] else commitments.timeline(row.id)
    newer = row.replaced_by.order_by("id").values_list("id", flat=True).first()
    return item | {"timeline": found, "replaced_by": newer, "asked": question}


def _led_and_helped(*, unit_id: int | None = None, **narrower: Any) -> list[QuerySet[Commitment]]:
    """The same as :func:`narrowed` in parts that do not overlap: a database counts each from its own index."""
    rows = narrowed(**narrower)
    if unit_id is None:
        return [rows]
    helping = Commitment.assisting.through.objects.filter(unit_id=unit_id)
    helped = rows.filter(id__in=helping.values("commitment_id")).exclude(unit_id=unit_id)
    return [rows.filter(unit_id=unit_id), helped]


def tally(**narrower: Any) -> dict[str, int]:
    """How many of these promises stand where: one sentence for the public."""
    states: Counter[str] = Counter()
    for rows in _led_and_helped(**narrower):
        states.update(dict(rows.order_by().values_list("state").annotate(n=Count("id"))))
    # Only what stands can be late; the thousands that are closed need only be counted.
    standing = narrowed(paged=True, **narrower)
    late = standing.filter(clocks.late_filter(clock.today()), state__in=STANDING).count()
    return {
        "made": sum(states.values()),
        "owed": sum(states.get(state, 0) for state in STANDING),
        "late": late,
        "closed": states.get(State.CLOSED, 0),
        "ended": states.get(State.ENDED, 0),
    }


_AREAS = """
WITH RECURSIVE found(area) AS (
  SELECT MIN(area) FROM commitments_commitment WHERE area > ''
  UNION ALL
  SELECT (SELECT MIN(area) FROM commitments_commitment WHERE area > found.area)
  FROM found WHERE found.area IS NOT NULL
)
SELECT found.area FROM found WHERE EXISTS (
  SELECT 1 FROM commitments_commitment AS promise JOIN hours_officehour AS held ON held.id = promise.hour_id
  WHERE promise.area = found.area AND NOT held.rehearsal
) LIMIT %s
"""
MOST_AREAS = 200
MOST_TOPICS = 12  # of the newest hours that promised something, two years of them


def _areas() -> list[str]:
    """Places of promises, from each in the index straight to the next: reading all would take longer every year."""
    with connection.cursor() as cursor:
        cursor.execute(_AREAS, [MOST_AREAS])
        return [row[0] for row in cursor.fetchall()]


def filters() -> dict[str, list[tuple[str, str]]]:
    """What the public list can be narrowed to: units, topics of hours and places that have a promise; every subject."""
    owed = Commitment.objects.filter(state__in=SHOWN)
    units = Unit.objects.filter(Exists(owed.filter(unit_id=OuterRef("id")))).order_by("id")
    held = OfficeHour.objects.filter(Exists(owed.filter(hour_id=OuterRef("id"))), rehearsal=False)
    hours = held.exclude(topic="").order_by("-starts_at")[:MOST_TOPICS]
    return {
        "units": [(str(one.id), worded(one, "name")) for one in units],
        "topics": list({one.topic: worded(one, "topic") for one in hours}.items()),
        "areas": [(one, one) for one in _areas()],
        "subjects": [(value, str(label)) for value, label in Subject.choices],
        "states": [(value, str(State(value).label)) for value in SHOWN],
    }


def news_of(unit_id: int, *, limit: int) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The newest turns of promises a unit leads or assists with, each with its promise; covered ones are left out."""
    found = commitments.turns(narrowed(unit_id=unit_id), limit)
    shown = get_many({row.question_id for row, _step in found})
    parties.with_assisting({row.id: row for row, _step in found}.values())
    told = [(_item(row, shown[row.question_id]), step) for row, step in found if row.question_id in shown]
    return [(item, step) for item, step in told if not item["covered"]]


def newest() -> int:
    """The highest number of a promise, 0 without any."""
    return Commitment.objects.order_by("-id").values_list("id", flat=True).first() or 0


def addresses(after: int, until: int) -> Iterator[tuple[int, datetime]]:
    """Promises above ``after`` up to ``until`` that a search engine may know, with when each was last heard of."""
    rows = narrowed().filter(id__gt=after, id__lte=until)
    known = Question.objects.filter(searchable()).values("id")
    rows = rows.filter(question_id__in=known).order_by("-id")
    changed = Coalesce("closed_at", "ended_at", "reported_at", "quiet_since")
    yield from rows.annotate(changed=changed).values_list("id", "changed").iterator(2000)
