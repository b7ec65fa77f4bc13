"""The countdown as staff see it: one hour's steps, all hours at a glance, a person's calendar."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext as _

from townhall.countdown import flow, owners, proofs, states
from townhall.countdown.choices import BY_HAND, WATCHED_STAGES, State, Verb
from townhall.countdown.models import Feed, Step, StepNote
from townhall.hours.choices import Role, Stage
from townhall.hours.models import OfficeHour, Seat
from townhall.journal.models import Entry
from townhall.kernel import clock, secrets, workdays
from townhall.kernel.errors import FORBIDDEN, Refused
from townhall.people.models import Account, Office

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from townhall.countdown.states import Standing
    from townhall.hours.seats import Actor
    from townhall.kernel.workdays import Calendar

# A district prepares six hours a year; years to come are looked at one at a time.
MOST_HOURS = 60
_OVER = (Stage.ARCHIVED.value, Stage.CANCELLED.value)


@dataclass(slots=True)
class Row:
    """One step as a page shows it.

    :param owners: who answers for it
    :param moves: each verb that is this seat's, with the reason why it is not possible now
    :param notes: what people wrote when they marked it, oldest first
    :param proof: which event does it; empty for a step ticked by hand
    :param said: how far that event is, while it has not come
    """

    standing: Standing
    owners: list[Account]
    moves: dict[str, Any]
    notes: list[StepNote]
    proof: Any
    said: str


def countdown(actor: Actor, hour: OfficeHour) -> list[Row]:
    """Every step of the actor's hour as it stands this minute, the earliest due first."""
    steps = list(Step.objects.filter(hour_id=actor.hour_id).select_related("marked_by"))
    people = owners.owners([hour.id])[hour.id]
    notes = defaultdict(list)
    for note in StepNote.objects.filter(step__hour_id=actor.hour_id).select_related("by"):
        notes[note.step_id].append(note)
    known = proofs.known()
    return [
        Row(
            one,
            owners.of(one.step.owner_role, people),
            moves(actor, hour, one),
            notes[one.step.id],
            known[one.step.proof].label if one.by_event else "",
            known[one.step.proof].said(hour) if one.by_event and not one.ended else "",
        )
        for one in standings(hour, steps)
    ]


def standings(hour: OfficeHour, steps: list[Step]) -> list[Standing]:
    """The steps of one hour by what has happened up to now."""
    events = proofs.happened(hour, [step.proof for step in steps])
    return states.look(hour, steps, events, workdays.current(), _moved_at([hour.id]).get(hour.id))


def moves(actor: Actor, hour: OfficeHour, one: Standing) -> dict[str, Any]:
    """What this seat may do to a step: nothing said when it can be done now, else why not."""
    found = {verb: flow.refusal(actor, verb, hour, one) for verb in flow.MOVES}
    return {
        verb: refused.message if refused else None
        for verb, refused in found.items()
        if refused is None or (refused.status != FORBIDDEN and _is_next(verb, one))
    }


def _is_next(verb: str, one: Standing) -> bool:
    """Whether a greyed button belongs here: the way back is offered only where there is something to take back."""
    backwards = verb in {Verb.UNTICK, Verb.TAKE_UP}
    return not one.ended and not backwards


# An hour that was announced is postponed, one that nobody outside has heard of is rescheduled; steps do not care.
MOVED = ("hour.postponed", "hour.rescheduled")


def _moved_at(hour_ids: Iterable[int]) -> dict[int, datetime]:
    moved = Entry.objects.filter(line__in=list(hour_ids), kind__in=MOVED).order_by("id")
    return dict(moved.values_list("line", "at"))


# -- all hours --------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Glance:
    """One hour in the year's overview.

    :param counts: how many steps stand in each state
    :param next: the first step that is not finished
    """

    hour: OfficeHour
    counts: dict[str, int]
    next: Standing | None

    @property
    def done(self) -> int:
        """Steps that need nothing more."""
        return self.counts[State.DONE] + self.counts[State.SKIPPED]

    @property
    def total(self) -> int:
        """All steps."""
        return sum(self.counts.values())


def glance(hours: Iterable[OfficeHour]) -> list[Glance]:
    """Several hours by what the events had made of their steps when last looked at."""
    chosen = list(hours)
    ids = [hour.id for hour in chosen]
    steps = defaultdict(list)
    for step in Step.objects.filter(hour_id__in=ids):
        steps[step.hour_id].append(step)
    days = workdays.current()
    return [_glance(hour, steps[hour.id], days) for hour in chosen]


def _glance(hour: OfficeHour, steps: list[Step], days: Calendar) -> Glance:
    found = states.look(hour, steps, states.stored(steps), days)
    counts = {state.value: 0 for state in State}
    for one in found:
        counts[one.state.value] += 1
    return Glance(hour, counts, next((one for one in found if not one.ended), None))


def coming() -> list[OfficeHour]:
    """The hours that are being prepared or under way, the nearest first."""
    found = OfficeHour.objects.filter(rehearsal=False).exclude(stage__in=_OVER)
    return list(found.order_by("starts_at", "id")[:MOST_HOURS])


def of_year(year: int) -> list[OfficeHour]:
    """A year's hours that are over or called off, the latest first."""
    found = OfficeHour.objects.filter(rehearsal=False, stage__in=_OVER, starts_at__year=year)
    return list(found.order_by("-starts_at", "-id")[:MOST_HOURS])


def years() -> list[int]:
    """The years of hours that are over or called off, the latest first."""
    found = OfficeHour.objects.filter(rehearsal=False, stage__in=_OVER).dates(
        "starts_at", "year", order="DESC"
    )
    return [day.year for day in found]


def holds_office(account: Account) -> bool:
    """Whether somebody is the coordinator between hours: edits templates and opens the year's overview."""
    current = Q(until=None) | Q(until__gt=clock.now())
    return Office.objects.filter(current, account=account, role=Office.Role.COORDINATOR).exists()


def needs_office(account: Account) -> None:
    """Refuse whoever is not the coordinator between hours.

    :raises Refused: 403
    """
    if not holds_office(account):
        raise Refused(FORBIDDEN, "office", _("这里由区府办（统筹协调岗）使用，您没有这一职务。"))


def needs_coordinator(account: Account) -> None:
    """Refuse whoever coordinates nothing: neither between hours nor in one that is coming.

    :raises Refused: 403
    """
    seats = Seat.objects.filter(account=account, active=True, role=Role.COORDINATOR)
    if not seats.exclude(hour__stage=Stage.ARCHIVED).exists():
        needs_office(account)


# -- a person's calendar ----------------------------------------------------------------------------------


def feed_address(account: Account) -> str:
    """The secret of a person's calendar address; empty when there is none."""
    sealed = Feed.objects.filter(account=account).values_list("sealed", flat=True).first()
    return secrets.decrypt(sealed) if sealed else ""


def account_of_feed(secret: str) -> Account | None:
    """Whose calendar stands at this secret address."""
    digest = secrets.keyed_hash("calendar feed", secret)
    feed = Feed.objects.filter(digest=digest, account__is_active=True).select_related("account").first()
    return feed.account if feed else None


def agenda(account: Account) -> list[tuple[OfficeHour, list[Standing]]]:
    """The hours in which a person sits and the steps they answer for, all of them for the coordinator."""
    roles = defaultdict(set)
    seats = Seat.objects.filter(account=account, active=True, hour__rehearsal=False)
    for hour_id, role in seats.exclude(hour__stage=Stage.ARCHIVED).values_list("hour_id", "role"):
        roles[hour_id].add(role)
    hours = list(OfficeHour.objects.filter(id__in=list(roles)).order_by("starts_at", "id")[:MOST_HOURS])
    steps = defaultdict(list)
    for step in Step.objects.filter(hour__in=hours):
        steps[step.hour_id].append(step)
    found = []
    days = workdays.current()
    for hour in hours:
        mine = states.look(hour, steps[hour.id], states.stored(steps[hour.id]), days)
        everything = Role.COORDINATOR in roles[hour.id]
        chosen = [one for one in mine if everything or one.step.owner_role in roles[hour.id]]
        found.append((hour, chosen if hour.stage in WATCHED_STAGES else []))
    return found


def proof_choices() -> list[tuple[str, Any]]:
    """What can prove a step, for the template's list."""
    return [(BY_HAND, _("人工确认")), *((name, proof.label) for name, proof in proofs.known().items())]
