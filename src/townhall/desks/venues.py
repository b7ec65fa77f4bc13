"""Main and branch venues: the record, the clerks, the state board of the evening."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from townhall.desks.access import Place, place_in, staff
from townhall.hours.choices import Stage
from townhall.kernel import clock
from townhall.kernel.errors import INVALID, InvalidFields
from townhall.people import directory
from townhall.venues import actions, flow, links, queries
from townhall.venues.choices import Trouble

if TYPE_CHECKING:
    from collections.abc import Mapping

# The board on a screen of its own looks again by itself; whoever reads with a screen reader keeps it still.
REFRESH_SECONDS = 20
_BOARD_VERBS = frozenset(queries.BOARD_VERBS)


@dataclass(slots=True)
class Attempt:
    """A form that came back, with what was typed."""

    verb: str = ""
    venue: int | None = None
    typed: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, Any] = field(default_factory=dict)


@staff
@require_GET
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """Every venue of one hour; ``?edit=`` opens one's form."""
    return _show(request, place_in(request, slug), Attempt())


@staff
@require_GET
def board(request: HttpRequest, slug: str) -> HttpResponse:
    """The state board alone, for a screen of its own; ``?refresh=1`` looks again every twenty seconds."""
    place = place_in(request, slug)
    context = _context(place, Attempt()) | {
        "refresh": REFRESH_SECONDS if request.GET.get("refresh") else None,
        "seen_at": clock.now(),
    }
    return render(request, "desks/venues/board.html", context)


@staff
@require_POST
def act(request: HttpRequest, slug: str, verb: str) -> HttpResponse:
    """Do ``verb`` to a venue or to the list of them."""
    place = place_in(request, slug)
    venue = _number(request.POST.get("thing", ""))
    try:
        actions.perform(place.actor, verb, venue, request.POST)
    except InvalidFields as invalid:
        return _show(request, place, Attempt(verb, venue, request.POST, invalid.errors), INVALID)
    messages.success(request, _("%(verb)s，已完成。") % {"verb": flow.MOVES[verb].label})
    on_board = verb in _BOARD_VERBS and request.POST.get("from") == "board"
    here = reverse("desks:venues-board" if on_board else "desks:venues", args=[slug])
    return redirect(f"{here}#venue-{venue}" if venue else here)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None  # noqa: PLR2004 - a bigint


def _context(place: Place, attempt: Attempt) -> dict[str, Any]:
    return {
        "hour": place.hour,
        "stage": Stage(place.hour.stage).label,
        "actor": place.actor,
        "board": queries.board(place.actor, place.hour),
        "troubles": Trouble.choices,
        "attempt": attempt,
    }


def _show(request: HttpRequest, place: Place, attempt: Attempt, status: int = 200) -> HttpResponse:
    context = _context(place, attempt)
    may_edit = not context["board"]["refused"]["add"]
    edited = _number(request.GET.get("edit", ""))
    context |= {
        "may_edit": may_edit,
        "editing": edited if may_edit else None,
        "units": directory.units() if may_edit else [],
        "people": queries.people() if may_edit else [],
        "form": _form(place, attempt, edited) if may_edit else None,
        "links": links.offered(_provider(place, attempt.venue or edited)) if may_edit else [],
    }
    return render(request, "desks/venues/page.html", context, status=status)


def _provider(place: Place, venue: int | None) -> str:
    """What the venue that is being edited is joined by."""
    row = queries.get(place.actor, venue) if venue else None
    return row.provider if row else ""


def _form(place: Place, attempt: Attempt, edited: int | None) -> dict[str, Any]:
    """The form of a venue: what was typed, what stands, or nothing yet."""
    if attempt.verb in {"add", "edit"}:
        typed = attempt.typed
        times = {
            "opens": typed.get("opens", ""),
            "closes": typed.get("closes", ""),
            "unit": typed.get("unit", ""),
        }
        return {
            "verb": attempt.verb, "venue": attempt.venue, "values": typed, "errors": attempt.errors, **times,
        }  # fmt: skip
    row = queries.get(place.actor, edited) if edited else None
    if row is not None:
        times = {name: f"{at:%H:%M}" if (at := getattr(row, name)) else "" for name in ("opens", "closes")}
        return {"verb": "edit", "venue": row.id, "values": row, "errors": {}, **times, "unit": row.unit_id}
    return {
        "verb": "add",
        "venue": None,
        "values": {"is_public": True},
        "errors": {},
        "opens": "",
        "closes": "",
    }
