"""Contact data are sealed where they lie; every look at them stays in the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from cryptography.fernet import InvalidToken
from django.apps import apps
from django.test import override_settings

from townhall.journal import read
from townhall.kernel import secrets
from townhall.kernel.errors import InvalidFields, Refused
from townhall.people import identity
from townhall.questions import asking, citizen_actions, queries, remarks
from townhall.questions.models import Asker, Question

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fixtures import District

MOBILE = "13800001111"


def ask_by_phone(district: District, mobile: str = MOBILE) -> Question:
    district.hour.refresh_from_db()
    payload = {
        "display_name": "王阿姨",
        "text": "电话里说的事。",
        "channel": "phone",
        "mobile": mobile,
        "reply_by": "phone",
    }
    asked = citizen_actions.ask(asking.parse(district.hour, payload, typed_by=district.accounts["clerk"].id))
    district.asked[asked.id] = asked.receipt
    return Question.objects.get(id=asked.id)


@pytest.mark.django_db(transaction=True)
@pytest.mark.both_databases
def test_neither_mobile_nor_receipt_nor_code_lies_readable_in_the_database(
    on_disk: Path | None, busy: District
) -> None:
    codes: list[str] = []
    keep: Any = lambda _mobile, code, _key: codes.append(code)  # noqa: E731 - one line of a sender
    identity.CODE_SENDER.append(keep)
    try:
        identity.start_verification("13912345678")
        token, _until = identity.confirm_verification("13912345678", codes[0])
    finally:
        identity.CODE_SENDER.remove(keep)
    asked = citizen_actions.ask(
        asking.parse(busy.hour, {"display_name": "甲", "text": "一件事", "verification": token})
    )
    question = ask_by_phone(busy)
    planted = [MOBILE, "13912345678", asked.receipt, busy.receipt(question), token]
    stored = "\n".join(str(row) for model in apps.get_models() for row in model._default_manager.values())
    assert "电话里说的事。" in stored
    assert [one for one in planted if one in stored] == []
    if on_disk is not None:
        raw = b"".join(file.read_bytes() for file in on_disk.parent.glob("townhall.sqlite3*"))
        assert "电话里说的事。".encode() in raw
        assert [one for one in planted if one.encode() in raw] == []


def test_a_look_is_journalled_with_person_question_and_reason_but_without_the_number(live: District) -> None:
    question = ask_by_phone(live)
    head = read.head(live.hour.id)
    shown = remarks.look_at_contact(live.actor("moderator"), question.id, "reply")
    assert shown == {"mobile": MOBILE, "verified": False, "reply_by": "phone"}
    (entry,) = read.after(live.hour.id, head)
    assert (entry.kind, entry.actor, entry.subject_id, entry.public) == (
        "contact.seen", live.accounts["moderator"].id, question.id, False,
    )  # fmt: skip
    assert entry.facts == {"question": question.id, "reason": "reply"}


@pytest.mark.parametrize(
    "seat", ["mayor", "deputy", "assistant", "clerk", "editor", "technician", "logistics", "authorised"]
)
def test_seats_that_need_no_contact_see_none_unless_it_is_an_emergency(live: District, seat: str) -> None:
    question = ask_by_phone(live)
    head = read.head(live.hour.id)
    with pytest.raises(Refused) as refused:
        remarks.look_at_contact(live.actor(seat), question.id, "reply")
    assert refused.value.status == 403
    assert read.head(live.hour.id) == head
    live.does("moderator", "urgent", question, handed_to="110")
    assert remarks.look_at_contact(live.actor(seat), question.id, "urgent")["mobile"] == MOBILE


def test_a_token_that_may_not_sign_sees_no_contact(live: District) -> None:
    question = ask_by_phone(live)
    with pytest.raises(Refused) as refused:
        remarks.look_at_contact(live.actor("coordinator", "token", may_sign=False), question.id, "reply")
    assert refused.value.status == 403


@pytest.mark.parametrize("reason", ["", "curious", None, "回访", ["reply"]])
def test_a_look_has_a_reason_of_the_list(live: District, reason: Any) -> None:
    question = ask_by_phone(live)
    head = read.head(live.hour.id)
    with pytest.raises(InvalidFields) as invalid:
        remarks.look_at_contact(live.actor("moderator"), question.id, reason)
    assert set(invalid.value.errors) == {"reason"}
    assert read.head(live.hour.id) == head


def test_other_hours_and_unknown_questions_have_no_contact(live: District) -> None:
    with pytest.raises(Refused) as refused:
        remarks.look_at_contact(live.actor("moderator"), 10**9, "reply")
    assert refused.value.status == 404
    question = live.ask()
    assert remarks.look_at_contact(live.actor("moderator"), question.id, "reply")["mobile"] is None


def test_a_part_of_a_split_question_leads_to_its_askers_contact(live: District) -> None:
    question = ask_by_phone(live)
    live.does(
        "moderator",
        "split",
        question,
        parts=[{"title": "甲", "text": "甲事"}, {"title": "乙", "text": "乙事"}],
    )
    part = Question.objects.get(part_of=question)
    assert remarks.look_at_contact(live.actor("moderator"), part.id, "follow_up")["mobile"] == MOBILE


def test_no_desk_ever_shows_receipt_or_mobile_by_itself(live: District) -> None:
    question = ask_by_phone(live)
    for name in ("moderator", "coordinator", "inspector", "mayor", "clerk"):
        actor = live.actor(name)
        shown = f"{queries.board(actor)}{queries.one_line_list(actor)}{queries.notes(actor, question.id)}"
        assert "电话里说的事。" in shown
        assert MOBILE not in shown
        assert live.receipt(question) not in shown


def forget_keys() -> None:
    secrets._derived.cache_clear()
    secrets._one.cache_clear()


def test_another_installations_key_opens_nothing(live: District) -> None:
    ask_by_phone(live)
    sealed = Asker.objects.get().contact
    assert sealed is not None
    assert secrets.decrypt(sealed.mobile_sealed) == MOBILE
    with override_settings(DATA_KEY="the key of quite another installation"):
        forget_keys()
        with pytest.raises(InvalidToken):
            secrets.decrypt(sealed.mobile_sealed)
    forget_keys()
