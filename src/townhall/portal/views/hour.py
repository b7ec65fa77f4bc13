"""Inside an hour: its page, its lists, one's own questions, the hall's screen, other sites' frames."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import segno
from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from townhall.hours import published as hours
from townhall.journal import read
from townhall.live import ledger, snapshot, wording
from townhall.portal import hot, mine, pages
from townhall.portal.answers import answer_html
from townhall.portal.views.home import plain
from townhall.questions import published as questions
from townhall.questions import tracking

if TYPE_CHECKING:
    from django.http import HttpRequest

PER_PAGE = 30
COMMENTABLE = 50
ON_SCREEN = 3


def _no_hour(request: HttpRequest) -> HttpResponse:
    return pages.not_found(request, _("没有这一期网上办公，或者还没有公布。"))


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """The hour's page: the same bytes that the edge keeps ready; a rehearsal's never leave this view."""
    key = pages.key_of(request)
    body = hot.hour(slug, pages.language_of(request), key=key)
    if body is None:
        return _no_hour(request)
    response = HttpResponse(body)
    # A page that a secret has opened must not come to others out of a cache, nor one that a cookie has opened.
    response.headers["Cache-Control"] = pages.PRIVATE if key else "public, max-age=1, must-revalidate"
    given = request.GET.get("key", "")
    # Only what has opened a rehearsal: a link from elsewhere puts nothing of its own into a visitor's browser.
    if given and (opened := hours.find(slug, given)) is not None and opened.rehearsal:
        pages.set_cookie(response, pages.REHEARSAL_COOKIE, given, days=1)
    return response


@require_safe
def embed(request: HttpRequest, slug: str) -> HttpResponse:
    """The plain page for other sites' frames."""
    body = hot.embed(slug, pages.language_of(request))
    if body is None:
        return _no_hour(request)
    response = HttpResponse(body)
    response.headers["Cache-Control"] = "public, max-age=1, must-revalidate"
    return response


@lru_cache(maxsize=512)
def qr(address: str) -> str:
    """A QR code as inline SVG."""
    code = segno.make(address, error="m", micro=False)
    return snapshot.safe(
        code.svg_inline(scale=4, border=2, dark="#000", light="#fff", svgclass="qr", lineclass=None)
    )


@require_safe
def screen(request: HttpRequest, slug: str) -> HttpResponse:
    """The newest answers in large type, for the hall."""
    lang = pages.language_of(request)
    context = snapshot.hour_context(slug, lang, key=pages.key_of(request))
    if context is None:
        return _no_hour(request)
    address = f"{settings.BASE_URL}/hours/{slug}/"
    shown = {
        **hot.frame(context, lang, request.path),
        "qr": qr(address),
        "address": address.partition("://")[2],
    }
    return pages.respond(request, "screen", {**shown, "answers": context["answers"][:ON_SCREEN]})


@require_safe
def own(request: HttpRequest, slug: str) -> HttpResponse:
    """The questions asked from this browser, with their state: a page, or the part that the script asks for."""
    shown = hours.get_hour(slug, pages.key_of(request))
    if shown is None:
        return _no_hour(request)
    lang = pages.language_of(request)
    ids = mine.questions(request)
    rows = [_own(one, lang) for one in tracking.own(ids) if one["hour"] == slug] if ids else []
    context = {**pages.hour_frame(shown, lang), "mine": rows}
    template = "mine_part" if request.GET.get("part") else "mine"
    return pages.respond(request, template, context, cache=pages.PRIVATE)


def _own(question: dict[str, Any], lang: str) -> dict[str, Any]:
    name, _words = wording.state(question)
    return {
        **question,
        "state": name,
        "words": question["status_text"],
        "answer_html": answer_html(question, lang),
    }


SHOWS = ("published", "pending", "answered", "promised", "merged", "declined", "withdrawn")


def _shows(counts: dict[str, int]) -> list[dict[str, Any]]:
    words = {
        "published": _("全部答复"),
        "pending": _("正在办理"),
        "answered": _("当场答复"),
        "promised": _("承诺办理"),
        "merged": pgettext("state", "合并"),
        "declined": _("未受理"),
        "withdrawn": pgettext("state", "撤回"),
    }
    total = {**counts, "published": counts.get("answered", 0) + counts.get("promised", 0)}
    return [{"code": code, "words": words[code], "count": total.get(code, 0)} for code in SHOWS]


def _cursor(text: str) -> tuple[str, int] | None:
    moment, _comma, last = text.partition("~")
    try:
        at = datetime.fromisoformat(moment)
        number = int(last)
    except ValueError:
        return None
    return (moment, number) if at.tzinfo is not None and 0 <= number < 2**63 else None


def _explained(show: str) -> str:
    return {
        "pending": _("还在审核的问题不公开，但都计入总数。"),
        "declined": _(
            "未受理的问题不公开文字，只公布原因和件数。提问人凭查询码能看到原因和办法，并可申请一次复核。"
        ),
        "withdrawn": _("由提问人撤回，不再公开。"),
    }.get(show, "")


@require_safe
def listing(request: HttpRequest, slug: str) -> HttpResponse:
    """Behind every number of the sentence its list, and a search; older pages by link."""
    shown = hours.get_hour(slug, pages.key_of(request))
    if shown is None:
        return _no_hour(request)
    lang, query = pages.language_of(request), plain(request.GET.get("q", ""))
    show = request.GET.get("show", "")
    show = show if show in SHOWS else "published"
    frame = pages.hour_frame(shown, lang)
    # Cards on show follow what happens to them; the head is read before the rows, so nothing falls in between.
    seq = read.head(shown["id"])
    shows, older = _shows(shown["counts"]), ""
    if query:
        found = questions.search(query, hour_id=shown["id"], limit=PER_PAGE)
    else:
        found = questions.newest(
            shown["id"], show=show, before=_cursor(request.GET.get("before", "")), limit=PER_PAGE
        )
        if len(found) == PER_PAGE:
            moment, last = found[-1]["cursor"]
            following = urlencode({"show": show, "before": f"{moment}~{last}"})
            older = f"/hours/{slug}/list/?{following}{frame['more']}"
    context = {
        **frame,
        "seq": seq,
        "streaming": shown["stage"] not in snapshot.SILENT_STAGES,
        "query": query,
        "heading": _("搜索结果") if query else next(one["words"] for one in shows if one["code"] == show),
        "shows": shows,
        "show": "" if query else show,
        "explained": "" if query else _explained(show),
        "ledger": ledger.declined_by_reason(shown["id"]) if show == "declined" and not query else [],
        "cards": snapshot.shelved(found, lang),
        "older": older,
        "latest": f"/hours/{slug}/list/?show={show}{frame['more']}" if request.GET.get("before") else "",
        "key_value": pages.key_of(request),
    }
    return pages.respond(request, "list", context)


@require_safe
def comments(request: HttpRequest, slug: str) -> HttpResponse:
    """Choosing what to comment on."""
    shown = hours.get_hour(slug, pages.key_of(request))
    if shown is None:
        return _no_hour(request)
    found = questions.newest(shown["id"], limit=COMMENTABLE)
    # Comments are about answers: what is not answered yet would only be refused.
    open_ones = [one for one in found if one["title"] and one["status"] == "published"]
    return pages.respond(
        request, "comments", {**pages.hour_frame(shown, pages.language_of(request)), "questions": open_ones}
    )
