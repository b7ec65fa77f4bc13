"""Open data: whole hours and years as files that flow as they are read, with what every field means and the licence."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import JsonResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from townhall.documents.sheets import csv_lines
from townhall.hours import published as hours
from townhall.portal import dictionary, figures, pages
from townhall.questions import collected
from townhall.questions.choices import Subject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest, HttpResponse

    from townhall.portal.dictionary import Row

TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl; charset=utf-8"}


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Every file, what stands in it, and how it may be used."""
    context = {
        "years": sorted(set(hours.years().values()), reverse=True),
        "hours": [(hour.slug, figures.hour_cell(hour)) for hour in hours.newest(figures.MOST_HOURS)],
        "files": [
            {"name": name, "title": _titles()[name], "fields": fields}
            for name, fields in dictionary.FILES.items()
        ],
        "subjects": [(one.value, one.label) for one in Subject],
        "licence": settings.DATA_LICENCE,
        "licence_url": settings.DATA_LICENCE_URL,
        "base": settings.BASE_URL,
        "publisher": settings.ORGANISER or settings.SITE_NAME,
    }
    return pages.respond(request, "open", context)


def _titles() -> dict[str, str]:
    return {"questions": _("问题和答复"), "promises": _("承诺")}


@require_safe
def of_hour(request: HttpRequest, slug: str, name: str, form: str) -> HttpResponse | StreamingHttpResponse:
    """One hour's questions or promises."""
    row = hours.find(slug)
    if row is None:
        return pages.not_found(request, _("没有这一期网上办公，或者还没有公布。"))
    return _file([row.id], f"{slug}-{name}", name, form)


@require_safe
def of_year(request: HttpRequest, year: int, name: str, form: str) -> HttpResponse | StreamingHttpResponse:
    """A year's questions or promises."""
    ids = [hour_id for hour_id, held in hours.years().items() if held == year]
    if not ids:
        return pages.not_found(request, _("这一年没有公布过网上办公。"))
    return _file(ids, f"{year}-{name}", name, form)


def _file(hour_ids: list[int], filename: str, name: str, form: str) -> StreamingHttpResponse:
    rows = _rows(hour_ids, name)
    fields = dictionary.FILES[name]
    lines = (
        csv_lines(([one.of(row) for one in fields] for row in rows), [one.name for one in fields])
        if form == "csv"
        else (json.dumps(row, ensure_ascii=False, default=str).encode() + b"\n" for row in rows)
    )
    response = StreamingHttpResponse(lines, content_type=TYPES[form])
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}.{form}"'
    response.headers["Cache-Control"] = pages.FRESH
    response.headers["Link"] = f'<{settings.DATA_LICENCE_URL}>; rel="license"'
    return response


def _rows(hour_ids: list[int], name: str) -> Iterator[Row]:
    for question in collected.of_hours(hour_ids):
        if name == "questions":
            yield question
        else:
            yield from dictionary.promises_of(question)


@require_safe
def package(request: HttpRequest) -> JsonResponse:
    """The same for programs (Frictionless Data Package)."""
    schemas = {
        name: {
            "fields": [{"name": one.name, "type": one.type, "description": str(one.words)} for one in fields],
            "primaryKey": "id",
        }
        for name, fields in dictionary.FILES.items()
    }
    resources: list[dict[str, Any]] = [
        {
            "name": f"{name}-{year}",
            "path": f"{settings.BASE_URL}/open/years/{year}/{name}.csv",
            "profile": "tabular-data-resource",
            "encoding": "utf-8",
            "schema": schema,
        }
        for year in sorted(set(hours.years().values()), reverse=True)
        for name, schema in schemas.items()
    ]
    content = {
        "name": "townhall",
        "title": settings.SITE_NAME,
        "homepage": f"{settings.BASE_URL}/open/",
        "licenses": [{"name": settings.DATA_LICENCE, "path": settings.DATA_LICENCE_URL}],
        "resources": resources,
    }
    response = JsonResponse(content, json_dumps_params={"ensure_ascii": False, "indent": 1})
    response.headers["Cache-Control"] = pages.FRESH
    return response
