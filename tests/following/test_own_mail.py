"""Askers may be told of their own question by mail instead of SMS: confirmed first, one way only, stopped with one tap."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.following.conftest import Reader, at, promises, reader
from tests.keeping.test_retention import MOBILE, verified
from tests.wrapping.conftest import mobile
from townhall.following import actions, reading
from townhall.following.models import Follow
from townhall.keeping import citizen_actions
from townhall.kernel import clock
from townhall.outreach import sending
from townhall.outreach.models import Message
from townhall.portal import pace

if TYPE_CHECKING:
    from tests.fixtures import District
    from townhall.questions.models import Question

__all__ = ["promises", "reader"]  # fixtures
pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
MAIL = "wang@example.org"


def asks(reader: Reader, question: Question, mail: str = MAIL) -> Any:
    pace.FORMS.forget_all()
    receipt = reader.promises.district.receipt(question)
    return reader.client.post(f"/track/{receipt}/mail", {"mail": mail})


def agrees(reader: Reader, question: Question, mail: str = MAIL) -> None:
    assert asks(reader, question, mail).status_code == 303
    reader.client.post(reader.link())
    reader.box.clear()


def after_the_hour(live: District, **fields: Any) -> Question:
    question = live.ask(**fields)
    live.hour_does("wrap", reason_code="other")
    reading.tick()
    Message.objects.all().delete()
    return question


def decline(live: District, question: Question) -> None:
    live.does("moderator", "decline", question, code="unrelated")
    reading.tick()
    reading.tick()


def test_only_a_confirmed_address_is_written_to_and_then_no_sms_leaves(reader: Reader) -> None:
    live = reader.promises.district
    question = after_the_hour(live)
    mobile(live, question)
    asks(reader, question)
    decline(live, question)
    assert Message.objects.get(template="declined").channel == "sms", "until it is confirmed all is as before"
    reader.client.post(reader.link())
    reader.box.clear()
    live.does("moderator2", "reopen", question)
    reading.tick()
    (told,) = Message.objects.filter(template="reopened")
    assert told.channel == "mail"
    sending.tick()
    (letter,) = reader.box
    assert letter.to == [MAIL] and f"第 {question.number} 号" in letter.subject and "重新受理" in letter.body
    assert "/unfollow/" in letter.body and "/unfollow/" in letter.extra_headers["List-Unsubscribe"]
    assert question.text not in letter.body


def test_without_a_mobile_the_mail_box_is_enough(reader: Reader) -> None:
    live = reader.promises.district
    question = after_the_hour(live, lang="en")
    agrees(reader, question)
    decline(live, question)
    sending.tick()
    (letter,) = reader.box
    assert letter.subject == f"News of your question no. {question.number}"
    assert "could not be accepted" in letter.body and "no more such mails" in letter.body


def test_one_tap_stops_the_mails_and_deletes_the_address(reader: Reader) -> None:
    live = reader.promises.district
    question = after_the_hour(live)
    mobile(live, question)
    agrees(reader, question)
    decline(live, question)
    sending.tick()
    assert "已退订" in reader.client.post(reader.link(reader.box[-1].body)).content.decode()
    assert not Follow.objects.exclude(address_sealed="").exists()
    assert not Message.objects.filter(channel="mail", template="declined").exists()
    live.does("moderator2", "reopen", question)
    reading.tick()
    assert Message.objects.get(template="reopened").channel == "sms"


def test_a_second_address_takes_the_place_of_the_first(reader: Reader) -> None:
    live = reader.promises.district
    question = after_the_hour(live)
    agrees(reader, question)
    agrees(reader, question, "new@example.org")
    decline(live, question)
    sending.tick()
    assert [letter.to for letter in reader.box] == [["new@example.org"]]
    assert Follow.objects.filter(erased_at=None).count() == 1


def test_the_page_says_where_news_goes_and_a_wrong_address_comes_back_as_typed(
    reader: Reader, settings: Any
) -> None:
    live = reader.promises.district
    question = after_the_hour(live)
    wrong = asks(reader, question, "wang@")
    assert wrong.status_code == 422
    assert "请填写正确的邮箱地址" in wrong.content.decode() and 'value="wang@"' in wrong.content.decode()
    agrees(reader, question)
    page = reader.client.get(f"/track/{live.receipt(question)}/").content.decode()
    assert "w***@example.org" in page and MAIL not in page
    settings.EMAIL_HOST = ""
    assert 'id="by-mail"' not in reader.client.get(f"/track/{live.receipt(question)}/").content.decode()
    assert asks(reader, question).status_code == 409


def test_nobody_gets_there_without_the_receipt(reader: Reader) -> None:
    question = after_the_hour(reader.promises.district)
    assert (
        reader.client.post(f"/follow/question/{question.id}/", {"step": "mail", "mail": MAIL}).status_code
        == 404
    )
    assert reader.client.post("/track/000000000000/mail", {"mail": MAIL}).status_code == 404
    assert not Follow.objects.exists()


def test_at_night_it_waits_for_the_morning(reader: Reader) -> None:
    live = reader.promises.district
    question = after_the_hour(live)
    agrees(reader, question)
    with clock.steer(at(1, 22)):
        decline(live, question)
    assert Message.objects.get(template="declined").next_try_at == at(2, 8)


def test_the_address_goes_with_the_person_and_in_time(reader: Reader) -> None:
    live = reader.promises.district
    mine, other = live.ask(verification=verified()), live.ask()
    for question in (mine, other):
        live.does("moderator", "decline", question, code="unrelated")
        agrees(reader, question, f"q{question.id}@example.org")
    found = citizen_actions.export_own(live.receipt(mine), verified())
    assert {"about": "question", "which": str(mine.id), "stopped": False} in found["follows"] and found[
        "mobile"
    ] == MOBILE
    citizen_actions.erase_own(live.receipt(mine), verified())
    assert list(Follow.objects.filter(erased_at=None).values_list("target", flat=True)) == [str(other.id)]
    live.hour_does("wrap", reason_code="other")
    with clock.steer(datetime(2026, 12, 10, 2, tzinfo=UTC)):
        live.hour_does("archive")
    assert actions.erase_due(datetime(2026, 12, 10, 1, tzinfo=UTC)) == 0
    assert actions.erase_due(datetime(2026, 12, 10, 2, tzinfo=UTC) + timedelta(hours=1)) == 1
    assert not Follow.objects.exclude(address_sealed="").exists()
