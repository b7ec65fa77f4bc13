"""The numbers, for everybody: tables with their definitions, charts drawn from them, each as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from townhall.documents.sheets import csv_lines
from townhall.hours import published as hours
from townhall.hours.published import worded
from townhall.insight import statistics
from townhall.portal import breakdown, figures, pages
from townhall.portal.views.home import positive

if TYPE_CHECKING:
    from django.http import HttpRequest

    from townhall.insight.statistics import Figures

# Any four-digit year; the calendar's own limits would only make an error out of an empty page.
MOST_YEAR = 9999


def chosen(request: HttpRequest) -> Figures | None:
    """The hours a visitor chose by ``?hour=`` or ``?year=``; ``None`` when there is no such public hour."""
    if slug := request.GET.get("hour"):
        row = hours.find(slug[:64]) if "\x00" not in slug else None
        return statistics.figures(hour_id=row.id) if row else None
    return statistics.figures(year=_year(request))


def _year(request: HttpRequest) -> int | None:
    year = positive(request.GET.get("year"))
    return year if year and year <= MOST_YEAR else None


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """All tables of the chosen hours."""
    found = chosen(request)
    if found is None:
        return pages.not_found(request, _("没有这一期网上办公，或者还没有公布。"))
    one_hour = found.hours[0] if request.GET.get("hour") else None
    year = None if one_hour else _year(request)
    query = f"?hour={one_hour.slug}" if one_hour else f"?year={year}" if year else ""
    listed = hours.newest(figures.MOST_HOURS, year=statistics.year_of(one_hour) if one_hour else year)
    context = {
        "tables": figures.tables(found),
        "sentence": figures.sentence(found.whole()),
        "query": query,
        "one_hour": one_hour,
        "hour_title": worded(one_hour, "title") if one_hour else "",
        "year": year,
        "years": sorted(set(hours.years().values()), reverse=True),
        "hours": [(hour.slug, figures.hour_cell(hour)) for hour in listed],
        "shortened": figures.MOST_HOURS if len(found.hours) > figures.MOST_HOURS else 0,
        "empty": not found.hours,
        "files": breakdown.listed(),
    }
    return pages.respond(request, "statistics", context)


@require_safe
def table(request: HttpRequest, name: str) -> HttpResponse | StreamingHttpResponse:
    """One table as CSV."""
    known = figures.TABLES | breakdown.FILES
    found = chosen(request) if name in known else None
    if found is None:
        return pages.not_found(request, _("没有这张表。"))
    one = known[name](found)
    response = StreamingHttpResponse(csv_lines(one.rows, one.columns), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response.headers["Cache-Control"] = pages.FRESH
    return response
