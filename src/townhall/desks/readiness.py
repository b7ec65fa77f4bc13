"""Whether everything stands for this hour: the lines, the dry run, the rehearsal with the hour's own people."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from townhall.desks.access import Place, place_in, staff
from townhall.hours.choices import Stage
from townhall.kernel.addresses import client_address
from townhall.kernel.errors import INVALID, InvalidFields
from townhall.readiness import actions, flow, queries


@staff
@require_GET
def readiness(request: HttpRequest, slug: str) -> HttpResponse:
    """One page: every line green, yellow or red with its remedy, the dry runs so far, the rehearsal."""
    return _show(request, place_in(request, slug))


@staff
@require_POST
def dry_run(request: HttpRequest, slug: str) -> HttpResponse:
    """Look everything over, thoroughly, and keep what was found."""
    place = place_in(request, slug)
    run = actions.dry_run(place.actor, place.hour, serving=_serving(request), asker=asker_of(request))
    if run.ready:
        messages.success(request, _("已检查并记录：可以按时开始。"))
    else:
        messages.warning(request, _("已检查并记录：还有 %(n)s 项须处理。") % {"n": run.red})
    return redirect(reverse("desks:readiness", args=[slug]))


@staff
@require_POST
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Open a rehearsal of the hour."""
    place = place_in(request, slug)
    try:
        actions.start_practice(place.actor, place.hour, request.POST.dict())
    except InvalidFields as invalid:
        return _show(request, place, errors=invalid.errors, status=INVALID)
    messages.success(request, _("演练已经开始，请把链接发给大家。"))
    return redirect(reverse("desks:readiness", args=[slug]))


@staff
@require_POST
def end(request: HttpRequest, slug: str) -> HttpResponse:
    """Delete the rehearsal whole."""
    place = place_in(request, slug)
    actions.end_practice(place.actor, place.hour)
    messages.success(request, _("演练已经结束，内容全部删除。"))
    return redirect(reverse("desks:readiness", args=[slug]))


def asker_of(request: HttpRequest) -> str:
    """The address of this browser, as limits count it."""
    forwarded = request.headers.get("X-Forwarded-For", "")
    trusted = settings.TRUSTED_PROXIES
    return client_address(request.META.get("REMOTE_ADDR", ""), [forwarded] if forwarded else [], trusted)


def _serving(request: HttpRequest) -> tuple[str, int] | None:
    """The port on which this process got the request; it is asked from the machine itself."""
    port = str(request.META.get("SERVER_PORT", ""))
    return ("127.0.0.1", int(port)) if port.isdigit() and 0 < int(port) < 65536 else None  # noqa: PLR2004


def _show(
    request: HttpRequest, place: Place, *, errors: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    lines = queries.lines(place.actor, place.hour, asker_of(request))
    runs = queries.dry_runs(place.actor)
    moves = queries.moves(place.actor, place.hour)
    context = {
        "hour": place.hour,
        "stage": Stage(place.hour.stage).label,
        "actor": place.actor,
        "lines": lines,
        "red": sum(line.level == "fail" for line in lines),
        "yellow": sum(line.level == "warn" for line in lines),
        "runs": runs,
        "last": queries.kept(runs[0]) if runs else [],
        "practice": queries.practice(place.actor),
        "moves": {
            verb: {"label": flow.MOVES[verb].label, "summary": flow.MOVES[verb].summary,
                   "refused": refusal.message if refusal else "", "shown": place.actor.holds(flow.MOVES[verb].roles)}
            for verb, refusal in moves.items()
        },
        "most_citizens": actions.MOST_CITIZENS,
        "most_minutes": actions.MOST_MINUTES,
        "usual_minutes": actions.USUAL_MINUTES,
        "typed": request.POST,
        "errors": errors or {},
    }  # fmt: skip
    return render(request, "desks/readiness/readiness.html", context, status=status)
