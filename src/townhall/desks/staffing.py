"""Who sits where on the evening: the plan, the door, the hall, the sheet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header, url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from townhall.desks.access import Place, place_in, staff
from townhall.documents.render import DOCX_TYPE, PDF_TYPE
from townhall.hours import actions as hour_actions
from townhall.hours.choices import Stage
from townhall.kernel import clock
from townhall.kernel.errors import INVALID, InvalidFields
from townhall.staffing import actions, flow, papers, queries

if TYPE_CHECKING:
    from collections.abc import Mapping

MAKERS = {"docx": (papers.docx, DOCX_TYPE), "pdf": (papers.pdf, PDF_TYPE)}
# Which part of the page a verb belongs to: there one comes back.
_ITEM_VERBS = frozenset({"list_items", "add_item", "tick", "untick", "remove_item"})


@dataclass(slots=True)
class Attempt:
    """A form that came back, with what was typed.

    :param thing: the post, person or item it was about
    """

    verb: str = ""
    thing: int | None = None
    typed: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, Any] = field(default_factory=dict)


@staff
@require_GET
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """The plan of one hour, for everybody who sits in it."""
    return _show(request, place_in(request, slug), Attempt())


@staff
@require_POST
def act(request: HttpRequest, slug: str, verb: str) -> HttpResponse:
    """Do ``verb`` to the plan, or to one post, person or item of it."""
    place = place_in(request, slug)
    thing = _number(request.POST.get("thing", ""))
    try:
        actions.perform(place.actor, verb, thing, request.POST)
    except InvalidFields as invalid:
        return _show(request, place, Attempt(verb, thing, request.POST, invalid.errors), INVALID)
    messages.success(request, _("%(verb)s，已完成。") % {"verb": flow.MOVES[verb].label})
    part = "items" if verb in _ITEM_VERBS else f"post-{_number(request.POST.get('post', '')) or 'all'}"
    return redirect(f"{reverse('desks:staffing', args=[slug])}#{part}")


@staff
@require_POST
def take_over(request: HttpRequest, slug: str) -> HttpResponse:
    """A stand-in takes the seat: the hour's own verb."""
    place = place_in(request, slug)
    hour_actions.perform(place.actor, "stand_in", {"username": request.POST.get("username", "")})
    messages.success(request, _("B 角已接替岗位。"))
    return redirect("desks:staffing", slug)


@staff
@require_POST
def check_in(request: HttpRequest, slug: str) -> HttpResponse:
    """The person at the desk says: I am here."""
    place = place_in(request, slug)
    actions.check_in_myself(place.actor, place.hour.id)
    messages.success(request, _("已签到。"))
    back = request.headers.get("Referer", "")
    inside = url_has_allowed_host_and_scheme(back, {request.get_host()})
    return redirect(back if inside else reverse("desks:hour", args=[slug]))


@staff
@require_GET
def sheet(request: HttpRequest, slug: str) -> HttpResponse:
    """The sheet as a page to print: posts, seat plan, things."""
    place = place_in(request, slug)
    context = {
        "hour": place.hour,
        "actor": place.actor,
        "plan": queries.plan(place.actor, place.hour),
        "printed_at": clock.now(),
    }
    return render(request, "desks/staffing/sheet.html", context)


@staff
@require_GET
def paper(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """The sheet as a file."""
    place = place_in(request, slug)
    make, mime = MAKERS[kind]
    name = f"{_('工作人员安排')}-{slug}.{kind}"
    headers = {"Content-Disposition": content_disposition_header(as_attachment=True, filename=name)}
    return HttpResponse(make(place.actor, place.hour), content_type=mime, headers=headers)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None  # noqa: PLR2004 - a bigint


def _show(request: HttpRequest, place: Place, attempt: Attempt, status: int = 200) -> HttpResponse:
    plan = queries.plan(place.actor, place.hour)
    may_plan = not plan["refused"]["assign"]
    context = {
        "hour": place.hour,
        "stage": Stage(place.hour.stage).label,
        "actor": place.actor,
        "plan": plan,
        "own": queries.own(place.actor, place.hour),
        "may_plan": may_plan,
        "people": queries.people() if may_plan or not plan["refused"]["add_item"] else [],
        "groups": queries.groups(place.hour) if may_plan else [],
        "roles": queries.roles() if may_plan else [],
        "attempt": attempt,
    }
    return render(request, "desks/staffing/page.html", context, status=status)
