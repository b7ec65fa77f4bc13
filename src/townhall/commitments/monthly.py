"""A month of promises: the figures once, for the mayor's page and for the circular. Nobody is ranked by raw counts.

What stood at the month's end is worked out from when things happened, so an old month reads the same later.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import BooleanField, Count, ExpressionWrapper, F, Q

from townhall.commitments.choices import (
    LEAST_CASES,
    STANDING,
    EndReason,
    ExtensionReason,
    RequestKind,
    RequestState,
    State,
)
from townhall.commitments.models import Commitment, Request
from townhall.documents import render
from townhall.documents.papers import Paper, Table, day
from townhall.hours.models import OfficeHour
from townhall.hours.published import worded
from townhall.kernel import clock
from townhall.people.models import Unit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet

_WORD = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])\Z")
# A unit's rate looks back this long: one month of a small unit says nothing.
RATE_DAYS = 365
MOST_LISTED = 60
MOST_SHOWN = 12  # on the page, which leads to the circular for the rest
_COUNTED = (
    "id", "unit_id", "due", "first_due", "state", "extensions", "acted", "closed_at", "reported_on", "ended_at",
    "end_reason",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the district's calendar."""

    first: date

    @property
    def word(self) -> str:
        """``2026-11``."""
        return f"{self.first:%Y-%m}"

    @property
    def number(self) -> int:
        """``202611``, by which the journal names it."""
        return self.first.year * 100 + self.first.month

    @property
    def following(self) -> date:
        """The first day of the next month."""
        return (self.first + timedelta(days=32)).replace(day=1)

    @property
    def before(self) -> Month:
        """The month before."""
        return month_of(self.first - timedelta(days=1))

    @property
    def begins(self) -> datetime:
        """Its first moment."""
        return datetime.combine(self.first, time(), clock.DISTRICT_ZONE)

    @property
    def ends(self) -> datetime:
        """Its end, or now while it lasts."""
        return min(datetime.combine(self.following, time(), clock.DISTRICT_ZONE), clock.now())

    @property
    def last_day(self) -> date:
        """The day the figures are of."""
        return min(self.following - timedelta(days=1), clock.today())


class _Span(NamedTuple):
    """A month's first moment, its end and the day its figures are of: worked out once, not for each promise."""

    begins: datetime
    ends: datetime
    on: date


def month_of(on: date) -> Month:
    """The month of a day."""
    return Month(on.replace(day=1))


def month(word: str) -> Month | None:
    """The month written ``2026-11``, when it has begun."""
    match = _WORD.match(word)
    if match is None:
        return None
    found = Month(date(int(match[1]), int(match[2]), 1))
    return found if found.first <= clock.today() else None


@dataclass(slots=True)
class UnitLine:
    """One unit: what it owes and how it keeps its word; a rate only beside enough cases."""

    name: str
    owed: int = 0
    late: int = 0
    closed: int = 0
    on_time: int = 0
    extended: int = 0

    @property
    def rate(self) -> int | None:
        """Closed on time of a hundred within a year, or ``None`` below five cases."""
        return round(100 * self.on_time / self.closed) if self.closed >= LEAST_CASES else None


@dataclass(slots=True)
class Report:
    """The month's figures and lists.

    :ivar listed: how many late ones are told with their words
    :ivar late: the first of them by their day, of ``late_count``
    """

    month: Month
    listed: int = MOST_LISTED
    made: int = 0
    closed: int = 0
    on_time: int = 0
    owed: int = 0
    late_count: int = 0
    late: list[dict[str, Any]] = field(default_factory=list)
    extended: list[dict[str, Any]] = field(default_factory=list)
    ended: list[dict[str, Any]] = field(default_factory=list)
    waiting: int = 0
    first_actions: int = 0
    units: list[UnitLine] = field(default_factory=list)


def report(chosen: Month, *, listed: int = MOST_LISTED) -> Report:
    """Work out a month; a constant number of queries.

    :param listed: how many late promises are wanted with their words
    """
    span = _Span(chosen.begins, chosen.ends, chosen.last_day)
    rehearsals = OfficeHour.objects.filter(rehearsal=True).values("id")
    rows = Commitment.objects.exclude(hour_id__in=rehearsals)
    since = chosen.begins - timedelta(days=RATE_DAYS)
    begins, ends = span.begins, span.ends
    # Each part has an index of its own, and there is no order asked for: years of closed promises are not looked at.
    alive = rows.filter(Q(state__in=STANDING) | Q(closed_at__gte=begins) | Q(state=State.ENDED, ended_at__gte=begins)
                        | Q(state=State.REPLACED, replaced_at__gte=ends))  # fmt: skip
    found = Report(chosen, listed)
    approved = _approved(ends)
    moved = {one.commitment_id: one.new_due for one in approved if one.new_due}
    names = {unit.id: worded(unit, "name") for unit in Unit.objects.all()}
    lines = _closed_before(rows.filter(closed_at__gte=since, closed_at__lt=begins), names)
    # Only what is counted is read of all, and a moment that says no more than yes or no as that; the words, of the few
    # that are listed. Not made later, instead of made before: SQLite would take the index of all years for that.
    acted = ExpressionWrapper(Q(first_action_at__gte=begins, first_action_at__lt=ends), BooleanField())
    counted = (
        alive.exclude(made_at__gte=ends).annotate(acted=acted).order_by().values_list(*_COUNTED, named=True)
    )
    for one in sorted(counted, key=lambda row: (row.due, row.id)):
        line = lines.setdefault(one.unit_id, UnitLine(names[one.unit_id]))
        _count(found, line, one, _due_at(one, moved), span)
    _put_words(found)
    found.made = (
        rows.filter(made_at__gte=chosen.begins, made_at__lt=ends).exclude(state=State.REPLACED).count()
    )
    found.extended = [
        _extension(one) for one in approved if one.decided_at and one.decided_at >= chosen.begins
    ]
    found.units = [lines[unit_id] for unit_id in sorted(lines)]
    return found


def _closed_before(rows: QuerySet[Commitment], names: Mapping[int, str]) -> dict[int, UnitLine]:
    """What the units closed before the month, for their rates; nothing of it moves any more."""
    counted = rows.order_by("unit_id").values("unit_id").annotate(
        closed=Count("id"), on_time=Count("id", filter=Q(reported_on__lte=F("due"))),
        extended=Count("id", filter=Q(extensions__gt=0)),
    )  # fmt: skip
    return {
        row["unit_id"]: UnitLine(
            names[row["unit_id"]], closed=row["closed"], on_time=row["on_time"], extended=row["extended"]
        )
        for row in counted
    }


def _approved(ends: datetime) -> list[Request]:
    rows = Request.objects.filter(
        kind=RequestKind.EXTENSION, state=RequestState.APPROVED, decided_at__lt=ends
    )
    return list(rows.select_related("commitment__unit", "decided_by").order_by("decided_at"))


def _due_at(one: Any, moved: Mapping[int, date]) -> date:
    """The day that held at the month's end: what was approved later had not moved it yet."""
    return moved.get(one.id, one.first_due) if one.extensions else one.due


def _count(found: Report, line: UnitLine, one: Any, due: date, span: _Span) -> None:
    """:param one: the :data:`_COUNTED` of a promise"""
    begins, ends, on = span
    found.first_actions += bool(one.acted)
    if one.closed_at is not None and one.closed_at < ends:
        on_time = one.reported_on is not None and one.reported_on <= due
        line.closed += 1
        line.on_time += on_time
        line.extended += bool(one.extensions)
        if one.closed_at >= begins:
            found.closed += 1
            found.on_time += on_time
        return
    if one.ended_at is not None and one.ended_at < ends:
        if one.ended_at >= begins:
            found.ended.append({"id": one.id, "due": due, "reason": str(EndReason(one.end_reason).label)})
        return
    found.owed += 1
    line.owed += 1
    line.extended += bool(one.extensions)
    reported = one.reported_on is not None and one.state != State.OPEN and one.reported_on <= on
    found.waiting += reported
    if (one.reported_on if reported and one.reported_on else on) > due:
        line.late += 1
        found.late_count += 1
        if found.late_count <= found.listed:
            found.late.append(
                {"id": one.id, "due": due, "days": (on - due).days, "extensions": one.extensions}
            )


def _put_words(found: Report) -> None:
    listed = [*found.late, *found.ended]
    ids = [one["id"] for one in listed]
    rows = {one.id: one for one in Commitment.objects.filter(id__in=ids).select_related("unit")}
    for one in listed:
        row = rows[one["id"]]
        one |= {"text": row.text, "unit": worded(row.unit, "name")}


def _line(one: Commitment, due: date) -> dict[str, Any]:
    return {"id": one.id, "text": one.text, "unit": worded(one.unit, "name"), "due": due}


def _extension(one: Request) -> dict[str, Any]:
    return _line(one.commitment, one.new_due or one.due_then) | {
        "was": one.due_then,
        "reason": str(ExtensionReason(one.reason_code).label),
        "by": worded(one.decided_by, "name") if one.decided_by else "",
    }


# -- the circular -------------------------------------------------------------------------------------------


def circular(found: Report, kind: str) -> tuple[bytes, str]:
    """The circular (通报) as a draft the office edits and sends; in Chinese whatever language the desk speaks.

    :param kind: ``docx`` or ``pdf``
    """
    makers = {"docx": (render.docx, render.DOCX_TYPE), "pdf": (render.pdf, render.PDF_TYPE)}
    make, content_type = makers[kind]
    return make("minutes", paper(found).context()), content_type


def paper(found: Report) -> Paper:
    """The month in words and tables."""
    first = found.month.first
    body = (
        f"截至{day(found.month.last_day)}，区长网上办公答复中的承诺在办{found.owed}件，其中待核查{found.waiting}件、"
        f"逾期{found.late_count}件。\n"
        f"本月新作出承诺{found.made}件，办结{found.closed}件，其中按期（含批准的延期内）{found.on_time}件；"
        f"批准延期{len(found.extended)}件，终止办理{len(found.ended)}件。\n"
        f"说明：经批准的延期不算逾期；按期率按近一年办结件计算，不足{LEAST_CASES}件的不列；"
        "各单位按固定顺序排列，不排名次。"
    )
    rate = [
        (one.name, str(one.owed), str(one.late), str(one.closed), "—" if one.rate is None else f"{one.rate}%")
        for one in found.units
    ]
    tables = [
        Table(("单位", "在办", "逾期", "近一年办结", "按期率"), rate, "一、各单位情况", (4, 1, 1, 2, 1))
    ]
    late = [
        (one["text"], one["unit"], day(one["due"]), f"{one['days']}天") for one in found.late[:MOST_LISTED]
    ]
    if late:
        tables.append(Table(("承诺事项", "单位", "期限", "逾期"), late, "二、逾期事项", (5, 2, 2, 1)))
    return Paper(
        title=f"关于{first.year}年{first.month}月承诺事项办理情况的通报（草稿）", body=body, tables=tables,
        on=day(clock.today()),
    )  # fmt: skip
