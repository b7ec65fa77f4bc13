"""Answers and promises for feed readers (Atom, RFC 4287)."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpResponse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from townhall.hours import published as hours
from townhall.insight import statistics
from townhall.live import steps, wording
from townhall.people import directory
from townhall.portal import pages
from townhall.questions import collected, promised
from townhall.questions import published as questions
from townhall.questions.choices import Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.http import HttpRequest

MOST_ENTRIES = 50
# No copy of a public text may outlive its removal by more than a minute.
CACHE = "public, max-age=30, must-revalidate"


@require_safe
def answers(request: HttpRequest, slug: str) -> HttpResponse:
    """The newest answers of an hour; covered and private ones are left out."""
    hour = hours.get_hour(slug)
    if hour is None:
        return pages.not_found(request, _("没有这一期网上办公，或者还没有公布。"))
    found = questions.newest(hour["id"], show="published", limit=MOST_ENTRIES)
    title = _("第 %(n)s 期 %(topic)s") % {"n": hour["issue_no"], "topic": hour["topic"]}
    return _feed(request, title, hour["page_url"], f"/feeds/hours/{slug}.atom", found)


@require_safe
def every(request: HttpRequest) -> HttpResponse:
    """The newest answers of all hours."""
    found, _following = collected.newest(limit=MOST_ENTRIES)
    return _feed(request, _("新答复"), f"{settings.BASE_URL}/", "/feeds/answers.atom", found)


@require_safe
def unit(request: HttpRequest, unit_id: int) -> HttpResponse:
    """What a unit answered and promised, and what became of its promises, the newest first."""
    one = directory.unit(unit_id)
    if one is None or str(unit_id) not in statistics.figures().by("unit"):
        return pages.not_found(request, _("没有这个单位，或者它还没有承办过公开的问题。"))
    found, _following = collected.answered_by(unit_id, limit=MOST_ENTRIES)
    link = f"{settings.BASE_URL}/units/{unit_id}/"
    feed = _started(request, str(one["name"]), link, f"/feeds/units/{unit_id}.atom")
    entries: list[tuple[datetime, Callable[[], None]]] = [
        (datetime.fromisoformat(question["answer"]["signed_at"]), partial(_add, feed, question))
        for question in found
    ]
    for kept, step in promised.news_of(unit_id, limit=MOST_ENTRIES):
        page = f"{settings.BASE_URL}/promises/{kept['id']}/"
        entries.append((datetime.fromisoformat(step["at"]), partial(_add_step, feed, kept, step, page)))
    for _at, add in sorted(entries, key=itemgetter(0), reverse=True)[:MOST_ENTRIES]:
        add()
    return _finished(feed)


@require_safe
def subject(request: HttpRequest, code: str) -> HttpResponse:
    """Answers to questions about one subject."""
    if code not in Subject.values:
        return pages.not_found(request, _("没有这个类别。"))
    found = collected.about(code, limit=MOST_ENTRIES)
    link = f"{settings.BASE_URL}/archive/"
    return _feed(request, str(Subject(code).label), link, f"/feeds/subjects/{code}.atom", found)


@require_safe
def promise(request: HttpRequest, promise_id: int) -> HttpResponse:
    """One promise: when it was made, and each step that anybody may see since."""
    kept = promised.promise(promise_id)
    if kept is None or kept["covered"]:
        return pages.not_found(request, _("没有这项承诺，或者它没有公开。"))
    page = f"{settings.BASE_URL}/promises/{promise_id}/"
    feed = _started(request, kept["text"][:80], page, f"/feeds/promises/{promise_id}.atom")
    for step in reversed(kept["timeline"][-MOST_ENTRIES:]):
        _add_step(feed, kept, step, page)
    return _finished(feed)


def _add_step(feed: Atom1Feed, kept: dict[str, Any], step: dict[str, Any], page: str) -> None:
    at, made = datetime.fromisoformat(step["at"]), step["verb"] == "made"
    told = "\n".join([kept["text"], steps.told(step)] if made else [steps.told(step)])
    feed.add_item(
        title=_("%(what)s：%(who)s") % {"what": step["heading"], "who": step["who"] or kept["unit"]},
        link=page, description=told, author_name=step["who"] or settings.SITE_NAME, pubdate=at, updateddate=at,
        unique_id=f"{page}#made" if made else f"{page}#step-{step['id']}",
    )  # fmt: skip


def _started(request: HttpRequest, title: str, link: str, path: str) -> Atom1Feed:
    return Atom1Feed(
        title=title,
        link=link,
        description="",
        feed_url=f"{settings.BASE_URL}{path}",
        language="en" if pages.language_of(request) == "en" else "zh-CN",
        feed_copyright=f"{settings.DATA_LICENCE} {settings.DATA_LICENCE_URL}",
    )


def _finished(feed: Atom1Feed) -> HttpResponse:
    response = HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
    response.headers["Cache-Control"] = CACHE
    return response


def _feed(
    request: HttpRequest, title: str, link: str, path: str, found: Iterable[dict[str, Any]]
) -> HttpResponse:
    feed = _started(request, title, link, path)
    for question in found:
        if not question["withheld"] and not question["private"]:
            _add(feed, question)
    return _finished(feed)


def _add(feed: Atom1Feed, question: dict[str, Any]) -> None:
    answer = question["answer"]
    signed = datetime.fromisoformat(answer["signed_at"])
    feed.add_item(
        title=question["title"],
        link=question["url"],
        description=questions.told_in_full(answer),
        author_name=wording.signer(answer),
        pubdate=signed,
        updateddate=signed,
        unique_id=f"{question['url']}#v{answer['version']}",
    )
