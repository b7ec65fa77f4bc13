"""The digest of pre-questions (预提问汇总): what came in before the hour, merged, counted, by subject, unit and kind.

An internal paper that leaves the house: personal data are masked, covered texts stay covered, and neither
receipts nor contacts are anywhere in it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Max, Q
from django.utils.translation import gettext as _

from townhall.hours.choices import GROUP_ROLES, SIGNER_ROLES, Role, Stage
from townhall.hours.models import GroupUnit, OfficeHour
from townhall.hours.published import worded
from townhall.journal.models import Entry
from townhall.kernel import clock, masks
from townhall.kernel.errors import FORBIDDEN, Refused
from townhall.kernel.flow import Refusal
from townhall.questions import queries, visibility
from townhall.questions.choices import Kind, Status, Subject, Window
from townhall.questions.models import Question
from townhall.questions.ordering import reviewed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date, datetime

    from townhall.hours.seats import Actor

# Who sees the whole; a group sees its own part.
READERS = SIGNER_ROLES | {Role.COORDINATOR.value, Role.MODERATOR.value, Role.ASSISTANT.value}
_DROPPED = (Status.DECLINED.value, Status.WITHDRAWN.value)
_CLOSED = frozenset({Stage.PREPARING.value, Stage.LIVE.value, Stage.WRAPPING.value, Stage.ARCHIVED.value})


@dataclass(frozen=True, slots=True)
class Row:
    """One pre-question that goes on, with those merged into it counted.

    :param asked: how many asked it: itself and everything merged into it
    """

    id: int
    number: int
    title: str
    text: str
    display_name: str
    kind: str
    subject: str
    area: str
    group: str
    unit_id: int | None
    unit: str
    status: str
    status_label: str
    asked: int
    due: date | None
    late: bool
    prepared: bool
    reviewed: bool


@dataclass(frozen=True, slots=True)
class Tally:
    """One line of a count: what it is called, how many questions, how many askers."""

    label: str
    questions: int
    asked: int


@dataclass(frozen=True, slots=True)
class Digest:
    """Everything the paper says.

    :param total: pre-questions received: those listed, merged, declined and withdrawn together
    :param waiting: listed ones that no unit has yet
    """

    total: int
    merged: int
    declined: int
    withdrawn: int
    rows: list[Row]
    by_subject: list[Tally] = field(default_factory=list)
    by_unit: list[Tally] = field(default_factory=list)
    by_kind: list[Tally] = field(default_factory=list)

    @property
    def waiting(self) -> list[Row]:
        """Those that no unit has yet, by name."""
        return [row for row in self.rows if row.unit_id is None]

    def of_unit(self, unit_id: int) -> list[Row]:
        """What one unit answers."""
        return [row for row in self.rows if row.unit_id == unit_id]

    def units(self) -> list[tuple[int, str]]:
        """The units that have something to answer, in the order of their first question."""
        found = {row.unit_id: row.unit for row in self.rows if row.unit_id is not None}
        return list(found.items())


def refusal(actor: Actor) -> Refusal | None:
    """Why this person may not read the digest, or ``None``."""
    if actor.holds(READERS | GROUP_ROLES):
        return None
    return Refusal(FORBIDDEN, "seat", _("预提问汇总由区府办、主持人、区领导和业务小组查看。"))


def digest(actor: Actor, *, unit_id: int | None = None) -> Digest:
    """The pre-questions of the actor's hour as the paper shows them; a group's own part for a group.

    :param unit_id: narrow to what this unit answers; a complaint about it is never among them
    :raises Refused: 403 for other seats
    """
    if found := refusal(actor):
        raise Refused(found.status, found.code, found.message)
    mine = _readable(actor, unit_id)
    rows = [_row(question) for question in _rows(mine)]
    ends = dict(mine.values_list("status").annotate(n=Count("id")))
    return Digest(
        total=sum(ends.values()),
        merged=ends.get(Status.MERGED, 0),
        declined=ends.get(Status.DECLINED, 0),
        withdrawn=ends.get(Status.WITHDRAWN, 0),
        rows=rows,
        by_subject=_tally(rows, lambda row: row.subject or _("未归类")),
        by_unit=_tally(rows, lambda row: row.unit or _("尚未分发")),
        by_kind=_tally(rows, lambda row: row.kind or _("未归类")),
    )


def _readable(actor: Actor, unit_id: int | None) -> Any:
    mine = queries.visible(actor).filter(window=Window.PRE)
    if not actor.holds(READERS):
        mine = mine.filter(visibility.worked_on_by(actor))
    if unit_id is not None:
        mine = mine.filter(unit_id=unit_id).exclude(about_official=True, accused_unit_id=unit_id)
    return mine


def _rows(mine: Any) -> Any:
    """Those that go on, with how many were merged into each and whether the draft is there and reviewed."""
    return (
        mine.exclude(status__in=[*_DROPPED, Status.MERGED])
        .annotate(followers=Count("merged", distinct=True), is_reviewed=reviewed())
        .select_related("lead", "unit")
        .order_by("number")
    )


def _row(question: Any) -> Row:
    covered = bool(question.withheld)
    return Row(
        id=question.id,
        number=question.number,
        title=_("（已遮盖）") if covered else masks.mask(question.title),
        text="" if covered else masks.mask(question.text),
        display_name=masks.mask(question.display_name),
        kind=str(Kind(question.kind).label) if question.kind else "",
        subject=str(Subject(question.subject).label) if question.subject else "",
        area=question.area,
        group=worded(question.lead, "name") if question.lead else "",
        unit_id=question.unit_id,
        unit=worded(question.unit, "name") if question.unit else "",
        status=question.status,
        status_label=str(Status(question.status).label),
        asked=1 + question.followers,
        due=question.answer_due,
        late=queries.is_late(question),
        prepared=question.status in {Status.SUBMITTED, Status.PUBLISHED},
        reviewed=question.is_reviewed,
    )


def _tally(rows: Iterable[Row], name: Callable[[Row], str]) -> list[Tally]:
    """How many of each, the most asked first."""
    questions: Counter[str] = Counter()
    asked: defaultdict[str, int] = defaultdict(int)
    for row in rows:
        questions[name(row)] += 1
        asked[name(row)] += row.asked
    order = sorted(questions, key=lambda label: (-asked[label], label))
    return [Tally(label, questions[label], asked[label]) for label in order]


def units_of(actor: Actor) -> list[tuple[int, str]]:
    """The units that a sheet can be made for: those of the hour's groups, for a group its own."""
    places = GroupUnit.objects.filter(group__hour_id=actor.hour_id).select_related("unit", "group")
    if not actor.holds(READERS):
        places = places.filter(group_id__in=actor.group_ids)
    rows = places.order_by("group__order", "group_id", "order", "id")
    return list({place.unit_id: worded(place.unit, "name") for place in rows}.items())


def dispatched_at(hour: OfficeHour) -> datetime | None:
    """When the last pre-question went to its unit, after asking was closed; ``None`` while one still waits.

    An hour that nobody asked anything has dispatched nothing as soon as it closes.
    """
    if hour.stage not in _CLOSED:
        return None
    pre = Question.objects.filter(hour=hour, window=Window.PRE)
    if pre.filter(status__in=[Status.RECEIVED, Status.ACCEPTED]).exists():
        return None
    last: datetime | None = pre.aggregate(last=Max("assigned_at"))["last"]
    closed = Entry.objects.filter(line=hour.id, kind="hour.asking_closed").aggregate(last=Max("at"))["last"]
    return max((moment for moment in (last, closed) if moment is not None), default=None)


def prepared_at(hour: OfficeHour) -> datetime | None:
    """When the last pre-question that a unit was sent had its answer submitted; ``None`` while one is being written.

    Taken back, sent back or reopened, an answer is not prepared. With nothing to answer, nothing is left to prepare.
    """
    dispatched = dispatched_at(hour)
    pre = Question.objects.filter(hour=hour, window=Window.PRE)
    if dispatched is None or pre.filter(status=Status.ASSIGNED).exists():
        return None
    last: datetime | None = pre.aggregate(last=Max("submitted_at"))["last"]
    return max(dispatched, last) if last else dispatched


def prepared_so_far(hour: OfficeHour) -> str:
    """How many of the pre-questions that go on have a prepared answer; empty until one has gone to a unit."""
    found = progress(hour)
    ready, sent = found["prepared"], found["prepared"] + found["assigned"]
    if not sent:
        return ""
    words = _("预答稿 %(ready)s / %(sent)s 件") % {"ready": ready, "sent": sent}
    return words + (_("，另有 %(n)s 件还没有分发") % {"n": found["waiting"]} if found["waiting"] else "")


def progress(hour: OfficeHour) -> dict[str, int]:
    """How far the pre-questions of an hour are: received, still to screen or to send, prepared, reviewed, late."""
    pre = Question.objects.filter(hour=hour, window=Window.PRE).annotate(is_reviewed=reviewed())
    sent = Q(status=Status.ASSIGNED)
    found: dict[str, int] = pre.aggregate(
        total=Count("id"),
        waiting=Count("id", filter=Q(status__in=[Status.RECEIVED, Status.ACCEPTED])),
        assigned=Count("id", filter=sent),
        prepared=Count("id", filter=Q(status__in=[Status.SUBMITTED, Status.PUBLISHED])),
        reviewed=Count("id", filter=Q(status=Status.SUBMITTED, is_reviewed=True)),
        late=Count("id", filter=sent & Q(answer_due__lt=clock.today())),
    )
    return found
