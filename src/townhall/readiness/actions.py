"""Looking everything over and recording it; starting and ending a rehearsal of the hour."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.hours import planning
from townhall.hours.choices import Role
from townhall.hours.models import OfficeHour, Seat
from townhall.hours.turns import take_turn
from townhall.journal.write import record
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused
from townhall.kernel.unit_of_work import unit_of_work
from townhall.people.models import Account
from townhall.questions import published as questions
from townhall.readiness import flow, practice, queries
from townhall.readiness.choices import Level
from townhall.readiness.examine import examine
from townhall.readiness.lines import Subject
from townhall.readiness.models import DryRun, Practice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from townhall.hours.seats import Actor

# What the server asks by itself in one rehearsal, and over how long.
MOST_CITIZENS, MOST_MINUTES = 200, 60
USUAL_MINUTES = 10


def sound_alarm(hour: OfficeHour, key: str, *, red: bool) -> bool:
    """Have the technicians and coordinators told that a number turned red, or that it is over; once for each.

    :param key: which number, of :data:`townhall.readiness.vitals.NAMES`
    :return: whether there was anything new to tell
    """
    if queries.is_red(hour.id, key) == red:
        return False
    seats = Seat.objects.filter(hour=hour, role__in=[Role.TECHNICIAN, Role.COORDINATOR], active=True)
    with unit_of_work():
        take_turn(hour.id)
        if queries.is_red(hour.id, key) == red:
            return False
        record(
            hour.id, "hour.alarm_raised" if red else "hour.alarm_cleared", subject="hour", subject_id=hour.id,
            vital=key, accounts=sorted(set(seats.values_list("account_id", flat=True))),
        )  # fmt: skip
    return True


def dry_run(
    actor: Actor, hour: OfficeHour, *, serving: tuple[str, int] | None = None, asker: str = ""
) -> DryRun:
    """Look everything over, thoroughly, and keep what was found.

    :param serving: host and port on which this process serves, to measure its headroom
    :param asker: the address of the browser that asks
    :raises Refused: 403 or 409
    """
    _demand(actor, "dry_run", hour)
    # Looking takes seconds and reads only: nobody's writing waits for it.
    lines = examine(Subject(hour, serving, asker), thorough=True)
    count = {level: sum(line.level == level for line in lines) for level in Level}
    with unit_of_work():
        take_turn(actor.hour_id)
        _demand(actor, "dry_run", OfficeHour.objects.get(id=hour.id))
        run = DryRun.objects.create(
            hour=hour, at=clock.now(), by_id=actor.id, red=count[Level.FAIL], yellow=count[Level.WARN],
            lines=[asdict(line) for line in lines],
        )  # fmt: skip
        record(
            hour.id, "readiness.dry_run", actor=actor.id, subject="dry_run", subject_id=run.id,
            red=run.red, yellow=run.yellow,
        )  # fmt: skip
    return run


def start_practice(actor: Actor, hour: OfficeHour, data: Mapping[str, Any]) -> Practice:
    """Open a rehearsal of the hour: live at once, behind a secret link.

    :param data: ``citizens`` (0 for people only) and ``minutes`` over which the server asks
    :raises Refused: 403 or 409
    :raises InvalidFields: naming the field to mend
    """
    if seat := flow.refusal(actor, "start_practice", hour):
        raise Refused(seat.status, seat.code, seat.message)
    citizens = _number(data, "citizens", 0, MOST_CITIZENS, 0)
    minutes = _number(data, "minutes", 1, MOST_MINUTES, USUAL_MINUTES)
    rehearsal = practice.create(hour, Account.objects.get(id=actor.id))
    try:
        row = _claim(actor, hour, rehearsal, citizens, minutes)
    except Refused:
        planning.forget_rehearsal(rehearsal)
        raise
    practice.fill(hour, rehearsal)
    row.refresh_from_db()
    return row


def _claim(actor: Actor, hour: OfficeHour, rehearsal: OfficeHour, citizens: int, minutes: int) -> Practice:
    """From here on everybody sees the rehearsal, so that it can be deleted whatever happens to filling it."""
    with unit_of_work():
        take_turn(actor.hour_id)
        _demand(actor, "start_practice", OfficeHour.objects.get(id=hour.id))
        row = Practice.objects.create(
            hour=hour, rehearsal=rehearsal, by_id=actor.id, at=clock.now(), citizens=citizens, minutes=minutes
        )
        record(
            hour.id, "readiness.practice_started", actor=actor.id, subject="hour", subject_id=rehearsal.id,
            citizens=citizens,
        )  # fmt: skip
    return row


def end_practice(actor: Actor, hour: OfficeHour) -> None:
    """Delete the rehearsal whole; only how much was practised stays, as numbers.

    :raises Refused: 403 or 409
    """
    with unit_of_work():
        take_turn(actor.hour_id)
        _demand(actor, "end_practice", hour)
        rehearsal = Practice.objects.select_related("rehearsal").get(hour=hour).rehearsal
        counted = questions.counts([rehearsal.id])[rehearsal.id]
        record(
            hour.id, "readiness.practice_ended", actor=actor.id, subject="hour", subject_id=hour.id,
            asked=counted["asked"], answered=counted["answered"] + counted["promised"],
        )  # fmt: skip
    planning.forget_rehearsal(rehearsal)  # and with it the row that names it


def count_asked(practice_id: int, number: int) -> None:
    """The server has asked so many more questions by itself. Weather: it ends with the rehearsal."""
    with unit_of_work():
        row = Practice.objects.select_for_update().filter(id=practice_id).first()
        if row is not None:
            row.asked = min(row.citizens, row.asked + number)
            row.save(update_fields=["asked"])


def _demand(actor: Actor, verb: str, hour: OfficeHour) -> None:
    if found := flow.refusal(actor, verb, hour):
        raise Refused(found.status, found.code, found.message)


def _number(data: Mapping[str, Any], name: str, least: int, most: int, usual: int) -> int:
    value = str(data.get(name, "") or "").strip()
    if not value:
        return usual
    number = int(value) if value.isascii() and value.isdigit() and len(value) <= len(str(most)) else -1
    if not least <= number <= most:
        raise InvalidFields(
            {name: _("请填写 %(least)s 到 %(most)s 之间的数字。") % {"least": least, "most": most}}
        )
    return number
