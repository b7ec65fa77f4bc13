"""What a legal hold keeps of who follows: stopped like anybody's, kept sealed, gone when it is lifted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, transaction

from tests.following.conftest import Reader, promises, reader
from tests.following.test_own_mail import agrees
from tests.keeping.test_own_data import hold
from tests.keeping.test_retention import MOBILE, verified
from townhall.following import actions, links, published, reading
from townhall.following import citizen_actions as following
from townhall.following.models import Follow
from townhall.journal.models import Entry
from townhall.keeping import actions as keeping
from townhall.keeping import citizen_actions
from townhall.kernel import clock
from townhall.kernel.secrets import decrypt
from townhall.outreach import actions as outreach
from townhall.outreach import forgetting, sending
from townhall.outreach.models import Message
from townhall.people.models import Contact

if TYPE_CHECKING:
    from townhall.commitments.models import Commitment
    from townhall.questions.models import Question

__all__ = ["promises", "reader"]  # fixtures
pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
MAIL = "wang@example.org"


def held(reader: Reader) -> tuple[Question, Commitment]:
    """A held question whose asker reads its news by mail and follows a promise of somebody else's by SMS."""
    live = reader.promises.district
    question = live.ask(verification=verified())
    agrees(reader, question, MAIL)
    one = reader.promises.make()
    following.follow_by_sms("promise", str(one.id), verified())
    hold(live, "place", question)
    reading.tick()
    return question, one


def addresses() -> set[str]:
    return {decrypt(row.address_sealed) for row in Follow.objects.exclude(address_sealed="")}


def waiting() -> int:
    return Message.objects.filter(state="queued", template__in=["follow", "declined"]).count()


def test_a_held_person_who_asks_to_be_deleted_is_told_nothing_more_and_kept_sealed(reader: Reader) -> None:
    live = reader.promises.district
    question, one = held(reader)
    live.hour_does("wrap", reason_code="other")
    reading.tick()
    live.does("moderator", "decline", question, code="unrelated")
    reader.promises.report(one)
    reading.tick()
    assert Message.objects.get(template="declined").channel == "mail"
    citizen_actions.erase_own(live.receipt(question), verified())
    assert waiting() == 0
    reader.box.clear()
    live.does("moderator2", "reopen", question)
    reader.promises.does("inspector", "verify", one)
    before = Message.objects.count()
    reader.waits()
    assert reader.box == [] and Message.objects.count() == before
    assert addresses() == {MAIL, MOBILE}, "the hold keeps both"
    assert Follow.objects.filter(stopped_at__isnull=False, erased_at=None).count() == 2
    assert Message.objects.get(template="declined").recipient_sealed
    assert Entry.objects.get(kind="follow.kept").facts == {"follows": 2}
    assert Entry.objects.get(kind="contact.erased").facts["held"] == 1
    citizen_actions.erase_own(live.receipt(question), verified())
    assert Entry.objects.filter(kind="follow.kept").count() == 1, "stopped once"
    kept = citizen_actions.export_own(live.receipt(question), verified())["follows"]
    assert [row["stopped"] for row in kept] == [True, True]


def test_when_the_hold_is_lifted_everything_goes(reader: Reader) -> None:
    live = reader.promises.district
    question, _one = held(reader)
    citizen_actions.erase_own(live.receipt(question), verified())
    assert actions.erase_due(datetime(2099, 1, 1, tzinfo=UTC)) == 0
    hold(live, "lift", question)
    clerk = keeping.Clerk()
    while clerk.turn():
        pass
    assert addresses() == set()
    assert not Contact.objects.exists()
    assert not Follow.objects.filter(erased_at=None).exists()
    assert [one.facts["rows"] for one in Entry.objects.filter(kind="contact.erased").order_by("id")][1] >= 2


@pytest.mark.parametrize("purpose", [links.STOP, links.ALL])
def test_one_tap_stops_a_held_mail_box_too(reader: Reader, purpose: str) -> None:
    live = reader.promises.district
    question, _one = held(reader)
    row = Follow.objects.get(channel="mail")
    token = links.token_of(row, purpose)
    page = reader.client.post(f"/unfollow/{token}/").content.decode()
    page += reader.client.get(f"/unfollow/{token}/").content.decode()
    assert "不会再给您发消息" in page and "已经删除" not in page
    told = published.stopping(token)
    assert told is not None and told["stopped"] and told["kept"] and told["follows"] == []
    assert MAIL in addresses()
    assert Follow.objects.get(channel="sms").stopped_at is None, "the other way was not stopped"
    hold(live, "lift", question)
    assert actions.erase_due(datetime(2000, 1, 1, tzinfo=UTC)) == 1
    assert addresses() == {MOBILE}
    assert published.stopping(token) == {**told, "kept": False, "address": ""}
    assert "已经删除" in reader.client.get(f"/unfollow/{token}/").content.decode()


def test_who_stopped_can_follow_the_same_again(reader: Reader) -> None:
    live = reader.promises.district
    question, one = held(reader)
    citizen_actions.erase_own(live.receipt(question), verified())
    with clock.steer(clock.now() + timedelta(minutes=1)):
        following.follow_by_sms("promise", str(one.id), verified())
    alive = Follow.objects.get(stopped_at=None, erased_at=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Follow.objects.filter(held=True, channel="sms").update(stopped_at=None, held=False)
    hold(live, "lift", question)
    clerk = keeping.Clerk()
    while clerk.turn():
        pass
    alive.refresh_from_db()
    assert alive.erased_at is None and addresses() == {MOBILE}, "what was asked for later is not meant"


def test_an_unconfirmed_address_is_never_kept(reader: Reader) -> None:
    live = reader.promises.district
    question = live.ask(verification=verified())
    following.tell_by_mail(live.receipt(question), "somebody@example.org")
    hold(live, "place", question)
    citizen_actions.erase_own(live.receipt(question), verified())
    assert addresses() == set()


def test_what_was_written_to_a_held_mail_box_is_kept_beyond_its_time(reader: Reader) -> None:
    live = reader.promises.district
    question, _one = held(reader)
    live.hour_does("wrap", reason_code="other")
    reading.tick()
    live.does("moderator", "decline", question, code="unrelated")
    reading.tick()
    sending.tick()
    assert forgetting.HELD
    later = datetime(2099, 1, 1, tzinfo=UTC)
    outreach.erase_due(later)
    assert Message.objects.get(template="declined").recipient_sealed
    hold(live, "lift", question)
    outreach.erase_due(later)
    assert Message.objects.get(template="declined").recipient_sealed == ""
