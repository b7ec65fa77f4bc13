"""A countdown as people and events drive it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from tests.countdown.conftest import before, rows, states, step
from tests.fixtures import PROMISED_ANSWER, START, District
from townhall.config import jobs
from townhall.countdown import actions, proofs, queries, template, watch
from townhall.countdown.models import Step, StepNote
from townhall.hours import planning, series_actions
from townhall.hours.seats import staff_actor
from townhall.journal.models import Entry
from townhall.kernel import clock, workdays
from townhall.kernel.errors import InvalidFields, Refused

pytestmark = pytest.mark.django_db


def told(kind: str) -> list[str]:
    entries = Entry.objects.filter(kind=kind).order_by("id")
    return [entry.facts["step"] for entry in entries]


@pytest.fixture(autouse=True)
def _by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rooms beside have their own tests: here only what the hour's own journal proves, the rest by hand."""
    kept = {name: proofs.PROOFS[name] for name in ("published", "asking_closed")}
    monkeypatch.setattr(proofs, "PROOFS", kept)
    monkeypatch.setattr(proofs, "FROM_ABOVE", [])


def test_a_new_hour_has_the_steps_of_the_template(district: District) -> None:
    codes = list(Step.objects.filter(hour=district.hour).values_list("code", flat=True))
    assert codes == [one.code for one in template.shipped()]
    assert {"topic", "plan_approved", "notice_signed", "published", "press", "sms_sent", "checked_in"} <= set(
        codes
    )


def test_a_rehearsal_has_none(district: District) -> None:
    hour = planning.create_hour(slug="r", title="预演", starts_at=START, rehearsal=True)
    assert not Step.objects.filter(hour=hour).exists()


def test_the_default_steps_know_whom_they_wait_for(district: District) -> None:
    by_code = {one.code: one for one in template.shipped()}
    for one in by_code.values():
        assert set(one.blocked_by) <= set(by_code)
        assert all(by_code[code].order < one.order for code in one.blocked_by)


def test_far_away_everything_is_open_or_waits(district: District) -> None:
    with clock.steer(before(60)):
        found = states(district)
    assert found["topic"] == "open"
    assert found["plan_submitted"] == "blocked"
    assert set(found.values()) == {"open", "blocked"}


def test_on_its_day_a_step_is_due_then_at_risk_then_late(district: District) -> None:
    with clock.steer(before(40)):  # October 21, a Wednesday
        assert states(district)["topic"] == "due"
    with clock.steer(before(39)):
        assert states(district)["topic"] == "at_risk"
    with clock.steer(before(34)):
        assert states(district)["topic"] == "late"
        assert states(district)["plan_submitted"] == "at_risk"  # what it waits for is late


def test_a_step_is_ticked_with_a_note_and_taken_back_with_a_reason(district: District) -> None:
    actor = district.actor("coordinator")
    with clock.steer(before(41)):
        actions.perform(actor, "tick", step(district, "topic").id, {"note": "区长办公会定"})
        one = rows(district)["topic"]
        assert one.standing.state == "done"
        assert one.standing.step.marked_by == district.accounts["coordinator"]
        assert [note.text for note in one.notes] == ["区长办公会定"]
        assert states(district)["plan_submitted"] == "open"
        with pytest.raises(InvalidFields) as mend:
            actions.perform(actor, "untick", step(district, "topic").id, {})
        assert set(mend.value.errors) == {"note"}
        actions.perform(actor, "untick", step(district, "topic").id, {"note": "主题要换"})
        assert states(district)["topic"] == "open"
    assert told("countdown.done") == ["topic"]
    assert told("countdown.reopened") == ["topic"]
    assert "区长" not in str(list(Entry.objects.values_list("facts", flat=True)))


def test_a_step_left_out_blocks_nobody(district: District) -> None:
    actor = district.actor("coordinator")
    with clock.steer(before(41)):
        with pytest.raises(InvalidFields):
            actions.perform(actor, "skip", step(district, "topic").id, {"note": " "})
        actions.perform(actor, "skip", step(district, "topic").id, {"note": "沿用上期主题"})
        assert states(district)["topic"] == "skipped"
        assert states(district)["plan_submitted"] == "open"
        actions.perform(actor, "take_up", step(district, "topic").id, {"note": "还是要定"})
        assert states(district)["topic"] == "open"


def test_the_event_itself_does_its_step_and_nobody_ticks_it(district: District) -> None:
    with clock.steer(before(10)):
        assert rows(district)["published"].standing.by_event
        with pytest.raises(Refused) as refusal:
            actions.perform(district.actor("coordinator"), "tick", step(district, "published").id, {})
        assert refusal.value.code == "by_hand"
        district.hour_does("announce")
        assert states(district)["published"] == "done"
    with clock.steer(before(5)):
        district.hour_does("close_asking")
        assert states(district)["asking_closed"] == "done"


def test_the_system_writes_down_what_the_events_did(district: District) -> None:
    with clock.steer(before(10)):
        district.hour_does("announce")
        actions.settle(district.hour.id)
        row = step(district, "published")
        assert row.mark == "done"
        assert row.marked_by is None
        assert "published" in told("countdown.done")


def test_owners_are_told_once_that_a_step_is_at_risk_and_once_that_it_is_late(district: District) -> None:
    for _again in range(3):
        with clock.steer(before(39)):
            actions.settle(district.hour.id)
    assert told("countdown.at_risk").count("topic") == 1
    for days in (34, 33, 32):
        with clock.steer(before(days)):
            actions.settle(district.hour.id)
    assert told("countdown.late").count("topic") == 1
    entry = next(one for one in Entry.objects.filter(kind="countdown.late") if one.facts["step"] == "topic")
    assert entry.facts["account"] == [district.accounts["coordinator"].id]
    assert entry.actor is None


def test_whoever_holds_the_owners_seat_is_told(district: District) -> None:
    with clock.steer(before(24)):
        actions.settle(district.hour.id)
    entry = next(
        one for one in Entry.objects.filter(kind="countdown.late") if one.facts["step"] == "sms_ready"
    )
    assert entry.facts["account"] == [district.accounts["technician"].id]


def test_settling_what_is_settled_writes_nothing(district: District) -> None:
    with clock.steer(before(20)):
        assert actions.settle(district.hour.id)
        count = Entry.objects.count()
        assert actions.settle(district.hour.id) == 0
    assert Entry.objects.count() == count


def test_a_hour_entered_before_there_were_countdowns_gets_its_steps(district: District) -> None:
    Step.objects.all().delete()
    with clock.steer(before(60)):
        actions.settle_all()
    assert Step.objects.filter(hour=district.hour).count() == len(template.shipped())
    assert Entry.objects.filter(kind="countdown.started").count() == 1


# -- what the owners hear, and when -----------------------------------------------------------------------


def at_hour(days: float, hour: int) -> datetime:
    """So many days before the hour's, at this time of the district's day."""
    return clock.local(before(days)).replace(hour=hour)


def test_owners_are_told_on_the_morning_of_the_day_itself(district: District) -> None:
    owner = district.accounts["coordinator"].id
    with clock.steer(at_hour(40, 7)):
        actions.settle(district.hour.id)
        assert states(district)["topic"] == "due" and told("countdown.due") == []
    with clock.steer(at_hour(40, 8)):
        actions.settle(district.hour.id)
        actions.settle(district.hour.id)
    assert told("countdown.due") == ["topic"]
    assert Entry.objects.get(kind="countdown.due").facts["account"] == [owner]
    with clock.steer(at_hour(39, 9)):
        actions.settle(district.hour.id)
    assert told("countdown.at_risk").count("topic") == 1 and told("countdown.due").count("topic") == 1


def test_a_step_that_cannot_be_late_by_a_day_is_told_of_before_it_is_late(district: District) -> None:
    with clock.steer(at_hour(12, 9)):
        actions.perform(
            district.actor("coordinator"), "skip", step(district, "sms_ready").id, {"note": "另办"}
        )
        district.hour_does("announce")
    with clock.steer(at_hour(3, 8)):
        actions.settle(district.hour.id)
    assert "sms_sent" in told("countdown.due") and "sms_sent" not in told("countdown.late")
    with clock.steer(at_hour(2, 1)):
        actions.settle(district.hour.id)
    assert "sms_sent" in told("countdown.late")


def test_a_blocked_step_is_at_risk_the_day_before_when_what_it_waits_for_is_overdue(
    district: District,
) -> None:
    # Thirteen days before, after the notice, which may take its time here.
    Step.objects.filter(hour=district.hour, code="notice_issued").update(tolerance=12)
    with clock.steer(at_hour(15, 12)):
        assert states(district)["meeting"] == "blocked"
    with clock.steer(at_hour(14, 12)):
        assert states(district)["meeting"] == "at_risk"
        actions.settle(district.hour.id)
    assert "meeting" in told("countdown.at_risk")


# -- the hour moves ---------------------------------------------------------------------------------------


def postpone(district: District, to: str) -> None:
    district.hour_does("postpone", starts_at=to, reason_code="urgent_duty")


def test_a_moved_hour_moves_its_steps_tells_their_owners_and_keeps_what_is_done(district: District) -> None:
    with clock.steer(before(12)):
        actions.perform(district.actor("coordinator"), "tick", step(district, "topic").id, {})
        district.hour_does("announce")
        actions.settle(district.hour.id)
        postpone(district, "2026-12-31T19:00+08:00")
        actions.settle(district.hour.id)
        found = rows(district)
    assert found["topic"].standing.state == "done"
    assert found["topic"].standing.before_move
    assert found["published"].standing.state == "done"
    assert found["sms_sent"].standing.due.on.isoformat() == "2026-12-28"
    assert "sms_sent" in told("countdown.moved")
    assert "topic" not in told("countdown.moved")


def test_pre_questions_opened_again_by_a_move_are_to_be_closed_again(district: District) -> None:
    with clock.steer(before(4)):
        district.to_stage("preparing")
        actions.settle(district.hour.id)
        postpone(district, "2026-12-31T19:00+08:00")
        actions.settle(district.hour.id)
        assert states(district)["asking_closed"] == "open"
    assert told("countdown.reopened") == ["asking_closed"]


def test_an_hour_moved_across_its_own_t_minus_3_is_late_at_once_and_says_so(district: District) -> None:
    with clock.steer(before(9)):
        district.hour_does("announce")
        postpone(district, "2026-11-23T19:00+08:00")  # in two days
        actions.settle(district.hour.id)
        found = states(district)
    assert found["published"] == "done"
    assert found["press"] == found["sms_sent"] == "late"
    assert found["checked_in"] == "at_risk"  # staffing, which it waits for, is late
    assert "sms_sent" in told("countdown.late")


def test_an_hour_nobody_outside_has_heard_of_is_moved_and_what_was_done_before_is_to_be_looked_at(
    district: District,
) -> None:
    with clock.steer(before(12)):
        actions.perform(district.actor("coordinator"), "tick", step(district, "topic").id, {})
        keeper = staff_actor(district.accounts["coordinator"])
        assert keeper is not None
    with clock.steer(before(11)):
        moved = {"on": "2026-12-31", "reason": "会场另有安排"}
        series_actions.perform(keeper, "move", 2026, 11, moved)
        district.hour.refresh_from_db()
        found = queries.countdown(district.actor("coordinator"), district.hour)
    assert [row.standing.step.code for row in found if row.standing.before_move] == ["topic"]


def test_moved_away_again_a_late_step_is_told_of_anew(district: District) -> None:
    with clock.steer(before(9)):
        district.hour_does("announce")
        postpone(district, "2026-11-23T19:00+08:00")
        actions.settle(district.hour.id)
        postpone(district, "2026-12-31T19:00+08:00")
        actions.settle(district.hour.id)
    with clock.steer(before(-30)):
        actions.settle(district.hour.id)
    assert told("countdown.late").count("sms_sent") == 2


def test_a_cancelled_hour_is_left_alone(district: District) -> None:
    with clock.steer(before(20)):
        district.to_stage("cancelled")
        assert actions.settle(district.hour.id) == 0
        with pytest.raises(Refused):
            actions.perform(district.actor("coordinator"), "tick", step(district, "topic").id, {})


# -- who may ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "code", "allowed"),
    [
        ("technician", "sms_ready", True), ("technician", "topic", False), ("moderator", "topic", False),
        ("lead1", "answers", True), ("mayor", "topic", False), ("coordinator", "sms_ready", True),
    ],
)  # fmt: skip
def test_owners_and_the_coordinator_tick(district: District, who: str, code: str, allowed: bool) -> None:
    actor, row = district.actor(who), step(district, code)
    if allowed:
        assert actions.perform(actor, "tick", row.id, {}).mark == "done"
    else:
        with pytest.raises(Refused) as refusal:
            actions.perform(actor, "tick", row.id, {})
        assert refusal.value.status == 403


def test_another_hours_step_does_not_exist_here(district: District) -> None:
    other = planning.create_hour(
        slug="o", title="另一期", starts_at=START + timedelta(days=60), date_reason="测试"
    )
    row = Step.objects.filter(hour=other).first()
    assert row
    with pytest.raises(Refused) as refusal:
        actions.perform(district.actor("coordinator"), "tick", row.id, {})
    assert refusal.value.status == 404


def test_an_unknown_verb_and_a_long_note_are_refused(district: District) -> None:
    actor, row = district.actor("coordinator"), step(district, "topic")
    with pytest.raises(Refused):
        actions.perform(actor, "finish", row.id, {})
    with pytest.raises(InvalidFields):
        actions.perform(actor, "tick", row.id, {"note": "长" * 201})
    assert not StepNote.objects.exists()


def test_forgetting_nothing_else_an_hour_takes_its_steps_along(district: District) -> None:
    assert queries.glance([district.hour])[0].total == len(template.shipped())


# -- when it is looked at ---------------------------------------------------------------------------------


def test_a_promise_that_is_made_moves_no_step(district: District) -> None:
    district.to_stage("live")
    promised = {"text": "12月15日前完成大门改造", "due": "2026-12-15"}
    question = district.does(
        "member1", "draft", district.walk("assigned"), text=PROMISED_ANSWER, outcome="promised",
        commitments=[promised],
    )  # fmt: skip
    question = district.does("lead1", "submit", question)
    with clock.steer(clock.now()):
        watching = watch.Watch()
        assert watching.stirred()
        district.does("mayor", "sign", question, version=question.draft_version)
        assert Entry.objects.filter(kind="commitment.made").exists()
        assert not watching.stirred()


def test_countdowns_are_looked_at_when_something_happened_and_every_full_hour(district: District) -> None:
    with clock.steer(before(20)):
        watching = watch.Watch()
        assert watching.stirred()
        assert not watching.stirred()
        district.hour_does("announce")
        assert watching.stirred()
        district.ask()
        assert not watching.stirred()  # questions come by the thousand: looked at within the minute
        actions.settle_all()
        assert not watching.stirred()  # what the system itself has just written
    with clock.steer(before(20) + timedelta(minutes=1)):
        assert watching.stirred()  # the question asked above
        assert not watching.stirred()
    with clock.steer(before(20) + timedelta(minutes=59)):
        assert not watching.stirred()
    with clock.steer(before(20) + timedelta(hours=1)):
        assert watching.stirred()


def test_the_job_settles_what_the_clock_proposes(district: District) -> None:
    jobs._countdowns.cache_clear()
    with clock.steer(before(34)):
        assert jobs.settle_countdowns()
        assert jobs.settle_countdowns() == 0
    assert "topic" in told("countdown.late")


def test_a_holiday_entered_moves_the_steps_and_their_owners_are_told(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    with clock.steer(before(40)):
        actions.settle_all()
        day_off = workdays.SpecialDay(date(2026, 11, 23), "holiday", "测试")
        monkeypatch.setattr(workdays, "CURRENT", [lambda: workdays.china().extended([day_off])])
        actions.settle_all()
        assert rows(district)["press"].standing.due.on == date(2026, 11, 20)
    assert told("countdown.moved") == ["press"]
    assert Entry.objects.get(kind="countdown.moved").facts["due"] == "2026-11-20"
