"""Invitations leave through the outbox, once, and are forgotten with the person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.observers.conftest import ASKED, mobile_of
from townhall.kernel import clock, secrets
from townhall.outreach import invitations, posting
from townhall.outreach.models import Batch, Message
from townhall.outreach.sealing import unseal

if TYPE_CHECKING:
    from tests.observers.conftest import Search


def test_an_invitation_says_when_where_and_until_when(search: Search) -> None:
    search.inviting(3, quota=2)
    rows = list(Message.objects.filter(template="observer_invited"))
    assert len(rows) == 2
    assert {row.state for row in rows} == {"sent"}
    words = invitations.text_of("observer_invited", unseal(rows[0]))
    assert "11-30 19:00，区政府一楼会议室" in words
    assert "请在 11-28 19:00 前打开 http://127.0.0.1:8000/observe/2026-11/mine/" in words
    to = {secrets.decrypt(row.recipient_sealed) for row in rows}
    assert to == {mobile_of(search.at_rank(place)) for place in (1, 2)}


def test_whoever_withdraws_is_forgotten_in_the_outbox(search: Search) -> None:
    search.inviting(3, quota=2)
    with clock.steer(ASKED):
        search.answers(search.at_rank(1), "withdraw")
    assert Message.objects.count() == 2  # the second's, and that of who moved up


def test_nothing_leaves_a_rehearsal(search: Search) -> None:
    search.district.hour.__class__.objects.update(rehearsal=True)
    search.inviting(2)
    assert not Message.objects.exists()


@pytest.mark.parametrize("provider", ["aliyun", "tencent"])
def test_a_gateway_that_wants_a_filed_text_is_not_asked(search: Search, provider: str) -> None:
    search.inviting(1)
    message = Message.objects.get()
    batch = Batch(provider=provider)
    with pytest.raises(posting.Declined):
        posting.post(message, batch)
