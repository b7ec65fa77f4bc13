"""Every verb of a promise × every seat × every state, and every guard: against a table of its own."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from townhall.commitments import flow
from townhall.commitments.choices import MOST_DISPUTES, Level, State
from townhall.commitments.models import Commitment, Request
from townhall.commitments.parties import Hand
from townhall.hours.choices import Role
from townhall.kernel import clock

NOW = datetime(2026, 12, 1, 2, tzinfo=UTC)
LEAD, HELPER, OTHER = 1, 2, 3
# verb -> who, from which states
EXPECTED: dict[str, tuple[set[str], set[str]]] = {
    "progress": ({"unit", "assisting_unit"}, {"open"}),
    "ask_extension": ({"unit"}, {"open"}),
    "approve_extension": ({"mayor", "deputy"}, {"open"}),
    "refuse_extension": ({"mayor", "deputy"}, {"open"}),
    "report": ({"unit"}, {"open"}),
    "propose_end": ({"unit", "inspector"}, {"open"}),
    "sign_end": ({"mayor"}, {"open"}),
    "refuse_end": ({"mayor"}, {"open"}),
    "verify": ({"inspector"}, {"reported"}),
    "rework": ({"inspector"}, {"reported", "verified"}),
    "close": ({"inspector"}, {"verified"}),
    "site_check": ({"inspector"}, {"open", "reported", "verified"}),
    "chase": ({"inspector", "system"}, {"open"}),
    "escalate": ({"inspector", "system"}, {"open"}),
    "reopen": ({"inspector"}, {"closed"}),
    "dispute": ({"asker"}, {"closed"}),
    "cover_picture": ({"inspector"}, set(State.values)),
}
# What must wait for a leader before the verb makes sense.
WANTS = {
    "approve_extension": "extension",
    "refuse_extension": "extension",
    "sign_end": "ending",
    "refuse_end": "ending",
}
SEATS = [*Role.values, "unit", "assisting_unit", "asker", "system"]


def hand(seat: str, account: int = 9) -> Hand:
    units = {"unit": LEAD, "assisting_unit": HELPER}
    if seat in units:
        return Hand(account, unit_id=units[seat])
    if seat in {"asker", "system"}:
        return Hand(None, own=frozenset({seat}))
    return Hand(account, unit_id=OTHER, offices=frozenset({seat}))


def promise(state: str, waits: str = "", **fields: Any) -> Commitment:
    """A promise with its request and helper fetched, as the database gives it; nothing is stored."""
    values = {
        "unit_id": LEAD, "due": date(2026, 12, 15), "closed_at": NOW if state == "closed" else None, "joint": True,
        "reported_by_id": 7, **fields,
    }  # fmt: skip
    one = Commitment(id=1, hour_id=1, state=state, made_at=NOW, **values)
    requests = [Request(kind=waits, state="waiting", asked_by_id=8)] if waits else []
    one._prefetched_objects_cache = {
        "requests": Rows(requests),
        "assisting": Rows([type("U", (), {"id": HELPER})()]),
    }
    return one


class Rows(list[Any]):
    """What a manager's ``all()`` gives for prefetched rows."""

    def all(self) -> list[Any]:
        return list(self)

    def get_queryset(self) -> list[Any]:
        return self


def status(found: Any) -> int:
    return found.status if found else 0


def test_every_verb_is_expected() -> None:
    assert set(flow.MOVES) == set(EXPECTED)


@pytest.mark.parametrize("verb", EXPECTED)
@pytest.mark.parametrize("seat", SEATS)
def test_the_oracle_says_what_the_table_says(verb: str, seat: str) -> None:
    seats, states = EXPECTED[verb]
    for state in State.values:
        with clock.steer(NOW):
            found = flow.refusal(hand(seat), verb, promise(state, WANTS.get(verb, "")))
        wanted = 403 if seat not in seats else 409 if state not in states else 0
        assert status(found) == wanted, (seat, state, found)
        assert found is None or found.message


@pytest.mark.parametrize(
    ("verb", "seat", "one", "code"),
    [
        ("ask_extension", "unit", promise("open", due=date(2026, 11, 30)), "in_time"),
        ("ask_extension", "unit", promise("open", "ending"), "nothing_waits"),
        ("propose_end", "unit", promise("open", "extension"), "nothing_waits"),
        ("approve_extension", "deputy", promise("open"), "extension_waits"),
        ("approve_extension", "mayor", promise("open", "ending"), "extension_waits"),
        ("refuse_extension", "mayor", promise("open"), "extension_waits"),
        ("sign_end", "mayor", promise("open", "extension"), "ending_waits"),
        ("refuse_end", "mayor", promise("open"), "ending_waits"),
        ("verify", "inspector", promise("reported", reported_by_id=9), "not_own_report"),
        ("close", "inspector", promise("verified", reported_by_id=9), "not_own_report"),
        ("rework", "inspector", promise("reported", reported_by_id=9), "not_own_report"),
        ("verify", "inspector", promise("reported", unit_id=OTHER), "not_own_report"),
        ("escalate", "inspector", promise("open", level=Level.MAYOR), "below_the_top"),
        ("dispute", "asker", promise("closed", disputes=MOST_DISPUTES), "disputable"),
        ("dispute", "asker", promise("closed", closed_at=NOW - timedelta(days=181)), "disputable"),
    ],
)  # fmt: skip
def test_each_guard_stands_against_its_verb(verb: str, seat: str, one: Commitment, code: str) -> None:
    with clock.steer(NOW):
        found = flow.refusal(hand(seat), verb, one)
    assert found is not None
    assert (found.status, found.code) == (409, code)


@pytest.mark.parametrize("verb", WANTS)
def test_nobody_decides_on_their_own_request(verb: str) -> None:
    found = flow.refusal(hand("mayor", account=8), verb, promise("open", WANTS[verb]))
    assert found is not None
    assert found.code == "not_own_request"


def test_the_day_itself_is_still_in_time() -> None:
    with clock.steer(NOW):
        assert flow.refusal(hand("unit"), "ask_extension", promise("open", due=date(2026, 12, 1))) is None
