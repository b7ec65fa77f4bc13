"""The board: one list and one panel, for every desk, with and without the desk's script."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_GET

from townhall.countdown import queries as countdown
from townhall.desks import ages, beside, panels, paperwork, promises
from townhall.desks.access import Place, place_in, signed_in, staff
from townhall.desks.panels import Attempt
from townhall.hours import seats as hour_seats
from townhall.hours.choices import Role, Stage
from townhall.journal import read
from townhall.kernel import clock
from townhall.kernel.errors import Refused
from townhall.kernel.text import whole_number
from townhall.live import tickets
from townhall.plans import queries as plans
from townhall.questions import clarification_flow, floods, queries, remarks
from townhall.questions.choices import WithholdCode
from townhall.signon import administration
from townhall.staffing import queries as staffing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from townhall.desks.seats import Desk, View

MOST_LINES = 200
# Before the hour every board asks for the own check-in; once it is live the desk's home does.
ARRIVING = frozenset({Stage.ANNOUNCED.value, Stage.PREPARING.value})


@staff
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Choose hour and desk, or go straight to the only one."""
    choices: list[dict[str, Any]] = []
    held = hour_seats.hours_of(signed_in(request))
    actors = hour_seats.actors_for(signed_in(request), held)
    for hour in held:
        actor = actors.get(hour.id)
        if actor is not None:
            links = _desk_links(Place(hour, actor))
            own = staffing.own(actor, hour)
            choices.append({"hour": hour, "actor": actor, "desks": links, "check_in": own})
    unit = paperwork.waiting(signed_in(request))
    approvals = len(plans.waiting_for(signed_in(request)))
    promised = promises.home_link(request)
    asked = any(choice["check_in"] for choice in choices) or any(unit.values()) or approvals
    if "all" not in request.GET and not asked:
        desks = [link for choice in choices for link in choice["desks"]]
        now = [link for choice in choices if choice["hour"].stage == Stage.LIVE for link in choice["desks"]]
        if len(desks) == 1 or len(now) == 1:
            return redirect((now or desks)[0]["url"])
    earlier = [choice for choice in choices if choice["hour"].stage == Stage.ARCHIVED]
    current = [choice for choice in choices if choice["hour"].stage != Stage.ARCHIVED]
    office = countdown.holds_office(signed_in(request))
    context = {
        "choices": current, "earlier": earlier, "office": office, "unit": unit, "approvals": approvals,
        "promised": promised, "administers": administration.offices_of(signed_in(request)),
    }  # fmt: skip
    return render(request, "desks/home.html", context)


@staff
@require_GET
def hour_home(request: HttpRequest, slug: str) -> HttpResponse:
    """The person's desk in this hour: straight to the only one."""
    place = place_in(request, slug)
    links = _desk_links(place)
    own = staffing.own(place.actor, place.hour)
    if len(links) == 1 and own is None:
        return redirect(links[0]["url"])
    choice = {"hour": place.hour, "desks": links, "check_in": own}
    return render(request, "desks/home.html", {"choices": [choice]})


def _desk_links(place: Place) -> list[dict[str, Any]]:
    return [
        {"name": desk.name, "label": desk.label_for(place.actor), "url": address(place.hour.slug, desk.name)}
        for desk in place.desks
    ]


def address(slug: str, desk: str) -> str:
    """Where a desk is."""
    return reverse("desks:board", args=[slug, desk])


@staff
@require_GET
def board(request: HttpRequest, slug: str, seat: str) -> HttpResponse:
    """A desk's board; ``?q=`` opens a question, ``?view=`` another list."""
    place = place_in(request, slug)
    return show(request, place, place.desk(seat), request.GET.dict())


def show(
    request: HttpRequest, place: Place, desk: Desk, options: dict[str, str], attempt: Attempt | None = None,
    **more: Any,
) -> HttpResponse:  # fmt: skip
    """Render a board, or the part of it that the desk's script asks for.

    :param options: the address's parameters
    :param attempt: a refused move whose form comes back as it was typed
    """
    attempt = attempt or Attempt()
    part = request.headers.get("X-Part", "")
    context = frame(place, desk, options) | {"attempt": attempt, "part": part} | more
    context |= {"large": _large(request, options)}
    if part != "list":
        context |= _panel(place, desk, options, attempt)
    if part not in {"panel", "similar"}:
        context |= _list(place, desk, options)
    if part == "similar":
        name = "similar" if desk.name == "moderator" else "earlier"
        return render(request, f"desks/{name}.html", context)
    if part in {"panel", "list"}:
        return render(request, f"desks/{part}.html", context, status=attempt.status)
    context |= beside.of(place, desk)
    if context["view"].kind == "intake":
        context |= beside.intake_form(attempt, place)
    response = render(request, f"desks/board_{_template(desk)}.html", context, status=attempt.status)
    if options.get("type") in {"large", "plain"}:
        response.set_cookie(
            "desk_type", options["type"], samesite="Lax", path="/desk/", httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
        )  # fmt: skip
    return response


def _large(request: HttpRequest, options: dict[str, str]) -> bool:
    """Big type, for a laptop between two people and for reading out."""
    return (options.get("type") or request.COOKIES.get("desk_type")) == "large"


def _template(desk: Desk) -> str:
    return desk.name if desk.name in {"moderator", "group", "mayor", "coordinator"} else "plain"


def frame(place: Place, desk: Desk, options: dict[str, str]) -> dict[str, Any]:
    """What stands around every board: the hour, its clock, the desk's tabs, the person."""
    view = desk.view(options.get("view", ""))
    hour = place.hour
    left = int((hour.ends_at - clock.now()).total_seconds() // 60)
    base = address(hour.slug, desk.name)
    return {
        "hour": hour,
        "stage": Stage(hour.stage).label,
        "left": max(0, left) if hour.stage == Stage.LIVE else None,
        "over": hour.stage == Stage.LIVE and left < 0,
        "actor": place.actor,
        "desk": desk,
        "desk_label": desk.label_for(place.actor),
        "desks": _desk_links(place),
        "view": view,
        "options": options,
        "base": base,
        "here": (here := _here(base, view, options)),
        "back": here,
        "seq": read.head(hour.id),
        "check_in": staffing.own(place.actor, hour) if hour.stage in ARRIVING else None,
    }


def _here(base: str, view: View, options: dict[str, str]) -> str:
    """This list's address without the open question; links add ``&q=``."""
    after = options.get("after", "")
    place = f"&after={after}" if after.isascii() and after.isdigit() else ""
    return f"{base}?view={view.key}{place}"


def _number(text: str | None) -> int | None:
    return whole_number(text or "")


def _numbers(texts: Iterable[str]) -> set[int]:
    """Those that are numbers."""
    return {number for number in map(whole_number, texts) if number is not None}


def _panel(place: Place, desk: Desk, options: dict[str, str], attempt: Attempt) -> dict[str, Any]:
    question_id = _number(options.get("q"))
    if question_id is None:
        return {"panel": None}
    try:
        return {"panel": panels.panel(place, desk, question_id, attempt, options)}
    except Refused as error:
        return {"panel": None, "absent": error.message}


def _list(place: Place, desk: Desk, options: dict[str, str]) -> dict[str, Any]:
    view = desk.view(options.get("view", ""))
    after = _number(options.get("after"))
    found: dict[str, Any] = {"cards": [], "more": None, "waiting": _waiting(place, desk)}
    if view.kind == "comments":
        return found | {"comments": queries.comments_waiting(place.actor)}
    if view.kind == "clarifications":
        rumours = _clarifications(place)
        return found | {"clarifications": rumours, "correcting": _correcting(rumours, options)}
    if view.kind == "lines":
        lines, more = _lines(place, after)
        return found | {"lines": lines, "more": more}
    if view.kind == "intake":
        return found
    cards, more = cards_of(place, view, after=after, words=options.get("find", "").strip())
    alike = floods.groups(cards) if desk.name == "moderator" else []
    return found | {"cards": cards, "more": more, "floods": alike}


def _waiting(place: Place, desk: Desk) -> dict[str, int]:
    """How much waits behind the tabs that list no questions; nothing where a desk has none."""
    kinds = {view.kind for view in desk.views} & {"comments", "clarifications"}
    return queries.not_questions_waiting(place.actor) if kinds else {}


def _lines(place: Place, after: int | None) -> tuple[list[dict[str, Any]], int | None]:
    """All questions in one line each, with a mark that differs when the line does, and where to go on."""
    lines = queries.one_line_list(place.actor, after=after, limit=MOST_LINES + 1)
    more = lines[MOST_LINES - 1]["number"] if len(lines) > MOST_LINES else None
    for line in lines:
        line["mark"] = _mark_of((line["title"], line["status"], line["unit"], line["taken"], line["read"]))
    return lines[:MOST_LINES], more


def _clarifications(place: Place) -> list[Any]:
    """The hour's clarifications with what this person may do to each; the mark of one differs once it does."""
    found: list[Any] = remarks.clarifications(place.actor)
    for one in found:
        one.state = clarification_flow.state_of(one)
        one.moves = _coverings(place, one)
        one.mark = _mark_of((one.signed_at, one.state, one.corrected_by))
    return found


def _coverings(place: Place, one: Any) -> list[dict[str, Any]]:
    """How a signed clarification may be covered or shown from where it stands, and why not by this person."""
    moves = [
        move
        for verb, move in clarification_flow.MOVES.items()
        if one.signed_at
        and one.state in move.sources
        and clarification_flow.seat_refusal(place.actor, verb, place.hour.stage) is None
    ]
    refused = {move.verb: clarification_flow.refusal(place.actor, move.verb, one) for move in moves}
    return [
        {
            "verb": move.verb, "name": f"{move.verb}-{one.id}", "label": move.label, "summary": move.summary,
            "codes": WithholdCode.choices if move.verb == "withhold" else [],
            "refused": found.message if (found := refused[move.verb]) else "",
        }
        for move in moves
    ]  # fmt: skip


def _correcting(rumours: list[Any], options: dict[str, str]) -> dict[str, Any] | None:
    """The words with which the form for a correction begins: those of the clarification that is put right."""
    wanted = _number(options.get("correct"))
    found = next((one for one in rumours if one.id == wanted and one.signed_at and not one.withheld), None)
    if found is None or found.corrected_by:
        return None
    words = {name: getattr(found, name) for name in ("rumour", "fact", "source")}
    return {**words, "dated": found.dated.isoformat(), "unit": found.unit_id, "corrects": found.id}


def cards_of(
    place: Place, view: View, *, after: int | None = None, words: str = ""
) -> tuple[list[dict[str, Any]], int | None]:
    """The cards of a list: each with its age and a mark that differs when what it shows does."""
    cards, more = queries.board(place.actor, seat=view.seat, status=view.status, after=after, words=words)
    for card in cards:
        card["age"] = ages.age(card["status"], card["waiting_since"], place.hour.stage)
        card["assists"] = view.seat == Role.GROUP and card["lead"] not in place.actor.group_ids
        card["mark"] = _mark(card)
    return cards, more


def _mark(card: dict[str, Any]) -> str:
    draft = card["draft"] or {}
    shown = (card["status"], card["title"], card["holder"], card["urgent"], card["taken"], card["withheld"],
             card["returns"], card["answer_due"], card["answer_late"], draft.get("reviewed_by"),
             draft.get("version"), draft.get("sent_back_note"), card["followers"],
             card["age"].level if card["age"] else 0)  # fmt: skip
    return _mark_of(shown)


def _mark_of(shown: tuple[Any, ...]) -> str:
    return f"{zlib.crc32(repr(shown).encode()):08x}"


def _different(
    request: HttpRequest, context: dict[str, Any], name: str, now: dict[int, Any], shown: dict[str, str]
) -> dict[str, Any]:
    """What is not on the screen, what no longer belongs there, and what reads differently by now.

    :param name: the template of one piece, which is also what it calls the piece
    :param now: the list as it is, by id; each piece with its mark
    """
    marks = {
        number: str(piece["mark"] if isinstance(piece, dict) else piece.mark) for number, piece in now.items()
    }
    return {
        "new": [number for number in now if str(number) not in shown],
        "gone": sorted(_numbers(shown) - set(now)),
        "cards": {
            number: render_to_string(f"desks/{name}.html", {**context, name: piece}, request)
            for number, piece in now.items()
            if shown.get(str(number), marks[number]) != marks[number]
        },
    }


@staff
@require_GET
def changes(request: HttpRequest, slug: str, seat: str) -> HttpResponse:
    """What differs from the cards that a desk shows: under the person's own rights, in one answer.

    ``shown`` is ``id:mark`` of each card on the screen, ``since`` the journal's number the desk stands at.
    """
    place = place_in(request, slug)
    desk = place.desk(seat)
    options = request.GET.dict()
    view = desk.view(options.get("view", ""))
    told = tickets.changes(place.hour.id, place.actor, _number(options.get("since")))
    shown = dict(one.split(":", 1) for one in options.get("shown", "").split(",") if ":" in one)
    body: dict[str, Any] = {"seq": told.seq, "changed": told.changed, "new": [], "gone": [], "cards": {}}
    context = frame(place, desk, options)
    after = _number(options.get("after"))
    if view.kind == "cards":
        cards, _more = cards_of(place, view, after=after, words=options.get("find", "").strip())
        body |= _different(request, context, "card", {card["id"]: card for card in cards}, shown)
    elif view.kind == "lines":
        lines, _more = _lines(place, after)
        body |= _different(request, context, "line", {line["id"]: line for line in lines}, shown)
    elif view.kind == "clarifications":
        rumours = {one.id: one for one in _clarifications(place)}
        body |= _different(request, context, "clarification", rumours, shown)
    elif view.kind == "comments":
        waiting = {comment.id for comment in queries.comments_waiting(place.actor)}
        body["new"] = sorted(waiting - _numbers(shown))
    body["waiting"] = _waiting(place, desk)
    around = {**context, **beside.of(place, desk), "waiting": body["waiting"]}
    body |= {name: render_to_string(f"desks/{name}.html", around, request) for name in ("beside", "strip")}
    return JsonResponse(body)
