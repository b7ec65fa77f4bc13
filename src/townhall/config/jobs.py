"""What the clock proposes and the system does, once per installation however many processes serve."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from townhall.kernel.leases import lease

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from townhall.countdown.watch import Watch
    from townhall.insight.actions import Keeper
    from townhall.insight.tallying import TallyKeeper
    from townhall.keeping.actions import Clerk
    from townhall.readiness.alarms import Watchman

logger = logging.getLogger("townhall.jobs")
TICK_SECONDS = 1.0
RECORD_SECONDS, RECORD_PATIENCE_SECONDS = 0.5, 5.0
# How often one looks whether a stamp is due; one that is due waits no longer for an authority that is back.
STAMP_SECONDS = 30.0
# However soon its next batch may leave, the sender does not spin.
LEAST_REST_SECONDS = 0.01
# Ten questions in five seconds are ten thousand in an hour and a half; a provider that is silent is left alone.
RECEIPT_SECONDS, RECEIPT_PATIENCE_SECONDS = 5.0, 60.0
PLAY_SWITCH = "_TOWNHALL_PLAY"  # set by `serve --play` and `run` for their own serving processes


def run(stop: threading.Event) -> None:
    """Do what is due, until ``stop``; a job that fails keeps no other from its turn."""
    jobs = (
        wrap_due,
        alarm_absent,
        watch_vitals,
        follow_calendar,
        chase_units,
        propose_closing,
        look_after_observers,
        look_after_promises,
        settle_countdowns,
        keep_backlogs,
        ask_back,
        practise,
        keep_index,
        keep_tallies,
        erase_contacts,
        tell_staff,
        tell_followers,
        remind_subscribers,
        wipe_traces,
        keep_logs,
    )
    while not stop.wait(TICK_SECONDS):
        with lease("jobs") as mine:
            while mine and not stop.wait(TICK_SECONDS):
                for job in jobs:
                    _attempt(job)


def _attempt(job: Callable[[], object]) -> None:
    try:
        job()
    except Exception:
        logger.exception("a job failed; it is tried again")


def wrap_due() -> int:
    """Wrap every live hour whose end has come; returns how many."""
    from django.db import close_old_connections

    from townhall.hours import actions
    from townhall.hours.models import OfficeHour
    from townhall.hours.seats import system_actor
    from townhall.kernel import clock

    close_old_connections()
    due = OfficeHour.objects.filter(stage="live", ends_at__lte=clock.now())
    for hour in due:
        actions.perform(system_actor(hour), "wrap", {})
    return len(due)


def alarm_absent() -> int:
    """Tell the coordinators shortly before the start who has not arrived; returns how many hours were told."""
    from townhall.staffing import actions, attendance

    return sum(actions.sound_alarm(hour, minutes) for hour, minutes in attendance.due_alarms())


@cache
def _watchman() -> Watchman:
    from townhall.readiness.alarms import Watchman

    return Watchman()


def watch_vitals() -> int:
    """Have people told when a number of the running hour turns red, and when it is over; returns how often."""
    from django.db import close_old_connections

    close_old_connections()
    return _watchman().look()


def practise() -> int:
    """Ask what the citizens of rehearsals ask by now; returns how many questions."""
    from django.db import close_old_connections

    from townhall.rehearsal import automatic

    close_old_connections()
    return automatic.ask_due()


def follow_calendar() -> None:
    """Notice a holiday schedule that another machine has entered."""
    from townhall.hours import calendar

    calendar.follow()


def chase_units() -> int:
    """Remind units that are late with a signature under a notice; returns how many."""
    from django.db import close_old_connections

    from townhall.preparation import chasing

    close_old_connections()
    return chasing.chase_due()


def propose_closing() -> int:
    """Tell coordinators that the time to close pre-questions has come; returns of how many hours."""
    from django.db import close_old_connections

    from townhall.preparation import publicity

    close_old_connections()
    return publicity.propose_closing()


def look_after_promises() -> int:
    """Once a minute: chase what is due, say what is late, set limits that waited for a calendar, announce a month."""
    from django.db import close_old_connections

    from townhall.commitments import actions, watch
    from townhall.kernel import clock

    if not _promises_turn.begins(clock.now()):
        return 0
    close_old_connections()
    return watch.chase_due() + watch.say_late() + actions.settle_prescribed() + watch.announce_month()


class _Minute:
    """Whether a new minute has begun since the last time."""

    def __init__(self) -> None:
        self._last: datetime | None = None

    def begins(self, now: datetime) -> bool:
        minute = now.replace(second=0, microsecond=0)
        begun, self._last = minute != self._last, minute
        return begun


_promises_turn = _Minute()


def settle_countdowns() -> int:
    """Look at the countdowns when something has happened or a full hour has passed; returns the entries written."""
    from townhall.countdown import actions

    return actions.settle_all() if _countdowns().stirred() else 0


@cache
def _countdowns() -> Watch:
    from townhall.countdown.watch import Watch

    return Watch()


def keep_index() -> int:
    """Keep what is found by words in step with what may be read; returns how many questions were looked at."""
    return _index().turn()


@cache
def _index() -> Keeper:
    from townhall.insight.actions import Keeper

    return Keeper()


def keep_tallies() -> int:
    """Keep the hours' numbers in step with the journal; returns how many hours were counted."""
    return _tallies().turn()


@cache
def _tallies() -> TallyKeeper:
    from townhall.insight.tallying import TallyKeeper

    return TallyKeeper()


def keep_backlogs() -> int:
    """Keep the limits of leftovers in step with their questions; returns how many changed."""
    from django.db import close_old_connections

    from townhall.wrapping import actions

    close_old_connections()
    return actions.keep_backlogs()


def ask_back() -> int:
    """Once a minute ask askers whether it helped, and delete what is no longer needed; returns how much changed."""
    from django.db import close_old_connections

    from townhall.kernel import clock
    from townhall.redress import actions as redress
    from townhall.voice import actions

    if clock.now() < _next_ask[0]:
        return 0
    _next_ask[0] = clock.now() + ASK_BACK_EVERY
    close_old_connections()
    return actions.keep() + redress.erase_due()


# Nobody waits for the question whether it helped; looking every second would cost more than it tells.
ASK_BACK_EVERY = timedelta(minutes=1)
_next_ask = [datetime.min.replace(tzinfo=UTC)]


def erase_contacts() -> int:
    """Delete contact data whose time has come; returns of how many questions and comments."""
    return _clerk().turn()


@cache
def _clerk() -> Clerk:
    from townhall.keeping.actions import Clerk

    return Clerk()


def look_after_observers() -> int:
    """Close applications, fill seats, delete personal data in time; returns how many calls were touched."""
    from django.db import close_old_connections

    from townhall.observers import actions

    close_old_connections()
    return actions.run_due()


def tell_staff() -> int:
    """Turn what the journal says about people into messages to them; returns how many."""
    from django.db import close_old_connections

    from townhall.outreach import reading

    close_old_connections()
    return reading.tick()


def tell_followers() -> int:
    """Turn what happened in public into messages to who follows it; returns how many."""
    from django.db import close_old_connections

    from townhall.following import actions

    close_old_connections()
    return actions.tick()


def remind_subscribers() -> int:
    """Once a minute: queue the reminders of hours that citizens asked for; returns how many."""
    from django.db import close_old_connections

    from townhall.kernel import clock
    from townhall.outreach import reminding

    if not _reminders_turn.begins(clock.now()):
        return 0
    close_old_connections()
    return reminding.tick()


_reminders_turn = _Minute()


def wipe_traces() -> bool:
    """Let nothing of what was deleted for good stay on the disk; returns whether there was something to do."""
    from townhall.kernel import unit_of_work

    return unit_of_work.wipe_traces()


def keep_logs() -> int:
    """Once a day: delete logs, bans, connections, threats in time; tell the journal the log's hash; how many files."""
    from django.conf import settings
    from django.db import close_old_connections

    from townhall.config import chained_log
    from townhall.keeping import actions
    from townhall.kernel import clock
    from townhall.questions import actions as questions

    today, folder = clock.today(), Path(settings.DATA_DIR) / chained_log.FOLDER
    if _logs_kept_on[0] == today:
        return 0
    _logs_kept_on[0] = today
    close_old_connections()
    questions.forget_ended()
    questions.forget_connections()
    actions.erase_threats()
    done = chained_log.forget(folder, today)
    checked = chained_log.check(folder)
    if checked.lines:
        actions.seal_log(checked.head, checked.lines)
    return done


_logs_kept_on: list[date | None] = [None]


def send(stop: threading.Event) -> None:
    """Send what waits, until ``stop``; a slow gateway holds up nothing but this."""
    from django.db import close_old_connections

    from townhall.outreach import sending

    pause = TICK_SECONDS
    while not stop.wait(TICK_SECONDS):
        with lease("outreach") as mine:
            while mine and not stop.wait(pause):
                pause = TICK_SECONDS
                close_old_connections()
                try:
                    pause = 0.0 if sending.tick() else _until_next(sending.next_batch_in())
                except Exception:
                    logger.exception("sending failed; it goes on with the next turn")


def _until_next(batch_in: float | None) -> float:
    """How long the sender rests: until its next batch may leave, and long enough not to spin, at most a tick."""
    return TICK_SECONDS if batch_in is None else min(max(batch_in, LEAST_REST_SECONDS), TICK_SECONDS)


def ask_receipts(stop: threading.Event) -> None:
    """Ask providers what became of messages, until ``stop``; a slow one holds up nothing but this."""
    from django.db import close_old_connections

    from townhall.outreach import asking

    while not stop.wait(RECEIPT_SECONDS):
        with lease("receipts") as mine:
            pause = RECEIPT_SECONDS
            while mine and not stop.wait(pause):
                close_old_connections()
                pause = RECEIPT_SECONDS
                try:
                    pause = RECEIPT_PATIENCE_SECONDS if asking.tick().silent else RECEIPT_SECONDS
                except Exception:
                    logger.exception("the provider could not be asked; it goes on with the next turn")


def pass_bell_on(stop: threading.Event) -> None:
    """Ring here what other machines ring, until ``stop``; on SQLite there are none."""
    from townhall.journal import bell
    from townhall.kernel import sessions

    while sessions.is_wanted() and not stop.wait(TICK_SECONDS):
        with lease("bell", among_machines=False) as mine:
            while mine and not stop.wait(TICK_SECONDS):
                try:
                    bell.relay(stop)
                except Exception as error:  # noqa: BLE001 - whatever it is: until it is mended, polls are slower
                    logger.warning("the other machines' bell is not heard, tried again: %s", error)


def keep_record(stop: threading.Event) -> None:
    """Keep the public record, until ``stop``: what is published is signed within a second or two.

    One machine draws and decides; each of the others makes the same files from what was decided.
    """
    from townhall.record.actions import Keeper
    from townhall.record.copying import Copyist

    copyist, trouble = Copyist(), [""]
    while not stop.wait(RECORD_SECONDS):
        with lease("record") as mine:
            if mine:
                keeper, copyist = Keeper(), Copyist()
                pause = RECORD_SECONDS
                while mine and not stop.wait(pause):
                    pause = _record_turn(keeper.turn, trouble)
            elif mine.here:  # another machine has it
                stop.wait(_record_turn(copyist.turn, trouble) - RECORD_SECONDS)


def _record_turn(turn: Callable[[], object], trouble: list[str]) -> float:
    """One turn, and how long to wait for the next; trouble is said once: the doctor says it as often as one asks."""
    from django.db import close_old_connections

    close_old_connections()
    try:
        turn()
    except Exception as error:
        if str(error) != trouble[0]:
            logger.exception("the public record is not kept up")
        trouble[0] = str(error)
        return RECORD_PATIENCE_SECONDS
    trouble[0] = ""
    return RECORD_SECONDS


def ask_witnesses(stop: threading.Event) -> None:
    """Show every checkpoint to the witnesses, until ``stop``; a slow one holds up nothing but this."""
    from django.conf import settings

    from townhall.record import cosigning, notes

    colleagues = [cosigning.Colleague(url, notes.verifier(vkey)) for url, vkey in settings.RECORD_WITNESSES]
    pause = TICK_SECONDS
    while colleagues and not stop.wait(TICK_SECONDS):
        with lease("witnesses") as mine:
            while mine and not stop.wait(pause):
                try:
                    pause = RECORD_PATIENCE_SECONDS if cosigning.gather(colleagues) else TICK_SECONDS
                except Exception:
                    logger.exception("the witnesses could not be asked; it goes on with the next turn")


def ask_for_stamps(stop: threading.Event) -> None:
    """Have the record's checkpoints stamped by another clock, until ``stop``."""
    from django.conf import settings

    from townhall.record import stamping

    authorities = [stamping.Authority(url, stamping.roots(path)) for url, path in settings.RECORD_STAMPS]
    trouble = ""
    while authorities and not stop.wait(STAMP_SECONDS):
        with lease("stamps") as mine:
            while mine and not stop.wait(STAMP_SECONDS):
                try:
                    for authority in authorities:
                        stamping.stamp(authority)
                    trouble = ""
                except Exception as error:  # said once: the doctor says it as often as one asks
                    if str(error) != trouble:
                        logger.exception("the public record is not stamped")
                    trouble = str(error)


def play(stop: threading.Event) -> None:
    """Keep the demo's hour moving, until ``stop``."""
    from townhall.rehearsal import play as playing

    with lease("play") as mine:
        if mine:
            playing.run(stop)
