"""Files that were published with an hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.views.decorators.http import require_safe

from townhall.documents import published, serving
from townhall.kernel.errors import Refused
from townhall.portal import pages

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def file(request: HttpRequest, upload_id: int) -> HttpResponse:
    """A public file as a download."""
    upload = published.upload(upload_id)
    if upload is None:
        return pages.not_found(request)
    try:
        response = serving.kept(upload)
    except Refused:
        return pages.not_found(request)
    response.headers["Cache-Control"] = pages.FRESH
    return response  # type: ignore[return-value]
