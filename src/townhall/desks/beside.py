"""What stands beside list and panel: groups with their loads, what cries for somebody, the hour's switches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from townhall.desks import ages, lookups
from townhall.hours import flow as hour_flow
from townhall.hours import roster
from townhall.hours.choices import ChangeReason, Role, Stage
from townhall.kernel.secrets import make_nonce
from townhall.questions import asking, dossier, queries
from townhall.questions.choices import ON_BEHALF_CHANNELS, Channel, Kind, Status, Subject
from townhall.staffing import attendance
from townhall.venues import queries as venues
from townhall.venues.choices import Reply

if TYPE_CHECKING:
    from townhall.desks.access import Place
    from townhall.desks.panels import Attempt
    from townhall.desks.seats import Desk

STEPS = ("received", "accepted", "assigned", "submitted")


def of(place: Place, desk: Desk) -> dict[str, Any]:
    """What stands beside list and panel: groups with their loads, what cries for somebody, the hour's switches."""
    found: dict[str, Any] = {}
    if desk.name in {"moderator", "coordinator", "mayor"}:
        found["dispatch"] = lookups.dispatch(place)
        found["alarms"] = dossier.alarms(place.actor)
        found["switches"] = switches(place)
        found["reasons"] = ChangeReason.choices
        found["codes"] = lookups.decline_codes()
    if desk.name == "inspector":
        found["officials"] = dossier.about_officials(place.actor)
    if desk.name == "coordinator" and place.hour.stage in {Stage.ANNOUNCED, Stage.PREPARING}:
        found["unmanned"] = attendance.alarm(place.hour)
    if desk.name in {"coordinator", "mayor"}:
        seats = roster.seats(place.actor)
        found["seats"] = seats
        found["signers"] = [
            one for one in seats if one["active"] and one["role"] in {Role.MAYOR, Role.DEPUTY}
        ]
        found["sleepers"] = [one for one in seats if not one["active"] and one["stands_in_for"]]
        found["funnel"] = _funnel(place, desk)
    return found


def _funnel(place: Place, desk: Desk) -> list[dict[str, Any]]:
    """How many wait at each step, for how long, and in which list of this desk they are."""
    found = queries.funnel(place.actor)["steps"]
    return [
        {
            "status": step,
            "view": desk.list_of(step),
            "label": str(Status(step).label),
            **found[step],
            "oldest": ages.duration(found[step]["oldest_minutes"]) if found[step]["count"] else "",
            "level": ages.level(step, found[step]["oldest_minutes"], place.hour.stage)
            if found[step]["count"]
            else 0,
        }
        for step in STEPS
    ]


def switches(place: Place) -> dict[str, dict[str, Any]]:
    """The hour's verbs of this person's seats: what they say and why not now."""
    found = {}
    for verb, move in hour_flow.MOVES.items():
        if place.actor.holds(move.roles):
            refusal = hour_flow.refusal(place.actor, verb, place.hour)
            found[verb] = {"label": str(move.label), "summary": str(move.summary),
                           "refused": str(refusal.message) if refusal else ""}  # fmt: skip
    return found


def intake_form(attempt: Attempt, place: Place) -> dict[str, Any]:
    """The clerk's form: its lists with the clerk's own venue first chosen, and what was typed."""
    places = venues.places(place.actor)
    own = [str(one["id"]) for one in places if one["own"]]
    order = ("venue", "phone", "counter", "paper", "hotline")
    return {
        "channels": [(one, str(Channel(one).label)) for one in order if one in ON_BEHALF_CHANNELS],
        "kinds": Kind.choices,
        "subjects": Subject.choices,
        "most": asking.MOST_TEXT,
        "places": places,
        "replies": Reply.choices,
        "chosen_place": attempt.typed.data.get("venue", own[0] if len(own) == 1 else ""),
        "typed": attempt.typed.data,
        "errors": attempt.places,
        "form_key": make_nonce(),
    }
