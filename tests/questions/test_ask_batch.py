"""Asking under load: one transaction for many, each with its own result."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from townhall.hours.models import OfficeHour
from townhall.journal import read
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused
from townhall.people import identity
from townhall.people.models import Contact
from townhall.questions import asking, citizen_actions, tracking
from townhall.questions.citizen_actions import Asked
from townhall.questions.models import Asker, Question

if TYPE_CHECKING:
    from tests.fixtures import District
    from townhall.questions.asking import Asking


def form(district: District, **fields: Any) -> Asking:
    payload = {"display_name": "湖边居民", "text": "澄湖路幼儿园还有学位吗？", **fields}
    return asking.parse(OfficeHour.objects.get(id=district.hour.id), payload)


def verified(mobile: str = "13800001111") -> tuple[str, int]:
    """A verification token and whom it stands for."""
    from townhall.kernel.unit_of_work import unit_of_work

    with unit_of_work():
        contact = identity.keep_contact(mobile)
    return identity.token_for(contact, clock.now() + identity.TOKEN_LIFE), contact.id


def one(result: Any) -> Asked:
    assert isinstance(result, Asked), result
    return result


def test_the_same_form_again_is_the_same_question(live: District) -> None:
    first = citizen_actions.ask(form(live, idempotency_key="k1"))
    again = citizen_actions.ask(form(live, idempotency_key="k1"))
    assert (again.id, again.number, again.receipt, again.track_url) == (
        first.id, first.number, first.receipt, first.track_url,
    )  # fmt: skip
    assert Question.objects.count() == 1


def test_the_replay_tells_the_present_state_also_after_the_hour_has_closed(live: District) -> None:
    first = citizen_actions.ask(form(live, idempotency_key="k1"))
    live.does("moderator", "accept", Question.objects.get(id=first.id))
    again_form = form(live, idempotency_key="k1")
    live.hour_does("wrap", reason_code="other")
    again = citizen_actions.ask(again_form)
    assert (again.receipt, again.status) == (first.receipt, "accepted")


@pytest.mark.parametrize(
    "changed",
    [
        {"text": "另一件事。"}, {"display_name": "别人"}, {"title": "别的标题"}, {"kind": "consult"},
        {"lang": "en"}, {"subject": "education"}, {"area": "澄湖镇"},
    ],
)  # fmt: skip
def test_the_same_key_with_another_body_is_refused(live: District, changed: dict[str, str]) -> None:
    citizen_actions.ask(form(live, idempotency_key="k1"))
    with pytest.raises(Refused) as refused:
        citizen_actions.ask(form(live, **{"idempotency_key": "k1", **changed}))
    assert refused.value.status == 409
    assert Question.objects.count() == 1


def test_the_same_key_of_two_verified_people_makes_two_questions(live: District) -> None:
    token, _person = verified("13800001111")
    other, _other = verified("13900002222")
    first = citizen_actions.ask(form(live, idempotency_key="k1", verification=token))
    second = citizen_actions.ask(form(live, idempotency_key="k1", verification=other))
    third = citizen_actions.ask(form(live, idempotency_key="k1"))
    assert len({first.receipt, second.receipt, third.receipt}) == 3


def test_a_clerks_key_never_opens_a_citizens_receipt(live: District) -> None:
    mine = citizen_actions.ask(form(live, idempotency_key="1"))
    hour = OfficeHour.objects.get(id=live.hour.id)
    payload = {
        "display_name": "湖边居民",
        "text": "澄湖路幼儿园还有学位吗？",
        "idempotency_key": "1",
        "channel": "phone",
    }
    typed = [
        citizen_actions.ask(asking.parse(hour, payload, typed_by=live.accounts[clerk].id))
        for clerk in ("clerk", "moderator")
    ]
    assert len({mine.receipt, *(one.receipt for one in typed)}) == 3


def test_in_one_batch_each_gets_its_own_result(live: District) -> None:
    accepted = live.walk("accepted")
    head = read.head(live.hour.id)
    gone = form(live)
    gone.hour_id = 10**9
    results = citizen_actions.ask_batch([
        form(live, idempotency_key="a"),
        form(live, idempotency_key="a"),
        form(live, idempotency_key="a", text="别的内容"),
        form(live, follows=10**9),
        form(live, follows=accepted.id, text="追问一句"),
        gone,
        form(live, text="没有钥匙"),
        form(live, text="没有钥匙"),
    ])  # fmt: skip
    assert one(results[0]).receipt == one(results[1]).receipt
    assert isinstance(results[2], Refused)
    assert results[2].status == 409
    assert isinstance(results[3], InvalidFields)
    assert set(results[3].errors) == {"follows"}
    assert Question.objects.get(id=one(results[4]).id).follows_id == accepted.id
    assert isinstance(results[5], Refused)
    assert results[5].status == 404
    numbers = [one(results[index]).number for index in (0, 4, 6, 7)]
    assert numbers == list(range(accepted.number + 1, accepted.number + 5))
    entries = read.after(live.hour.id, head)
    assert [(entry.kind, entry.facts["first"], entry.facts["last"]) for entry in entries] == [
        ("question.asked", numbers[0], numbers[-1])
    ]


def test_two_hours_in_one_batch_keep_their_own_numbers_and_entries(live: District) -> None:
    from townhall.hours import planning

    other = planning.create_hour(
        slug="rehearsal", title="预演", starts_at=live.hour.starts_at, rehearsal=True, identity="open"
    )
    OfficeHour.objects.filter(id=other.id).update(stage="live")
    there = asking.parse(OfficeHour.objects.get(id=other.id), {"display_name": "甲", "text": "预演的问题"})
    results = [one(result) for result in citizen_actions.ask_batch([form(live), there, form(live), there])]
    assert [result.number for result in results] == [1, 1, 2, 2]
    assert [entry.facts["last"] for entry in read.after(other.id, 0) if entry.kind == "question.asked"] == [2]


def test_a_row_that_breaks_a_rule_of_the_database_fails_alone(live: District) -> None:
    broken = form(live, text="第二个")
    broken.title = None  # type: ignore[assignment] # what no check lets through, the column refuses
    results = citizen_actions.ask_batch([form(live, text="第一个"), broken, form(live, text="第三个")])
    assert one(results[0]).number == 1
    assert isinstance(results[1], Refused)
    assert results[1].status == 409
    assert one(results[2]).number == 2
    assert list(Question.objects.order_by("number").values_list("number", "text")) == [
        (1, "第一个"),
        (2, "第三个"),
    ]


def test_a_person_who_asks_too_fast_waits_others_do_not(live: District) -> None:
    token, _person = verified()
    hasty = [form(live, text=f"第 {number} 件事", verification=token) for number in range(12)]
    results = citizen_actions.ask_batch([*hasty, form(live)])
    assert [isinstance(result, Asked) for result in results] == [True] * 10 + [False] * 2 + [True]
    refused = results[10]
    assert isinstance(refused, Refused)
    assert (refused.status, bool(refused.retry_after)) == (429, True)
    with clock.steer(clock.now() + timedelta(minutes=11)):
        assert isinstance(citizen_actions.ask(form(live, verification=token)), Asked)


def test_a_verified_hour_asks_for_the_verified_mobile(live: District) -> None:
    OfficeHour.objects.filter(id=live.hour.id).update(identity="verified")
    for token in (None, "", "forged", "a:b:c", 5, ["x"]):
        with pytest.raises(InvalidFields) as invalid:
            form(live, verification=token)
        assert set(invalid.value.errors) == {"verification"}
    token, person = verified()
    asked = citizen_actions.ask(form(live, verification=token))
    assert Asker.objects.get(question=asked.id).contact_id == person
    with clock.steer(clock.now()), pytest.raises(InvalidFields):
        form(live, verification=token[:-1] + ("A" if token[-1] != "A" else "B"))


@pytest.mark.parametrize("stage", ["announced", "preparing", "live", "wrapping"])
def test_on_behalf_is_typed_in_before_and_after_the_hour_too(district: District, stage: str) -> None:
    district.to_stage(stage)
    payload = {"display_name": "王阿姨", "text": "电话里说的事。", "channel": "phone", "mobile": "+86 138-0000-1111",
               "reply_by": "phone"}  # fmt: skip
    asked = citizen_actions.ask(asking.parse(district.hour, payload, typed_by=district.accounts["clerk"].id))
    question = Question.objects.get(id=asked.id)
    assert (question.channel, question.window) == (
        "phone",
        "pre" if stage in {"announced", "preparing"} else "live",
    )
    asker = Asker.objects.get(question=question)
    assert asker.typed_by_id == district.accounts["clerk"].id
    contact = asker.contact
    assert contact is not None
    assert contact.verified_at is None
    assert tracking.track(asked.receipt) is not None


def test_on_behalf_is_not_stopped_by_a_pause_and_names_its_channel(live: District) -> None:
    live.hour_does("pause", reason_code="backlog")
    hour = OfficeHour.objects.get(id=live.hour.id)
    payload = {"display_name": "王阿姨", "text": "窗口说的事。"}
    for channel in (None, "web", "wechat", "email", 3, ["phone"]):
        with pytest.raises(InvalidFields) as invalid:
            asking.parse(hour, {**payload, "channel": channel}, typed_by=live.accounts["clerk"].id)
        assert set(invalid.value.errors) == {"channel"}
    with pytest.raises(InvalidFields) as invalid:
        asking.parse(hour, {**payload, "channel": "counter", "mobile": "12345"}, typed_by=1)
    assert set(invalid.value.errors) == {"mobile"}
    assert citizen_actions.ask(
        asking.parse(hour, {**payload, "channel": "counter"}, typed_by=live.accounts["clerk"].id)
    )
    with pytest.raises(Refused) as refused:
        citizen_actions.ask(form(live))
    assert (refused.value.status, refused.value.code) == (409, "paused")


def test_only_a_public_question_of_this_hour_can_be_followed(live: District) -> None:
    from townhall.hours import planning

    for status in ("received", "declined", "withdrawn"):
        hidden = live.walk(status)
        with pytest.raises(InvalidFields):
            citizen_actions.ask(form(live, follows=hidden.id))
    urgent = live.walk("accepted")
    live.does("moderator", "urgent", urgent, handed_to="110")
    with pytest.raises(InvalidFields):
        citizen_actions.ask(form(live, follows=urgent.id))
    shown = live.walk("published")
    elsewhere = planning.create_hour(
        slug="elsewhere", title="第 17 期", starts_at=live.hour.starts_at + timedelta(days=1), identity="open",
        date_reason="测试",
    )  # fmt: skip
    OfficeHour.objects.filter(id=elsewhere.id).update(stage="live")
    there = asking.parse(
        OfficeHour.objects.get(id=elsewhere.id), {"display_name": "甲", "text": "追问", "follows": shown.id}
    )
    # A follow-up may come in a later hour: it is a question there, tied to the answer here.
    assert Question.objects.get(id=citizen_actions.ask(there).id).follows_id == shown.id


def test_a_receipt_is_twelve_digits_and_is_not_stored(live: District) -> None:
    receipts = [one(result).receipt for result in citizen_actions.ask_batch([form(live) for _ in range(50)])]
    assert len(set(receipts)) == 50
    assert all(len(receipt) == 12 and receipt.isascii() and receipt.isdigit() for receipt in receipts)
    stored = "\n".join(str(row) for row in Asker.objects.values())
    assert not [receipt for receipt in receipts if receipt in stored]


def test_a_contact_given_twice_is_one_sealed_row(live: District) -> None:
    verified("13800001111")
    verified("+86 138 0000 1111")
    assert Contact.objects.count() == 1
    assert "13800001111" not in str(list(Contact.objects.values()))
