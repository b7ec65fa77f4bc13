"""What staff see of readiness: the lines now, the dry runs so far, the rehearsal and how it goes."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext as _

from townhall.hours.choices import Role, Stage
from townhall.hours.published import worded
from townhall.journal import read
from townhall.kernel import clock
from townhall.kernel.errors import FORBIDDEN, Refused
from townhall.kernel.flow import Refusal
from townhall.questions import published as questions
from townhall.questions.models import Question
from townhall.readiness import flow
from townhall.readiness import vitals as vital
from townhall.readiness.choices import Area, Level
from townhall.readiness.examine import examine
from townhall.readiness.lines import Line, Subject
from townhall.readiness.models import DryRun, Practice

if TYPE_CHECKING:
    from datetime import datetime

    from townhall.hours.models import OfficeHour
    from townhall.hours.seats import Actor

# Those whom a red line concerns: who prepares the hour, who keeps the machines, who must know that it stands.
READERS = frozenset(
    {Role.COORDINATOR.value, Role.TECHNICIAN.value, Role.MODERATOR.value, Role.MAYOR.value, Role.DEPUTY.value}
)
MOST_RUNS = 20
ALARM_KINDS = ("hour.alarm_raised", "hour.alarm_cleared")


def demand_reader(actor: Actor) -> None:
    """Let only those read whom it concerns.

    :raises Refused: 403 for other seats
    """
    if not actor.holds(READERS):
        raise Refused(FORBIDDEN, "seat", _("会前联调检查由区府办、主持人、区领导和技术人员查看。"))


def lines(actor: Actor, hour: OfficeHour, asker: str = "") -> list[Line]:
    """How everything stands this minute, without what takes seconds to look at.

    :raises Refused: 403 for other seats
    """
    demand_reader(actor)
    return examine(Subject(hour, None, asker), thorough=False)


def vitals(actor: Actor) -> list[vital.Vital]:
    """The three numbers that matter while an hour runs.

    :raises Refused: 403 for other seats
    """
    demand_reader(actor)
    return vital.look()


def alarms(actor: Actor) -> list[dict[str, Any]]:
    """The alarms of the actor's hour, the last one first.

    :raises Refused: 403 for other seats
    """
    demand_reader(actor)
    entries = read.of_kinds(ALARM_KINDS, "hour", [actor.hour_id])
    found = [
        {"at": one.at, "name": str(vital.NAMES[str(one.facts["vital"])]), "red": one.kind == ALARM_KINDS[0]}
        for one in entries
    ]
    return found[::-1][:MOST_RUNS]


def is_red(hour_id: int, key: str) -> bool:
    """Whether the last alarm about a number was raised and not cleared."""
    entries = read.of_kinds(ALARM_KINDS, "hour", [hour_id])
    last = next((one for one in reversed(entries) if one.facts["vital"] == key), None)
    return last is not None and last.kind == ALARM_KINDS[0]


def kept(run: DryRun) -> list[Line]:
    """The lines of a dry run as they were found."""
    return [Line(Level(one["level"]), Area(one["area"]), one["finding"], one["remedy"]) for one in run.lines]


def dry_runs(actor: Actor) -> list[DryRun]:
    """The dry runs of the actor's hour, the last one first.

    :raises Refused: 403 for other seats
    """
    demand_reader(actor)
    return list(DryRun.objects.filter(hour_id=actor.hour_id).select_related("by")[:MOST_RUNS])


def dry_run_at(hour: OfficeHour) -> datetime | None:
    """When the hour was last looked over with no red line left; ``None`` until then."""
    last = DryRun.objects.filter(hour=hour).first()
    return last.at if last is not None and last.ready else None


def moves(actor: Actor, hour: OfficeHour) -> dict[str, Refusal | None]:
    """Every verb with the reason why not now: for the greyed buttons."""
    return {verb: flow.refusal(actor, verb, hour) for verb in flow.MOVES}


def practice(actor: Actor) -> dict[str, Any] | None:
    """The rehearsal of the actor's hour: its address, its state, its report so far.

    :raises Refused: 403 for other seats
    """
    demand_reader(actor)
    row = Practice.objects.filter(hour_id=actor.hour_id).select_related("rehearsal", "by").first()
    if row is None:
        return None
    hour = row.rehearsal
    return {
        "slug": hour.slug,
        "url": f"{settings.BASE_URL}/hours/{hour.slug}/?key={hour.secret}",
        "stage": str(Stage(hour.stage).label),
        "ends_at": hour.ends_at,
        "by": worded(row.by, "name"),
        "at": row.at,
        "citizens": row.citizens,
        "asked": row.asked,
        "counts": questions.counts([hour.id])[hour.id],
        "waits": _waits(hour),
    }


_STEPS = (("screened", "asked_at", "assigned_at"), ("answered", "assigned_at", "submitted_at"),
          ("signed", "submitted_at", "published_at"))  # fmt: skip


def _waits(hour: OfficeHour) -> dict[str, float]:
    """How many minutes each step took, in the middle: screening, answering, signing."""
    names = ("asked_at", "assigned_at", "submitted_at", "published_at")
    rows = list(Question.objects.filter(hour=hour).values(*names))
    found = {}
    for step, start, end in _STEPS:
        took = [(row[end] - row[start]).total_seconds() / 60 for row in rows if row[start] and row[end]]
        if took:
            found[step] = round(median(took), 1)
    return found


def hungry() -> list[tuple[Practice, int]]:
    """Rehearsals in which the server should have asked more by now, and how many more."""
    rows = Practice.objects.filter(
        rehearsal__stage=Stage.LIVE, rehearsal__asking_paused=False, citizens__gt=0
    )
    found = []
    for row in rows.select_related("rehearsal"):
        minutes = (clock.now() - row.at).total_seconds() / 60
        wanted = min(row.citizens, 1 + int(row.citizens * minutes / row.minutes))
        if wanted > row.asked:
            found.append((row, wanted - row.asked))
    return found
