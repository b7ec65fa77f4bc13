"""Somebody may not ask or comment online for a while: with a reason, an end, and a way that stays open."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, transaction

from tests.keeping.test_retention import MOBILE, asked, verified
from townhall.journal.models import Entry
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused
from townhall.questions import actions, bans, citizen_actions
from townhall.questions.models import Ban, Question

if TYPE_CHECKING:
    from tests.fixtures import District

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def ban(live: District, question: Question, **data: Any) -> Ban:
    fields = {"reason": "abuse", "days": "7", "note": "第 1、2 号，多次辱骂"} | data
    return actions.ban(live.actor("coordinator"), question.id, fields)


def test_whoever_is_banned_is_told_why_and_until_when(live: District) -> None:
    question = asked(live)
    ban(live, question)
    with pytest.raises(Refused) as refused:
        live.ask(verification=verified())
    assert refused.value.status == 403
    assert "多次侮辱他人" in refused.value.message and "12345" in refused.value.message
    with pytest.raises(Refused, match="banned"):
        citizen_actions.comment(question.id, {"display_name": "我", "text": "好", "verification": verified()})
    assert live.ask(verification=verified("13900139000")).id


def test_it_ends_by_itself(live: District) -> None:
    ban(live, asked(live))
    person = verified()
    with clock.steer(clock.now() + timedelta(days=7)):
        assert bans.refusals([1, 2, 3]) == {}
    assert person


def test_it_can_be_lifted_before(live: District) -> None:
    question = asked(live)
    ban(live, question)
    assert actions.lift(live.actor("coordinator"), question.id) == 1
    assert live.ask(verification=verified()).id
    with pytest.raises(Refused, match="state"):
        actions.lift(live.actor("coordinator"), question.id)
    assert list(Entry.objects.filter(kind__startswith="person.").values_list("kind", flat=True)) == [
        "person.banned", "person.unbanned",
    ]  # fmt: skip
    assert MOBILE not in str(list(Entry.objects.values_list("facts", flat=True)))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("reason", "opinion"),
        ("days", "0"),
        ("days", "181"),
        ("days", "x"),
        ("note", " "),
        ("note", "长" * 301),
    ],
)
def test_reason_end_and_ground_are_demanded(live: District, field: str, value: str) -> None:
    question = asked(live)
    with pytest.raises(InvalidFields) as invalid:
        ban(live, question, **{field: value})
    assert set(invalid.value.errors) == {field}
    assert not Ban.objects.exists()


def test_only_the_coordinator_bans_and_only_somebody_known(live: District) -> None:
    question = asked(live)
    with pytest.raises(Refused) as refused:
        actions.ban(live.actor("moderator"), question.id, {})
    assert refused.value.status == 403
    with pytest.raises(Refused) as refused:
        actions.ban(live.actor("coordinator"), live.ask().id, {})
    assert refused.value.status == 409


def test_the_database_knows_no_ban_without_end_or_ground(live: District) -> None:
    row = ban(live, asked(live))
    for broken in ({"until": row.at}, {"note": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Ban.objects.filter(id=row.id).update(**broken)


def test_ended_bans_are_deleted_after_a_year(live: District) -> None:
    ban(live, asked(live))
    with clock.steer(clock.now() + timedelta(days=371)):
        assert actions.forget_ended() == 0
    with clock.steer(clock.now() + timedelta(days=373)):
        assert actions.forget_ended() == 1
