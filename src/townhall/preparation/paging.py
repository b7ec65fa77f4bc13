"""Pages of what came to a unit over the years: what waits first, then the newest."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, When

PER_PAGE = 12


def last(**condition: Any) -> Case:
    """Puts the rows that meet the condition behind the others."""
    return Case(When(**condition, then=1), default=0)


def page_of(ordered: Any, page: int) -> tuple[list[Any], bool]:
    """One page, counted from 1, and whether there are more."""
    start = (max(page, 1) - 1) * PER_PAGE
    found = list(ordered[start : start + PER_PAGE + 1])
    return found[:PER_PAGE], len(found) > PER_PAGE
