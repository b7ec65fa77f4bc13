"""What people and the system do to steps. The clock proposes: late is what the system says when it has looked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.countdown import dates, flow, owners, queries, template
from townhall.countdown.choices import BY_HAND, MARKING_STAGES, WATCHED_STAGES, Mark, State, Verb
from townhall.countdown.models import Feed, Step, StepNote
from townhall.hours.models import OfficeHour
from townhall.hours.turns import take_turn
from townhall.journal.models import DISTRICT_LINE
from townhall.journal.write import record
from townhall.kernel import clock, secrets, workdays
from townhall.kernel.errors import InvalidFields, Refused, missing
from townhall.kernel.unit_of_work import unit_of_work

if TYPE_CHECKING:
    from collections.abc import Mapping

    from townhall.countdown.states import Standing
    from townhall.hours.seats import Actor
    from townhall.people.models import Account

LONGEST_NOTE = 200
_KINDS = {
    Verb.TICK: "countdown.done", Verb.UNTICK: "countdown.reopened", Verb.SKIP: "countdown.skipped",
    Verb.TAKE_UP: "countdown.taken_up",
}  # fmt: skip
# What an owner is told of, the worse later; each once.
_ALARMS = {
    State.DUE: "countdown.due", State.AT_RISK: "countdown.at_risk", State.LATE: "countdown.late",
}  # fmt: skip
_RANKS = {"": 0, **{state.value: rank for rank, state in enumerate(_ALARMS, start=1)}}
# A step that is due today is told of when people begin to work, not at midnight.
MORNING = 8


# -- people -----------------------------------------------------------------------------------------------


def perform(actor: Actor, verb: str, step_id: int, data: Mapping[str, Any]) -> Step:
    """Tick a step, take the tick back, leave the step out of this hour or take it up again.

    :param data: ``note``; a reason wherever something is taken back or left out
    :raises Refused: 404 without such a step in the actor's hour, else why not
    :raises InvalidFields: for a missing reason
    """
    if verb not in flow.MOVES:
        raise missing(_("没有这项操作。"))
    with unit_of_work():
        take_turn(actor.hour_id)
        hour = OfficeHour.objects.get(id=actor.hour_id)
        one = _standing(hour, step_id)
        if refused := flow.refusal(actor, verb, hour, one):
            raise Refused(refused.status, refused.code, refused.message)
        note = _note(data, needed=verb != Verb.TICK)
        step = one.step
        _mark(step, Mark(str(flow.MOVES[verb].target)), actor.account_id)
        StepNote.objects.create(step=step, verb=verb, text=note, by_id=actor.id, at=clock.now())
        facts = {"proof": BY_HAND} if verb in {Verb.TICK, Verb.UNTICK} else {}
        _tell(hour, _KINDS[Verb(verb)], step, actor.account_id, **facts)
    return step


def _standing(hour: OfficeHour, step_id: int) -> Standing:
    steps = list(Step.objects.filter(hour=hour))
    found = next((one for one in queries.standings(hour, steps) if one.step.id == step_id), None)
    if found is None:
        raise missing(_("本期没有这个节点。"))
    return found


def _note(data: Mapping[str, Any], *, needed: bool) -> str:
    text = str(data.get("note") or "").replace("\0", "").strip()
    if needed and not text:
        raise InvalidFields({"note": _("请写明原因。")})
    if len(text) > LONGEST_NOTE:
        raise InvalidFields({"note": _("最多 %(most)s 个字。") % {"most": LONGEST_NOTE}})
    return text


def _mark(step: Step, mark: Mark, account_id: int | None, at: Any = None) -> None:
    step.mark = mark
    step.marked_at = None if mark == Mark.OPEN else at or clock.now()
    step.marked_by_id = None if mark == Mark.OPEN else account_id
    step.told = ""
    step.save(update_fields=["mark", "marked_at", "marked_by", "told"])


def _tell(hour: OfficeHour, kind: str, step: Step, actor: int | None, **facts: Any) -> None:
    record(hour.id, kind, actor=actor, subject="step", subject_id=step.id, step=step.code, **facts)


# -- the system -------------------------------------------------------------------------------------------


def enter_steps(hour: OfficeHour) -> None:
    """Give a new hour its steps by the present template; called inside the unit of work that enters the hour."""
    if hour.rehearsal:
        return
    days = workdays.current()
    steps = template.steps_for(hour.id)
    for step in steps:
        step.due_on = dates.due(step, hour.starts_at, days).on
    Step.objects.bulk_create(steps)


def settle(hour_id: int) -> int:
    """Write down what the clock and the events have made of an hour's steps; returns how many entries that took.

    Each owner is told once that a step is due today, once that it is at risk and once that it is late, and whenever
    its day has moved.
    """
    hour = OfficeHour.objects.get(id=hour_id)
    if hour.rehearsal or not (_lacks_steps(hour) or _changes(hour)):
        return 0
    with unit_of_work():
        take_turn(hour_id)
        hour.refresh_from_db()
        if _lacks_steps(hour):
            enter_steps(hour)
            record(hour.id, "countdown.started", subject="hour", subject_id=hour.id)
        changes = _changes(hour)
        people = owners.owners([hour.id])[hour.id]
        for one, kind in changes:
            accounts = [account.id for account in owners.of(one.step.owner_role, people)]
            _write_down(hour, one, kind, accounts)
    return len(changes)


def settle_all() -> int:
    """The same for every hour that is being prepared or under way."""
    return sum(settle(hour.id) for hour in queries.coming())


def _lacks_steps(hour: OfficeHour) -> bool:
    return hour.stage in WATCHED_STAGES and not Step.objects.filter(hour=hour).exists()


def _changes(hour: OfficeHour) -> list[tuple[Standing, str]]:
    """What is not written down yet, each with its kind of entry."""
    if hour.stage not in MARKING_STAGES:
        return []
    standings = queries.standings(hour, list(Step.objects.filter(hour=hour)))
    watched = hour.stage in WATCHED_STAGES
    return [(one, kind) for one in standings for kind in _by_event(one) + (_by_clock(one) if watched else [])]


def _by_event(one: Standing) -> list[str]:
    if not one.by_event or one.step.mark == Mark.SKIPPED:
        return []
    if one.done_at is not None and one.step.mark == Mark.OPEN:
        return ["countdown.done"]
    return ["countdown.reopened"] if one.done_at is None and one.step.mark == Mark.DONE else []


def _by_clock(one: Standing) -> list[str]:
    if one.ended:
        return []
    moved = one.step.due_on != one.due.on
    told = "" if moved else one.step.told
    alarm = _ALARMS.get(one.state)
    if one.state == State.DUE and clock.local(clock.now()).hour < MORNING:
        alarm = None
    new = alarm is not None and _RANKS[one.state.value] > _RANKS[told]
    return (["countdown.moved"] if moved else []) + ([alarm] if alarm and new else [])


def _write_down(hour: OfficeHour, one: Standing, kind: str, accounts: list[int]) -> None:
    step = one.step
    if kind == "countdown.done":
        _mark(step, Mark.DONE, None, one.done_at)
        _tell(hour, kind, step, None, proof=step.proof)
    elif kind == "countdown.reopened":
        _mark(step, Mark.OPEN, None)
        _tell(hour, kind, step, None, proof=step.proof)
    else:
        step.told = "" if kind == "countdown.moved" else one.state.value
        step.due_on = one.due.on
        step.save(update_fields=["told", "due_on"])
        _tell(hour, kind, step, None, due=str(one.due.on), account=accounts)


# -- a person's calendar ----------------------------------------------------------------------------------


def make_feed(account: Account) -> str:
    """Make a person's secret calendar address, or a new one that ends the old; returns the secret."""
    secret = secrets.make_nonce()
    with unit_of_work():
        Feed.objects.update_or_create(
            account=account,
            defaults={
                "digest": secrets.keyed_hash("calendar feed", secret),
                "sealed": secrets.encrypt(secret),
                "made_at": clock.now(),
            },
        )
        _tell_feed("countdown.feed_made", account)
    return secret


def end_feed(account: Account) -> None:
    """End a person's calendar address at once."""
    with unit_of_work():
        Feed.objects.filter(account=account).delete()
        _tell_feed("countdown.feed_ended", account)


def _tell_feed(kind: str, account: Account) -> None:
    record(DISTRICT_LINE, kind, actor=account.id, subject="account", subject_id=account.id)
