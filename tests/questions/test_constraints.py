"""The hard rules said a second time: the database itself refuses, whoever writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import F

from townhall.hours.models import OfficeHour, Seat
from townhall.people.models import Account, Unit
from townhall.questions.models import (
    Asker,
    Clarification,
    Comment,
    Decline,
    Question,
    Support,
    Version,
    Withholding,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fixtures import District

pytestmark = pytest.mark.both_databases


def refuses(doing: Callable[[], Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        doing()


def test_the_author_is_never_the_signer(live: District) -> None:
    version = live.walk("submitted").versions.get()
    refuses(
        lambda: Version.objects.filter(id=version.id).update(signed_by=F("author"), signed_at=F("drafted_at"))
    )
    refuses(lambda: Version.objects.filter(id=version.id).update(signed_by=live.accounts["mayor"]))


@pytest.mark.parametrize(
    "change",
    [
        {"text": "改"},
        {"outcome": "promised"},
        {"commitments": []},
        {"author": 1},
        {"signed_by": None, "signed_at": None},
    ],
)
def test_a_signed_version_never_changes(live: District, change: dict[str, Any]) -> None:
    version = live.walk("published").versions.get()
    with pytest.raises(DatabaseError), transaction.atomic():
        Version.objects.filter(id=version.id).update(**change)
    version.refresh_from_db()
    assert version.signed_by == live.accounts["mayor"]


@pytest.mark.parametrize(
    "change",
    [
        {"status": "lost"},
        {"status": "published"},
        {"status": "merged"},
        {"outcome": "answered"},
        {"merged_into": F("id")},
    ],
)
def test_a_question_is_always_in_one_known_state(live: District, change: dict[str, Any]) -> None:
    question = live.walk("accepted")
    refuses(lambda: Question.objects.filter(id=question.id).update(**change))


def test_a_number_is_given_once_in_an_hour(live: District) -> None:
    first, second = live.ask(), live.ask()
    refuses(lambda: Question.objects.filter(id=second.id).update(number=first.number))


def test_a_receipt_and_a_replayed_form_belong_to_one_question(live: District) -> None:
    first = live.ask(idempotency_key="k1")
    second = live.ask(idempotency_key="k2")
    one, other = Asker.objects.get(question=first), Asker.objects.get(question=second)
    refuses(lambda: Asker.objects.filter(id=other.id).update(receipt_digest=one.receipt_digest))
    refuses(lambda: Asker.objects.filter(id=other.id).update(idempotency_digest=one.idempotency_digest))


def test_a_second_person_is_another_person(live: District) -> None:
    question = live.walk("declined")
    refuses(lambda: Decline.objects.filter(question=question).update(confirmed_by=F("by")))
    covered = live.walk("published")
    live.does("moderator", "withhold", covered, code="minor")
    refuses(lambda: Withholding.objects.filter(question=covered).update(confirmed_by=F("by")))


def test_a_clarification_is_not_signed_by_its_author(live: District) -> None:
    row = Clarification.objects.create(
        hour=live.hour, rumour="听说", fact="实情", source="来源", dated="2026-11-30",
        author=live.accounts["mayor"], drafted_at=live.hour.starts_at,
    )  # fmt: skip
    refuses(lambda: Clarification.objects.filter(id=row.id).update(signed_by=F("author")))


def test_a_person_supports_once(live: District) -> None:
    question = live.walk("accepted")
    support = {"question": question, "supporter_digest": "d" * 64, "at": live.hour.starts_at}
    Support.objects.create(**support)
    refuses(lambda: Support.objects.create(**support))


@pytest.mark.parametrize("change", [{"stage": "lost"}, {"issue_no": None}, {"ends_at": F("starts_at")}])
def test_an_hour_is_numbered_in_a_known_stage_and_ends_after_it_begins(
    live: District, change: dict[str, Any]
) -> None:
    refuses(lambda: OfficeHour.objects.filter(id=live.hour.id).update(**change))


def test_a_group_seat_has_a_group_and_only_it(live: District) -> None:
    refuses(lambda: Seat.objects.filter(role="lead").update(group=None))
    refuses(lambda: Seat.objects.filter(role="mayor").update(group=live.groups[0]))


def test_an_external_unit_is_led_by_one_inside(live: District) -> None:
    refuses(lambda: Unit.objects.create(name="供电公司", kind="external"))
    refuses(lambda: Unit.objects.create(name=live.units[0].name, kind="department"))


def test_what_people_did_is_not_lost_with_an_account(live: District) -> None:
    live.walk("published")
    with pytest.raises(IntegrityError):
        Account.objects.get(username="member1").delete()
    question = live.walk("accepted")
    Comment.objects.create(question=question, display_name="甲", text="乙", at=live.hour.starts_at)
    with pytest.raises(IntegrityError):
        live.hour.delete()
