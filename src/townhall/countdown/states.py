"""How a countdown stands at one moment: the state of each step, what blocks it, whose it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from townhall.countdown import dates, proofs
from townhall.countdown.choices import BY_HAND, ENDED, Mark, State
from townhall.kernel import clock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from townhall.countdown.dates import Due
    from townhall.countdown.models import Step
    from townhall.hours.models import OfficeHour
    from townhall.kernel.workdays import Calendar


@dataclass(slots=True)
class Standing:
    """One step at one moment.

    :param done_at: since when it is done
    :param blocked_by: the unfinished steps it waits for
    :param by_event: whether the event itself does it, so that nobody ticks it
    :param before_move: done for a date that the hour no longer has
    """

    step: Step
    due: Due
    done_at: datetime | None
    by_event: bool
    state: State = State.OPEN
    blocked_by: list[Standing] = field(default_factory=list)
    before_move: bool = False

    @property
    def ended(self) -> bool:
        """Whether nothing more is to be done."""
        return self.state.value in ENDED


def stored(steps: Sequence[Step]) -> dict[str, datetime | None]:
    """What the events had made of the steps when they were last looked at, in the form of ``proofs.happened``."""
    have = proofs.known()
    return {
        step.proof: step.marked_at if step.mark == Mark.DONE else None for step in steps if step.proof in have
    }


def look(
    hour: OfficeHour, steps: Sequence[Step], events: Mapping[str, datetime | None], calendar: Calendar,
    moved_at: datetime | None = None,
) -> list[Standing]:  # fmt: skip
    """Every step of an hour as it stands now, the earliest due first.

    :param events: since when each event stands, by the proof's name; a proof not named is ticked by hand
    :param moved_at: when the hour was last moved
    """
    now = clock.now()
    found = [_standing(hour, step, events, calendar) for step in steps]
    by_code = {one.step.code: one for one in found}
    unfinished = {one.step.code for one in found if not _finished(one)}
    for one in found:
        codes = [code for code in one.step.blocked_by if code in unfinished]
        one.blocked_by = [by_code[code] for code in codes]
        one.before_move = bool(moved_at and one.done_at and one.done_at <= moved_at)
    for one in found:
        one.state = _state(one, now)
    return sorted(found, key=lambda one: (one.due.at, one.step.order))


def _standing(
    hour: OfficeHour, step: Step, events: Mapping[str, datetime | None], calendar: Calendar
) -> Standing:
    by_event = step.proof != BY_HAND and step.proof in events
    ticked = step.marked_at if step.mark == Mark.DONE else None
    done_at = events[step.proof] if by_event else ticked
    return Standing(step, dates.due(step, hour.starts_at, calendar), done_at, by_event)


def _finished(one: Standing) -> bool:
    return one.step.mark == Mark.SKIPPED or one.done_at is not None


def _state(one: Standing, now: datetime) -> State:
    if one.step.mark == Mark.SKIPPED:
        return State.SKIPPED
    if one.done_at is not None:
        return State.DONE
    if now >= one.due.late_at:
        return State.LATE
    today = clock.local(now).date()
    held_up = any(now >= other.due.late_at for other in one.blocked_by)
    # The day before, when what it waits for should have been done by then: while something can still be done.
    overdue = any(now >= other.due.at for other in one.blocked_by)
    on_the_eve = today >= one.due.on - dates.ONE_DAY and overdue
    if now >= one.due.at or held_up or on_the_eve or (one.blocked_by and today >= one.due.on):
        return State.AT_RISK
    if today >= one.due.on:
        return State.DUE
    return State.BLOCKED if one.blocked_by else State.OPEN
