"""For search engines and other sites: what may be read, where everything is, a question to show elsewhere."""

from __future__ import annotations

import re
from datetime import UTC, timedelta
from html import escape
from itertools import islice
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape as escape_xml

from django.conf import settings
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from townhall.history import published as history
from townhall.hours import published as hours
from townhall.insight import annual, statistics
from townhall.kernel import clock
from townhall.live import wording
from townhall.portal import pages
from townhall.portal.views.home import positive
from townhall.questions import collected, promised
from townhall.questions import published as questions
from townhall.wrapping import published as wrapping

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from django.http import HttpRequest

# Pages that belong to one person, are behind a sign-in or would be walked without end.
_NOT_FOR_ROBOTS = (
    "/desk/", "/track/", "/stop/", "/remind/", "/follow/", "/unfollow/", "/receipts/", "/look/", "/language/",
    "/embed/", "/api/v1/desk/", "/*?key=",
)  # fmt: skip
MOST_ADDRESSES = 50_000  # of one file, as sitemaps.org says
_QUESTION = re.compile(r"/questions/([0-9]{1,18})/?\Z")
# A card of two paragraphs is readable on a phone and beside a text.
LEAST_WIDTH, USUAL_WIDTH, USUAL_HEIGHT = 240, 600, 320
QUOTED = 200


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What robots leave alone (RFC 9309)."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in _NOT_FOR_ROBOTS)]
    lines += ["", f"Sitemap: {settings.BASE_URL}/sitemap.xml", ""]
    response = HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """Where whoever finds a weakness reports it (RFC 9116)."""
    if not settings.SECURITY_CONTACT:
        return pages.not_found(request)
    # The standard wants less than a year, so that nobody writes to an address long abandoned.
    until = clock.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=180)
    lines = [
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {until.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: zh, en",
        f"Canonical: {settings.BASE_URL}/.well-known/security.txt",
        "",
    ]
    response = HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<{} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'


@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """Where the lists of pages are (sitemaps.org 0.9): pages, each year's questions, promises, what was imported."""
    names = ["pages", *map(str, sorted(set(hours.years().values()), reverse=True))]
    names += [f"promises-{number}" for number in range(1, _parts(promised.newest()) + 1)]
    names += [f"history-{number}" for number in range(1, _parts(history.newest()) + 1)]
    lines = [f"<sitemap><loc>{settings.BASE_URL}/sitemaps/{name}.xml</loc></sitemap>\n" for name in names]
    body = "".join([_HEAD.format("sitemapindex"), *lines, "</sitemapindex>\n"])
    response = HttpResponse(body, content_type="application/xml; charset=utf-8")
    response.headers["Cache-Control"] = pages.FRESH
    return response


@require_safe
def sitemap_pages(request: HttpRequest) -> StreamingHttpResponse:
    """Every public page that lasts but for the questions."""
    return _sitemap((address, None) for address in _pages())


@require_safe
def sitemap_year(request: HttpRequest, year: int) -> HttpResponse | StreamingHttpResponse:
    """Every answered question of the hours of a year, written while it is read."""
    ids = [hour_id for hour_id, held in hours.years().items() if held == year]
    if not ids:
        return pages.not_found(request, _("这一年没有公布过网上办公。"))
    return _sitemap((collected.address(one), signed) for one, signed in collected.addresses(ids))


def _parts(newest: int) -> int:
    """How many files of so many ids each."""
    return -(-newest // MOST_ADDRESSES)


@require_safe
def sitemap_part(request: HttpRequest, what: str, part: int) -> HttpResponse | StreamingHttpResponse:
    """Public promises, or imported questions, one file for every so many ids: what is added changes the last only."""
    room, path = {"promises": (promised, "promises"), "history": (history, "history")}[what]
    after = (part - 1) * MOST_ADDRESSES
    if not 0 <= after < room.newest():
        return pages.not_found(request, _("没有这个文件。"))
    found = room.addresses(after, after + MOST_ADDRESSES)
    return _sitemap((f"{settings.BASE_URL}/{path}/{one}/", changed) for one, changed in found)


def _sitemap(addresses: Iterable[tuple[str, datetime | None]]) -> StreamingHttpResponse:
    response = StreamingHttpResponse(_lines(addresses), content_type="application/xml; charset=utf-8")
    response.headers["Cache-Control"] = pages.FRESH
    return response


def _lines(addresses: Iterable[tuple[str, datetime | None]]) -> Iterator[bytes]:
    yield _HEAD.format("urlset").encode()
    for address, changed in islice(addresses, MOST_ADDRESSES):
        at = f"<lastmod>{clock.local(changed).isoformat(timespec='seconds')}</lastmod>" if changed else ""
        yield f"<url><loc>{escape_xml(address)}</loc>{at}</url>\n".encode()
    yield b"</urlset>\n"


def _pages() -> Iterator[str]:
    base = settings.BASE_URL
    for path in ("/", "/archive/", "/promises/", "/statistics/", "/units/", "/suggestions/", "/open/"):
        yield base + path
    for year in annual.years():
        yield f"{base}/archive/{year}/"
    for slug, _starts_at in hours.addresses():
        yield f"{base}/hours/{slug}/"
    for slug, kind in wrapping.paper_addresses():
        yield f"{base}/hours/{slug}/papers/{kind}/"
    for clarification in questions.clarification_addresses():
        yield f"{base}/clarifications/{clarification}/"
    for unit_id, _name in statistics.public_units(statistics.figures()):
        yield f"{base}/units/{unit_id}/"


@require_safe
def oembed(request: HttpRequest) -> HttpResponse:
    """A public question for another site's page (oEmbed 1.0): text and a link, no script, no frame."""
    if request.GET.get("format", "json") != "json":
        return HttpResponse(status=501)
    path = request.GET.get("url", "").removeprefix(settings.BASE_URL)
    match = _QUESTION.match(path)
    shown = questions.get(int(match.group(1))) if match else None
    if shown is None or shown["withheld"] or shown["private"]:
        return JsonResponse({"title": _("没有这个问题，或者它没有公开。")}, status=404)
    width = max(LEAST_WIDTH, min(positive(request.GET.get("maxwidth")) or USUAL_WIDTH, USUAL_WIDTH))
    content: dict[str, Any] = {
        "type": "rich",
        "version": "1.0",
        "title": shown["title"],
        "author_name": wording.signer(shown["answer"]) if shown["answer"] else shown["unit"],
        "provider_name": settings.SITE_NAME,
        "provider_url": f"{settings.BASE_URL}/",
        "cache_age": 60,  # no copy of a public text may outlive its removal by more than a minute
        "html": _quoted(shown),
        "width": width,
        "height": min(positive(request.GET.get("maxheight")) or USUAL_HEIGHT, USUAL_HEIGHT),
    }
    response = JsonResponse(content, json_dumps_params={"ensure_ascii": False})
    response.headers["Cache-Control"] = "public, max-age=30, must-revalidate"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _quoted(shown: dict[str, Any]) -> str:
    answer = shown["answer"]
    said = questions.told_in_full(answer) if answer else shown["status_text"]
    short = said if len(said) <= QUOTED else said[:QUOTED] + "…"
    by = wording.signer(answer) if answer else ""
    return (
        f'<blockquote cite="{escape(shown["url"])}"><p><strong>{escape(shown["title"])}</strong></p>'
        f"<p>{escape(short)}</p><footer>{escape(by)} "
        f'<a href="{escape(shown["url"])}">{escape(settings.SITE_NAME)}</a></footer></blockquote>'
    )
