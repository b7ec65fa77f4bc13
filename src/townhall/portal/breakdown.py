"""How long each step took and why questions were not taken up, broken down: files beside the tables of the page."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.insight import statistics
from townhall.portal.figures import Cell, Table, hour_cell, spans_in_short
from townhall.questions.phrases import DECLINE_REASONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from townhall.insight.statistics import Figures
    from townhall.insight.tally import Tally


def _names() -> dict[str, str]:
    return {
        "kinds": _("类型"), "subjects": _("类别"), "units": _("单位"), "hours": _("期数"), "years": _("年份"),
    }  # fmt: skip


def _groups(found: Figures, by: str) -> list[tuple[Cell, Tally]]:
    """The rows of a breakdown, in their own order: a name, and a tally or what an hour came to in brief."""
    if by == "hours":
        return [(hour_cell(hour), found.of_hour(hour.id)) for hour in found.hours]
    if by == "years":
        return [(Cell(str(year)), one) for year, one in statistics.years(found).items()]
    table = by.removesuffix("s")
    rows = found.by(table)
    words = statistics.labels(table, rows)
    return [(Cell(words.get(key, _("未注明"))), rows[key]) for key in statistics.ordered(table, rows)]


def _times(by: str, found: Figures) -> Table:
    spans = spans_in_short()
    columns = [_names()[by]]
    for words in spans.values():
        columns += [_("%(step)s：中位数（分钟）") % {"step": words}, _("%(step)s：件数") % {"step": words}]
    rows: list[list[Any]] = []
    for name, one in _groups(found, by):
        measured = statistics.brief_times(one)
        rows.append([name, *(measured[span][part] for span in spans for part in ("median", "cases"))])
    return Table(f"times-{by}", _("每一步用了多久：按%(by)s") % {"by": _names()[by]}, "", columns, rows)


def _reasons(by: str, found: Figures) -> Table:
    groups = _groups(found, by)
    met = {code for _name, one in groups for code in one.get("reasons", {})}
    codes = [code for code in DECLINE_REASONS if code in met]
    columns = [_names()[by], *(str(DECLINE_REASONS[code].label) for code in codes)]
    rows: list[list[Any]] = [
        [name, *(one.get("reasons", {}).get(code, 0) for code in codes)] for name, one in groups
    ]
    return Table(f"reasons-{by}", _("没有受理的，为什么：按%(by)s") % {"by": _names()[by]}, "", columns, rows)


_BY = ("kinds", "subjects", "units", "hours", "years")
FILES: dict[str, Callable[[Figures], Table]] = {
    **{f"times-{by}": partial(_times, by) for by in _BY},
    **{f"reasons-{by}": partial(_reasons, by) for by in _BY},
}


def listed() -> list[tuple[str, str]]:
    """The files as the page lists them: name and title."""
    names = _names()
    times = [(f"times-{by}", _("每一步用了多久：按%(by)s") % {"by": names[by]}) for by in _BY]
    return times + [(f"reasons-{by}", _("没有受理的，为什么：按%(by)s") % {"by": names[by]}) for by in _BY]
