"""The first page, past hours, promises: what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from townhall.hours import published as hours
from townhall.journal import read
from townhall.live import cards, snapshot
from townhall.portal import pages
from townhall.questions import published as questions
from townhall.topics import published as topics

if TYPE_CHECKING:
    from django.http import HttpRequest

CURRENT_STAGES = ("live", "announced", "preparing", "wrapping")
PAST_ON_HOME = 5
PER_PAGE = 12
MOST_FOUND = 20


def _current(shown: list[dict[str, Any]], lang: str) -> list[dict[str, Any]]:
    current = [hour for hour in shown if hour["stage"] in CURRENT_STAGES]
    current.sort(key=lambda hour: CURRENT_STAGES.index(hour["stage"]))
    return [
        {"hour": hour, **{name: snapshot.safe(part) for name, part in cards.hour_parts(hour, lang).items()}}
        for hour in current
    ]


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What is going on now, what comes next, what has been."""
    shown = hours.list_hours(limit=PER_PAGE)
    past = [hour for hour in shown if hour["stage"] == "archived"][:PAST_ON_HOME]
    current = _current(shown, pages.language_of(request))
    return pages.respond(request, "home", {"current": current, "past": past, "topics_open": topics.is_open()})


def asking_hour() -> dict[str, Any] | None:
    """The hour to which a visitor's question belongs: live, else announced, else the nearest."""
    shown = hours.list_hours(limit=PER_PAGE)
    current = [hour for hour in shown if hour["stage"] in CURRENT_STAGES]
    return min(current, key=lambda hour: CURRENT_STAGES.index(hour["stage"]), default=None)


def _go(request: HttpRequest, page: str) -> HttpResponse:
    hour = asking_hour()
    if hour is None:
        words = _("现在没有正在进行的网上办公。下一期公布后就能提问，急事请拨 12345。")
        return pages.message(request, 404, _("现在还不能提问"), words)
    return pages.see(f"/hours/{hour['slug']}/{page}")


@require_safe
def ask(request: HttpRequest) -> HttpResponse:
    """The door to asking, from pages outside an hour."""
    return _go(request, "ask")


@require_safe
def comments(request: HttpRequest) -> HttpResponse:
    """The door to comments, from pages outside an hour."""
    return _go(request, "comments/")


def plain(text: str) -> str:
    """What somebody searches for, as a database can take it."""
    return " ".join(text.replace("\x00", " ").split())[:60]


def positive(text: str | None) -> int | None:
    """A small positive whole number from an address, or nothing."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 18 else None  # noqa: PLR2004 - fits 64 bits


@require_safe
def clarifications(request: HttpRequest) -> HttpResponse:
    """Every signed clarification of a public hour, newest first."""
    lang = pages.language_of(request)
    found = questions.clarifications(most=MOST_FOUND)
    shown = [snapshot.safe(cards.clarification_html(one, lang)) for one in found]
    return pages.respond(request, "clarifications", {"cards": shown})


@require_safe
def clarification(request: HttpRequest, clarification_id: int) -> HttpResponse:
    """The permanent page of a signed clarification; what is covered meanwhile leaves it as it leaves the hour's."""
    found = questions.clarifications(one=clarification_id)
    shown = hours.get_hour(found[0]["hour"], pages.key_of(request)) if found else None
    if shown is None:
        return pages.not_found(request, _("没有这份澄清回应。"))
    lang = pages.language_of(request)
    seq = read.head(shown["id"])
    # Read again after the head: what is committed in between is then told twice, never missed.
    found = questions.clarifications(one=clarification_id)
    card = snapshot.safe(cards.clarification_html(found[0], lang))
    context = {
        **pages.hour_frame(shown, lang), "card": card, "c": found[0], "seq": seq,
        "streaming": shown["stage"] not in snapshot.SILENT_STAGES,
        "url": f"{settings.BASE_URL}/clarifications/{clarification_id}/",
    }  # fmt: skip
    return pages.respond(request, "clarification", context)
