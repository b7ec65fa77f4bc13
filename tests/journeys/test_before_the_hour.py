"""Two months on a frozen clock: from next year's calendar to 18:59, through the pages."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.journeys import acts_before as acts
from tests.journeys import acts_observers as seats
from tests.journeys.evening import VENUE
from tests.journeys.months import (
    DEMO,
    DEPARTMENTS,
    PREPARE,
    SLUG,
    STAFF,
    UNITS,
    Months,
    send,
    state,
)
from tests.journeys.people import PHONE
from tests.tools.server import Installation

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext


@pytest.fixture
def months(tmp_path: Path, new_context: Callable[..., BrowserContext]) -> Iterator[Months]:
    data = tmp_path / "data"
    data.mkdir()
    clock = data / "clock"
    clock.write_text("2026-01-05T10:00:00+08:00", encoding="ascii")
    place = Installation(data, settings=VENUE | {"TOWNHALL_CLOCK": str(clock)})
    try:
        place.lay_schema()
        place.command("manage", "shell", "--no-imports", "-c", DEMO)
        # All that the machine does: the first administrator. Everybody and everything else comes in by the pages.
        printed = place.command("account", "first", "--name", "系统甲", "--office", "system")
        yield Months(place.start(), clock, new_context, {"first": printed.split()[-1]})
    finally:
        place.stop()
        shutil.rmtree(data, ignore_errors=True)


def district(months: Months) -> None:
    """The system administrator enters the district and its units, then who works there."""
    first = months.person("first", "/desk/office/units/")
    send(first, "/units/enter", name="静川区人民政府", kind={"value": "district"}, phone="64120000")
    first.go("/desk/office/units/import/")
    send(first, "/units/import/", button="预览", rows=UNITS)
    expect(first.page.locator("main [role=status]")).to_contain_text("新增 5，更改 0，不变 1")
    send(first, "/units/import/", button="导入")
    expect(first.page.locator("main [role=status]")).to_contain_text("已导入")
    first.go("/desk/administration/import/")
    send(first, "/administration/import/", button="预览", rows=STAFF)
    send(first, "/administration/import/", button="导入")
    handed = first.page.locator("section[aria-labelledby=h-handed] li").all_inner_texts()
    months.passwords |= dict(one.split() for one in handed)
    for username in (
        "coordinator",
        "mayor",
    ):  # the security administrator gives offices, from the machine here
        months.place.command("account", username, "--office", username)


def dates_and_topic(months: Months) -> None:
    coordinator = months.person("coordinator", "/desk/office/series/?year=2026")
    send(coordinator, "/series/2026/3/confirm")
    coordinator.go("/desk/office/")
    expect(coordinator.page.locator("main")).to_contain_text("3月31日 星期二")
    coordinator.go("/desk/office/topics/?year=2026")
    send(coordinator, "/topics/2026/pool", units_open="on")
    send(
        coordinator, "/topics/?year=2026", title="就学与社区托育", origin={"label": "社会热点"},
        unit={"label": "区教育局"}, reason="入学报名期间提问集中。",
    )  # fmt: skip
    months.at("2026-02-16T15:00")
    coordinator.go(f"{PREPARE}topic/")
    coordinator.page.get_by_role("link", name="就学与社区托育").first.click()
    send(coordinator, "/topic/choose")
    assert state(months, "确定主题") == "已完成"


def plan(months: Months) -> None:
    months.at("2026-02-25T09:30")
    coordinator = months.person("coordinator", f"{PREPARE}plan/")
    words = {"time": "2026年3月31日19:00至20:00", "place": "区行政中心", "topic": "就学与社区托育",
             "content": "在线答复市民提问。", "attendees": "区领导和各单位负责人。", "requirements": "主要负责人到场。"}  # fmt: skip
    groups = {f"group-{place}-name": f"{name[1:3]}组" for place, name in enumerate(DEPARTMENTS)}
    groups |= {f"group-{place}-units": name for place, name in enumerate(DEPARTMENTS)}
    send(coordinator, "/plan/save", "保存", **words, **groups)
    coordinator.go(f"{PREPARE}plan/")
    send(coordinator, "/plan/choose", approver1={"label": "陈立，区长（mayor）"})
    coordinator.go(f"{PREPARE}plan/")
    send(coordinator, "/plan/submit")
    assert state(months, "方案呈批") == "已完成"
    months.at("2026-03-04T16:00")
    mayor = months.person("mayor", f"{PREPARE}plan/", **PHONE)
    send(mayor, "/plan/approve", "批准")
    assert state(months, "方案批准") == "已完成"


def notice(months: Months) -> None:
    months.at("2026-03-10T09:00")
    coordinator = months.person("coordinator", f"{PREPARE}notices/new/")
    send(
        coordinator, "/notices/new/", layout={"value": "telegram"}, grade={"value": "raised"}, code="静府办",
        title="关于做好第1期网上办公准备工作的通知", text="请各单位做好准备，按时签收。", due_at="2026-03-16T17:00",
        issuer="静川区人民政府办公室", units=DEPARTMENTS,
    )  # fmt: skip
    send(coordinator, "/send")
    assert state(months, "印发通知") == "已完成"
    for number in range(1, 5):
        assert state(months, "各单位签收通知") != "已完成"
        unit = months.person(f"unit{number}", "/desk/office/notices/", **PHONE)
        unit.page.get_by_role("link", name="关于做好第1期").click()
        send(unit, "/sign_for")
    assert state(months, "各单位签收通知") == "已完成"


def meeting(months: Months) -> None:
    coordinator = months.person("coordinator", f"{PREPARE}meeting/")
    send(coordinator, "/meeting/arrange", starts_at="2026-03-18T14:00", place="201会议室", units=DEPARTMENTS)
    send(coordinator, "/meeting/invite")
    months.at("2026-03-18T15:40")
    coordinator.go(f"{PREPARE}meeting/")
    send(coordinator, "/meeting/attend", came=DEPARTMENTS)
    send(coordinator, "/meeting/tasks", text="整理常见问题。", due_on="2026-03-26", units=DEPARTMENTS)
    assert state(months, "召开预备会") == "已完成"


def publicity(months: Months) -> None:
    months.at("2026-03-20T10:00")
    coordinator = months.person("coordinator", f"{PREPARE}publicity/")
    send(
        coordinator, "/publicity/edit", "保存", introduction="区领导和有关部门在线回答就学与托育问题。",
        asking_closes_at="2026-03-26T17:00", **{"leader_name-0": "陈立", "leader_office-0": "区长"},
    )  # fmt: skip
    send(coordinator, "/publicity/publish")
    assert state(months, "公布主题") == "已完成"
    citizen = months.citizen()
    citizen.go(f"/hours/{SLUG}/")
    expect(citizen.page.locator("body")).to_contain_text("就学与社区托育")
    citizen.context.close()


def press(months: Months) -> None:
    months.at("2026-03-24T10:00")
    coordinator = months.person("coordinator", f"{PREPARE}press/")
    send(coordinator, "/press/save", issuer="静川区人民政府办公室")
    send(coordinator, "/press/release", medium={"label": "报纸"}, outlet="静川报", taken_by="值班编辑")
    assert state(months, "报纸、电视发布公告") == "已完成"


def asking_closed(months: Months) -> None:
    months.at("2026-03-26T17:05")
    coordinator = months.person("coordinator", f"/desk/hours/{SLUG}/coordinator/")
    send(coordinator, f"/{SLUG}/close_asking")
    assert state(months, "截止预提问") == "已完成"


def no_observers(months: Months) -> None:
    coordinator = months.person("coordinator", f"{PREPARE}observers/")
    send(coordinator, "/observers/skip")
    assert state(months, "确定网民代表") == "已完成"


def tasks(months: Months) -> None:
    for number in range(1, 5):
        unit = months.person(f"unit{number}", "/desk/office/tasks/", **PHONE)
        send(unit, "/report")
    assert state(months, "预备会布置的任务") == "已完成"


def venues(months: Months) -> None:
    months.at("2026-03-27T16:00")
    coordinator = months.person("coordinator", f"{PREPARE}venues/")
    send(coordinator, "/venues/add", name="主会场", address="区行政中心一楼")
    coordinator.go(f"{PREPARE}venues/")
    send(coordinator, "/venues/ready")
    assert state(months, "会场就绪") == "已完成"


def half_done(months: Months) -> None:
    """What nobody did stands there as late, with what it waits for; the rest is done."""
    months.at("2026-03-31T18:59")
    page = months.person("coordinator", PREPARE).page
    expect(page.locator(".cd-head")).to_contain_text("今天")
    assert page.locator("li.cd-step.done").count() == 14
    assert state(months, "预答稿完成") == "已完成"  # nobody asked, so nothing is left to answer
    assert state(months, "全员签到") == "已逾期"
    send(months.person("coordinator", PREPARE), "/skip", note="由短信代发部门办理")
    assert page.locator("li.cd-step.skipped").count() == 1


@pytest.mark.long
def test_what_was_left_out_is_late_at_one_minute_to_seven(months: Months) -> None:
    district(months)
    dates_and_topic(months)
    plan(months)
    notice(months)
    meeting(months)
    publicity(months)
    press(months)
    asking_closed(months)
    assert state(months, "预提问汇总并分发") == "已完成"  # nobody asked, so nothing waits
    no_observers(months)
    tasks(months)
    venues(months)
    half_done(months)
    assert months.complaints() == []


@pytest.mark.long
def test_from_next_years_calendar_to_one_minute_to_seven(months: Months, tmp_path: Path) -> None:
    district(months)
    dates_and_topic(months)
    acts.sms_filed(months)
    plan(months)
    notice(months)
    meeting(months)
    acts.staffed(months)
    publicity(months)
    seats.observers_called(months)
    acts.asked(months)
    receipts = seats.observers_applied(months)
    acts.screened(months)
    press(months)
    seats.observers_drawn(months, tmp_path)
    seats.observer_confirmed(months, receipts)
    asking_closed(months)
    acts.dispatched(months)
    acts.sms_sent(months)
    tasks(months)
    venues(months)
    acts.answers_prepared(months)
    acts.dry_run(months)
    acts.checked_in(months)
    acts.everything_stands(months)
    assert months.complaints() == []
