"""A unit's own page: what it answered, promised and kept; and what became of suggestions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from townhall.following import published as following
from townhall.insight import statistics
from townhall.kernel import clock
from townhall.live import cards, snapshot
from townhall.people import directory
from townhall.portal import figures, pages
from townhall.portal.cursors import place_of, written
from townhall.questions import collected
from townhall.questions.choices import Verdict

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

PER_PAGE = 20


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Every unit that has taken part, with its numbers, in the district's own order."""
    numbers = statistics.figures(hourly=False)
    (table,) = figures.tables(numbers, ["units"])
    return pages.respond(
        request, "units", {"t": table, "query": "", "units": statistics.public_units(numbers)}
    )


@require_safe
def unit(request: HttpRequest, unit_id: int) -> HttpResponse:
    """One unit: its numbers hour by hour, its answers, its promises."""
    numbers = statistics.figures()
    whole = numbers.by("unit").get(str(unit_id))
    found = directory.unit(unit_id)
    if found is None or whole is None:
        return pages.not_found(request, _("没有这个单位，或者它还没有承办过公开的问题。"))
    answers, later = collected.answered_by(unit_id, before=place_of(request), limit=PER_PAGE)
    context = {
        "unit": found,
        "follow": following.offer("unit", unit_id),
        "sentence": figures.sentence(whole),
        "facts": figures.unit_facts(whole),
        "t": figures.unit_table(numbers, unit_id),
        "cards": shown(answers, pages.language_of(request)),
        "older": f"/units/{unit_id}/?before={written(later)}#answers" if later else "",
        "first_page": "before" not in request.GET,
    }
    return pages.respond(request, "unit", context)


def shown(questions: list[dict[str, Any]], lang: str) -> list[str]:
    """Questions as cards."""
    return [snapshot.safe(cards.question_html(one, lang)) for one in questions]


@require_safe
def suggestions(request: HttpRequest) -> HttpResponse:
    """Suggestions and their verdicts: adopted first of all, with the reason."""
    verdict = request.GET.get("verdict", "")
    verdict = verdict if verdict in Verdict.values else ""
    found, later = collected.suggestions(verdict=verdict, before=place_of(request), limit=PER_PAGE)
    counted = statistics.figures().whole().get("verdicts", {})
    narrowed = f"&verdict={verdict}" if verdict else ""
    context = {
        "cards": shown(found, pages.language_of(request)),
        "verdict": verdict,
        "verdicts": [(one.value, one.label, counted.get(one.value, 0)) for one in Verdict],
        "older": f"/suggestions/?before={written(later)}{narrowed}" if later else "",
        "year": clock.today().year,
    }
    return pages.respond(request, "suggestions", context)
