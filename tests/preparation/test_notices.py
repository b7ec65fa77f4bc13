"""A notice's life: versions, numbers, receipts, chasing; and what the countdown reads of it."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.preparation.conftest import BEFORE, receipt_of, sent, unit, words, written
from tests.questions.every_state import undone
from townhall.journal import read
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused
from townhall.people import actions as people
from townhall.preparation import actions, chasing, flow, papers, parties, queries
from townhall.preparation.choices import GRADES, Grade, Layout
from townhall.preparation.models import Approach, BackQuestion, Notice, Receipt

if TYPE_CHECKING:
    from tests.fixtures import District

AFTER_DUE = BEFORE + timedelta(days=3)  # Wednesday 19:00: two hours after the signing was due


def kinds(district: District) -> list[str]:
    return [one.kind for one in read.after(district.hour.id, 0, limit=10_000)]


def test_every_unit_signs_and_then_the_countdown_knows(district: District) -> None:
    notice = sent(district)
    assert queries.notice_signed_at(district.hour) is None
    assert queries.notice_sent_at(district.hour) == BEFORE
    for number, name in enumerate(("member1", "lead2", "member3")):
        with clock.steer(BEFORE + timedelta(hours=number + 1)):
            assert queries.notice_signed_at(district.hour) is None
            actions.sign_for(unit(district, name), receipt_of(notice, district, number).id)
    assert queries.notice_signed_at(district.hour) == BEFORE + timedelta(hours=3)
    assert receipt_of(notice, district, 1).signed_name == "lead2甲"
    assert kinds(district).count("notice.signed") == 3


def test_what_was_sent_stays_and_a_new_text_is_signed_for_anew(district: District) -> None:
    notice = sent(district)
    actions.sign_for(unit(district), receipt_of(notice, district).id)
    again = words(district, text="时间改为20:00。", units=[str(district.units[0].id)])
    actions.write_notice(district.actor("coordinator"), again, notice.id)
    shown = queries.notice_of_unit(unit(district), receipt_of(notice, district).id)
    assert shown["version"].text == "请做好准备。"
    actions.send(district.actor("coordinator"), notice.id, {})
    notice.refresh_from_db()
    assert [one["version"].text for one in queries.notices_of_unit(unit(district))[0]] == [
        "时间改为20:00。",
        "请做好准备。",
    ]
    assert queries.notices_of_unit(unit(district, "member2")) == ([], False)
    assert queries.notice_signed_at(district.hour) is None
    assert (notice.year, notice.serial) == (2026, 1)


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("table", "change"),
    [("preparation_noticeversion", "text = 'x'"), ("preparation_receipt", "signed_name = 'x'"),
     ("preparation_approach", "whom = 'x'")],
)  # fmt: skip
def test_the_database_itself_refuses_to_rewrite_what_was_said(
    district: District, table: str, change: str
) -> None:
    notice = sent(district)
    receipt = receipt_of(notice, district)
    actions.approach(district.actor("coordinator"), receipt.id, {"way": "phone", "whom": "李静"})
    actions.sign_for(unit(district), receipt.id)
    where = " WHERE signed_at IS NOT NULL" if table.endswith("receipt") else ""
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {change}{where}")


def test_a_telegram_has_the_offices_own_number_and_says_who_gets_a_copy(district: District) -> None:
    notice = sent(
        district, layout="telegram", grade="high", machine_number="1187", copies="区委办公室，区人大办公室。"
    )
    made = papers.notice_paper(notice, notice.versions.get())
    assert (made.machine_number, made.copies) == ("1187", "区委办公室，区人大办公室")


def test_numbers_run_on_within_a_year_and_office_and_are_never_given_twice(district: District) -> None:
    assert [queries.number_of(sent(district)) for _turn in range(2)] == [
        "澄府办〔2026〕1号",
        "澄府办〔2026〕2号",
    ]
    assert (
        queries.number_of(sent(district, code="澄府办明电", layout="telegram", grade="high"))
        == "澄府办明电〔2026〕1号"
    )
    assert queries.number_of(sent(district, serial="7")) == "澄府办〔2026〕7号"
    assert queries.number_of(sent(district)) == "澄府办〔2026〕8号"
    with pytest.raises(InvalidFields) as invalid:
        written(district, serial="7")
    assert set(invalid.value.errors) == {"serial"}
    actions.withdraw(district.actor("coordinator"), Notice.objects.order_by("id")[4].id)
    assert queries.number_of(sent(district)) == "澄府办〔2026〕9号"


def test_numbers_begin_anew_with_the_year(district: District) -> None:
    sent(district)
    with clock.steer(BEFORE + timedelta(days=60)):
        assert queries.number_of(sent(district, due_at="2027-02-01T17:00")) == "澄府办〔2027〕1号"


def test_there_is_no_secrecy_grade_and_each_layout_has_its_own_grades(district: District) -> None:
    assert {str(grade.label) for grade in Grade} == {"无", "特提", "特急", "加急", "平急"}
    for layout in Layout:
        for grade in [*Grade, "secret", "机密"]:
            if grade in GRADES[layout]:
                written(district, layout=layout.value, grade=str(grade))
                continue
            with pytest.raises(InvalidFields) as invalid:
                written(district, layout=layout.value, grade=str(grade))
            assert set(invalid.value.errors) == {"grade"}


@pytest.mark.both_databases
def test_the_database_knows_the_grades_too(district: District) -> None:
    version = written(district).versions.get()
    version.id, version.version, version.grade = None, 2, "secret"
    with pytest.raises(DatabaseError), transaction.atomic():
        version.save()


@pytest.mark.parametrize(
    ("field", "value"),
    [("title", ""), ("title", "x" * 121), ("text", " "), ("issuer", None), ("due_at", "2026-11-01T17:00"),
     ("due_at", "soon"), ("due_at", "9999-12-31T00:00"), ("units", []), ("units", ["999999"]), ("units", ["x"]),
     ("layout", "letter"), ("code", "澄府办〔2026〕"), ("serial", "0"), ("serial", "x"), ("serial", "9" * 30),
     ("title", "a\ud800b"), ("contact_phone", "1" * 41)],
)  # fmt: skip
def test_a_wrong_field_is_named_and_nothing_is_kept(district: District, field: str, value: Any) -> None:
    head = read.head(district.hour.id)
    with pytest.raises(InvalidFields) as invalid:
        written(district, **{field: value})
    assert set(invalid.value.errors) == {field}
    assert not Notice.objects.exists()
    assert read.head(district.hour.id) == head


def test_the_district_itself_is_no_recipient(district: District) -> None:
    root = district.units[0].parent_id
    with pytest.raises(InvalidFields):
        written(district, units=[str(root)])


def test_a_date_to_sign_that_has_passed_meanwhile_stops_the_sending(district: District) -> None:
    notice = written(district)
    with clock.steer(AFTER_DUE), pytest.raises(InvalidFields) as invalid:
        actions.send(district.actor("coordinator"), notice.id, {})
    assert set(invalid.value.errors) == {"due_at"}
    assert not Receipt.objects.exists()


def test_chased_once_a_day_after_the_due_date_until_signed(district: District) -> None:
    notice = sent(district)
    assert chasing.chase_due() == 0
    with clock.steer(AFTER_DUE):
        assert chasing.chase_due() == 3
        assert chasing.chase_due() == 0
    actions.sign_for(unit(district), receipt_of(notice, district).id)
    with clock.steer(AFTER_DUE + timedelta(hours=8)):  # three in the morning
        assert chasing.chase_due() == 0
    with clock.steer(AFTER_DUE + timedelta(days=1)):
        assert chasing.chase_due() == 2
    entries = [one for one in read.after(district.hour.id, 0, limit=1000) if one.kind == "notice.chased"]
    assert [len(one.facts["units"]) for one in entries] == [3, 2]
    assert entries[1].actor is None
    assert set(entries[1].facts["accounts"]) == {
        district.accounts[name].id for name in ("lead2", "member2", "lead3", "member3")
    }


@pytest.mark.parametrize("verb", ["withdraw", "revise", "cancel"])
def test_what_no_longer_stands_is_not_chased(district: District, verb: str) -> None:
    notice = sent(district)
    coordinator = district.actor("coordinator")
    if verb == "withdraw":
        actions.withdraw(coordinator, notice.id)
    elif verb == "cancel":
        district.hour_does("cancel", reason_code="other")
    else:
        again = words(district, due_at="2026-11-25T17:00")
        actions.write_notice(coordinator, again, notice.id)
        actions.send(coordinator, notice.id, {})
    with clock.steer(AFTER_DUE):
        assert chasing.chase_due() == 0


def test_a_unit_that_nobody_can_sign_in_for_is_chased_by_hand_and_keeps_no_job_busy(
    district: District, django_assert_num_queries: Any
) -> None:
    mute = people.create_unit("区气象局", "department", phone="021-64129999")
    notice = sent(district, units=[str(mute.id)])
    with clock.steer(AFTER_DUE):
        with django_assert_num_queries(1):
            assert chasing.chase_due() == 0
        assert actions.chase(district.actor("coordinator"), notice.id) == []
        receipt = notice.receipts.get()
        data = {"way": "fax", "whom": "64129999 值班室", "at": "2026-11-18T18:30", "note": "共 2 页"}
        made = actions.approach(district.actor("coordinator"), receipt.id, data)
        assert (made.by, clock.local(made.at).hour, made.whom) == (
            district.accounts["coordinator"], 18, "64129999 值班室",
        )  # fmt: skip
        early = {"name": "张岚", "at": "2026-11-14T09:00"}
        with pytest.raises(InvalidFields):
            actions.sign_on_paper(district.actor("coordinator"), receipt.id, early)
        actions.sign_on_paper(
            district.actor("coordinator"), receipt.id, {"name": "张岚", "at": "2026-11-18T18:40"}
        )
    assert queries.notice_signed_at(district.hour) == AFTER_DUE - timedelta(minutes=20)


@pytest.mark.both_databases
def test_the_system_reminds_a_unit_once_a_day_whatever_runs_twice(district: District) -> None:
    notice = sent(district)
    with clock.steer(AFTER_DUE):
        chasing.chase_due()
        chased = Approach.objects.filter(way="system")[0]
        with pytest.raises(DatabaseError), transaction.atomic():
            Approach.objects.create(receipt=chased.receipt, way="system", day=chased.day, at=chased.at)
    assert notice.receipts.count() == 3


def test_who_has_not_read_is_told_apart_from_who_has_not_signed(district: District) -> None:
    notice = sent(district)
    actions.mark_read(unit(district), receipt_of(notice, district).id)
    with clock.steer(BEFORE + timedelta(hours=1)):
        actions.mark_read(unit(district, "lead1"), receipt_of(notice, district).id)
    shown = queries.notices(district.actor("coordinator"))[0]
    assert [one.unit.name for one in shown["unread"]] == ["区住建局", "区交通局"]
    assert len(shown["waiting"]) == 3
    assert receipt_of(notice, district).read_at == BEFORE
    assert kinds(district).count("notice.read") == 1


def test_a_question_is_answered_once_and_both_sides_are_told(district: District) -> None:
    notice = sent(district)
    asked = actions.ask_back(unit(district), receipt_of(notice, district).id, {"text": "可否两人？"})
    with pytest.raises(InvalidFields):
        actions.ask_back(unit(district), receipt_of(notice, district).id, {"text": "  "})
    actions.answer_back(district.actor("coordinator"), asked.id, {"answer": "可以。"})
    with pytest.raises(Refused) as refused:
        actions.answer_back(district.actor("coordinator"), asked.id, {"answer": "不可以。"})
    assert refused.value.status == 409
    told = {one.kind: one.facts["accounts"] for one in read.after(district.hour.id, 0, limit=1000)
            if one.kind in {"notice.asked", "notice.answered"}}  # fmt: skip
    assert told["notice.asked"] == [district.accounts["coordinator"].id]
    assert set(told["notice.answered"]) == {district.accounts[name].id for name in ("lead1", "member1")}
    assert BackQuestion.objects.get().answer == "可以。"


def test_nothing_of_another_unit_or_hour_is_within_reach(district: District) -> None:
    notice = sent(district)
    theirs = receipt_of(notice, district, 1)
    mine = unit(district)
    for act in (
        lambda: actions.sign_for(mine, theirs.id),
        lambda: actions.mark_read(mine, theirs.id),
        lambda: actions.ask_back(mine, theirs.id, {"text": "?"}),
        lambda: queries.notice_of_unit(mine, theirs.id),
        lambda: actions.sign_for(mine, 999_999),
        lambda: actions.send(district.actor("coordinator"), 999_999, {}),
        lambda: queries.notice(district.actor("coordinator"), 999_999),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.status == 404


def test_the_units_of_an_hour_are_those_of_its_groups_until_there_is_a_plan(district: District) -> None:
    assert parties.concerned(district.hour) == [one.id for one in district.units[:3]]


def test_the_journal_holds_no_words_of_a_notice(district: District) -> None:
    notice = sent(district, title="标题不进日志", text="正文不进日志")
    asked = actions.ask_back(unit(district), receipt_of(notice, district).id, {"text": "问题不进日志"})
    actions.answer_back(district.actor("coordinator"), asked.id, {"answer": "回复不进日志"})
    assert "不进日志" not in str([one.facts for one in read.after(district.hour.id, 0, limit=1000)])


STEPS = ("revise", "send", "withdraw", "chase", "sign0", "sign1")


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(st.sampled_from(STEPS), max_size=10))
def test_whatever_happens_no_signature_is_lost_and_the_oracle_foretold_it(
    district: District, steps: list[str]
) -> None:
    with undone():
        notice = written(district)
        signed: dict[int, tuple[str, int]] = {}
        for step in steps:
            _foretold(district, notice, step)
            for one in Receipt.objects.filter(signed_at__isnull=False):
                known = signed.setdefault(one.id, (one.signed_name, one.version))
                assert known == (one.signed_name, one.version)
        notice.refresh_from_db()
        assert notice.versions.count() == notice.version
        assert Receipt.objects.filter(id__in=signed, signed_at__isnull=False).count() == len(signed)


def _foretold(district: District, notice: Notice, step: str) -> None:
    """Do one step to the notice or to a unit's newest copy; it ends as the oracle said."""
    notice.refresh_from_db()
    coordinator = district.actor("coordinator")
    if step.startswith("sign"):
        number = int(step[-1])
        who = unit(district, f"member{number + 1}")
        copies = Receipt.objects.filter(notice=notice, unit=district.units[number]).select_related(
            "notice__hour"
        )
        for copy in copies:
            _agrees(flow.refusal(who, "sign_for", copy), partial(actions.sign_for, who, copy.id))
        return
    if step == "chase":  # of a withdrawn notice nobody is reminded
        waiting = notice.state == "withdrawn" and notice.receipts.filter(signed_at=None)
        if waiting and waiting.filter(version=notice.sent_version or 0).exists():
            with pytest.raises(Refused):
                actions.chase(coordinator, notice.id)
        return
    acts = {
        "revise": partial(actions.write_notice, coordinator, words(district), notice.id),
        "send": partial(actions.send, coordinator, notice.id, {}),
        "withdraw": partial(actions.withdraw, coordinator, notice.id),
    }
    _agrees(flow.refusal(coordinator, step, notice), acts[step])


def _agrees(said: Any, act: Any) -> None:
    if said is None:
        act()
        return
    with pytest.raises(Refused) as refused:
        act()
    assert (refused.value.status, refused.value.code) == (said.status, said.code)
