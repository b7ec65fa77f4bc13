"""After the hour in public: what is still being answered and by when, who may sign it, what was summed up."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from townhall.documents import serving
from townhall.hours import published as hours
from townhall.journal import read
from townhall.kernel.errors import Refused
from townhall.portal import pages
from townhall.wrapping import published as wrapping

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from townhall.wrapping.made import Made

_AFTER = frozenset({"wrapping", "archived"})


@require_safe
def leftovers(request: HttpRequest, slug: str) -> HttpResponse:
    """Every leftover by unit with its day, late ones marked."""
    hour = hours.find(slug, pages.key_of(request))
    if hour is None or hour.stage not in _AFTER:
        return pages.not_found(request, _("本期还没有结束，会后办理的情况在结束后公布。"))
    frame = pages.hour_frame(hours.present([hour])[0], pages.language_of(request))
    context = {
        **frame,
        "backlog": wrapping.backlog(hour.id),
        "signers": wrapping.authorisations(hour.id),
        "papers": wrapping.papers(hour.id),
    }
    return pages.respond(request, "leftovers", context)


@require_safe
def paper(request: HttpRequest, slug: str, kind: str, version: int | None = None) -> HttpResponse:
    """The summary or the transcript, as it was signed and may be read now; the newest, or an earlier version."""
    hour = hours.find(slug, pages.key_of(request))
    found = wrapping.paper(hour, kind, version) if hour else None
    if hour is None or found is None:
        return pages.not_found(request, _("还没有公布。"))
    frame = pages.hour_frame(hours.present([hour])[0], pages.language_of(request))
    return pages.respond(request, "closing_paper", {**frame, "paper": found})


@require_safe
def paper_file(request: HttpRequest, slug: str, kind: str, form: str) -> HttpResponse:
    """The same as a file."""
    hour = hours.find(slug, pages.key_of(request))
    if hour is None or wrapping.paper(hour, kind) is None:
        return pages.not_found(request, _("还没有公布。"))
    try:
        made = _file(hour.id, kind, form, read.head(hour.id))
    except Refused as refused:
        return pages.message(request, refused.status, _("现在不能下载"), str(refused.message))
    response = serving.made(made.content, made.name, made.content_type)
    response.headers["Cache-Control"] = pages.FRESH
    return response


@lru_cache(maxsize=8)
def _file(hour_id: int, kind: str, form: str, seq: int) -> Made:
    """Setting a long transcript takes seconds: once for as long as nothing has happened in the hour."""
    return wrapping.file(hour_id, kind, form)
