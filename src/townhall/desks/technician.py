"""The technician's page of an hour: three numbers that matter while it runs, and everything that doctor looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_GET

from townhall.desks.access import place_in, staff
from townhall.desks.readiness import asker_of
from townhall.hours.choices import Stage
from townhall.kernel import clock
from townhall.readiness import queries
from townhall.readiness.choices import Level

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

# With ?refresh=1 the page asks again by itself, without a script: only whoever wants that has it (WCAG 2.2.1).
REFRESH_SECONDS = 5


@staff
@require_GET
def technician(request: HttpRequest, slug: str) -> HttpResponse:
    """How it goes now, and what to do where it does not."""
    place = place_in(request, slug)
    vitals = queries.vitals(place.actor)
    lines = queries.lines(place.actor, place.hour, asker_of(request))
    context = {
        "hour": place.hour,
        "stage": Stage(place.hour.stage).label,
        "actor": place.actor,
        "vitals": vitals,
        "red": [one.level for one in vitals].count(Level.FAIL)
        + [line.level for line in lines].count(Level.FAIL),
        "lines": [line for line in lines if line.level != "ok"],
        "good": sum(line.level == "ok" for line in lines),
        "alarms": queries.alarms(place.actor),
        "now": clock.now(),
        "seconds": REFRESH_SECONDS,
        "refresh": REFRESH_SECONDS if request.GET.get("refresh") else None,
    }
    return render(request, "desks/readiness/technician.html", context)
