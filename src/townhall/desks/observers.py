"""Observers (网民代表) at the coordinator's desk: the call, the lot, the invitations, the evening, the talk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from townhall.desks import hour_moves
from townhall.desks.access import Place, place_in, staff
from townhall.desks.fields import Field
from townhall.hours.choices import Stage
from townhall.kernel import clock
from townhall.kernel.errors import CONFLICT, INVALID, InvalidFields, Refused
from townhall.observers import actions, flow, queries
from townhall.observers.choices import CallState, State
from townhall.observers.inputs import USUAL_QUOTA

if TYPE_CHECKING:
    from collections.abc import Mapping

    from townhall.observers.models import Call

# What stands on a row at once; the rest is behind "more".
EVENING_VERBS = ("attend", "miss")
ROW_VERBS = ("confirm", "decline", "attend", "miss", "withdraw")
MOST_START = 100_000


class Attempt:
    """A form that was refused and comes back as it was typed."""

    def __init__(self, verb: str, typed: Mapping[str, Any], error: InvalidFields | Refused) -> None:
        self.verb = verb
        self.typed = typed
        self.errors = error.errors if isinstance(error, InvalidFields) else {}
        self.message = (
            _("没有提交：请改正标出的地方。") if self.errors else str(getattr(error, "message", ""))
        )
        self.status = INVALID if isinstance(error, InvalidFields) else error.status


def _comes_back(error: InvalidFields | Refused) -> bool:
    """Whether what was typed is shown again: not to somebody who may not see the page."""
    return isinstance(error, InvalidFields) or error.status == CONFLICT


# -- the page -------------------------------------------------------------------------------------------


@staff
@require_GET
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """Where the search stands, what can be done next, and who has applied."""
    return _page(request, place_in(request, slug))


def _page(
    request: HttpRequest,
    place: Place,
    attempt: Attempt | None = None,
    contact: Mapping[str, Any] | None = None,
) -> HttpResponse:
    call = queries.call_of(place.actor, place.hour)
    state = request.GET.get("state", "")
    start = _start(request)
    rows, following = queries.applications(place.actor, call, state=state, start=start)
    counts = queries.counts(call)
    why = queries.moves(place.actor, call, flow.CALL_MOVES)
    context = {
        **_frame(place),
        "call": call,
        "state_label": CallState(call.state).label,
        "counts": [(one, State(one).label, counts[one]) for one in State.values if counts[one]],
        "numbers": counts,
        "acts": _acts(call, why, attempt),
        "rows": rows,
        "filter": state,
        "start": start,
        "before": max(0, start - queries.PAGE),
        "following": following,
        "row_verbs": [(verb, flow.APPLICATION_MOVES[verb].label) for verb in ROW_VERBS],
        "contact": contact,
        "attempt": attempt,
        "public_url": f"/observe/{place.hour.slug}/",
    }
    status = attempt.status if attempt else 200
    return render(request, "desks/observers/page.html", context, status=status)


def _start(request: HttpRequest) -> int:
    text = request.GET.get("start", "0")
    return (
        min(int(text), MOST_START) if text.isascii() and text.isdigit() and len(text) < len("1000000") else 0
    )


def _frame(place: Place) -> dict[str, Any]:
    return {"hour": place.hour, "stage": Stage(place.hour.stage).label, "actor": place.actor}


def _acts(call: Call, why: Mapping[str, str], attempt: Attempt | None) -> list[dict[str, Any]]:
    """The verbs of this state, in the order of the work; those of other states are not shown."""
    found = []
    for verb, move in flow.CALL_MOVES.items():
        if call.state not in move.sources:
            continue
        mine = attempt if attempt and attempt.verb == verb else None
        fields = _FIELDS[verb](call) if verb in _FIELDS else []
        for field in fields:
            if mine is not None:
                field.value = mine.typed.get(field.name, "")
                field.error = str(mine.errors.get(field.name, ""))
        found.append(
            {
                "verb": verb,
                "label": move.label,
                "summary": move.summary,
                "why": why[verb],
                "fields": fields,
                "open": mine is not None,
                "message": mine.message if mine else "",
            }
        )
    return found


def _wall(moment: Any) -> str:
    return clock.local(moment).strftime("%Y-%m-%dT%H:%M") if moment else ""


def _opening(call: Call) -> list[Field]:
    return [
        Field("quota", _("名额"), "number", value=call.quota or USUAL_QUOTA),
        Field("closes_at", _("报名截止"), "moment", value=_wall(call.closes_at)),
        Field("place", _("地点"), "text", value=call.place),
        Field(
            "conditions", _("条件和说明"), value=call.conditions,
            help=_("谁可以报名、几点到、带什么。会公开。"),
        ),
        Field(
            "source", _("抽签用哪个公开数值"), "text", value=call.source,
            help=_("写到谁都能自己查：哪种彩票第几期、哪些号码、按什么顺序。公布后不能改。"),
        ),
        Field(
            "source_at", _("这个数值什么时候公布"), "moment", value=_wall(call.source_at),
            help=_("须在报名截止之后、网上办公之前。截止时谁都还不知道它，名单就没法动手脚。"),
        ),
    ]  # fmt: skip


def _drawing(call: Call) -> list[Field]:
    return [
        Field("value", _("公布的数值"), "text", help=call.source),
        Field("value_again", _("再填一次"), "text", help=_("抽签不能重来，请对着公布的结果再填一次。")),
    ]


def _inviting(call: Call) -> list[Field]:
    return [
        Field(
            "confirm_by", _("确认期限"), "moment",
            help=_("到期没有确认的，席位自动按次序给候补；候补也有同样长的时间。"),
        )
    ]  # fmt: skip


_FIELDS = {"open": _opening, "draw": _drawing, "invite": _inviting}


@staff
@require_POST
def call_verb(request: HttpRequest, slug: str, verb: str) -> HttpResponse:
    """Open, skip, close, draw, invite, replace."""
    place = place_in(request, slug)
    try:
        actions.perform(place.actor, verb, request.POST)
    except (InvalidFields, Refused) as error:
        if not _comes_back(error):
            raise
        return _page(request, place, Attempt(verb, request.POST, error))
    messages.success(request, _("%(verb)s，已完成。") % {"verb": flow.CALL_MOVES[verb].label})
    return redirect("desks:observers", slug)


@staff
@require_POST
def person_verb(request: HttpRequest, slug: str, application_id: int, verb: str) -> HttpResponse:
    """What somebody said on the telephone, whether they came; or a look at how to reach them, which is journalled."""
    place = place_in(request, slug)
    if verb == "look":
        found = actions.look(place.actor, application_id)
        return _page(request, place, contact={"id": application_id, **found})
    actions.act(place.actor, verb, application_id)
    messages.success(request, _("%(verb)s，已记下。") % {"verb": flow.APPLICATION_MOVES[verb].label})
    return redirect(f"{reverse('desks:observers', args=[slug])}#p{application_id}")


@staff
@require_POST
def sheet(request: HttpRequest, slug: str) -> HttpResponse:
    """The attendance sheet with names, for printing; opening it is journalled."""
    place = place_in(request, slug)
    rows = actions.print_sheet(place.actor)
    call = queries.call_of(place.actor, place.hour)
    context = {**_frame(place), "rows": rows, "call": call, "printed_at": clock.now()}
    return render(request, "desks/observers/sheet.html", context)


# -- the talk -------------------------------------------------------------------------------------------


@staff
@require_GET
def talk(request: HttpRequest, slug: str) -> HttpResponse:
    """Minutes and points of the face-to-face talk."""
    return _talk(request, place_in(request, slug))


def _talk(request: HttpRequest, place: Place, attempt: Attempt | None = None) -> HttpResponse:
    call = queries.call_of(place.actor, place.hour)
    shown = queries.talk_of(place.actor, call)
    typed = attempt.typed if attempt else {}
    errors = attempt.errors if attempt else {}
    writing = attempt is not None and attempt.verb == "write"
    noting = attempt is not None and attempt.verb == "note"
    speakers = [("", _("不写是谁提的")), *((str(one), label) for one, label in shown["speakers"])]
    context = {
        **_frame(place),
        "call": call,
        "begun": call.state not in {CallState.NONE, CallState.SKIPPED},
        "talk": shown,
        "labels": {verb: move.label for verb, move in flow.TALK_MOVES.items()},
        "attempt": attempt,
        "minutes": Field(
            "minutes", _("座谈纪要"), value=typed.get("minutes", "") if writing else shown["minutes"],
            error=str(errors.get("minutes", "")) if writing else "",
        ),
        "text": Field(
            "text", _("提了什么"), value=typed.get("text", "") if noting else "",
            error=str(errors.get("text", "")) if noting else "", help=_("一条一件事，登记后就是一个公开提问。"),
        ),
        "speaker": Field(
            "application", _("谁提的"), "select", speakers, typed.get("application", "") if noting else "",
            _("本人同意才显示姓，其余只写“网民代表”。"), str(errors.get("application", "")) if noting else "",
        ),
    }  # fmt: skip
    status = attempt.status if attempt else 200
    return render(request, "desks/observers/talk.html", context, status=status)


@staff
@require_POST
def talk_verb(request: HttpRequest, slug: str, verb: str) -> HttpResponse:
    """Save the minutes, note a point, make the minutes public."""
    place = place_in(request, slug)
    try:
        if verb == "write":
            actions.write_minutes(place.actor, request.POST)
        elif verb == "note":
            actions.note_point(place.actor, request.POST)
        elif verb == "approve":
            actions.approve_minutes(place.actor)
        else:
            raise Refused(404, "not_found", _("没有这项操作。"))
    except (InvalidFields, Refused) as error:
        if not _comes_back(error):
            raise
        return _talk(request, place, Attempt(verb, request.POST, error))
    messages.success(request, _("%(verb)s，已完成。") % {"verb": flow.TALK_MOVES[verb].label})
    return redirect("desks:observers-talk", slug)


@staff
@require_POST
def register(request: HttpRequest, slug: str, point_id: int) -> HttpResponse:
    """Make a point a question; the slip with number and code is for the observer, this once."""
    place = place_in(request, slug)
    try:
        asked = actions.register_point(place.actor, point_id)
    except InvalidFields as error:
        return _talk(request, place, Attempt("register", request.POST, error))
    slip = hour_moves.slip(place, asked, {}) | {"base": reverse("desks:observers-talk", args=[slug])}
    return render(request, "desks/slip.html", slip, status=201)
