"""Leftovers: counted in working days, extended once with a name and a reason, late in public, down to zero."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wrapping.conftest import DAY, DUE, ENDED
from townhall.hours.seats import staff_actor
from townhall.journal.models import Entry
from townhall.kernel import clock, workdays
from townhall.kernel.errors import InvalidFields, Refused
from townhall.questions import published as questions
from townhall.wrapping import actions, limits, published, queries
from townhall.wrapping.models import Leftover

if TYPE_CHECKING:
    from tests.wrapping.conftest import Wrapping

ASKING = {"reason_code": "scope", "reason": "须与市里核对数据。", "until": "2026-12-14"}


def kinds(hour_id: int) -> list[str]:
    return list(
        Entry.objects.filter(line=hour_id, kind__startswith="leftover.").values_list("kind", flat=True)
    )


def test_what_is_open_at_the_end_gets_five_working_days(ended: Wrapping) -> None:
    assert {str(row.due) for row in Leftover.objects.all()} == {DUE}
    assert Leftover.objects.count() == 4
    shown = published.backlog(ended.district.hour.id)
    assert (shown["total"], shown["open"], shown["late"]) == (4, 4, 0)


def test_a_kind_may_have_its_own_days_from_the_next_hour_on(ended: Wrapping) -> None:
    coordinator = staff_actor(ended.district.accounts["coordinator"])
    assert coordinator is not None
    actions.set_limits(coordinator, {"days_usual": "3", "days_complaint": "10"})
    assert limits.days_by_kind() == {"": 3, "complaint": 10}
    assert Entry.objects.get(kind="leftover.limits_changed").facts == {"usual": 3, "kinds": [0, 10, 0, 0]}
    assert {row.days for row in Leftover.objects.all()} == {5}
    with pytest.raises(InvalidFields) as wrong:
        actions.set_limits(coordinator, {"days_usual": "0", "days_service": "61", "days_consult": "x"})
    assert set(wrong.value.errors) == {"days_usual", "days_service", "days_consult"}
    stranger = staff_actor(ended.district.accounts["stranger"])
    assert stranger is not None
    with pytest.raises(Refused) as refused:
        actions.set_limits(stranger, {"days_usual": "3"})
    assert refused.value.status == 403


def test_askers_with_a_mobile_hear_of_the_limit_once(ended: Wrapping, told: list[Any]) -> None:
    assert [(template, filled["number"], filled["due"]) for template, filled, _key in told] == [
        ("backlog", str(ended.questions["assigned"].number), DUE)
    ]
    actions.keep_backlogs()
    assert len(told) == 1


def test_an_answer_settles_a_leftover_and_the_counter_runs_to_zero(ended: Wrapping) -> None:
    ended.answers("assigned")
    ended.district.does("mayor", "sign", ended.questions["submitted"], version=1)
    for status in ("received", "accepted"):
        ended.district.does("moderator", "decline", ended.questions[status], code="unrelated")
    assert actions.keep_backlogs() == 4
    assert actions.keep_backlogs() == 0
    assert published.backlog(ended.district.hour.id)["open"] == 0
    assert questions.counts([ended.district.hour.id])[ended.district.hour.id]["pending"] == 0
    assert ended.district.hour_does("archive").stage == "archived"


def test_late_is_said_once_and_stays_visible(ended: Wrapping) -> None:
    with clock.steer(ENDED + 7 * DAY):  # the last day itself is in time
        assert actions.keep_backlogs() == 0
        assert published.backlog(ended.district.hour.id)["late"] == 0
    with clock.steer(ENDED + 8 * DAY):
        assert actions.keep_backlogs() == 4
        assert actions.keep_backlogs() == 0
        shown = published.backlog(ended.district.hour.id)
        assert shown["late"] == 4
        late = Entry.objects.filter(kind="leftover.late", subject_id=ended.questions["assigned"].id).get()
        inspector = ended.district.accounts["inspector"].id
        assert (
            inspector in late.facts["accounts"]
            and ended.district.accounts["lead1"].id in late.facts["accounts"]
        )
        ended.answers("assigned")
        actions.keep_backlogs()
    settled = published.of_questions([ended.questions["assigned"].id])[ended.questions["assigned"].id]
    assert (settled["open"], settled["late"], settled["late_days"]) == (False, True, 0)


def test_a_question_taken_up_again_counts_anew(ended: Wrapping) -> None:
    question = ended.questions["received"]
    ended.district.does("moderator", "decline", question, code="unrelated")
    actions.keep_backlogs()
    with clock.steer(ENDED + 2 * DAY):
        ended.district.does("moderator2", "reopen", question)
        assert actions.keep_backlogs() == 1
        again = ended.leftover("received")
    assert (again.state, str(again.due)) == ("running", "2026-12-09")


def test_an_extension_is_asked_before_the_day_granted_by_another_and_public(
    ended: Wrapping, told: list[Any]
) -> None:
    one = ended.leftover("assigned")
    ended.does("lead1", "ask_extension", one, **ASKING)
    ended.does("mayor", "approve_extension", one)
    one.refresh_from_db()
    assert (one.state, str(one.due), str(one.first_due)) == ("extended", "2026-12-14", DUE)
    shown = published.of_questions([one.question_id])[one.question_id]["extension"]
    assert (shown["reason"], shown["reason_code"], shown["by"]) == ("须与市里核对数据。", "scope", "mayor甲")
    assert [template for template, *_ in told] == ["backlog", "extended"]
    with pytest.raises(Refused) as again:
        ended.does("lead1", "ask_extension", one, **{**ASKING, "until": "2026-12-21"})
    assert again.value.code == "state"


def test_a_refused_extension_leaves_the_day_and_its_reason(ended: Wrapping) -> None:
    one = ended.leftover("assigned")
    ended.does("lead1", "ask_extension", one, **ASKING)
    with pytest.raises(InvalidFields):
        ended.does("deputy", "refuse_extension", one)
    ended.does("deputy", "refuse_extension", one, note="请先答复已经查清的部分。")
    one.refresh_from_db()
    assert (one.state, str(one.due)) == ("running", DUE)
    assert published.of_questions([one.question_id])[one.question_id]["extension"] is None


def test_an_extension_asked_after_the_day_is_refused(ended: Wrapping) -> None:
    one = ended.leftover("assigned")
    with clock.steer(ENDED + 8 * DAY), pytest.raises(Refused) as refused:
        ended.does("lead1", "ask_extension", one, **ASKING)
    assert (refused.value.status, refused.value.code) == (409, "not_yet_due")


@pytest.mark.parametrize(
    "wrong", [{"until": DUE}, {"until": "2026-12-12"}, {"until": "2027-03-01"}, {"until": "soon"}, {"reason": ""},
              {"reason_code": "because"}, {"reason": "字" * 301}],
)  # fmt: skip
def test_an_extension_names_the_field_to_mend(ended: Wrapping, wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidFields) as error:
        ended.does("lead1", "ask_extension", ended.leftover("assigned"), **(ASKING | wrong))
    assert set(error.value.errors) == set(wrong)
    assert ended.leftover("assigned").extensions.count() == 0


def test_who_asked_does_not_decide(ended: Wrapping) -> None:
    from townhall.hours import planning

    planning.give_seat(ended.district.hour, ended.district.accounts["deputy"], "coordinator")
    one = ended.leftover("assigned")
    ended.does("deputy", "ask_extension", one, **ASKING)
    with pytest.raises(Refused) as refused:
        ended.does("deputy", "approve_extension", one)
    assert refused.value.code == "asked_by_another"


def test_another_group_does_not_ask_for_it(ended: Wrapping) -> None:
    with pytest.raises(Refused) as refused:
        ended.does("lead3", "ask_extension", ended.leftover("assigned"), **ASKING)
    assert refused.value.code == "own_question"


def test_chasing_names_the_group(ended: Wrapping) -> None:
    ended.does("coordinator", "chase", ended.leftover("assigned"))
    told = Entry.objects.get(kind="leftover.chased")
    accounts = ended.district.accounts
    assert set(told.facts["accounts"]) == {accounts["lead1"].id, accounts["member1"].id}


def test_staff_see_their_own_backlog_with_the_reason_why_not(ended: Wrapping) -> None:
    rows = [
        row
        for unit in queries.leftovers(ended.district.actor("lead1"), ended.district.hour)
        for row in unit["rows"]
    ]
    mine = next(row for row in rows if row["number"] == ended.questions["assigned"].number)
    assert mine["moves"] == {"ask_extension": None}
    everything = queries.leftovers(ended.district.actor("coordinator"), ended.district.hour)
    assert sum(unit["open"] for unit in everything) == 4


@given(st.dates(date(2026, 1, 1), date(2026, 11, 1)), st.integers(1, 20))
def test_a_limit_ends_on_a_working_day_with_exactly_so_many_before_it(start: date, days: int) -> None:
    due = limits.after(start, days)
    span = [start + timedelta(days=n) for n in range(1, (due.on - start).days + 1)]
    assert not due.provisional
    assert workdays.is_workday(due.on)
    assert sum(bool(workdays.is_workday(day)) for day in span) == days


def test_a_limit_over_an_unannounced_year_is_provisional() -> None:
    due = limits.after(date(2031, 12, 29), 5)
    assert due.provisional
    assert due.on == date(2032, 1, 5)
