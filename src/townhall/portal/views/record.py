"""The public record: what it is in plain words, one answer in it, and its files for programs and verifiers."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from townhall.portal import pages
from townhall.portal.views.hour import qr
from townhall.record import pages as kept
from townhall.record import published as record

PLAIN = "text/plain; charset=utf-8"
FOR_EVER = "public, max-age=31536000, immutable"


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """What the record is, its key's fingerprint, how to verify, and its newest entries."""
    keys = record.keys()
    context = {
        "state": record.state(),
        "keys": keys,
        "qr": qr(keys[0]["vkey"]) if keys else "",
        "base": settings.BASE_URL,
        "stamp": record.stamps(),
    }
    return pages.respond(request, "record", context)


@require_safe
def question(request: HttpRequest, question_id: int) -> HttpResponse:
    """What the record holds about one question, and its receipt."""
    found = record.of_question(question_id)
    if found is None:
        words = _("没有这个问题，或者它没有公开。演练的内容不写入公开记录。")
        return pages.not_found(request, words)
    keys = record.keys()
    return pages.respond(request, "record_question", {**found, "keys": keys})


@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest signed checkpoint."""
    return _file(request, record.checkpoint(), PLAIN)


@require_safe
def vkey(request: HttpRequest) -> HttpResponse:
    """The record's public keys, the newest first, one a line."""
    lines = "".join(f"{key.vkey}\n" for key in record.vkeys())
    return _file(request, lines.encode() or None, PLAIN)


@require_safe
def tile(request: HttpRequest, address: str) -> HttpResponse:
    """A tile or a bundle of entries; what stands there never changes."""
    return _file(request, record.tile(f"tile/{address}"), "application/octet-stream", cache=FOR_EVER)


@require_safe
def stamps(request: HttpRequest) -> HttpResponse:
    """Every stamp of another clock and what it is about, one a line."""
    return _file(request, record.stamp_list(), PLAIN)


@require_safe
def stamped(request: HttpRequest, size: int) -> HttpResponse:
    """The checkpoint that a stamp is about, to the byte."""
    return _file(request, record.stamp(size, token=False), PLAIN, cache=FOR_EVER)


@require_safe
def stamp(request: HttpRequest, size: int) -> HttpResponse:
    """The stamp itself, as the authority gave it (RFC 3161, 3.4)."""
    return _file(request, record.stamp(size, token=True), "application/timestamp-reply", cache=FOR_EVER)


@require_safe
def receipt(request: HttpRequest, name: str) -> HttpResponse:
    """The receipt of one published thing, as a file to keep."""
    response = _file(request, record.receipt(name), PLAIN)
    if response.status_code == 200:  # noqa: PLR2004 - found
        response.headers["Content-Disposition"] = f'attachment; filename="{name}.tlog-proof"'
    return response


@require_safe
def verifier(request: HttpRequest) -> HttpResponse:
    """The page that verifies by itself, on its reader's device; under a policy of its own, for its own script."""
    response = _file(request, kept.verifier_page(), "text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = kept.page_policy()
    return response


@require_safe
def script(request: HttpRequest) -> HttpResponse:
    """The same as a Python script in one file."""
    response = _file(request, kept.script(), "text/x-python; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="townhall-verify.py"'
    return response


def _file(
    request: HttpRequest, data: bytes | None, content_type: str, *, cache: str = pages.FRESH
) -> HttpResponse:
    if data is None:
        return pages.not_found(request, _("记录里还没有这一项。刚刚公布的内容，几秒钟后再看。"))
    response = HttpResponse(data, content_type=content_type)
    response.headers["Cache-Control"] = cache
    return response
