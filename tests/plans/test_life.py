"""A plan from the first draft to the page the public sees."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction

from townhall.documents.models import Upload
from townhall.hours import planning
from townhall.hours.seats import staff_actor
from townhall.journal.models import Entry
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused
from townhall.plans import actions, changes, flow, inputs, published, queries
from townhall.plans.choices import FIELDS, State
from townhall.plans.models import Decision, PlanVersion
from townhall.topics import actions as topics

if TYPE_CHECKING:
    from tests.plans.conftest import Office

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\0" * 40 + b"IEND\xaeB`\x82"


def scan(name: str = "批示.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PNG)


def kinds(office: Office) -> list[str]:
    found = Entry.objects.filter(line=office.hour.id, kind__startswith="plan.").order_by("seq")
    return list(found.values_list("kind", flat=True))


@pytest.mark.both_databases
def test_a_plan_is_approved_by_three_in_order_and_its_groups_become_the_hours(office: Office) -> None:
    office.to("submitted", "secretary", "deputy", "mayor")
    assert queries.approved_at(office.hour) is None
    assert [plan.id for plan in queries.waiting_for(office.district.accounts["secretary"])] == [
        office.plan.id
    ]
    assert queries.waiting_for(office.district.accounts["mayor"]) == []
    with pytest.raises(Refused) as refused:
        actions.approve(office.actor("mayor"), {})
    assert refused.value.code == "turn"
    for name in ("secretary", "deputy"):
        actions.approve(office.actor(name), {"remark": "同意"})
        assert office.plan.state == State.SUBMITTED
    assert office.hour.groups.count() == 3
    actions.approve(office.actor("mayor"), {})
    assert office.plan.state == State.APPROVED
    assert queries.approved_at(office.hour) == clock.now()
    assert [group.name for group in office.hour.groups.all()] == ["教育组", "住建组", "交通组", "民生组"]
    assert [unit.name for unit in queries.units_of(office.hour)] == [
        "区教育局", "区住建局", "区交通局", "区民政局", "区卫健委",
    ]  # fmt: skip
    assert kinds(office) == [
        "plan.saved", "plan.approvers_chosen", "plan.submitted", "plan.passed", "plan.passed", "plan.approved",
    ]  # fmt: skip
    turns = Entry.objects.filter(kind__in=["plan.submitted", "plan.passed"]).order_by("seq")
    names = ("secretary", "deputy", "mayor")
    assert [entry.facts["accounts"] for entry in turns] == [
        [office.district.accounts[name].id] for name in names
    ], "whose turn it is, is told"


def test_a_returned_plan_names_what_to_change_and_starts_again_with_the_first_approver(
    office: Office,
) -> None:
    office.to("submitted", "secretary", "mayor")
    actions.approve(office.actor("secretary"), {})
    with pytest.raises(InvalidFields) as invalid:
        actions.send_back(office.actor("mayor"), {"remark": "  "})
    assert set(invalid.value.errors) == {"remark"}
    actions.send_back(office.actor("mayor"), {"remark": "会场改到二楼。"})
    assert office.plan.state == State.RETURNED
    office.save(place="区政府二楼会议室")
    actions.submit(office.actor("coordinator"))
    waiting = flow.next_approver(office.plan)
    assert waiting is not None
    assert waiting.account.username == "secretary"


def test_approval_on_paper_needs_leader_date_and_scan(office: Office) -> None:
    office.to("submitted")
    with pytest.raises(InvalidFields) as invalid:
        actions.approve_on_paper(office.actor("coordinator"), {}, None)
    assert set(invalid.value.errors) == {"leader", "date"}
    with pytest.raises(InvalidFields) as invalid:
        actions.approve_on_paper(
            office.actor("coordinator"), {"leader": "周敏", "date": "2026-12-24"}, scan()
        )
    assert set(invalid.value.errors) == {"date"}
    data = {"leader": "周敏", "date": "2026-11-29"}
    with pytest.raises(InvalidFields) as invalid:
        actions.approve_on_paper(office.actor("coordinator"), data, None)
    assert set(invalid.value.errors) == {"scan"}
    actions.approve_on_paper(office.actor("coordinator"), data, scan())
    decision = Decision.objects.get()
    assert (decision.approver.username, decision.paper_leader, decision.entered_by.username) == (  # type: ignore[union-attr]
        "secretary", "周敏", "coordinator",
    )  # fmt: skip
    assert decision.paper_scan is not None
    assert queries.reads_scan(office.district.accounts["mayor"], decision.paper_scan)
    assert not queries.reads_scan(office.district.accounts["member1"], decision.paper_scan)
    assert office.plan.state == State.APPROVED


def test_the_author_does_not_approve(office: Office) -> None:
    office.to("submitted", "coordinator")
    with pytest.raises(Refused) as refused:
        actions.approve(office.actor("coordinator"), {})
    assert refused.value.code == "not_author"


def test_no_paper_stands_for_the_authors_own_approval_and_no_scan_of_it_is_kept(office: Office) -> None:
    office.to("submitted", "coordinator")
    with pytest.raises(Refused) as refused:
        actions.approve_on_paper(
            office.actor("coordinator"), {"leader": "周敏", "date": "2026-11-29"}, scan()
        )
    assert refused.value.code == "not_authors_turn"
    assert not Upload.objects.exists()


@pytest.mark.parametrize("name", [*FIELDS, "groups"])
def test_only_a_substantive_change_needs_approval_again(office: Office, name: str) -> None:
    office.to("approved")
    before = office.plan.approved_version
    change: Any = "改过的内容"
    if name == "groups":
        change = [*office.groups()[:3], {"id": None, "name": "民生组", "units": [office.units[6].id]}]
    office.save(**{name: change})
    substantive = name == "groups" or FIELDS[name].substantive
    assert office.plan.state == (State.DRAFT if substantive else State.APPROVED)
    assert (queries.approved_at(office.hour) is None) is substantive
    shown = published.for_hour(office.hour)
    assert shown is not None, "what was approved goes on to be shown"
    assert office.plan.approved_version == (before if substantive else office.plan.version)


@pytest.mark.parametrize("stage", ["submitted", "approved"])
def test_an_hour_that_moves_takes_its_agreed_plan_back_to_be_agreed_again(office: Office, stage: str) -> None:
    office.to(stage)
    before = office.plan.version
    office.district.hour_does("announce")
    office.district.hour_does("postpone", starts_at="2026-12-31T19:00+08:00", reason_code="urgent_duty")
    plan = office.plan
    assert (plan.state, plan.version) == (State.DRAFT, before + 1)
    newest = flow.newest(plan)
    assert newest is not None
    assert (newest.time, newest.topic) == ("2026年12月31日（星期四）19:00—20:00", "就学与社区托育")
    assert newest.groups == plan.versions.get(number=before).groups


def test_a_draft_is_left_to_whoever_writes_it_when_the_hour_moves(office: Office) -> None:
    office.to("draft")
    before = office.plan.version
    office.district.hour_does("announce")
    office.district.hour_does("postpone", starts_at="2026-12-31T19:00+08:00", reason_code="urgent_duty")
    assert (office.plan.state, office.plan.version) == (State.DRAFT, before)


def test_another_topic_takes_an_approved_plan_back_to_be_approved_again(office: Office) -> None:
    office.to("approved")
    keeper = staff_actor(office.district.accounts["coordinator"])
    assert keeper is not None
    topics.set_pool(keeper, 2026, {"units_open": "on"})
    words = {"origin": "concern", "reason": "今年提问多。"}
    named, other = (
        topics.propose(keeper, 2026, words | {"title": title}) for title in ("就学与社区托育", "养老服务")
    )
    topics.choose(office.actor("coordinator"), named.id, {})
    assert office.plan.state == State.APPROVED  # the topic that it names
    topics.choose(office.actor("coordinator"), other.id, {})
    newest = flow.newest(office.plan)
    assert newest is not None
    assert (office.plan.state, newest.topic, newest.place) == (
        State.DRAFT,
        "养老服务",
        "区政府会议中心201会议室",
    )


def test_nothing_changed_makes_no_version(office: Office) -> None:
    office.save()
    assert office.save().version == 1
    assert PlanVersion.objects.count() == 1


def test_two_coordinators_at_once_do_not_overwrite_each_other(office: Office) -> None:
    office.save()
    office.save(version="1", place="甲地")
    with pytest.raises(Refused) as refused:
        office.save(version="1", place="乙地")
    assert refused.value.code == "overtaken"


def test_an_approver_approves_what_was_read(office: Office) -> None:
    office.to("submitted")
    with pytest.raises(Refused):
        actions.approve(office.actor("secretary"), {"version": "7"})
    actions.approve(office.actor("secretary"), {"version": "1"})


def test_a_unit_in_two_groups_is_refused_by_name(office: Office) -> None:
    twice = [{"name": "甲组", "units": "区教育局、区民政局"}, {"name": "乙组", "units": "区民政局"}]
    with pytest.raises(InvalidFields) as invalid:
        office.save(groups=twice)
    assert "区民政局" in str(invalid.value.errors["groups"])
    assert "甲组" in str(invalid.value.errors["groups"])
    assert "乙组" in str(invalid.value.errors["groups"])


@pytest.mark.parametrize(
    ("groups", "named"),
    [
        ([{"name": "甲组", "units": "区教育局、没有局"}], "没有局"),
        ([{"name": "甲组", "units": ""}], "甲组"),
        ([{"name": "", "units": "区教育局"}], "没有名称"),
        ([{"name": "甲组", "units": "区教育局"}, {"name": "甲组", "units": "区民政局"}], "都叫"),
        ([{"name": "甲" * 41, "units": "区教育局"}], "太长"),
        ([{"name": f"{n}组", "units": "区教育局"} for n in range(21)], "最多 20"),
        ([{"name": "甲组", "units": [99999]}], "没有这个单位"),
    ],
)
def test_groups_that_cannot_be_saved_say_why(office: Office, groups: Any, named: str) -> None:
    with pytest.raises(InvalidFields) as invalid:
        office.save(groups=groups)
    assert named in str(invalid.value.errors["groups"])


@pytest.mark.parametrize(
    ("count", "warned"), [(0, True), (1, True), (3, True), (4, False), (6, False), (7, True)]
)
def test_outside_four_to_six_groups_warns_and_stops_nobody(office: Office, count: int, warned: bool) -> None:
    groups = [{"name": f"第{n}组", "units": [office.units[n].id]} for n in range(count)]
    office.save(groups=groups)
    assert bool(inputs.warnings(office.plan.versions.get().groups)) is warned


def test_a_plan_without_groups_or_fields_is_not_submitted(office: Office) -> None:
    office.save(place="", groups=[])
    office.choose("secretary")
    with pytest.raises(Refused) as refused:
        actions.submit(office.actor("coordinator"))
    assert "地点" in str(refused.value.message)
    office.save(groups=[])
    with pytest.raises(Refused) as refused:
        actions.submit(office.actor("coordinator"))
    assert "业务小组" in str(refused.value.message)


def test_a_group_with_questions_keeps_its_name_and_units(office: Office) -> None:
    office.to("approved")
    office.district.to_stage("announced")
    office.district.walk("assigned")
    office.hour.refresh_from_db()
    rows = office.groups()
    smaller = [{"id": rows[0]["id"], "name": "教育组", "units": [office.units[7].id]}, *rows[1:]]
    for wanted in (rows[1:], smaller, [{**rows[0], "name": "教育一组"}, *rows[1:]]):
        with pytest.raises(InvalidFields) as invalid:
            office.save(groups=wanted)
        assert "教育组" in str(invalid.value.errors["groups"])
    larger = [{**rows[0], "units": [office.units[0].id, office.units[7].id]}, rows[1], rows[3]]
    larger.insert(2, {**rows[2], "name": "交通出行组"})
    office.save(groups=larger)
    actions.submit(office.actor("coordinator"))
    actions.approve(office.actor("secretary"), {})
    names = [group.name for group in office.hour.groups.all()]
    assert names == ["教育组", "住建组", "交通出行组", "民生组"]
    assert office.hour.groups.get(name="教育组").seats.exists()


def test_groups_may_swap_names_and_keep_their_seats(office: Office) -> None:
    one, other, third = office.hour.groups.all()
    wanted = [
        planning.WantedGroup(other.name, (office.units[0].id,), one.id),
        planning.WantedGroup(one.name, (office.units[1].id,), other.id),
    ]
    from townhall.kernel.unit_of_work import unit_of_work

    with unit_of_work():
        ids = planning.arrange_groups(office.hour, wanted)
    assert ids == [one.id, other.id]
    assert [group.name for group in office.hour.groups.all()] == ["住建组", "教育组"]
    assert not office.hour.seats.filter(group_id=third.id).exists()
    gone = Entry.objects.filter(line=office.hour.id, kind="hour.unseated").count()
    assert gone == 2


@pytest.mark.both_databases
def test_versions_and_decisions_never_change(office: Office) -> None:
    office.to("approved")
    for model in (PlanVersion, Decision):
        with pytest.raises(DatabaseError), transaction.atomic():
            model.objects.update(version=9) if model is Decision else model.objects.update(number=9)


def test_a_later_year_still_shows_what_changed(office: Office) -> None:
    office.save()
    with clock.steer(clock.now() + timedelta(days=400)):
        office.save(place="区政府会议中心305会议室", topic="就学")
    old, new = office.plan.versions.all()
    found = {str(one.label): one.pieces for one in changes.between(old, new)}
    assert set(found) == {"地点", "主题"}
    assert found["地点"] == [("same", "区政府会议中心"), ("out", "201"), ("in", "305"), ("same", "会议室")]


def test_the_public_sees_only_what_was_approved(office: Office) -> None:
    office.to("submitted")
    assert published.for_hour(office.hour) is None
    actions.approve(office.actor("secretary"), {})
    shown = published.for_hour(office.hour)
    assert shown is not None
    assert [field["name"] for field in shown["fields"]] == ["time", "place", "topic", "content", "attendees"]
    assert shown["groups"][3] == {"name": "民生组", "units": "区民政局、区卫健委"}


def test_a_rehearsal_is_forgotten_with_its_plan(office: Office) -> None:
    rehearsal = planning.create_hour(
        slug="try", title="预演", starts_at=office.hour.starts_at + timedelta(days=1), rehearsal=True
    )
    planning.give_seat(rehearsal, office.district.accounts["coordinator"], "coordinator")
    office.hour = rehearsal
    office.to("submitted")
    actions.approve_on_paper(office.actor("coordinator"), {"leader": "周敏", "date": "2026-11-29"}, scan())
    planning.forget_rehearsal(rehearsal)
    assert not Decision.objects.exists()
    assert not Upload.objects.exists()
