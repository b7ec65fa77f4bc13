"""An installation with the demo's district, and years more of it."""

import time
from datetime import date, timedelta
from typing import Any

from django.db import connection

from bench.decade import checking, copies, evenings
from bench.decade.addresses import ADMINISTRATORS
from bench.decade.copies import Shift, Template

LIVED = 2
WEEKS_APART = 9


def start() -> None:
    """The demo's district in the middle of its hour, the newest of all that there will be."""
    from django.core.management import call_command

    from townhall.rehearsal import fill

    call_command("migrate", verbosity=0)
    _hurry()
    copies.leave_room()
    fill.fill("live")
    furnish()


def furnish() -> None:
    """What the demo leaves out: three administrators, the coordinator's calendar to subscribe to."""
    from townhall.countdown import actions as countdown
    from townhall.people import actions as people
    from townhall.people.models import Account

    for office in ADMINISTRATORS:
        people.give_office(people.create_account(office, office), office)
    countdown.make_feed(Account.objects.get(username="coordinator"))


def grow(hours: int, questions: int) -> dict[str, Any]:
    """Put so many past hours before it: two lived through, the others copied from those.

    :param questions: in each hour, about
    :raises AssertionError: when the flows' tables do not accept something that is there now
    """
    _hurry()
    took = {}
    started = time.monotonic()
    templates = live_through(questions)
    took["lived_s"] = time.monotonic() - started
    started = time.monotonic()
    rows = copy(templates, hours - LIVED)
    took["copied_s"] = time.monotonic() - started
    started = time.monotonic()
    accept()
    took["checked_s"] = time.monotonic() - started
    started = time.monotonic()
    keep_derived()
    took["indexed_s"] = time.monotonic() - started
    return {"rows_copied": rows, **took, **checking.size()}


def _newest() -> date:
    """The day of the newest past hour but for the demo's own: a Friday half a year ago."""
    from townhall.kernel import clock

    day = clock.today() - timedelta(weeks=26)
    return day - timedelta(days=(day.weekday() - 4) % 7)


def live_through(questions: int) -> list[Template]:
    """Two hours by the product's own actions, to be copied."""
    from townhall.rehearsal import cast, company

    people, scripted = company.find(), len(cast.questions("stage"))
    days = [_newest() - timedelta(weeks=WEEKS_APART * number) for number in range(LIVED)]
    return [
        Template(evenings.live_through(people, day, 1000 + number, questions - scripted))
        for number, day in enumerate(days)
    ]


def copy(templates: list[Template], hours: int) -> int:
    """So many hours more, every nine weeks before those; returns how many rows were written."""
    rows = 0
    for place in range(hours):
        # The last copy is the oldest and gets the lowest ids.
        day = _newest() - timedelta(weeks=WEEKS_APART * (LIVED + hours - 1 - place))
        lived = _newest() - timedelta(weeks=WEEKS_APART * (place % LIVED))
        to = Shift(place, day - lived, f"{day:%Y-%m-%d}", 2000 + place)
        rows += templates[place % LIVED].copy(to)
    copies.give_years_their_own_pools()
    return rows


def accept() -> None:
    """Let the flows' tables judge everything.

    :raises AssertionError: naming what could not have happened
    """
    if faults := checking.faults():
        raise AssertionError("\n".join(faults[:20]))


def _hurry() -> None:
    """Filling is not what is measured, and lost power is no danger to it."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=OFF")


def keep_derived() -> None:
    """What the server's jobs keep in step: countdowns, limits of leftovers, tallies, the index, the record."""
    from townhall.countdown import actions as countdown
    from townhall.insight.actions import Keeper
    from townhall.insight.tallying import keep_tallies
    from townhall.record import actions as record
    from townhall.wrapping import actions as wrapping

    countdown.settle_all()
    wrapping.keep_backlogs()
    keep_tallies()
    index = Keeper()
    while index.turn():
        pass
    record.Keeper().turn()
