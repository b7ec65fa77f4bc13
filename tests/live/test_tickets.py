"""The staff stream's ticket: one minute, one person, one hour; dead with the sign-in or the seat."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.core import signing
from django.test import Client

from tests.fixtures import District
from townhall.live import tickets

TICKET = "/desk/hours/2026-11/ticket"


@pytest.fixture
def client_and_ticket(live: District) -> tuple[Client, str]:
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    client = Client(headers={"host": "127.0.0.1:8000"})
    client.force_login(live.accounts["moderator"])
    return client, client.post(TICKET).json()["ticket"]


def test_a_ticket_opens_as_often_as_needed_within_its_minute(client_and_ticket: tuple[Client, str]) -> None:
    found = tickets.open(client_and_ticket[1])
    assert found is not None
    assert tickets.alive(found)


def test_a_ticket_shows_neither_session_nor_person(client_and_ticket: tuple[Client, str]) -> None:
    client, ticket = client_and_ticket
    key = client.session.session_key
    assert key is not None
    assert key not in ticket
    assert key not in str(signing.loads(ticket, salt="townhall.desk.ticket"))


def test_a_forged_or_old_ticket_opens_nothing(
    client_and_ticket: tuple[Client, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = client_and_ticket[1]
    assert tickets.open(ticket[:-2] + "xx") is None
    assert tickets.open("") is None
    monkeypatch.setattr(tickets, "TICKET_SECONDS", -1)
    assert tickets.open(ticket) is None


def test_signing_out_ends_it(client_and_ticket: tuple[Client, str]) -> None:
    client, ticket = client_and_ticket
    found = tickets.open(ticket)
    client.post("/desk/sign-out/")
    assert found is not None
    assert not tickets.alive(found)
    assert tickets.open(ticket) is None


def test_losing_the_seat_ends_it(client_and_ticket: tuple[Client, str], live: District) -> None:
    found = tickets.open(client_and_ticket[1])
    assert found is not None
    live.hour.seats.filter(role="moderator").update(active=False)
    assert not tickets.alive(found)


def test_changes_are_ids_that_this_person_may_see(live: District) -> None:
    before = tickets.changes(live.hour.id, live.actor("lead3"), None)
    asked = live.ask()
    mine = live.walk("accepted")
    live.does("moderator", "assign", mine, lead=live.groups[2].id)
    moderator = tickets.changes(live.hour.id, live.actor("moderator"), before.seq)
    group = tickets.changes(live.hour.id, live.actor("lead3"), before.seq)
    assert moderator.changed == [asked.id, mine.id]
    assert moderator.new == 2
    assert group.changed == [mine.id]
    again = tickets.changes(live.hour.id, live.actor("moderator"), moderator.seq)
    assert (again.changed, again.new, again.seq) == ([], 0, moderator.seq)


@pytest.mark.parametrize("again", ["assign", "designate"])
def test_a_group_hears_that_a_question_was_taken_away(district: District, again: str) -> None:
    district.to_stage("announced")  # a pre-question is public only later: the group sees it no more
    mine = district.walk("assigned")
    member, stranger = district.actor("member1"), district.actor("lead3")
    before = tickets.changes(district.hour.id, member, None)
    by = "coordinator" if again == "designate" else "moderator"
    district.does(by, again, mine, lead=district.groups[1].id)
    assert tickets.changes(district.hour.id, member, before.seq).changed == [mine.id]
    assert tickets.changes(district.hour.id, stranger, before.seq).changed == []


@pytest.mark.django_db(transaction=True)
def test_the_source_opens_at_its_own_address_only(client_and_ticket: tuple[Client, str]) -> None:
    source = tickets.Source()
    session = source.open("2026-11", client_and_ticket[1])
    assert session is not None
    assert source.open("another", client_and_ticket[1]) is None
    assert source.changes(session, None).changed == []
    assert source.alive(session)
