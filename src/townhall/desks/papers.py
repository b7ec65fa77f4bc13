"""Paper: one A4 sheet for a question, one for a board."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from townhall.desks import ages, boards
from townhall.desks.access import place_in, place_of, staff
from townhall.kernel import clock
from townhall.questions import dossier, paper_slips, queries

# Lists of questions; what is no list of questions has no such sheet.
_PRINTED = frozenset({"cards", "lines"})


@staff
@require_GET
def question(request: HttpRequest, question_id: int) -> HttpResponse:
    """One question with everything this person may see of it, for reading aloud or for the file."""
    place = place_of(request, question_id)
    found = queries.get(place.actor, question_id)
    shown = queries.present_staff(place.actor, [found])[0]
    context = {
        "hour": place.hour,
        "question": shown,
        "dossier": dossier.of(found),
        "age": ages.age(shown["status"], shown["waiting_since"], place.hour.stage),
        "printed_at": clock.now(),
        "actor": place.actor,
    }
    return render(request, "desks/print_question.html", context)


@staff
@require_GET
def board(request: HttpRequest, slug: str, seat: str) -> HttpResponse:
    """A desk's list as it stands this minute."""
    place = place_in(request, slug)
    desk = place.desk(seat)
    view = desk.view(request.GET.get("view", ""))
    if view.kind not in _PRINTED:
        raise Http404
    context = boards.frame(place, desk, request.GET.dict()) | {"printed_at": clock.now()}
    if view.kind == "cards":
        cards, more = boards.cards_of(place, view)
        context |= {"cards": cards, "more": more}
    else:
        context |= {"lines": queries.one_line_list(place.actor), "more": None}
    return render(request, "desks/print_board.html", context)


@staff
@require_GET
def slips(request: HttpRequest, slug: str, seat: str) -> HttpResponse:
    """留言办理签 of everything that waits, a sheet each: for signing by hand when the screens go dark."""
    place = place_in(request, slug)
    place.desk(seat)
    context = {
        "hour": place.hour,
        "slips": paper_slips.slips(place.actor),
        "printed_at": clock.now(),
        "actor": place.actor,
    }
    return render(request, "desks/print_slips.html", context)
