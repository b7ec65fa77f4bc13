"""What an hour, a year or all of them came to: counted from the journal alone, decided by nobody here."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from townhall.hours.choices import PUBLIC_STAGES, Stage
from townhall.hours.models import OfficeHour
from townhall.hours.published import worded
from townhall.insight import tally
from townhall.insight.models import HourTally, PastTally
from townhall.insight.replay import KINDS, Replay
from townhall.journal import read
from townhall.kernel import clock
from townhall.people import directory
from townhall.people.models import Unit
from townhall.questions.choices import Kind, Satisfaction, Subject, WithholdCode
from townhall.questions.phrases import DECLINE_REASONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from townhall.insight.tally import Tally

    Data = dict[str, dict[str, Tally]]

# A list of hours says their names; what was said in them is long.
_NAMES = ("slug", "issue_no", "title", "title_en", "stage", "starts_at")
# Fewer voices than this could be known by name, and say nothing about a unit.
LEAST_CASES = 5
# Satisfied are those who are at least fairly satisfied, as hotlines count it.
SATISFIED = (Satisfaction.VERY_SATISFIED, Satisfaction.SATISFIED, Satisfaction.FAIRLY_SATISFIED)


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers of a choice of hours.

    :param hours: the hours counted, the newest first
    :param briefs: what each hour came to, in brief (:func:`tally.brief`)
    :param data: all of them together
    :param recounted: the whole tallies of those hours whose journal has grown since they were last counted
    """

    hours: list[OfficeHour]
    briefs: dict[int, Tally]
    data: Data
    recounted: dict[int, Data]

    def whole(self) -> Tally:
        """Everything together."""
        return self.data.get("all", {}).get("", {})

    def of_hour(self, hour_id: int) -> Tally:
        """What one hour came to, in brief: its counts, promises, reasons and ratings, and how long each step took."""
        return self.briefs[hour_id]

    def by(self, table: str) -> dict[str, Tally]:
        """The sums by ``kind``, ``subject`` or ``unit``, over all hours."""
        return self.data.get(table, {})

    def by_year(self) -> dict[int, dict[str, int]]:
        """How many were asked and how they ended by calendar year, the newest first."""
        found: dict[int, dict[str, int]] = {}
        for hour in self.hours:
            tally.add(found.setdefault(year_of(hour), {}), counts(self.of_hour(hour.id)))
        return found

    def latest(self, most: int) -> Figures:
        """The same for lists of the newest hours only; the sums stay those of all."""
        return replace(self, hours=self.hours[:most])


def year_of(hour: OfficeHour) -> int:
    """The year in which an hour is held, on the district's calendar."""
    return clock.local(hour.starts_at).year


def figures(
    *, hour_id: int | None = None, year: int | None = None, over: bool = False, hourly: bool = True
) -> Figures:
    """The numbers of one hour, one year, or all public hours; rehearsals only when asked for by id.

    :param over: only hours that have been held
    :param hourly: whether the numbers of each hour are wanted too; those that are only summed up are not read

    Five queries however many hours there are, and one more when a journal has grown since it was counted.
    """
    stages = {Stage.WRAPPING, Stage.ARCHIVED} if over else PUBLIC_STAGES
    rows = OfficeHour.objects.filter(stage__in=stages).order_by("-starts_at", "-id").only(*_NAMES)
    rows = rows.filter(rehearsal=False) if hour_id is None else rows.filter(id=hour_id)
    hours = [hour for hour in rows if year is None or year_of(hour) == year]
    heads = {hour.id: 0 for hour in hours} | read.heads([hour.id for hour in hours])
    kept = HourTally.objects.filter(hour_id__in=list(heads)).only(
        "hour_id", "seq", *(["brief"] if hourly else [])
    )
    briefs = {one.hour_id: one.brief if hourly else {} for one in kept if one.seq == heads[one.hour_id]}
    stale = {hour_id: head for hour_id, head in heads.items() if hour_id not in briefs}
    counted = recounted(stale)
    briefs |= {hour_id: tally.brief(one["all"].get("", {})) for hour_id, one in counted.items()}
    summed = _summed(heads, counted, past=hour_id is None and year is None)
    return Figures(hours, briefs, summed, counted)


def public_units(numbers: Figures) -> list[tuple[int, str]]:
    """The units that the public has met in these numbers: id and name, in the district's own order.

    A unit that only stands in the staff's lists is nobody's business yet.
    """
    met = numbers.by("unit")
    return [(unit_id, name) for unit_id, name in directory.units(closed=True) if str(unit_id) in met]


def _summed(heads: dict[int, int], counted: dict[int, Data], *, past: bool) -> Data:
    """All of these hours together: the kept sum of the archived ones, and to it those that are not in it."""
    row = PastTally.objects.first() if past else None
    inside = {int(hour_id): seq for hour_id, seq in row.hours.items()} if row else {}
    if row is None or any(heads.get(hour_id) != seq for hour_id, seq in inside.items()):
        inside, data = {}, {}
    else:
        data = row.data
    rest = [hour_id for hour_id in heads if hour_id not in inside and hour_id not in counted]
    for one in HourTally.objects.filter(hour_id__in=rest).values_list("data", flat=True):
        tally.add(data, one)
    for hour_id, one in counted.items():
        if hour_id not in inside:
            tally.add(data, one)
    return data


def unit_briefs(found: Figures, unit_id: int) -> dict[int, Tally]:
    """What a unit came to in each hour, in brief; hours in which it had nothing are missing. One query."""
    key = str(unit_id)
    kept = HourTally.objects.filter(hour_id__in=[hour.id for hour in found.hours])
    briefs = {hour_id: units.get(key) for hour_id, units in kept.values_list("hour_id", "unit_briefs")}
    for hour_id, data in found.recounted.items():
        briefs[hour_id] = tally.brief(data["unit"][key]) if key in data["unit"] else None
    return {hour_id: one for hour_id, one in briefs.items() if one is not None}


# A busy hour is asked for its numbers more often than it changes; a few hours at most are in work at once.
_MOST_REMEMBERED = 4
_recounted: OrderedDict[int, tuple[int, Data]] = OrderedDict()
_lock = threading.Lock()


def recounted(heads: dict[int, int]) -> dict[int, Data]:
    """The tallies of hours from their whole journals, in one query.

    :param heads: the newest entry of each hour's line; asked for the same one again, nothing is read
    """
    with _lock:
        wanted = [hour_id for hour_id, head in heads.items() if _recounted.get(hour_id, (0,))[0] != head]
        known = {hour_id: _recounted[hour_id][1] for hour_id in heads if hour_id in _recounted}
        for hour_id, replay in replayed([one for one in wanted if heads[one]]).items():
            known[hour_id] = replay.tally()
            _recounted[hour_id] = (heads[hour_id], known[hour_id])
            _recounted.move_to_end(hour_id)
        while len(_recounted) > _MOST_REMEMBERED:
            _recounted.popitem(last=False)
    return {hour_id: known[hour_id] if heads[hour_id] else Replay().tally() for hour_id in heads}


def replayed(hour_ids: list[int]) -> dict[int, Replay]:
    """Every question and promise of some hours as their journals tell them."""
    found = {hour_id: Replay() for hour_id in hour_ids}
    if hour_ids:
        for line, told in read.facts_of(hour_ids, KINDS):
            found[line].take([told])
    return found


def forget() -> None:
    """Drop what was counted in this process; it is counted afresh."""
    with _lock:
        _recounted.clear()


# -- reading a tally -----------------------------------------------------------------------------------------


def counts(one: Mapping[str, Any]) -> dict[str, int]:
    """How many were asked and how each ended; ``asked`` is the sum of the others."""
    return {name: one.get(name, 0) for name in ("asked", *tally.ENDS)}


def times(one: Tally) -> dict[str, dict[str, Any]]:
    """Median and nine-of-ten in minutes, with the number of cases, for each station, the whole way and first acts."""
    return {name: time_of(one, name) for name in (*tally.SPANS, "act")}


def time_of(one: Tally, span: str) -> dict[str, Any]:
    """Median and nine-of-ten in minutes of one station, with the number of cases."""
    return tally.measured(one.get("times", {}).get(span, {}))


def satisfaction(one: Tally, table: str = "ratings") -> dict[str, Any]:
    """How many rated, and, from :data:`LEAST_CASES` on, how: by level, and the share of the satisfied (0 to 1)."""
    found, told = one.get(table, {}), satisfied(one, table)
    shown = Satisfaction if told["share"] is not None else ()
    levels = [
        {"level": level.value, "label": str(level.label), "count": found.get(str(level.value), 0)}
        for level in shown
    ]
    return {**told, "levels": levels}


def satisfied(one: Tally, table: str = "ratings") -> dict[str, Any]:
    """How many rated, and, from :data:`LEAST_CASES` on, the share of the satisfied (0 to 1)."""
    found = one.get(table, {})
    cases, of_them = sum(found.values()), sum(found.get(str(level.value), 0) for level in SATISFIED)
    return {"cases": cases, "share": round(of_them / cases, 3) if cases >= LEAST_CASES else None}


def promises(one: Tally) -> dict[str, int]:
    """Promises made: standing and of them late, kept in time and late, extended, ended without fulfilment.

    Late is what :mod:`townhall.commitments.clocks` calls so, told by the journal.
    """
    found, due, today = one.get("promises", {}), one.get("due", {}), clock.today().isoformat()
    reported_late = found.get("reported_late", 0)
    return {
        "made": found.get("made", 0),
        "open": sum(due.values()) + found.get("reported", 0) + reported_late,
        "late": sum(number for day, number in due.items() if day < today) + reported_late,
        "kept": found.get("kept", 0),
        "kept_late": found.get("kept_late", 0),
        "extended": found.get("extended", 0),
        "ended": found.get("ended", 0),
    }


def declined(one: Tally) -> list[dict[str, Any]]:
    """What was not taken up, by coded reason, the most frequent first; never a word of it."""
    found = sorted(one.get("reasons", {}).items(), key=lambda row: (-row[1], row[0]))
    return [
        {"code": code, "label": str(DECLINE_REASONS[code].label), "count": number} for code, number in found
    ]


def ledger(one: Tally) -> dict[str, Any]:
    """What was not shown, and what became of objections: numbers and codes."""
    covered = one.get("covered", {})
    return {
        "declined": one.get("declined", 0),
        "urgent": one.get("urgent", 0),
        "covered": [
            {"code": code.value, "label": str(code.label), "count": covered[code.value]}
            for code in WithholdCode
            if code.value in covered
        ],
        "restored": one.get("restored", 0),
        "comments_declined": one.get("comments", {}).get("declined", 0),
        "comments_shown": one.get("comments", {}).get("accepted", 0),
        "appealed": one.get("appealed", 0),
        "reversed": one.get("reversed", 0),
        "upheld": one.get("upheld", 0),
        "corrections": one.get("corrections", 0),
        "returns": one.get("returns", 0),
        "sent_back": one.get("sent_back", 0),
    }


def summary(one: Tally) -> dict[str, Any]:
    """A line of a table: counts, how long each step took, satisfaction, promises, what was not taken up and why.

    :param one: a tally, or what an hour came to in brief
    """
    measured = brief_times(one)
    return {
        "counts": counts(one),
        "minutes_to_answer": measured["answer"],
        "minutes_to_act": measured["act"],
        "minutes": measured,
        "satisfaction": satisfied(one),
        "promise_satisfaction": satisfied(one, "promise_ratings"),
        "commitments": promises(one),
        "declined": declined(one),
    }


def brief_times(one: Tally) -> dict[str, dict[str, Any]]:
    """The times of a tally, or of what an hour came to in brief, where they are measured already."""
    return {name: one[name] for name in (*tally.SPANS, "act")} if "act" in one else times(one)


_WORDS: dict[str, type[Kind | Subject]] = {"kind": Kind, "subject": Subject}


def labels(table: str, keys: Iterable[str]) -> dict[str, str]:
    """What the keys of a table are called, in the reader's language; an empty key is what was not said."""
    wanted = list(keys)
    if table == "unit":
        ids = [int(key) for key in wanted if key]
        return {str(unit.id): worded(unit, "name") for unit in Unit.objects.filter(id__in=ids)}
    return {str(code): str(label) for code, label in _WORDS[table].choices}


def of(hour_id: int | None = None, *, year: int | None = None) -> dict[str, Any]:
    """The numbers as programs get them.

    :param hour_id: one hour; without it all public ones together, rehearsals never
    :param year: all hours of one year
    """
    found = figures(hour_id=hour_id, year=year)
    one = found.whole()
    voices, measured, kept = satisfaction(one), times(one), ledger(one)
    return {
        "hours": len(found.hours),
        "counts": counts(one),
        "minutes_to_answer": {name: measured["answer"][name] for name in ("median", "p90")},
        "minutes": measured,
        "satisfaction": voices["levels"],
        "rated": voices["cases"],
        "satisfied": voices["share"],
        "commitments": promises(one),
        "declined": declined(one),
        "withheld": sum(row["count"] for row in kept["covered"]),
        "ledger": kept,
        "promise_satisfaction": satisfied(one, "promise_ratings"),
        **{f"by_{table}": _table(found, table) for table in ("kind", "subject", "unit")},
        "by_hour": [
            {"key": hour.slug, "label": worded(hour, "title"), **summary(found.of_hour(hour.id))}
            for hour in found.hours
        ],
        "by_year": [
            {"key": str(held), "label": str(held), **summary(one)} for held, one in years(found).items()
        ],
    }


def years(found: Figures) -> dict[int, Tally]:
    """What each calendar year came to as a whole, the newest first; one query."""
    ids = [hour.id for hour in found.hours]
    rows = dict(HourTally.objects.filter(hour_id__in=ids).values_list("hour_id", "data__all"))
    rows |= {hour_id: one["all"] for hour_id, one in found.recounted.items()}
    summed: dict[int, Tally] = {}
    for hour in found.hours:
        tally.add(summed.setdefault(year_of(hour), {}), rows.get(hour.id, {}).get("", {}))
    return summed


def _table(found: Figures, table: str) -> list[dict[str, Any]]:
    rows = found.by(table)
    words = labels(table, rows)
    return [{"key": key, "label": words.get(key, ""), **summary(rows[key])} for key in ordered(table, rows)]


def ordered(table: str, rows: dict[str, Tally]) -> list[str]:
    """The keys of a table in the order of their list, units as they were entered: no ranking. Unsaid comes last."""
    if table == "unit":
        return sorted(rows, key=lambda key: (not key, int(key or 0)))
    return [key for key in (*_WORDS[table].values, "") if key in rows]
