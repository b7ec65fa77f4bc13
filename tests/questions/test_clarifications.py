"""Clarifications after they are signed: corrected by another one, covered by one person, taken down by two."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, transaction

from townhall.hours.choices import Role
from townhall.hours.models import OfficeHour
from townhall.hours.seats import Actor
from townhall.journal.models import Entry
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused
from townhall.questions import clarification_flow, published, queries, remarks
from townhall.questions.choices import WithholdCode
from townhall.questions.models import Clarification

if TYPE_CHECKING:
    from tests.fixtures import District

WORDS = {"rumour": "幼儿园要停办", "fact": "照常开园。", "source": "区教育局", "dated": "2026-11-29"}
SCREENED = {"moderator", "coordinator"}
COVERERS = SCREENED | {"mayor", "deputy"}
# verb -> from which state; who while the hour works, who once it is archived.
TABLE: dict[str, tuple[str, set[str], set[str]]] = {
    "withhold": ("shown", COVERERS, COVERERS),
    "confirm_withhold": ("pending", COVERERS, {"coordinator"}),
    "restore": ("pending", SCREENED, SCREENED),
}


def signed(live: District, **words: Any) -> Clarification:
    row = remarks.draft_clarification(live.actor("editor"), WORDS | words)
    return remarks.sign_clarification(live.actor("mayor"), row.id)


def covers(live: District, name: str, verb: str, row: Clarification, **data: Any) -> Clarification:
    return remarks.cover_clarification(live.actor(name), verb, row.id, data)


def at(row: Clarification, state: str, by: int) -> Clarification:
    """The row as it would stand in a state, not stored."""
    row.withheld = "" if state == "shown" else "minor"
    row.withheld_by_id = None if state == "shown" else by
    row.confirmed_at = row.signed_at if state == "confirmed" else None
    return row


def told(live: District) -> list[str]:
    rows = Entry.objects.filter(line=live.hour.id, subject="clarification", public=True).order_by("seq")
    return list(rows.values_list("kind", flat=True))


@pytest.mark.parametrize("stage", ["live", "wrapping", "archived"])
def test_every_seat_and_state(live: District, stage: str) -> None:
    assert set(TABLE) == set(clarification_flow.MOVES)
    row = signed(live)
    row.hour.stage = stage
    somebody, another = live.accounts["stranger"].id, live.accounts["mayor"].id
    for (verb, (source, working, archived)), role, state in product(
        TABLE.items(), [role.value for role in Role], ["shown", "pending", "confirmed"]
    ):
        actor = Actor(somebody, "stranger", "", live.hour.id, frozenset({role}))
        refused = clarification_flow.refusal(actor, verb, at(row, state, another))
        right = role in (archived if stage == "archived" else working)
        wanted = 403 if not right else 200 if state == source else 409
        assert (refused.status if refused else 200) == wanted, (verb, role, state)


def test_covered_at_once_by_one_and_taken_down_by_a_second(live: District) -> None:
    row = signed(live)
    for code in ("", "dislike", None, ["minor"]):
        with pytest.raises(InvalidFields) as wrong:
            covers(live, "moderator", "withhold", row, code=code)
        assert set(wrong.value.errors) == {"code"}
    covers(live, "moderator", "withhold", row, code="infringement")
    (shown,) = published.clarifications(hour_id=live.hour.id)
    assert (shown["rumour"], shown["fact"], shown["source"], shown["withheld"]) == ("", "", "", "pending")
    assert shown["withhold_code"] == WithholdCode.INFRINGEMENT
    assert published.clarification_addresses() == []
    assert queries.not_questions_waiting(live.actor("mayor"))["covered"] == 1
    with clock.steer(clock.now() + timedelta(hours=24, seconds=1)):
        waits = queries.not_questions_waiting(live.actor("mayor"))
    assert (waits["covered"], waits["covered_long"]) == (0, 1), "after a day it alarms"
    with pytest.raises(Refused) as alone:
        covers(live, "moderator", "confirm_withhold", row)
    assert (alone.value.status, alone.value.code) == (409, "by_another")
    covers(live, "coordinator", "confirm_withhold", row)
    (shown,) = published.clarifications(one=row.id)
    assert (shown["fact"], shown["withheld"]) == ("", "confirmed")
    assert shown["withheld_at"] is not None
    waits = queries.not_questions_waiting(live.actor("mayor"))
    assert (waits["covered"], waits["covered_long"]) == (0, 0)
    with pytest.raises(Refused) as final:
        covers(live, "coordinator", "restore", row)
    assert final.value.code == "state", "what two have taken down stays down"
    assert told(live) == [
        "clarification.signed",
        "clarification.withheld",
        "clarification.withhold_confirmed",
    ]
    assert remarks.clarifications(live.actor("coordinator"))[0].fact == WORDS["fact"], "staff still know"


def test_a_mistaken_covering_is_undone(live: District) -> None:
    row = signed(live)
    covers(live, "deputy", "withhold", row, code="minor")
    with pytest.raises(Refused) as leader:
        covers(live, "deputy", "restore", row)
    assert leader.value.status == 403
    covers(live, "moderator", "restore", row)
    (shown,) = published.clarifications(one=row.id)
    assert (shown["fact"], shown["withheld"], shown["withheld_at"]) == (WORDS["fact"], None, None)
    assert told(live)[-1] == "clarification.restored"


def test_only_what_is_signed_here_is_covered(live: District) -> None:
    draft = remarks.draft_clarification(live.actor("editor"), WORDS)
    with pytest.raises(Refused) as unsigned:
        covers(live, "moderator", "withhold", draft, code="minor")
    assert (unsigned.value.status, unsigned.value.code) == (409, "is_signed")
    for verb, number in (("withhold", 999), ("erase", draft.id)):
        with pytest.raises(Refused) as none:
            remarks.cover_clarification(live.actor("moderator"), verb, number, {"code": "minor"})
        assert none.value.status == 404
    with pytest.raises(Refused) as seat:
        covers(live, "editor", "withhold", draft, code="minor")
    assert seat.value.status == 403


def test_a_correction_is_drafted_signed_and_told_on_both(live: District) -> None:
    old = signed(live)
    new = remarks.draft_clarification(
        live.actor("editor"), WORDS | {"fact": "九月二日开园。", "corrects": old.id}
    )
    assert [one["corrected_by"] for one in published.clarifications(one=old.id)] == [None], (
        "not before it is signed"
    )
    remarks.sign_clarification(live.actor("deputy"), new.id)
    (was,) = published.clarifications(one=old.id)
    (now,) = published.clarifications(one=new.id)
    assert (was["fact"], was["corrected_by"], was["corrected_at"]) == (
        WORDS["fact"],
        new.id,
        now["signed_at"],
    )
    assert (now["corrects"], now["corrected_by"]) == (old.id, None)
    assert told(live) == ["clarification.signed", "clarification.signed", "clarification.corrected"]
    assert Entry.objects.get(kind="clarification.corrected").facts == {"into": new.id}
    with pytest.raises(InvalidFields) as again:
        remarks.draft_clarification(live.actor("editor"), WORDS | {"corrects": old.id})
    assert set(again.value.errors) == {"corrects"}, "the newer one is put right, not the old one again"


@pytest.mark.parametrize("wrong", ["x", 0, 10**17, [1]])
def test_only_a_signed_one_of_this_hour_is_corrected(live: District, wrong: Any) -> None:
    draft = remarks.draft_clarification(live.actor("editor"), WORDS)
    for named in (wrong, draft.id):
        with pytest.raises(InvalidFields) as error:
            remarks.draft_clarification(live.actor("editor"), WORDS | {"corrects": named})
        assert set(error.value.errors) == {"corrects"}


def test_a_correction_is_signed_in_the_archive_too_but_not_of_what_is_covered(live: District) -> None:
    old = signed(live)
    first, second = (
        remarks.draft_clarification(live.actor("coordinator"), WORDS | {"corrects": old.id}) for _n in "12"
    )
    OfficeHour.objects.filter(id=live.hour.id).update(stage="archived")
    remarks.sign_clarification(live.actor("mayor"), first.id)
    with pytest.raises(Refused) as twice:
        remarks.sign_clarification(live.actor("mayor"), second.id)
    assert (twice.value.status, twice.value.code) == (409, "corrects")
    third = remarks.draft_clarification(live.actor("coordinator"), WORDS | {"corrects": first.id})
    covers(live, "mayor", "withhold", first, code="minor")
    with pytest.raises(Refused) as covered:
        remarks.sign_clarification(live.actor("mayor"), third.id)
    assert covered.value.code == "corrects"


def test_the_database_wants_two_people_and_one_correction(live: District) -> None:
    old = signed(live)
    signed(live, corrects=old.id)
    rival = remarks.draft_clarification(live.actor("editor"), WORDS)
    mayor = live.accounts["mayor"].id
    rows = Clarification.objects.filter(id=old.id)
    covered = {"withheld": "minor", "withheld_by": mayor, "withheld_at": old.signed_at}
    for change in (
        {"withheld": "minor"},
        {"withheld_by": mayor},
        {**covered, "confirmed_by": mayor, "confirmed_at": old.signed_at},
        {**covered, "confirmed_by": live.accounts["deputy"].id},
        {"confirmed_by": mayor, "confirmed_at": old.signed_at},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        Clarification.objects.filter(id=rival.id).update(**covered)
    with pytest.raises(IntegrityError), transaction.atomic():
        Clarification.objects.filter(id=rival.id).update(
            corrects=old, signed_by=mayor, signed_at=old.signed_at
        )


def test_lists_cost_the_same_however_many_were_corrected(
    live: District, django_assert_num_queries: Any
) -> None:
    old = signed(live)
    with django_assert_num_queries(1):
        assert len(published.clarifications(hour_id=live.hour.id)) == 1
    for _number in range(3):
        old = signed(live, corrects=old.id)
    with django_assert_num_queries(1):
        assert len(published.clarifications(hour_id=live.hour.id)) == 4
