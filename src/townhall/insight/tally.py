"""Counting that adds up: what several hours, units or kinds came to is the sum of what each came to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

# A tally is JSON: numbers, and tables of numbers by code. Two tallies are added member by member.
Tally = dict[str, Any]

ENDS = ("answered", "promised", "merged", "declined", "withdrawn", "pending")
# The four stations of a question and the whole way, in the order in which it passes them.
SPANS = ("screen", "assign", "submit", "sign", "answer")
TENTHS_UP_TO = 100  # minutes; a tenth of a minute tells nothing about what takes longer
MINUTES_UP_TO = 6000


def span(seconds: float) -> str:
    """A time as it is counted, in minutes: to the tenth up to 100, whole up to 100 hours, in hours beyond."""
    minutes = max(seconds, 0) / 60
    if minutes < TENTHS_UP_TO:
        return f"{minutes:.1f}"
    return str(round(minutes) if minutes < MINUTES_UP_TO else round(minutes / 60) * 60)


def count(tally: Tally, *path: str, by: int = 1) -> None:
    """Add to the number at this place."""
    *tables, last = path
    for name in tables:
        tally = tally.setdefault(name, {})
    tally[last] = tally.get(last, 0) + by


def add(total: Tally, other: Tally) -> Tally:
    """Add ``other`` to ``total``, which is changed and returned."""
    for name, value in other.items():
        if isinstance(value, dict):
            add(total.setdefault(name, {}), value)
        else:
            total[name] = total.get(name, 0) + value
    return total


def total(tallies: Iterable[Tally]) -> Tally:
    """The sum of several tallies."""
    found: Tally = {}
    for one in tallies:
        add(found, one)
    return found


def take_away(total: Tally, other: Tally) -> Tally:
    """Take from ``total``, which is changed and returned, what was once added to it; what is nothing now is gone."""
    for name, value in other.items():
        if isinstance(value, dict):
            if not take_away(total.setdefault(name, {}), value):
                del total[name]
        else:
            total[name] = total.get(name, 0) - value
            if not total[name]:
                del total[name]
    return total


def measured(times: dict[str, int]) -> Tally:
    """Median and nine-of-ten in minutes, with the number of cases."""
    return {"median": quantile(times, 0.5), "p90": quantile(times, 0.9), "cases": sum(times.values())}


def brief(tally: Tally) -> Tally:
    """What a line of a table says: counts, promises with the days still due, reasons, ratings, how long each step took.

    It does not add up as tallies do: a median is in it.
    """
    kept = {
        name: tally[name]
        for name in ("asked", *ENDS, "promises", "due", "reasons", "ratings", "promise_ratings")
        if name in tally
    }
    return {**kept, **{name: measured(tally.get("times", {}).get(name, {})) for name in (*SPANS, "act")}}


def quantile(times: dict[str, int], share: float) -> float | None:
    """The time within which this share of the cases lay, interpolated as ``statistics.quantiles(inclusive)`` does.

    :param times: how many cases took so many minutes
    :param share: 0.5 for the median, 0.9 for nine of ten
    """
    cases = sum(times.values())
    if not cases:
        return None
    place = (cases - 1) * share
    below = int(place)
    ordered = sorted((float(minutes), number) for minutes, number in times.items())
    low = _at(ordered, below)
    high = _at(ordered, min(below + 1, cases - 1))
    return round(low + (high - low) * (place - below), 1)


def _at(ordered: list[tuple[float, int]], place: int) -> float:
    seen = 0
    for minutes, number in ordered:
        seen += number
        if place < seen:
            return minutes
    return ordered[-1][0]
