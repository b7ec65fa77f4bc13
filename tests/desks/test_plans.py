"""The plan at the desk, and the list of whoever approves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.desks.conftest import browser_of
from tests.plans.conftest import WORDS, Office
from townhall.hours import planning
from townhall.people import actions as people
from townhall.people.models import Unit
from townhall.plans import actions, queries
from townhall.plans.choices import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from tests.fixtures import District

PLAN = "/desk/prepare/2026-11/plan/"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\0" * 40 + b"IEND\xaeB`\x82"


@pytest.fixture
def office(district: District) -> Office:
    return Office(district)


@pytest.fixture
def at(office: Office) -> Callable[[str], Client]:
    return lambda name: browser_of(office.district.accounts[name])


def form(office: Office, **changes: str) -> dict[str, str]:
    rows = {}
    for n, (name, units) in enumerate(
        (("教育组", "区教育局、团区委"), ("住建组", "区住建局"), ("交通组", "区交通局"))
    ):
        rows |= {f"group-{n}-name": name, f"group-{n}-units": units, f"group-{n}-id": ""}
    return WORDS | rows | {"version": "0"} | changes


def test_units_stand_by_their_names_on_paper_beside_an_english_readers_words(
    office: Office, at: Callable[[str], Client]
) -> None:
    unit = office.units[0]
    Unit.objects.filter(id=unit.id).update(name_en="Education Bureau")
    desk = at("coordinator")
    desk.cookies["lang"] = "en"
    shown = desk.get(PLAN).content.decode()
    assert f'<li data-name="{unit.name}"><span lang="zh-CN">{unit.name}</span> Education Bureau</li>' in shown


def test_a_coordinator_keys_a_plan_submits_it_and_a_leader_without_a_seat_approves(
    office: Office, at: Callable[[str], Client]
) -> None:
    desk = at("coordinator")
    first = desk.get(PLAN).content.decode()
    assert "2026年11月30日（星期一）19:00—20:00" in first, "the hour's time stands there already"
    assert "就学与社区托育" in first
    assert desk.post(f"{PLAN}save", form(office)).status_code == 302
    page = desk.get(PLAN).content.decode()
    assert "业务小组现有 3 个" in page, "warned, not stopped"
    secretary = office.district.accounts["secretary"]
    assert desk.post(f"{PLAN}choose", {"approver1": secretary.id}).status_code == 302
    assert desk.post(f"{PLAN}submit").status_code == 302
    leader = at("secretary")
    assert "1 份方案待您审批" in leader.get("/desk/").content.decode(), "found without knowing where to look"
    assert "2026-11-30 19:00" in leader.get("/desk/office/approvals/").content.decode()
    assert ">批准</button>" in leader.get(PLAN).content.decode()
    assert leader.post(f"{PLAN}approve", {"version": "1", "remark": "同意"}).status_code == 302
    assert queries.approved_at(office.hour) is not None
    assert "同意" in leader.get("/desk/office/approvals/").content.decode()
    assert "团区委" in desk.get(PLAN).content.decode()


def test_what_was_typed_comes_back_with_the_error_at_its_field(
    office: Office, at: Callable[[str], Client]
) -> None:
    data = form(office, place="很好的会场") | {"group-1-units": "区教育局、没有局"}
    answer = at("coordinator").post(f"{PLAN}save", data)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "很好的会场" in page
    assert "区教育局、没有局" in page
    assert "没有叫“没有局”的单位" in page


def test_a_unit_keyed_into_two_groups_is_named(office: Office, at: Callable[[str], Client]) -> None:
    answer = at("coordinator").post(f"{PLAN}save", form(office) | {"group-1-units": "区住建局、团区委"})
    assert answer.status_code == 422
    assert "“团区委”同时在“教育组”和“住建组”" in answer.content.decode()


def test_paper_is_entered_with_its_scan_and_only_those_who_see_the_plan_fetch_it(
    office: Office, at: Callable[[str], Client]
) -> None:
    office.to("submitted")
    desk = at("coordinator")
    data = {"leader": "周敏", "date": "2026-11-29"}
    disguised = SimpleUploadedFile("批示.png", b"MZ\x90\x00 not a picture")
    answer = desk.post(f"{PLAN}approve_on_paper", {**data, "scan": disguised})
    assert answer.status_code == 422
    assert "无法识别" in answer.content.decode()
    assert "周敏" in answer.content.decode()
    desk.post(f"{PLAN}approve_on_paper", {**data, "scan": SimpleUploadedFile("批示.png", PNG)})
    assert office.plan.state == State.APPROVED
    scan = office.plan.decisions.get().paper_scan_id
    address = f"/desk/office/documents/files/{scan}"
    found = at("mayor").get(address)
    assert found.headers["Content-Disposition"].startswith("attachment")
    assert found.headers["X-Content-Type-Options"] == "nosniff"
    assert b"".join(found.streaming_content) == PNG  # type: ignore[attr-defined]
    assert at("member1").get(address).status_code == 404
    assert browser_of().get(address).status_code == 302


def test_others_do_not_see_the_plan(office: Office, at: Callable[[str], Client]) -> None:
    office.save()
    for name in ("member1", "moderator", "stranger"):
        for address in (PLAN, f"{PLAN}versions/", f"{PLAN}plan.docx"):
            assert at(name).get(address).status_code == 404, (name, address)
        assert at(name).post(f"{PLAN}save", form(office)).status_code == 404
    assert at("mayor").get(PLAN).status_code == 200
    assert at("mayor").post(f"{PLAN}save", form(office)).status_code == 403


def test_papers_of_any_version_and_the_differences(office: Office, at: Callable[[str], Client]) -> None:
    office.save()
    office.save(place="区政府会议中心305会议室")
    desk = at("coordinator")
    docx = desk.get(f"{PLAN}plan.docx?version=1")
    assert docx.content[:2] == b"PK"
    assert "filename" in docx.headers["Content-Disposition"]
    assert desk.get(f"{PLAN}plan.pdf").content[:5] == b"%PDF-"
    assert desk.get(f"{PLAN}plan.pdf?version=9").status_code == 404
    page = desk.get(f"{PLAN}versions/").content.decode()
    assert "<del>201</del>" in page
    assert "<ins>305</ins>" in page
    assert desk.get(f"{PLAN}versions/?old=1&new=1").status_code == 200


def test_hostile_words_are_words(office: Office, at: Callable[[str], Client]) -> None:
    hostile = "<script>alert(1)</script> #panic() {{ 7*7 }} $x$ \\ @a"
    office.save(content=hostile, place=hostile[:100])
    desk = at("coordinator")
    assert "<script>alert" not in desk.get(PLAN).content.decode()
    assert "<script>alert" not in desk.get(f"{PLAN}versions/").content.decode()
    for kind in ("docx", "pdf"):
        assert desk.get(f"{PLAN}plan.{kind}").status_code == 200


def test_a_changed_plan_says_that_it_must_be_approved_again(
    office: Office, at: Callable[[str], Client]
) -> None:
    office.to("approved")
    desk = at("coordinator")
    answer = desk.post(f"{PLAN}save", form(office, version="1", place="别处"), follow=True)
    assert "请重新呈批" in answer.content.decode()
    assert "等待批准" in answer.content.decode()


def test_whoever_saves_second_finds_what_they_wrote_and_may_save_it(
    office: Office, at: Callable[[str], Client]
) -> None:
    desk = at("coordinator")
    desk.post(f"{PLAN}save", form(office))
    desk.post(f"{PLAN}save", form(office, version="1", place="第一个人写的"))
    answer = desk.post(f"{PLAN}save", form(office, version="1", place="第二个人写的"))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "他人刚刚保存了第 2 版" in page and f'href="{PLAN}versions/"' in page
    assert "第二个人写的" in page and "区教育局、团区委" in page, "fields and groups as typed"
    assert 'name="version" value="2"' in page
    assert desk.post(f"{PLAN}save", form(office, version="2", place="第二个人写的")).status_code == 302


def test_the_lists_ask_as_much_for_one_row_as_for_thirty(
    office: Office, at: Callable[[str], Client], django_assert_num_queries: Callable[..., object]
) -> None:
    office.to("submitted")
    leader = at("secretary")
    leader.get("/desk/office/approvals/")
    with django_assert_num_queries(9):
        leader.get("/desk/office/approvals/")
    coordinator = office.district.accounts["coordinator"]
    for number in range(30):
        hour = planning.create_hour(
            slug=f"more-{number}", title="又一期", starts_at=office.hour.starts_at, date_reason="测试"
        )
        planning.give_seat(hour, coordinator, "coordinator")
        other = Office.__new__(Office)
        other.district, other.hour = office.district, hour
        actor = other.actor("coordinator")
        actions.save(actor, WORDS | {"groups": [{"name": "甲组", "units": [office.units[0].id]}]})
        other.choose("secretary")
        actions.submit(actor)
    with django_assert_num_queries(9):
        page = leader.get("/desk/office/approvals/").content.decode()
    assert page.count("/plan/") == 31


def test_the_plan_page_asks_the_same_for_one_version_and_for_thirty(
    office: Office, at: Callable[[str], Client], django_assert_max_num_queries: Callable[..., object]
) -> None:
    office.save()
    desk = at("coordinator")
    desk.get(PLAN)
    with django_assert_max_num_queries(28) as few:
        desk.get(PLAN)
    for number in range(30):
        office.save(place=f"{number} 号会议室")
    with django_assert_max_num_queries(28) as many:
        desk.get(PLAN)
    assert len(few) == len(many)  # type: ignore[arg-type]


def test_somebody_switched_off_approves_nothing(office: Office, at: Callable[[str], Client]) -> None:
    office.to("submitted")
    people.create_account("later", "新来的人", None)
    secretary = office.district.accounts["secretary"]
    secretary.is_active = False
    secretary.save()
    assert queries.actor_of(secretary, office.hour) is None
