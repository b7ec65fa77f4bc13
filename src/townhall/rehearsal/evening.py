"""One office hour written from announcement to wherever it stands: who asks when, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any

from townhall.hours import actions as hour_actions
from townhall.kernel import clock
from townhall.rehearsal import aftermath, afterwards, cast
from townhall.rehearsal.script import Scene, Thread, paced, split_at_signing

STAGES = ("planned", "announced", "preparing", "live", "wrapping", "archived")
ANNOUNCED_BEFORE, CLOSED_BEFORE = timedelta(days=10), timedelta(days=4)
LENGTH = timedelta(minutes=60)
MINUTE = timedelta(minutes=1)
DESK_OPENS, DESK_CLOSES = time(8, 30), time(18, 0)
# What a question's fate becomes when the hour is shown at another stage than live.
_FATES: dict[str, dict[str, str]] = {
    "announced": {
        "published": "drafted", "submitted": "assigned", "drafted": "accepted", "assigned": "accepted",
        "accepted": "received",
    },
    "preparing": {
        "published": "submitted", "drafted": "submitted", "assigned": "drafted", "accepted": "assigned",
        "received": "accepted",
    },
    "wrapping": {
        "submitted": "published", "assigned": "published", "drafted": "submitted", "accepted": "drafted",
        "received": "assigned",
    },
    "archived": dict.fromkeys(("submitted", "drafted", "assigned", "accepted", "received"), "published"),
}  # fmt: skip
# When, as a share of the time that has passed, questions of a fate are asked: who waits longest asked first.
_ASKED = {
    "published": (0.02, 0.42), "submitted": (0.15, 0.55), "drafted": (0.25, 0.6), "assigned": (0.25, 0.75),
    "accepted": (0.5, 0.85), "received": (0.62, 0.985), "declined": (0.1, 0.7), "merged": (0.2, 0.8),
    "withdrawn": (0.1, 0.7),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Times:
    """The moments of one hour being written; what lies after ``now`` has not happened."""

    starts_at: datetime
    now: datetime

    @property
    def announced_at(self) -> datetime:
        """When pre-questions opened."""
        return self.starts_at - ANNOUNCED_BEFORE

    @property
    def closed_at(self) -> datetime:
        """When pre-questions closed."""
        return self.starts_at - CLOSED_BEFORE

    @property
    def opened_at(self) -> datetime:
        """When the hour went live."""
        return self.starts_at

    @property
    def wrapped_at(self) -> datetime:
        """When the hour ended."""
        return self.starts_at + LENGTH


def write(scene: Scene, times: Times, stage: str) -> None:
    """Put the hour's own moves and every question on the timetable, and do them."""
    reached = STAGES.index(stage)
    _moves_of_the_hour(scene, times, reached)
    if stage != "planned":
        key = next(key for key, card in cast.hours().items() if card.topic == scene.hour.topic)
        cards = [card for card in cast.questions(key) if reached >= STAGES.index("live") or _is_early(card)]
        for card in cards:
            fate = _fate(card, stage)
            scene.threads[card.key] = Thread(card, fate)
        # Whatever is merged is asked after what it is merged into.
        for thread in sorted(scene.threads.values(), key=lambda thread: thread.fate == "merged"):
            _put(scene, thread, times, reached)
    if reached >= STAGES.index("wrapping"):
        afterwards.put(scene, times)
    scene.perform()
    if stage == "wrapping":
        afterwards.follow(scene, times.now - MINUTE, to_the_end=False)
    if stage == "archived":
        last = min(times.wrapped_at + timedelta(days=8), times.now)
        afterwards.follow(scene, last - timedelta(hours=1), to_the_end=True)
        with clock.steer(last):
            _hour_verb(scene, "archive")


def _is_early(card: cast.Scripted) -> bool:
    """Before the hour only what is about its topic has been asked, and nothing that was an emergency."""
    return card.group in {"edu", "traffic", ""} and not card.urgent and card.withheld == ""


def _fate(card: cast.Scripted, stage: str) -> str:
    if card.urgent and card.decline == {} and stage in {"wrapping", "archived"}:
        return "declined"
    return _FATES.get(stage, {}).get(card.fate, card.fate)


def _hour_verb(scene: Scene, verb: str, **data: Any) -> None:
    scene.hour = hour_actions.perform(scene.company.actor("coordinator", scene.hour), verb, data)


def _moves_of_the_hour(scene: Scene, times: Times, reached: int) -> None:
    moves: list[tuple[int, datetime, Callable[[], None]]] = [
        (1, times.announced_at, partial(_hour_verb, scene, "announce")),
        (2, times.closed_at, partial(_hour_verb, scene, "close_asking")),
        (3, times.opened_at - MINUTE, partial(_hour_verb, scene, "change_signer", username="mayor")),
        (3, times.opened_at, partial(_hour_verb, scene, "open_live")),
        (3, times.opened_at + 9 * MINUTE, partial(_hour_verb, scene, "pause", reason_code="backlog")),
        (3, times.opened_at + 10 * MINUTE, partial(_hour_verb, scene, "resume")),
        (3, times.opened_at + 14 * MINUTE, partial(_hour_verb, scene, "change_signer", username="deputy1")),
        (4, times.wrapped_at, partial(_hour_verb, scene, "wrap")),
    ]
    for needed, moment, act in moves:
        if reached >= needed:
            scene.at(moment, act)


def _put(scene: Scene, thread: Thread, times: Times, reached: int) -> None:
    """Put one question on the timetable: asked, led to its fate, followed by what gathers around it."""
    chance = scene.chance
    early = reached < STAGES.index("live") or thread.card.window == "pre"
    span = (times.announced_at, min(times.closed_at, times.now)) if early else (
        times.opened_at, min(times.wrapped_at, times.now)
    )  # fmt: skip
    low, high = _ASKED[thread.fate]
    asked = span[0] + (span[1] - span[0]) * chance.uniform(low, high)
    if thread.fate == "merged":
        target = scene.threads[thread.card.into].asked_at
        asked = max(asked, target + (span[1] - target) * chance.uniform(0.05, 0.5))
    if not early and 9 * MINUTE <= asked - times.opened_at < 10 * MINUTE:
        asked += 70 * timedelta(seconds=1)  # asking was paused
    thread.asked_at = asked
    scene.at(asked, partial(scene.ask, thread))
    before, signing = split_at_signing(scene.path(thread))
    last = asked
    if early:
        end = min(times.opened_at, times.now) - MINUTE
        moments = paced(chance, asked, end, before, timedelta(hours=6))
        moments = _at_the_desk(moments, end)
        last = max(times.opened_at + chance.uniform(0.5, 6) * MINUTE, asked) if signing else asked
        steps = list(zip(moments, before, strict=True))
    else:
        signing, before = [], [*before, *signing]
        steps = list(zip(paced(chance, asked, _latest(times, reached), before, MINUTE), before, strict=True))
    if signing:
        steps += zip(paced(chance, last, _latest(times, reached), signing, MINUTE), signing, strict=True)
    for moment, step in steps:
        scene.at(moment, step.act)
    if thread.fate == "published":
        aftermath.follow(scene, thread, steps[-1][0] + timedelta(seconds=10), _latest(times, reached))


def _latest(times: Times, reached: int) -> datetime:
    """By when whatever is done in the hour, or soon after it, has been done."""
    if reached >= STAGES.index("wrapping"):
        return min(times.now, times.wrapped_at + timedelta(hours=20))
    return times.now


def _at_the_desk(moments: list[datetime], end: datetime) -> list[datetime]:
    """Offices work by day: what falls into the night is done the next morning, if that is not too late."""
    moved: list[datetime] = []
    for moment in moments:
        later = max(moment, moved[-1] + 7 * MINUTE) if moved else moment
        local = clock.local(later)
        if not DESK_OPENS <= local.time() < DESK_CLOSES:
            day = local.date() + timedelta(days=1 if local.time() >= DESK_CLOSES else 0)
            later = datetime.combine(day, DESK_OPENS, clock.DISTRICT_ZONE) + timedelta(minutes=local.minute)
        moved.append(later)
    return moved if not moved or moved[-1] < end else moments
