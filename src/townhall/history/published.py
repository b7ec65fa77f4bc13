"""What anybody may see of what was imported: always with its source, never as if it had been signed here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from townhall.history.models import PastHour, PastQuestion
from townhall.kernel import masks
from townhall.questions.choices import Outcome, Subject, WithholdCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


def readable() -> Q:
    """Which past questions anybody may read."""
    return Q(withheld="")


def mark(source: str) -> str:
    """The words under everything that was imported."""
    return _("来源：%(source)s（导入，未经本系统签发）") % {"source": source}


def hour_name(hour: PastHour) -> str:
    """What an earlier hour is called: as its source numbers it, else by its year."""
    if not hour.issue:
        return _("%(year)s 年导入的问答") % {"year": hour.year}
    return _("第 %(n)s 期（%(year)s 年）") % {"n": hour.issue.strip("第期 "), "year": hour.year}


def present(past: PastQuestion) -> dict[str, Any]:
    """One past question as pages show it."""
    shown = not past.withheld
    return {
        "id": past.id,
        "number": past.number,
        "hour": past.hour_id,
        "hour_name": hour_name(past.hour),
        "source": past.hour.source,
        "mark": mark(past.hour.source),
        "display_name": masks.mask(past.display_name) if shown else "",
        "title": masks.mask(past.title) if shown else "",
        "text": masks.mask(past.text) if shown else "",
        "answer": masks.mask(past.answer) if shown else "",
        "unit": past.unit,
        "area": past.area,
        "subject": past.subject,
        "subject_label": str(Subject(past.subject).label) if past.subject else "",
        "outcome": past.outcome,
        "outcome_label": str(Outcome(past.outcome).label) if past.outcome else "",
        "asked_on": past.asked_on.isoformat() if past.asked_on else "",
        "answered_on": past.answered_on.isoformat(),
        "withheld": past.withheld,
        "confirmed": past.confirmed_at is not None,
        "withhold_label": str(WithholdCode(past.withheld).label) if past.withheld else "",
        "url": f"{settings.BASE_URL}/history/{past.id}/",
    }


def get(past_id: int) -> dict[str, Any] | None:
    """One past question; a withheld one as its stub."""
    past = PastQuestion.objects.select_related("hour").filter(id=past_id).first()
    return present(past) if past else None


def of_ids(ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Those of these that may be read, by id, in one query."""
    rows = PastQuestion.objects.filter(readable(), id__in=list(ids)).select_related("hour")
    return {row.id: present(row) for row in rows}


def years() -> list[int]:
    """The years of which there is something, the latest first."""
    return list(PastHour.objects.order_by("-year").values_list("year", flat=True).distinct())


def hours(year: int | None = None) -> list[dict[str, Any]]:
    """Earlier hours of a year, or all, the latest first, each with how many questions."""
    rows = PastHour.objects.filter(Q(year=year) if year else Q())
    counted: dict[int, int] = dict(
        PastQuestion.objects.filter(hour__in=rows).order_by().values_list("hour").annotate(n=Count("id"))
    )
    return [_hour(row) | {"questions": counted.get(row.id, 0)} for row in rows]


def hour(hour_id: int) -> dict[str, Any] | None:
    """One earlier hour."""
    row = PastHour.objects.filter(id=hour_id).first()
    return _hour(row) if row else None


def _hour(row: PastHour) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": hour_name(row),
        "year": row.year,
        "source": row.source,
        "mark": mark(row.source),
    }


def of_hour(hour_id: int, *, after: int = 0, limit: int = 50) -> tuple[Sequence[dict[str, Any]], int | None]:
    """An earlier hour's questions in the order of their file, and where to go on."""
    rows = list(
        PastQuestion.objects.filter(hour=hour_id, id__gt=after)
        .select_related("hour")
        .order_by("id")[: limit + 1]
    )
    return [present(row) for row in rows[:limit]], rows[limit - 1].id if len(rows) > limit else None


def newest() -> int:
    """The highest number of a past question, 0 without any."""
    return PastQuestion.objects.order_by("-id").values_list("id", flat=True).first() or 0


def addresses(after: int, until: int) -> Iterator[tuple[int, None]]:
    """Past questions numbered above ``after`` up to ``until`` that a search engine may know; when is not known."""
    rows = PastQuestion.objects.filter(readable(), id__gt=after, id__lte=until).order_by("-id")
    for one in rows.values_list("id", flat=True).iterator(2000):
        yield one, None
