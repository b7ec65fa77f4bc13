"""Wherever a leader signs, whoever left the desk alone proves themselves again; whoever has just done so signs."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import get_resolver

from tests.fixtures import START
from tests.signon.conftest import BIND, STEP, Person
from townhall.commitments import flow as promises
from townhall.commitments.models import Commitment
from townhall.commitments.parties import Hand, hand_of
from townhall.history import flow as history
from townhall.history.models import PastQuestion
from townhall.hours.choices import Role
from townhall.hours.seats import Actor
from townhall.kernel.errors import Refused
from townhall.people.standing import Standing
from townhall.plans import flow as plans
from townhall.staffing import actions as staffing
from townhall.staffing.models import Post
from townhall.wrapping import flow as wrapping
from townhall.wrapping.models import Authorisation, Leftover, Paper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.fixtures import District
    from townhall.kernel.flow import Refusal

    Ask = Callable[[Actor], Refusal | None]

ALONE = Standing(demanded=True, means="code", lapse="idle")
PROVED = Standing(demanded=True, means="code", proved_at=START)
EVERYBODY = frozenset(role.value for role in Role) | {"approver"}
LEADER = Actor(1, "a", "A", 1, EVERYBODY)


def hand(actor: Actor) -> Hand:
    return Hand(1, "A", None, offices=frozenset({"mayor", "deputy"}), standing=actor.standing)


@pytest.mark.parametrize(
    "ask",
    [
        lambda actor: wrapping.seat_refusal(actor, "sign_paper", Paper()),
        lambda actor: wrapping.seat_refusal(actor, "authorise", Authorisation()),
        lambda actor: wrapping.seat_refusal(actor, "approve_extension", Leftover()),
        lambda actor: plans.seat_refusal(actor, "approve"),
        lambda actor: history.refusal(actor, "withhold", PastQuestion()),
        lambda actor: promises.seat_refusal(hand(actor), "sign_end", Commitment(hour_id=1)),
        lambda actor: promises.seat_refusal(hand(actor), "approve_extension", Commitment(hour_id=1)),
    ],
    ids=[
        "closing paper",
        "authorisation",
        "leftover",
        "plan",
        "history",
        "end of a promise",
        "its extension",
    ],
)
def test_what_a_leader_signs_asks_again(ask: Ask) -> None:
    refused = ask(replace(LEADER, standing=ALONE))
    assert refused is not None
    assert (refused.status, refused.code) == (403, "proof")
    assert ask(replace(LEADER, standing=PROVED)) is None
    assert ask(LEADER) is None, "where nothing is asked, nothing is asked"


def test_who_gives_a_signers_seat_proves_themselves(district: District) -> None:
    staffing.perform(district.actor("coordinator"), "lay_out", None, {})
    post, other = Post.objects.get(role="deputy"), Post.objects.get(role="editor")
    actor = replace(district.actor("coordinator"), standing=ALONE)
    with pytest.raises(Refused) as refused:
        staffing.perform(actor, "assign", post.id, {"person": "stranger"})
    assert refused.value.code == "proof"
    staffing.perform(actor, "assign", other.id, {"person": "stranger"})
    staffing.perform(replace(actor, standing=PROVED), "assign", post.id, {"person": "stranger"})


def test_what_was_shown_at_the_desk_goes_with_the_person(district: District) -> None:
    account = district.accounts["mayor"]
    account.standing = ALONE
    people = hand_of(account)
    assert people is not None
    assert people.standing == ALONE


# Where somebody goes whose password was right and who has shown nothing else: to show it, to change the password, out.
DOORS = {STEP, BIND, "/desk/account/password/", "/desk/lock/", "/desk/sign-in/", "/desk/sign-out/"}


def addresses(patterns: Any, before: str = "") -> Iterator[str]:
    """Every address of the desks, with something in each of its places."""
    for one in patterns:
        path = before + str(one.pattern)
        if hasattr(one, "url_patterns"):
            yield from addresses(one.url_patterns, path)
        elif path.startswith("desk/"):
            path = re.sub(r"\(\?P<\w+>(\w+)[^)]*\)", r"\1", path.replace("^", "").replace("$", ""))
            path = re.sub(r"<slug:slug>", "2026-11", path)
            yield "/" + re.sub(r"<[^>]+>", "1", path)


def test_with_a_password_alone_no_address_of_the_desks_opens(real: District) -> None:
    mayor = Person("mayor")
    mayor.signs_in()
    found = sorted(set(addresses(get_resolver().url_patterns)) - DOORS)
    assert len(found) > 150
    for path in found:
        seen = mayor.browser.get(path)
        sent = mayor.browser.post(path)
        assert seen.status_code in {302, 404, 405}, path
        assert seen.status_code != 302 or seen.headers["Location"].startswith(STEP), path
        assert sent.status_code in {401, 404, 405}, path
    assert mayor.browser.get("/desk/hours/2026-11/mayor/").headers["Location"].startswith(STEP)
