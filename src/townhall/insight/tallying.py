"""Keeping the hours' tallies in step with the journal: derived from it, so nothing here is history."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from townhall.hours.choices import PUBLIC_STAGES, Stage
from townhall.hours.models import OfficeHour
from townhall.insight import statistics, tally
from townhall.insight.models import HourTally, PastTally
from townhall.journal import read
from townhall.kernel import clock
from townhall.kernel.unit_of_work import one_at_a_time, unit_of_work

if TYPE_CHECKING:
    from datetime import datetime

# While an hour is live its numbers change every second; whoever asks then has them counted on the spot.
LIVE_TALLY_AGE = timedelta(minutes=1)


class TallyKeeper:
    """Follows the journal: counts the hours anew to which something happened."""

    def __init__(self) -> None:
        self._seen = -1
        self._waiting = False

    def turn(self) -> int:
        """One turn; returns how many hours were counted."""
        newest = read.newest()
        if newest == self._seen and not self._waiting:
            return 0
        self._seen = newest
        done, self._waiting = keep_tallies()
        return done


def keep_tallies() -> tuple[int, bool]:
    """Count every hour whose journal has grown since it was counted.

    :returns: how many were counted, and whether a live one waits for its minute
    """
    public = OfficeHour.objects.filter(stage__in=PUBLIC_STAGES, rehearsal=False)
    stages = dict(public.values_list("id", "stage"))
    heads = read.heads(list(stages))
    kept = {row.hour_id: row for row in HourTally.objects.only("hour_id", "seq", "counted_at")}
    stale = [hour_id for hour_id in stages if not _is_kept(kept.get(hour_id), heads.get(hour_id, 0))]
    now = clock.now()
    waiting = {
        hour_id
        for hour_id in stale
        if stages[hour_id] == Stage.LIVE
        and hour_id in kept
        and now - kept[hour_id].counted_at < LIVE_TALLY_AGE
    }
    for hour_id in stale:
        if hour_id not in waiting:
            _keep_tally(hour_id, heads.get(hour_id, 0), now, over=stages[hour_id] == Stage.ARCHIVED)
    return len(stale) - len(waiting), bool(waiting)


def _is_kept(row: HourTally | None, head: int) -> bool:
    return row is not None and row.seq == head


def _keep_tally(hour_id: int, head: int, now: datetime, *, over: bool) -> None:
    data = statistics.recounted({hour_id: head})[hour_id]
    made = {
        "seq": head,
        "counted_at": now,
        "data": data,
        "brief": tally.brief(data["all"].get("", {})),
        "unit_briefs": {unit: tally.brief(one) for unit, one in data["unit"].items()},
    }
    with unit_of_work():
        one_at_a_time("insight.tallies")
        if over:
            _add_to_past(hour_id, head, data)
        HourTally.objects.update_or_create(hour_id=hour_id, defaults=made)


def _add_to_past(hour_id: int, head: int, data: dict[str, Any]) -> None:
    """Put an archived hour into the sum, in place of what it came to before."""
    row = PastTally.objects.first() or PastTally()
    if str(hour_id) in row.hours:
        before = HourTally.objects.filter(hour_id=hour_id).values_list("data", flat=True).first()
        tally.take_away(row.data, before or {})
    tally.add(row.data, data)
    row.hours[str(hour_id)] = head
    row.save()
