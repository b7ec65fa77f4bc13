"""Contact data go in time, with a certificate; a hold or an open promise stops that."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.commitments.conftest import Promises, promises
from townhall.commitments.models import Commitment
from townhall.hours import planning
from townhall.hours.choices import Role
from townhall.hours.seats import Actor
from townhall.journal.models import Entry
from townhall.keeping import actions, flow, retention
from townhall.keeping.actions import Clerk, erase_due
from townhall.keeping.models import Certificate
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused
from townhall.kernel.unit_of_work import unit_of_work
from townhall.outreach import actions as outreach
from townhall.outreach import askers
from townhall.outreach.models import Message
from townhall.people import identity
from townhall.people.models import Contact, Unit
from townhall.questions import citizen_actions
from townhall.questions.models import Asker, Comment

if TYPE_CHECKING:
    from tests.fixtures import District
    from townhall.questions.models import Question

__all__ = ["promises"]
pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

OVER = datetime(2026, 12, 10, 1, tzinfo=UTC)
MOBILE = "13800138000"


def verified(mobile: str = MOBILE) -> str:
    """What stands for a person who has shown that they hold this mobile."""
    with unit_of_work():
        contact = identity.keep_contact(mobile)
    return identity.token_for(contact, clock.now() + timedelta(hours=12))


def asked(live: District, mobile: str = MOBILE, **draft: Any) -> Question:
    """An answered question of a verified asker."""
    question = live.walk("assigned", live.ask(verification=verified(mobile)))
    words = draft.pop("text", "您好，区教育局已于11月20日公布方案，电话 5555 0123。")
    question = live.does(
        "member1", "draft", question, text=words, outcome=draft.pop("outcome", "answered"), **draft
    )
    question = live.does("member1", "submit", question)
    return live.does("mayor", "sign", question, version=question.draft_version)


def over(live: District) -> None:
    live.hour_does("wrap", reason_code="other")
    if Commitment.objects.exists():
        live.hands_over()
    with clock.steer(OVER):
        live.hour_does("archive")


def contacts() -> set[int]:
    return set(Asker.objects.filter(contact__isnull=False).values_list("question_id", flat=True))


def test_contact_data_go_after_twelve_months_and_a_certificate_stays(live: District) -> None:
    one, two = asked(live), asked(live, "13900139000")
    citizen_actions.comment(
        one.id, {"display_name": "邻居", "text": "同感。", "verification": verified("13700137000")}
    )
    over(live)
    with clock.steer(OVER + timedelta(days=364)):
        assert erase_due() == 0
        assert contacts() == {one.id, two.id}
    with clock.steer(datetime(2027, 12, 10, 2, tzinfo=UTC)):
        assert erase_due() == 3
        assert erase_due() == 0
    assert contacts() == set()
    assert not Comment.objects.filter(contact__isnull=False).exists()
    assert not Contact.objects.exists()
    certificate = Certificate.objects.get()
    assert (certificate.questions, certificate.contacts, certificate.held, certificate.months) == (
        2,
        3,
        0,
        12,
    )
    entry = Entry.objects.get(kind="contacts.erased")
    assert (entry.line, entry.facts["digest"]) == (live.hour.id, certificate.digest)
    one.refresh_from_db()
    assert one.text
    assert Asker.objects.count() == 2


def test_a_mobile_that_another_hour_needs_stays(live: District) -> None:
    question = asked(live)
    contact = Contact.objects.get()
    over(live)
    second = asked_again(live, contact)
    with clock.steer(datetime(2027, 12, 10, 2, tzinfo=UTC)):
        assert erase_due() == 1
    assert Contact.objects.filter(id=contact.id).exists()
    assert contacts() == {second}
    assert question.id != second


def asked_again(live: District, contact: Contact) -> int:
    """The same person asks again, a year later."""
    hour = planning.create_hour(
        slug="2027-01", title="第 17 期区长网上办公", topic="交通", starts_at=datetime(2027, 11, 30, 11, tzinfo=UTC), identity="open",
    )  # fmt: skip
    live.accounts["coordinator"].refresh_from_db()
    planning.give_seat(hour, live.accounts["coordinator"], "coordinator")
    live.hour = hour
    live.hour_does("announce")
    token = identity.token_for(contact, clock.now() + timedelta(hours=12))
    return live.ask(verification=token).id


def test_a_hold_keeps_a_question_until_it_is_lifted(live: District) -> None:
    held, other = asked(live), asked(live, "13900139000")
    over(live)
    office = live.actor("coordinator")
    actions.perform(office, "place", held.id, {"reason": "lawsuit", "note": "（2026）行初12号"})
    with clock.steer(datetime(2027, 12, 10, 2, tzinfo=UTC)):
        assert erase_due() == 1
        assert Certificate.objects.get().held == 1
        assert contacts() == {held.id}
        assert other.id not in contacts()
        actions.perform(office, "lift", held.id, {"note": "判决生效"})
        assert erase_due() == 1
    assert contacts() == set()
    kinds = list(Entry.objects.filter(kind__startswith="hold.").order_by("id").values_list("kind", flat=True))
    assert kinds == ["hold.placed", "hold.lifted"]


def test_an_open_promise_keeps_its_asker(live: District) -> None:
    text = "您好，12月15日前完成大门改造，电话 5555 0123。"
    unit = Unit.objects.get(name="区教育局").id
    promised = asked(
        live, text=text, outcome="promised",
        commitments=[{"text": "12月15日前完成大门改造", "unit": unit, "due": "2026-12-15"}],
    )  # fmt: skip
    over(live)
    with clock.steer(datetime(2027, 12, 10, 2, tzinfo=UTC)):
        assert erase_due() == 0
    assert contacts() == {promised.id}


def test_what_was_written_to_somebody_on_hold_is_kept_with_it(live: District) -> None:
    held, other = asked(live), asked(live, "13900139000")
    follower = live.does("moderator", "merge", live.ask(verification=verified("13700137000")), into=held.id)
    for question in (held, other, follower):
        words = {"issue": "1", "number": "1", "url": "x"}
        with unit_of_work():
            askers.tell(Asker.objects.get(question_id=question.id), "answered", words, f"k{question.id}")
    Message.objects.update(state="delivered")
    actions.perform(live.actor("coordinator"), "place", held.id, {"reason": "audit", "note": "审计"})
    assert outreach.erase_due(clock.now() + timedelta(days=1)) == 1
    assert Message.objects.exclude(recipient_sealed="").count() == 2
    actions.perform(live.actor("coordinator"), "lift", held.id, {"note": "审计结束"})
    assert outreach.erase_due(clock.now() + timedelta(days=1)) == 2


def promised(live: District, mobile: str = MOBILE) -> Question:
    text = "您好，12月15日前完成大门改造，电话 5555 0123。"
    item = {
        "text": "12月15日前完成大门改造",
        "unit": Unit.objects.get(name="区教育局").id,
        "due": "2026-12-15",
    }
    return asked(live, mobile, text=text, outcome="promised", commitments=[item])


@pytest.mark.parametrize("end", ["closed", "ended"])
def test_the_months_run_from_the_end_of_the_last_promise(promises: Promises, end: str) -> None:
    live = promises.district
    question = promised(live)
    over(live)
    with clock.steer(datetime(2027, 11, 30, 2, tzinfo=UTC)):
        promises.walk(end, Commitment.objects.get())
    for day in (datetime(2027, 12, 11, 2, tzinfo=UTC), datetime(2028, 11, 29, 2, tzinfo=UTC)):
        with clock.steer(day):
            assert erase_due() == 0
    assert contacts() == {question.id}
    with clock.steer(datetime(2028, 12, 1, 3, tzinfo=UTC)):
        assert erase_due() == 1
    assert contacts() == set()


def test_whoever_asked_the_same_waits_with_the_promise_and_the_hold(promises: Promises) -> None:
    live = promises.district
    target, held = promised(live), asked(live, "13900139000")
    follower = live.does("moderator", "merge", live.ask(verification=verified("13700137000")), into=target.id)
    held_too = live.does("moderator", "merge", live.ask(verification=verified("13600136000")), into=held.id)
    actions.perform(live.actor("coordinator"), "place", held.id, {"reason": "audit", "note": "审计"})
    over(live)
    with clock.steer(datetime(2027, 12, 11, 2, tzinfo=UTC)):
        assert erase_due() == 0
        assert contacts() == {target.id, follower.id, held.id, held_too.id}
        actions.perform(live.actor("coordinator"), "lift", held.id, {"note": "审计结束"})
        assert erase_due() == 2
    assert contacts() == {target.id, follower.id}


def test_the_asker_of_a_whole_waits_with_the_promise_to_a_part(promises: Promises) -> None:
    live = promises.district
    whole = live.ask(verification=verified())
    parts = [{"title": "大门", "text": "大门坏了"}, {"title": "公交", "text": "公交太少"}]
    whole = live.does("moderator", "split", whole, parts=parts)
    part = whole.parts.order_by("id")[0] if whole.parts.exists() else whole
    part = live.does("moderator", "assign", part, lead=live.groups[0].id)
    item = {"text": "12月15日前完成大门改造", "due": "2026-12-15"}
    words = "您好，12月15日前完成大门改造，电话 5555 0123。"
    live.does("member1", "draft", part, text=words, outcome="promised", commitments=[item])
    part = live.does("lead1", "submit", part)
    live.does("mayor", "sign", part, version=part.draft_version)
    assert Commitment.objects.get().question_id == part.id != whole.id
    for other in live.hour.questions.filter(status__in=["received", "accepted"]):
        live.does("moderator", "decline", other, code="unrelated")
    over(live)
    with clock.steer(datetime(2027, 12, 11, 2, tzinfo=UTC)):
        assert erase_due() == 0
    assert contacts() == {whole.id}


def test_the_limit_is_the_offices_and_holds_at_once(live: District) -> None:
    asked(live)
    over(live)
    office = live.actor("coordinator")
    for wrong in ("", "0", "37", "zwölf", "-1"):
        with pytest.raises(InvalidFields) as error:
            actions.set_months(office, {"keep": wrong})
        assert "keep" in error.value.errors
    with pytest.raises(Refused) as refused:
        actions.set_months(live.actor("inspector"), {"keep": "3"})
    assert refused.value.status == 403
    actions.set_months(office, {"keep": "3"})
    with clock.steer(datetime(2027, 3, 10, 2, tzinfo=UTC)):
        assert erase_due() == 1


def test_the_clerk_looks_once_an_hour(live: District, django_assert_num_queries: Any) -> None:
    clerk = Clerk()
    assert clerk.turn() == 0
    with django_assert_num_queries(0):
        assert clerk.turn() == 0


@pytest.mark.parametrize("held", [False, True])
def test_every_seat_and_state(live: District, held: bool) -> None:
    question = live.ask()
    if held:
        actions.perform(live.actor("coordinator"), "place", question.id, {"reason": "audit", "note": "审计"})
    for role in Role.values:
        actor = Actor(live.accounts["stranger"].id, "stranger", "", live.hour.id, frozenset({role}))
        for verb in flow.MOVES:
            refused = flow.refusal(actor, verb, question)
            assert (refused is None) == (role == "coordinator" and held == (verb == "lift")), (role, verb)
            if refused is not None:
                assert refused.status == (409 if role == "coordinator" else 403)


def test_a_hold_says_why(live: District) -> None:
    question = live.ask()
    with pytest.raises(InvalidFields) as error:
        actions.perform(live.actor("coordinator"), "place", question.id, {"reason": "whim", "note": " "})
    assert set(error.value.errors) == {"reason", "note"}


@given(day=st.dates(date(2000, 1, 1), date(2090, 1, 1)), months=st.integers(1, 36))
def test_months_back_is_never_nearer_than_the_months(day: date, months: int) -> None:
    back = retention.before(day, months)
    assert (day.year - back.year) * 12 + day.month - back.month == months
    assert back.day <= day.day
