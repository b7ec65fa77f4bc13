"""Venues as staff see them: contact, link, clerks, state board; and what other rooms ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from townhall.hours.choices import Role, Stage
from townhall.hours.models import OfficeHour
from townhall.hours.published import worded
from townhall.people.models import Account
from townhall.questions.models import Asker
from townhall.venues import flow
from townhall.venues.choices import READY_STATES, Reply, State, Trouble
from townhall.venues.models import Registration, Venue, VenueClerk

if TYPE_CHECKING:
    from datetime import datetime

    from townhall.hours.seats import Actor

BOARD_VERBS = ("check_in", "ready", "on_air", "trouble", "not_ready")


def ready_at(hour: OfficeHour) -> datetime | None:
    """When the last venue became ready; ``None`` while one is not, or when there are none."""
    rows = list(Venue.objects.filter(hour=hour).values_list("state", "ready_at"))
    if not rows or any(state not in READY_STATES for state, _since in rows):
        return None
    return max(since for _state, since in rows if since is not None)


def holds(hour_id: int, account_id: int, role: str, _group_id: int | None) -> bool:
    """Whether somebody's clerk seat is still needed at a venue."""
    if role != Role.CLERK:
        return False
    return VenueClerk.objects.filter(venue__hour_id=hour_id, account_id=account_id).exists()


def board(actor: Actor, hour: OfficeHour) -> dict[str, Any]:
    """Every venue of the hour with its state, its people and what this person may do; four queries for any number."""
    rows = list(
        Venue.objects.filter(hour=hour)
        .select_related("unit", "state_by", "checked_in_by")
        .prefetch_related("clerks__account")
    )
    counts: dict[int, int] = {}
    for venue_id in Registration.objects.filter(hour=hour, venue__isnull=False).values_list(
        "venue", flat=True
    ):
        counts[venue_id] = counts.get(venue_id, 0) + 1
    refused = {}
    for verb in ("add", "take_over"):
        found = flow.refusal(actor, verb, hour)
        refused[verb] = str(found.message) if found else ""
    shown = [_shown(actor, hour, row, counts.get(row.id, 0)) for row in rows]
    return {
        "venues": shown,
        "refused": refused,
        "totals": [
            {
                "state": state.value,
                "label": str(state.label),
                "count": sum(row.state == state for row in rows),
            }
            for state in State
        ],
        "checked_in": sum(row.checked_in_at is not None for row in rows),
        "earlier": None if rows else _earlier(hour),
    }


def _earlier(hour: OfficeHour) -> OfficeHour | None:
    """The last hour that had venues."""
    return (
        OfficeHour.objects.filter(venues__isnull=False, starts_at__lt=hour.starts_at)
        .exclude(stage=Stage.CANCELLED)
        .order_by("-starts_at")
        .distinct()
        .first()
    )


def _shown(actor: Actor, hour: OfficeHour, row: Venue, taken_in: int) -> dict[str, Any]:
    clerks = [
        {"id": one.account_id, "name": worded(one.account, "name"), "username": one.account.username}
        for one in row.clerks.all()
    ]
    own = any(one["id"] == actor.account_id for one in clerks)
    refused = {}
    for verb, move in flow.MOVES.items():
        if flow.LIST not in move.sources:
            found = flow.refusal(actor, verb, hour, row.state, own=own)
            refused[verb] = str(found.message) if found else ""
    return {
        "id": row.id,
        "row": row,
        "name": worded(row, "name"),
        "unit": worded(row.unit, "name") if row.unit else "",
        "address": worded(row, "address"),
        "clerks": clerks,
        "own": own,
        "state": row.state,
        "state_label": str(State(row.state).label),
        "note": str(Trouble(row.note_code).label) if row.note_code else "",
        "state_by": worded(row.state_by, "name") if row.state_by else "",
        "taken_in": taken_in,
        "refused": refused,
        "may_report": any(not refused[verb] for verb in BOARD_VERBS),
    }


def get(actor: Actor, venue_id: int) -> Venue | None:
    """One venue of the actor's hour, for its form."""
    return Venue.objects.filter(hour_id=actor.hour_id, id=venue_id).first()


def places(actor: Actor) -> list[dict[str, Any]]:
    """Where a clerk can take a question in, their own venue marked."""
    own = set(
        VenueClerk.objects.filter(venue__hour_id=actor.hour_id, account_id=actor.account_id or 0).values_list(
            "venue_id", flat=True
        )
    )
    rows = Venue.objects.filter(hour_id=actor.hour_id)
    return [{"id": row.id, "name": worded(row, "name"), "own": row.id in own} for row in rows]


def registration(question_id: int) -> dict[str, Any] | None:
    """What was noted when a question was typed for somebody; ``None`` for what people asked themselves.

    :returns: ``clerk`` who typed it, ``venue``, ``reply_by`` and ``identity_seen``, which is ``None`` when a
        program handed it in without saying
    """
    asker = (
        Asker.objects.select_related("typed_by").filter(question=question_id, typed_by__isnull=False).first()
    )
    if asker is None:
        return None
    row = Registration.objects.select_related("venue").filter(question_id=question_id).first()
    replies = dict(Reply.choices)
    return {
        "clerk": worded(asker.typed_by, "name"),
        "reply_by": str(replies.get(asker.reply_by, asker.reply_by)),
        "venue": worded(row.venue, "name") if row and row.venue else "",
        "identity_seen": row.identity_seen if row else None,
    }


def people() -> list[dict[str, str]]:
    """Everybody who can take questions in, for a list to choose from."""
    rows = Account.objects.filter(is_active=True).select_related("unit").order_by("unit_id", "id")
    return [
        {
            "username": row.username,
            "name": worded(row, "name"),
            "unit": worded(row.unit, "name") if row.unit else "",
        }
        for row in rows
    ]
