"""A rehearsal is deleted whole, and nothing else is."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps

from tests.fixtures import GOOD_ANSWER
from townhall.hours import planning
from townhall.hours.models import OfficeHour
from townhall.journal import read
from townhall.kernel.errors import InvalidFields
from townhall.people.models import Contact
from townhall.questions import asking, citizen_actions, remarks
from townhall.questions.models import Question

if TYPE_CHECKING:
    from tests.fixtures import District


def rehearsed(district: District) -> District:
    """The same people in a rehearsal that has seen everything."""
    hour = planning.create_hour(
        slug="rehearsal", title="预演", starts_at=district.hour.starts_at, rehearsal=True, identity="open",
    )  # fmt: skip
    groups = [planning.add_group(hour, f"{unit.name}组", [unit]) for unit in district.units[:3]]
    for role in ("moderator", "mayor", "coordinator", "editor", "clerk"):
        planning.give_seat(hour, district.accounts[role], role)
    planning.give_seat(hour, district.accounts["moderator2"], "moderator")
    for number, group in enumerate(groups, start=1):
        planning.give_seat(hour, district.accounts[f"lead{number}"], "lead", group=group)
        planning.give_seat(hour, district.accounts[f"member{number}"], "group", group=group)
    there = type(district)(hour, district.accounts, district.units, groups)
    there.to_stage("live")
    for status in (
        "received",
        "accepted",
        "assigned",
        "submitted",
        "published",
        "declined",
        "merged",
        "withdrawn",
    ):
        there.walk(status)
    answered = Question.objects.get(hour=hour, status="published")
    row = citizen_actions.comment(answered.id, {"display_name": "邻居", "text": "我们也是。"})
    remarks.screen_comment(there.actor("editor"), "accept", row.id)
    citizen_actions.support(answered.id, browser="b")
    citizen_actions.rate(there.receipt(answered), {"level": 5})
    there.ask("追问一句", follows=answered.id)
    promise = [{"text": GOOD_ANSWER[:12], "unit": district.units[0].id, "due": "2026-12-15"}]
    corrected = there.does("lead1", "correct", answered, text=GOOD_ANSWER, commitments=promise)
    there.does("mayor", "sign", corrected, version=corrected.draft_version)
    there.does("moderator", "withhold", answered, code="minor")
    payload = {"display_name": "甲", "text": "电话说的事", "channel": "phone", "mobile": "13800001111"}
    hour.refresh_from_db()
    citizen_actions.ask(asking.parse(hour, payload, typed_by=district.accounts["clerk"].id))
    return there


def counted() -> dict[str, int]:
    return {
        model.__name__: model._default_manager.count()
        for model in apps.get_models()
        if model.__name__ != "Entry"
    }


@pytest.mark.both_databases
def test_nothing_of_a_rehearsal_stays_and_nothing_else_goes(live: District) -> None:
    live.walk("published")
    before, head = counted(), read.head(live.hour.id)
    there = rehearsed(live)
    assert counted() != before
    line = there.hour.id
    planning.forget_rehearsal(OfficeHour.objects.get(id=line))
    assert counted() == before
    assert read.after(line, 0) == []
    assert read.head(live.hour.id) == head


def test_a_contact_that_asked_in_a_real_hour_too_stays(live: District) -> None:
    payload = {"display_name": "甲", "text": "电话说的事", "channel": "phone", "mobile": "13800001111"}
    citizen_actions.ask(asking.parse(live.hour, payload, typed_by=live.accounts["clerk"].id))
    there = rehearsed(live)
    planning.forget_rehearsal(OfficeHour.objects.get(id=there.hour.id))
    assert Contact.objects.count() == 1


def test_a_real_hour_is_never_forgotten(live: District) -> None:
    with pytest.raises(ValueError, match="rehearsal"):
        planning.forget_rehearsal(live.hour)
    assert OfficeHour.objects.filter(id=live.hour.id).exists()


def test_no_question_of_a_real_hour_hangs_on_a_rehearsal(live: District) -> None:
    there = rehearsed(live)
    rehearsed_question = Question.objects.get(hour=there.hour, status="published")
    with pytest.raises(InvalidFields) as invalid:
        live.ask("追问一句", follows=rehearsed_question.id)
    assert set(invalid.value.errors) == {"follows"}
    planning.forget_rehearsal(OfficeHour.objects.get(id=there.hour.id))


@pytest.mark.parametrize("words", [{}, {"date_reason": "区里有大型活动"}])
def test_another_day_than_the_rules_is_kept_with_its_reason(live: District, words: dict[str, Any]) -> None:
    moved = {"slug": "2027-01", "title": "第 17 期", "starts_at": live.hour.starts_at + timedelta(days=50)}
    if not words:
        with pytest.raises(ValueError, match="date_reason"):
            planning.create_hour(**moved)
        return
    hour = planning.create_hour(**moved, **words)
    assert (hour.issue_no, hour.date_reason) == ((live.hour.issue_no or 0) + 1, "区里有大型活动")
    assert hour.proposed_on is not None
