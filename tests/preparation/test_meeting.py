"""The prep meeting and its tasks."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import DatabaseError, connection, transaction

from tests.preparation.conftest import BEFORE, unit
from townhall.journal import read
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused
from townhall.preparation import meeting, queries
from townhall.preparation.models import Invitation, Meeting, Task

if TYPE_CHECKING:
    from tests.fixtures import District


def arranged(district: District, **more: Any) -> Meeting:
    data = {
        "place": "三楼",
        "starts_at": "2026-11-20T14:00",
        "units": [str(one.id) for one in district.units],
    }
    return meeting.arrange(district.actor("coordinator"), data | more)


def invited(district: District) -> Meeting:
    arranged(district)
    return meeting.invite(district.actor("coordinator"))


def given(district: District, **more: Any) -> Task:
    data = {"text": "报名单", "due_on": "2026-11-20", "units": [str(district.units[0].id)]}
    return meeting.give_tasks(district.actor("coordinator"), data | more)[0]


def test_heads_of_departments_and_directors_of_towns_are_asked(district: District) -> None:
    found = invited(district).invitations.order_by("unit_id").values_list("wanted", flat=True)
    assert list(found) == ["head", "head", "head", "director"]


def test_a_meeting_that_moves_asks_for_a_reply_anew(district: District) -> None:
    invitation = invited(district).invitations.get(unit=district.units[0])
    meeting.reply(unit(district), invitation.id, {"reply": "substitute", "name": "副局长"})
    arranged(district, starts_at="2026-11-21T09:00", units=[str(one.id) for one in district.units[:2]])
    invitation.refresh_from_db()
    assert invitation.reply == "substitute"
    meeting.invite(district.actor("coordinator"))
    invitation.refresh_from_db()
    assert (invitation.reply, invitation.reply_name) == ("", "")
    told = [one.facts for one in read.after(district.hour.id, 0, limit=100) if one.kind == "meeting.invited"]
    assert [one["starts_at"][:16] for one in told] == ["2026-11-20T14:00", "2026-11-21T09:00"]
    assert told[1]["units"] == [one.id for one in district.units[:2]]


@pytest.mark.parametrize(
    ("field", "value"),
    [("place", ""), ("starts_at", "2026-11-01T14:00"), ("starts_at", "2026-12-01T14:00"), ("starts_at", ""),
     ("units", []), ("units", ["0"]), ("agenda", "x" * 2001)],
)  # fmt: skip
def test_a_wrong_field_is_named(district: District, field: str, value: Any) -> None:
    with pytest.raises(InvalidFields) as invalid:
        arranged(district, **{field: value})
    assert set(invalid.value.errors) == {field}
    assert not Meeting.objects.exists()


def test_it_is_held_when_attendance_is_recorded_and_not_before_its_time(district: District) -> None:
    row = invited(district)
    came = row.invitations.get(unit=district.units[1])
    with pytest.raises(Refused):
        meeting.attend(district.actor("coordinator"), {"came": [str(came.id)]})
    assert queries.meeting_held_at(district.hour) is None
    held = BEFORE + timedelta(days=6)
    with clock.steer(held):
        meeting.attend(
            district.actor("coordinator"), {"came": [str(came.id)], f"came_name-{came.id}": "李静"}
        )
    with clock.steer(held + timedelta(hours=1)):  # somebody was forgotten
        every = [str(one.id) for one in row.invitations.all()]
        meeting.attend(district.actor("coordinator"), {"came": every})
    assert queries.meeting_held_at(district.hour) == held
    assert Invitation.objects.filter(came=True).count() == 4


def test_replies_need_a_name_or_a_reason(district: District) -> None:
    invitation = invited(district).invitations.get(unit=district.units[0])
    for data, field in (({"reply": "yes"}, "name"), ({"reply": "no"}, "note"), ({"reply": "maybe"}, "reply")):
        with pytest.raises(InvalidFields) as invalid:
            meeting.reply(unit(district), invitation.id, data)
        assert set(invalid.value.errors) == {field}
    with pytest.raises(Refused) as refused:
        meeting.reply(unit(district, "member2"), invitation.id, {"reply": "yes", "name": "x"})
    assert refused.value.status == 404


@pytest.mark.both_databases
def test_minutes_are_versions(district: District) -> None:
    invited(district)
    for text in ("第一稿", "第二稿"):
        meeting.minute(district.actor("coordinator"), {"text": text})
    shown = queries.meeting(district.actor("coordinator"))
    assert shown is not None
    assert [one.text for one in shown["versions"]] == ["第一稿", "第二稿"]
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE preparation_minutes SET text = 'x'")


def test_open_tasks_show_in_the_countdown_until_they_are_done(district: District) -> None:
    assert queries.tasks_done_at(district.hour) is None
    task = given(district)
    later = given(district, due_on="2026-11-25", text="预答稿")
    assert [(one["text"], one["late"]) for one in queries.open_tasks(district.hour)] == [
        ("报名单", False),
        ("预答稿", False),
    ]
    with clock.steer(BEFORE + timedelta(days=6)):
        assert [one["late"] for one in queries.open_tasks(district.hour)] == [True, False]
        meeting.move_task(unit(district), "report", task.id, {"note": "已报"})
        meeting.move_task(unit(district), "report", later.id, {})
        assert queries.open_tasks(district.hour) == []
        assert queries.tasks_done_at(district.hour) == clock.now()
    meeting.move_task(
        district.actor("coordinator"), "reopen", later.id, {"note": "缺依据", "due_on": "2026-11-27"}
    )
    assert queries.tasks_done_at(district.hour) is None
    assert [str(one["due_on"]) for one in queries.open_tasks(district.hour)] == ["2026-11-27"]
    shown, _more = queries.tasks_of_unit(unit(district))
    assert [step.note for step in shown[0]["steps"]] == ["", "", "缺依据"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("text", ""), ("due_on", "2026-11-01"), ("due_on", "2026-12-01"), ("due_on", "?"), ("units", [])],
)
def test_a_task_needs_words_a_day_before_the_hour_and_a_unit(
    district: District, field: str, value: Any
) -> None:
    with pytest.raises(InvalidFields) as invalid:
        given(district, **{field: value})
    assert set(invalid.value.errors) == {field}


@pytest.mark.both_databases
def test_a_task_is_done_since_a_moment_or_not_done(district: District) -> None:
    task = given(district)
    with pytest.raises(DatabaseError), transaction.atomic():
        Task.objects.filter(id=task.id).update(state="done")


def test_what_waits_for_a_unit_is_counted(district: District) -> None:
    assert queries.waiting_for_unit(unit(district)) == {"notices": 0, "todo": 0}
    invitation = invited(district).invitations.get(unit=district.units[0])
    given(district)
    assert queries.waiting_for_unit(unit(district)) == {"notices": 0, "todo": 2}
    meeting.reply(unit(district), invitation.id, {"reply": "yes", "name": "李静"})
    assert queries.waiting_for_unit(unit(district)) == {"notices": 0, "todo": 1}
