"""Walks without a plan: whatever is put down, taken off and handed over, seats and posts say the same."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from tests.fixtures import START, District
from townhall.hours import actions as hour_actions
from townhall.hours import planning
from townhall.hours.models import Seat
from townhall.hours.seats import actor_for
from townhall.kernel.errors import InvalidFields, Refused
from townhall.people import actions as people
from townhall.staffing import actions, attendance
from townhall.staffing.models import Assignment, Item, Post
from townhall.venues import actions as venues
from townhall.venues.models import Registration, Venue, VenueClerk

NAMES = ("stranger", "editor", "lead1", "coordinator", "logistics")


def look_over(district: District) -> None:
    """What must hold after every step."""
    hour = district.hour
    # To sign leftovers is granted by the mayor, and by no post.
    arranged = Seat.objects.filter(hour=hour).exclude(role="authorised")
    seats = {(one.account_id, one.role, one.group_id): one for one in arranged}
    down = {
        (one.account_id, one.post.role, one.post.group_id)
        for one in Assignment.objects.filter(hour=hour).select_related("post")
        if one.post.role
    }
    at_halls = {
        (account, "clerk", None) for account in VenueClerk.objects.values_list("account_id", flat=True)
    }
    assert down <= set(seats), "who is on a post has its seat"
    assert set(seats) <= down | at_halls, "no seat outlives its post and its hall"
    assert any(seat.active for seat in seats.values() if seat.role == "coordinator")
    for seat in seats.values():
        assert (
            seat.active
            or seat.stands_in_for_id is not None
            or any(other.active and other.stands_in_for_id == seat.account_id for other in seats.values())
        ), "nobody sleeps without having been relieved"
    places = [one for one in Assignment.objects.values_list("seat_row", "seat_number") if one[0]]
    assert len(set(places)) == len(places)
    complete = attendance.complete_at(hour)
    assert complete is None or not any(one["open"] for one in attendance.missing(hour))


def step(district: District, chance: random.Random) -> None:
    sits = Seat.objects.filter(hour=district.hour, role="coordinator", active=True).select_related("account")[
        0
    ]
    coordinator = actor_for(sits.account, district.hour)
    assert coordinator is not None
    posts, rows = list(Post.objects.all()), list(Assignment.objects.all())
    verb = chance.choice(
        ["assign", "assign", "second", "remove", "stand_in", "place", "hall", "leave_hall", "arrange"]
    )
    name = chance.choice(NAMES)
    account = district.accounts[name]
    if verb == "assign":
        actions.perform(coordinator, "assign", chance.choice(posts).id, {"person": name})
    elif verb == "second":
        holder = chance.choice(rows)
        data = {"person": name, "stands_in_for": str(holder.account_id)}
        actions.perform(coordinator, "assign", holder.post_id, data)
    elif verb == "remove":
        actions.perform(coordinator, "remove", chance.choice(rows).id, {})
    elif verb == "stand_in":
        hour_actions.perform(coordinator, "stand_in", {"username": name})
    elif verb == "place":
        data = {"seat_row": str(chance.randint(1, 3)), "seat_number": str(chance.randint(1, 3))}
        actions.perform(coordinator, "place", chance.choice(rows).id, data)
    elif verb == "arrange":
        actions.perform(coordinator, "arrange", None, {})
    else:
        hall = chance.choice(list(Venue.objects.all()))
        give = verb == "hall"
        data = {"person": name} if give else {"account": str(account.id)}
        venues.perform(coordinator, "give_clerk" if give else "remove_clerk", hall.id, data)


@pytest.mark.parametrize("seed", range(4))
def test_seats_and_posts_say_the_same_after_every_step(district: District, seed: int) -> None:
    chance = random.Random(seed)
    coordinator = district.actor("coordinator")
    actions.perform(coordinator, "lay_out", None, {})
    clerk = Post.objects.get(role="clerk")
    actions.perform(coordinator, "assign", clerk.id, {"person": "clerk"})
    for name in ("甲", "乙"):
        venues.perform(coordinator, "add", None, {"name": name, "address": "路"})
    done = 0
    for _step in range(60):
        try:
            step(district, chance)
            done += 1
        except (Refused, InvalidFields, IndexError):
            pass
        look_over(district)
    assert done > 20, "most steps must have been possible"


def test_a_rehearsal_goes_with_its_posts_halls_and_notes(district: District) -> None:
    hour = planning.create_hour(
        slug="try", title="预演", starts_at=START + timedelta(days=1), rehearsal=True, identity="open"
    )
    account = people.create_account("rehearser", "预演人")
    planning.give_seat(hour, account, "coordinator")
    actor = actor_for(account, hour)
    assert actor is not None
    for verb in ("lay_out", "list_items"):
        actions.perform(actor, verb, None, {})
    venues.perform(actor, "add", None, {"name": "甲", "address": "路"})
    Registration.objects.create(question_id=1, hour=hour, identity_seen=False, at=START)
    planning.forget_rehearsal(hour)
    assert not any(model.objects.exists() for model in (Post, Assignment, Item, Venue, Registration))


def test_seats_end_when_the_hour_is_archived(district: District) -> None:
    actions.perform(district.actor("coordinator"), "lay_out", None, {})
    editor = Post.objects.get(role="editor")
    actions.perform(district.actor("coordinator"), "assign", editor.id, {"person": "stranger"})
    coordinator = district.actor("coordinator")
    district.to_stage("archived")
    assert actor_for(district.accounts["stranger"], district.hour) is None
    with pytest.raises(Refused) as refused:
        actions.perform(coordinator, "assign", editor.id, {"person": "stranger"})
    assert refused.value.code == "stage"
