"""The annual report: a page, and the same as a document."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from townhall.documents import serving
from townhall.insight import annual
from townhall.journal import read
from townhall.portal import pages

if TYPE_CHECKING:
    from django.http import HttpRequest

# Setting a PDF takes half a second of a core: readers of the same report share one until something happens.
_made: dict[tuple[int, str], tuple[int, tuple[str, bytes, str]]] = {}
_lock = threading.Lock()


@require_safe
def page(request: HttpRequest, year: int) -> HttpResponse:
    """A year's report."""
    found = annual.of(year) if year in annual.years() else None
    if found is None:
        return pages.not_found(request, _("没有这一年的年度报告。"))
    context = {"report": found, "sentence": annual.sentence(found), "outcome": annual.outcome(found)}
    context["url"] = f"{settings.BASE_URL}/archive/{year}/"
    return pages.respond(request, "annual", context)


@require_safe
def document(request: HttpRequest, year: int, kind: str) -> HttpResponse:
    """The report as .docx or PDF."""
    if year not in annual.years():
        return pages.not_found(request, _("没有这一年的年度报告。"))
    newest = read.newest()
    with _lock:
        kept = _made.get((year, kind))
        if kept is None or kept[0] != newest:
            found = annual.of(year)
            if found is None:
                return pages.not_found(request, _("没有这一年的年度报告。"))
            kept = _made[year, kind] = newest, annual.document(found, kind)
    name, data, content_type = kept[1]
    return serving.made(data, name, content_type)
