"""Whom was written to is deleted in time; that it was written, and how it fared, stays."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.outreach.conftest import Desk, numbers
from townhall.journal.models import Entry
from townhall.kernel import clock
from townhall.outreach import actions
from townhall.outreach.models import Message, Subscription
from townhall.people import identity

if TYPE_CHECKING:
    from tests.outreach.gateway import LocalGateway

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_numbers_of_old_messages_go_and_their_fate_stays(desk: Desk, gateway: LocalGateway) -> None:
    desk.confirmed(numbers(3))
    desk.run()
    identity.start_verification("13800138000")
    before = desk.states()
    later = clock.now() + timedelta(days=1)
    assert actions.erase_due(clock.now() - timedelta(days=1)) == 0
    assert Message.objects.filter(recipient_sealed="").count() == 0
    erased = actions.erase_due(later)
    assert erased >= 3
    assert actions.erase_due(later) == 0, "nothing is left to delete"
    assert not Message.objects.exclude(recipient_sealed="").exclude(state="queued").exists()
    assert not Message.objects.exclude(parameters_sealed="").exclude(state="queued").exists()
    assert desk.states() == before
    assert Entry.objects.get(kind="outreach.data_erased").facts["messages"] == erased


def test_a_message_that_has_not_left_keeps_its_number(desk: Desk) -> None:
    desk.confirmed(numbers(2))
    actions.erase_due(clock.now() + timedelta(days=1))
    assert Message.objects.filter(state="queued").exclude(recipient_sealed="").count() == 2
    assert not Subscription.objects.exists()
