"""All hours and all years: what there was, a search in what was answered, and what was imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from townhall.following import published as following
from townhall.history import published as history
from townhall.hours import published as hours
from townhall.insight import facets, finding, indexing
from townhall.kernel.text import whole_number
from townhall.portal import pages
from townhall.portal.views.home import plain, positive
from townhall.questions import published as questions
from townhall.questions.choices import Outcome, Subject

if TYPE_CHECKING:
    from django.http import HttpRequest, QueryDict

    from townhall.insight.finding import Wanted

PER_PAGE = 12
PER_HOUR = 50
LAST_PAGE = 15


@require_safe
def archive(request: HttpRequest) -> HttpResponse:
    """Hours that are over, by year; with ``q`` (also an empty one) or ``like`` a search."""
    years = _years()
    wanted = _wanted(request.GET, years)
    form = _form(request, wanted, years)
    if "q" in request.GET or wanted.narrowed.keys() - {"year"}:
        return _found(request, wanted, form)
    if (like := positive(request.GET.get("like"))) is not None:
        return _alike(request, like, form)
    return _listed(request, wanted, form)


def _wanted(given: QueryDict, years: list[int]) -> Wanted:
    """What somebody looks for; a value that is none of the lists narrows nothing."""

    def one_of(name: str, values: list[str]) -> str:
        value = given.get(name, "")
        return value if value in values else ""

    year = whole_number(given.get("year", "")) or 0
    hour, past = positive(given.get("hour")), positive(given.get("past"))
    return finding.Wanted(
        words=given.get("q", "")[: finding.MOST_TYPED],
        hour=indexing.own_hour(hour) if hour else indexing.past_hour(past) if past else "",
        year=year if year in years else 0,
        unit=plain(given.get("unit", "")),
        subject=one_of("subject", list(Subject.values)),
        area=plain(given.get("area", "")),
        outcome=one_of("outcome", list(Outcome.values)),
    )


def _years() -> list[int]:
    return sorted({*hours.archived_years(), *history.years()}, reverse=True)


def _listed(request: HttpRequest, wanted: Wanted, form: dict[str, Any]) -> HttpResponse:
    before = positive(request.GET.get("before"))
    listed = hours.list_hours("archived", before_id=before, year=wanted.year or None, limit=PER_PAGE)
    older = {"before": listed[-1]["id"], **wanted.narrowed} if len(listed) == PER_PAGE else None
    context = {
        **form,
        "hours": listed,
        "reported": any(one["counts"].get("asked") for one in listed),
        "past_hours": [] if before else history.hours(wanted.year or None),
        "older": f"/archive/?{urlencode(older)}" if older else "",
    }
    return pages.respond(request, "archive", context)


def _form(request: HttpRequest, wanted: Wanted, years: list[int]) -> dict[str, Any]:
    kept = facets.options()
    return {
        "wanted": wanted,
        "query": plain(wanted.words),
        "years": years,
        "units": kept["unit"],
        "areas": kept["area"],
        "subjects": Subject.choices,
        "outcomes": Outcome.choices,
        "narrowed": bool(wanted.narrowed),
        "hour_id": positive(request.GET.get("hour")),
        "past_id": positive(request.GET.get("past")),
    }


def _found(request: HttpRequest, wanted: Wanted, form: dict[str, Any]) -> HttpResponse:
    page = min(positive(request.GET.get("page")) or 1, LAST_PAGE)
    found = finding.search(wanted, page=page)
    query = {
        name: value
        for name in ("q", "year", "hour", "past", "unit", "subject", "area", "outcome")
        if (value := plain(request.GET.get(name, ""))) or name == "q"
    }

    def address(number: int) -> str:
        return f"/archive/?{urlencode({**query, 'page': number})}"

    more = found.total > page * finding.PER_PAGE and page < LAST_PAGE
    context = {
        **form,
        "searched": True,
        "found": found,
        "said": _said(wanted, found),
        "permalink": f"/archive/?{urlencode(query)}",
        "follow": following.offer("subject", wanted.subject) if wanted.subject else None,
        "earlier": address(page - 1) if page > 1 else "",
        "later": address(page + 1) if more else "",
    }
    return pages.respond(request, "archive", context)


def _said(wanted: Wanted, found: finding.Found) -> str:
    if found.nothing_to_seek:
        return _("只有标点或空格，没有可以查找的字。请输入一两个词，如“路灯”“入园报名”。")
    if not found.items:
        return _("没有找到。换一个说法试试，或者直接提问。")
    if found.full:
        return _("找到 %(n)s 条以上，最新的在前。加一个词可以找得更准。") % {"n": found.total}
    return _("找到 %(n)s 条。") % {"n": found.total}


def _alike(request: HttpRequest, question_id: int, form: dict[str, Any]) -> HttpResponse:
    """What was answered to questions like this one."""
    question = questions.get(question_id)
    if question is None or not question["title"]:
        return pages.not_found(request, _("没有这个问题，或者它没有公开。"))
    wanted = finding.Wanted(words=question["title"])
    found = finding.search(wanted, without=question_id)
    said = _("以前答复过的类似问题。") if found.items else _("还没有答复过类似的问题。")
    context = {**form, "searched": True, "found": found, "said": said,
               "like": question, "permalink": f"/archive/?like={question_id}"}  # fmt: skip
    return pages.respond(request, "archive", context)


@require_safe
def past(request: HttpRequest, past_id: int) -> HttpResponse:
    """One imported question."""
    found = history.get(past_id)
    if found is None:
        return pages.not_found(request, _("没有这条往期问答。"))
    return pages.respond(request, "past", {"p": found})


@require_safe
def past_hour(request: HttpRequest, hour_id: int) -> HttpResponse:
    """An imported hour with its questions in the order of their source."""
    hour = history.hour(hour_id)
    if hour is None:
        return pages.not_found(request, _("没有这一期往期问答。"))
    found, later = history.of_hour(hour_id, after=positive(request.GET.get("after")) or 0, limit=PER_HOUR)
    context = {
        "hour": None,
        "past_hour": hour,
        "questions": found,
        "later": f"/history/hours/{hour_id}/?after={later}" if later else "",
    }
    return pages.respond(request, "past_hour", context)
