"""The askers' voice at the desk: whom to call back, what they said, how satisfied they are with each unit."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from townhall.desks import paperwork
from townhall.desks.access import Place, place_in, staff
from townhall.desks.fields import Field
from townhall.desks.panels import Attempt
from townhall.hours.choices import Stage
from townhall.voice import actions, flow, queries
from townhall.voice.choices import LEAST_CASES, MISSED_OUTCOMES, REACHED_OUTCOMES, Outcome

if TYPE_CHECKING:
    from townhall.desks.paperwork import Form


@staff
@require_GET
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """The list of one hour, those that wait first."""
    return _show(place_in(request, slug), request, Attempt())


@staff
@require_POST
def act(request: HttpRequest, slug: str, verb: str, thing_id: int = 0) -> HttpResponse:
    """Record a call, or put a question on the list."""
    place = place_in(request, slug)
    do = partial(actions.perform, place.actor, verb, thing_id or None)
    label = flow.MOVES[verb].label if verb in flow.MOVES else ""
    told = _("%(verb)s，已完成。") % {"verb": label}
    go = reverse("desks:return-calls", args=[slug]) + (f"#c-{thing_id}" if thing_id else "")
    return paperwork.act(request, _name(verb, thing_id), do, partial(_show, place, request), told, go)


def _name(verb: str, thing_id: int | None) -> str:
    return f"{verb}-{thing_id or 0}"


def _fields(verb: str) -> list[Field]:
    if verb == "enlist":
        return [Field("number", _("第几号"), "number")]
    note = Field("note", _("对方怎么说（内部）"))
    if verb == "give_up":
        return []
    wanted = REACHED_OUTCOMES if verb == "reach" else MISSED_OUTCOMES
    options = [("", _("请选择")), *((code, str(label)) for code, label in Outcome.choices if code in wanted)]
    return [Field("outcome", _("结果"), "select", options), note]


def _form(place: Place, attempt: Attempt, verb: str, thing_id: int | None, refused: str | None) -> Form:
    args: list[Any] = [place.hour.slug, verb, *([thing_id] if thing_id else [])]
    action = reverse("desks:return-call-act" if thing_id else "desks:return-call-begin", args=args)
    label = flow.MOVES[verb].label
    return paperwork.form(
        _name(verb, thing_id), label, action, attempt, _fields(verb), refused=refused or ""
    )  # fmt: skip


def _show(place: Place, request: HttpRequest, attempt: Attempt) -> HttpResponse:
    rows = queries.calls(place.actor, place.hour)
    for row in rows:
        row["forms"] = [_form(place, attempt, verb, row["id"], why) for verb, why in row["moves"].items()]
    may = queries.may_call(place.actor)
    context = {
        "hour": place.hour,
        "stage": Stage(place.hour.stage).label,
        "actor": place.actor,
        "calls": rows,
        "waiting": sum(row["state"] == "waiting" for row in rows),
        "may_call": may,
        "seat": "inspector" if "inspector" in place.actor.roles else "coordinator",
        "enlist": _form(place, attempt, "enlist", None, None) if may else None,
        "rates": queries.rates(place.hour),
        "least": LEAST_CASES,
    }
    return render(request, "desks/voice/calls.html", context, status=attempt.status)
