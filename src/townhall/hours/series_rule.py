"""The rule of the series: which dates it proposes."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING

from townhall.hours.models import SeriesRule
from townhall.kernel import workdays
from townhall.kernel.workdays import Rule, Workday

if TYPE_CHECKING:
    from townhall.kernel.workdays import Calendar

# A rule as the pages get it, without its table.
Row = SeriesRule

# The seed's rule (单数月最后一个工作日晚 7:00 至 8:00), until the district writes another.
USUAL_START, USUAL_MINUTES = time(19), 60


def in_force() -> SeriesRule:
    """The rule that proposes now; the seed's, unsaved, where none was written."""
    return SeriesRule.objects.first() or SeriesRule(
        months=list(workdays.SEED_RULE.months), pick=workdays.SEED_RULE.pick, starts=USUAL_START,
        minutes=USUAL_MINUTES,
    )  # fmt: skip


def kernel_rule(row: SeriesRule) -> Rule:
    """The rule as the kernel reads it."""
    return Rule(months=tuple(row.months), pick=row.pick, weekday=row.weekday, nth=row.nth)  # type: ignore[arg-type]


def date_in(
    year: int, month: int, calendar: Calendar | None = None, rule: SeriesRule | None = None
) -> Workday:
    """The rule's date for a month, also for one in which the rule holds no hour."""
    chosen = rule or in_force()
    one_month = Rule(months=(month,), pick=kernel_rule(chosen).pick, weekday=chosen.weekday, nth=chosen.nth)
    return workdays.propose_dates(year, one_month, calendar)[0]
