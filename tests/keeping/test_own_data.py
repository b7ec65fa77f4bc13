"""One's own data: given out whole, deleted at one's wish, for whoever has receipt and mobile together."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.keeping.test_retention import MOBILE, asked, verified
from townhall.journal.models import Entry
from townhall.keeping import actions, citizen_actions, wishes
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused
from townhall.kernel.unit_of_work import unit_of_work
from townhall.outreach import askers
from townhall.outreach.models import Message, Subscription
from townhall.people import identity
from townhall.people.models import Contact, Verification
from townhall.questions import citizen_actions as questions
from townhall.questions import contacts
from townhall.questions.models import Asker, Comment, Question

if TYPE_CHECKING:
    from tests.fixtures import District

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_everything_about_a_person_is_given_out_and_nobody_elses(live: District) -> None:
    one = asked(live)
    asked(live, "13900139000")
    questions.comment(one.id, {"display_name": "邻居", "text": "同感。", "verification": verified()})
    questions.rate(live.receipt(one), {"level": 5})
    identity.start_verification(MOBILE)
    found = citizen_actions.export_own(live.receipt(one), verified())
    assert found["mobile"] == MOBILE
    assert [row["number"] for row in found["questions"]] == [one.number]
    assert found["questions"][0]["rating"]["level"] == 5
    assert [row["text"] for row in found["comments"]] == ["同感。"]
    assert len(found["messages"]) >= 1
    assert {"reminders", "follows"} <= set(found)
    assert "13900139000" not in str(found)
    assert Entry.objects.filter(kind="contact.exported").count() == 1


@pytest.mark.parametrize("act", [citizen_actions.export_own, citizen_actions.erase_own])
def test_receipt_and_mobile_must_belong_together(live: District, act: Any) -> None:
    mine, other = asked(live), asked(live, "13900139000")
    with pytest.raises(Refused) as refused:
        act(live.receipt(other), verified())
    assert refused.value.status == 404
    with pytest.raises(Refused):
        act("000000000000", verified())
    with pytest.raises(InvalidFields):
        act(live.receipt(mine), "forged")
    assert Asker.objects.filter(contact=None).count() == 0


def test_what_leads_to_the_person_is_gone_and_the_question_stays(live: District) -> None:
    one, two, other = asked(live), asked(live), asked(live, "13900139000")
    questions.comment(one.id, {"display_name": "邻居", "text": "同感。", "verification": verified()})
    identity.start_verification(MOBILE)
    receipt = live.receipt(one)
    assert citizen_actions.erase_own(receipt, verified()) == {"questions": 2, "held": 0}
    assert set(Asker.objects.filter(contact=None).values_list("question_id", flat=True)) == {one.id, two.id}
    assert Asker.objects.get(question=other).contact is not None
    assert not Comment.objects.filter(contact__isnull=False).exists()
    assert Contact.objects.count() == 1
    assert (
        not Message.objects.exclude(recipient_sealed="").filter(recipient_index__startswith="erased").exists()
    )
    assert not Verification.objects.exclude(mobile_sealed="").exists()
    assert not Subscription.objects.exists()
    assert Question.objects.get(id=one.id).text
    assert questions.find_asker(receipt) is not None, "the receipt goes on working"
    entry = Entry.objects.get(kind="contact.erased")
    assert (entry.facts["questions"], entry.facts["held"]) == (2, 0)
    assert MOBILE not in str(entry.facts)


def test_a_legal_hold_keeps_its_question_until_it_is_lifted(live: District) -> None:
    one, two = asked(live), asked(live)
    actions.perform(live.actor("coordinator"), "place", one.id, {"reason": "audit", "note": "审计"})
    assert citizen_actions.erase_own(live.receipt(two), verified()) == {"questions": 1, "held": 1}
    assert Asker.objects.get(question=one).contact is not None
    assert Asker.objects.get(question=two).contact is None


def hold(live: District, verb: str, question: Question) -> None:
    actions.perform(live.actor("coordinator"), verb, question.id, {"reason": "audit", "note": "审计"})


def tell(question: Question, key: str) -> None:
    with unit_of_work():
        askers.tell(Asker.objects.get(question=question), "declined", {"url": "https://x.example/"}, key)


def test_a_held_person_is_written_to_no_more_and_forgotten_when_the_hold_is_lifted(live: District) -> None:
    one, two = asked(live), asked(live)
    hold(live, "place", one)
    tell(one, "before")
    Message.objects.filter(idempotency_key="before").update(state="queued")
    citizen_actions.erase_own(live.receipt(two), verified())
    assert Message.objects.get(idempotency_key="before").state == "failed", "what waited does not leave"
    assert not contacts.is_reachable(Asker.objects.get(question=one))
    tell(one, "after")
    assert not Message.objects.filter(idempotency_key="after").exists()
    assert Message.objects.get(idempotency_key="before").recipient_sealed, "what was written is kept"
    assert wishes.fulfil_next() == 0, "the hold stands"
    with clock.steer(clock.now() + timedelta(minutes=1)):
        later = asked(live)  # the same person, again: nobody asked for this to be deleted
        assert contacts.is_reachable(Asker.objects.get(question=later))
        tell(later, "later")
    hold(live, "lift", one)
    assert actions.Clerk().turn() == 1
    assert wishes.fulfil_next() == 0
    assert Asker.objects.get(question=one).contact is None
    assert Asker.objects.get(question=later).contact is not None
    assert Message.objects.get(idempotency_key="before").recipient_sealed == ""
    assert Message.objects.get(idempotency_key="later").recipient_sealed
    entries = Entry.objects.filter(kind="contact.erased").order_by("id")
    assert [(entry.facts["questions"], entry.facts["held"]) for entry in entries] == [(1, 1), (1, 0)]


def test_two_holds_are_both_waited_for(live: District) -> None:
    one, two = asked(live), asked(live)
    for question in (one, two):
        hold(live, "place", question)
    assert citizen_actions.erase_own(live.receipt(one), verified()) == {"questions": 0, "held": 2}
    hold(live, "lift", one)
    assert wishes.fulfil_next() == 1
    assert wishes.fulfil_next() == 0
    assert Contact.objects.count() == 1
    hold(live, "lift", two)
    assert wishes.fulfil_next() == 1
    assert not Contact.objects.exists()
