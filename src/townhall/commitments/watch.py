"""What the clock does for promises: reminds, chases and takes late ones higher, in office hours only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from townhall.commitments import actions, clocks, monthly, parties, rules
from townhall.commitments.choices import Level, State, Template
from townhall.commitments.models import Commitment
from townhall.hours.choices import Role
from townhall.hours.models import OfficeHour
from townhall.journal import read
from townhall.journal.models import DISTRICT_LINE
from townhall.journal.write import record
from townhall.kernel import clock
from townhall.kernel.errors import Refused
from townhall.kernel.unit_of_work import unit_of_work

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date


def chase_due() -> int:
    """Do what the schedule asks for today and has not been done yet; returns how many were reached.

    Whom a person chased today is left in peace; a level once reached is not told again.
    """
    now, today = clock.now(), clock.today()
    numbers = rules.numbers()
    if not clocks.is_working_time(now, numbers["first_hour"], numbers["last_hour"]):
        return 0
    schedule = rules.schedule(numbers)
    horizon = clocks.workdays_ahead(today, numbers["before"])
    rows = Commitment.objects.filter(state=State.OPEN, due__lte=horizon).exclude(chased_on=today)
    rows = rows.exclude(hour_id__in=OfficeHour.objects.filter(rehearsal=True).values("id"))
    return sum(_turn(one, today, schedule) for one in rows.order_by("due", "id"))


def say_late() -> int:
    """Write down, once for each day of either clock, that it went by; returns of how many promises.

    The asker is told from this entry. Whoever owes the promise is chased by a schedule of its own.
    """
    today = clock.today()
    rows = Commitment.objects.filter(clocks.newly_passed(today))
    rows = rows.exclude(hour_id__in=OfficeHour.objects.filter(rehearsal=True).values("id"))
    return sum(_say_late(number, today) for number in rows.order_by("id").values_list("id", flat=True))


def _say_late(number: int, today: date) -> bool:
    with unit_of_work():
        one = Commitment.objects.select_for_update().get(id=number)
        day = clocks.passed(one, today)
        if day is None or (one.late_told is not None and one.late_told >= day):
            return False  # somebody has just reported it done
        one.late_told = day
        one.save(update_fields=["late_told"])
        record(
            one.hour_id, "commitment.late", subject="commitment", subject_id=one.id, question=one.question_id,
            due=day.isoformat(),
        )  # fmt: skip
    return True


def announce_month() -> bool:
    """Tell the mayor, on a month's first working day, that the page of the month before is there.

    Where nothing ran on that day it is told on the next; a district that has promised nothing yet is left in peace.
    """
    numbers = rules.numbers()
    if not clocks.is_working_time(clock.now(), numbers["first_hour"], numbers["last_hour"]):
        return False
    last = monthly.month_of(clock.today()).before
    if read.about("month", last.number):
        return False
    made = Commitment.objects.filter(made_at__lt=last.ends)
    if not made.exclude(hour_id__in=OfficeHour.objects.filter(rehearsal=True).values("id")).exists():
        return False
    with unit_of_work():
        record(
            DISTRICT_LINE, "commitment.month_ready", subject="month", subject_id=last.number,
            accounts=parties.holders(Role.MAYOR, 0),
        )  # fmt: skip
    return True


def _turn(one: Commitment, today: date, schedule: Sequence[tuple[int, int]]) -> bool:
    reached = [(days, level) for days, level in schedule if _begins(one.due, days) <= today]
    if not reached:
        return False
    days, level = reached[-1]
    begun = _begins(one.due, days)
    if level > one.level:
        return _do("escalate", one, {"level": level})
    # The unit hears once of each step of the schedule that is meant for it alone.
    if level == Level.UNIT and (one.chased_on is None or one.chased_on < begun):
        template = Template.LATE if one.due < today else Template.DUE_SOON
        return _do("chase", one, {"template": template.value})
    return False


def _begins(due: date, days: int) -> date:
    return clocks.workdays_ahead(due, days)


def _do(verb: str, one: Commitment, data: dict[str, object]) -> bool:
    try:
        actions.perform(parties.THE_SYSTEM, verb, one.id, data)
    except Refused:  # somebody has just reported it done
        return False
    return True
