"""Acts of the observers before an hour: they apply, a lot anybody can run again, the one drawn says yes."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.journeys.acts_before import one_time_code
from tests.journeys.months import PREPARE, SLUG, Months, send, state
from townhall.rehearsal.cast import FAKE_MOBILES

if TYPE_CHECKING:
    from pathlib import Path

PAGE, DESK = f"/observe/{SLUG}/", f"{PREPARE}observers/"
APPLICANTS = tuple(zip(("许知秋", "孟小寒"), FAKE_MOBILES[10:12], strict=True))
# The installation looks at the clock every few seconds; the machine may be busy with other tests.
PATIENCE_SECONDS = 60


def observers_called(months: Months) -> None:
    """One seat; how the lot is drawn stands before anybody has applied."""
    months.at("2026-03-20T11:00")
    coordinator = months.person("coordinator", DESK)
    send(
        coordinator, "/observers/open", quota="1", place="区行政中心一楼会议室", closes_at="2026-03-25T17:00",
        source="福利彩票双色球第 2026033 期，红球从小到大，再加蓝球", source_at="2026-03-25T21:30",
    )  # fmt: skip


def observers_applied(months: Months) -> list[str]:
    """Two people apply on the public page, each with a verified mobile; returns their receipts."""
    months.at("2026-03-22T20:00")
    receipts = []
    for name, mobile in APPLICANTS:
        citizen = months.citizen()
        page = citizen.go(PAGE)
        page.fill("[name=name]", name)
        for consent in page.locator("[name=consents]").all():
            consent.check()
        page.locator("main form button.first").tap()
        page.fill("#mobile", mobile)
        page.locator("main form button.first").tap()
        expect(page.locator("#code")).to_be_visible()
        page.fill("#code", one_time_code(months))
        page.locator("main form button.first").tap()
        expect(page.locator("#receipt")).to_have_text(re.compile(r"^\d{4}-\d{4}-\d{4}$"))
        receipts.append(page.locator("#receipt").inner_text())
        citizen.context.close()
    return receipts


def observers_drawn(months: Months, folder: Path) -> None:
    """The clock closes the list, the lot is drawn from the public value, and the published program agrees."""
    months.at("2026-03-25T17:01")
    coordinator = months.person("coordinator", DESK)
    until = time.monotonic() + PATIENCE_SECONDS
    while "报名已截止" not in coordinator.go(DESK).locator("h1").inner_text():
        assert time.monotonic() < until, "the clock has not closed the list"
        time.sleep(0.5)
    expect(coordinator.page.locator("main")).to_contain_text("公开数值还没有公布")
    months.at("2026-03-25T21:40")
    coordinator.go(DESK)
    send(coordinator, "/observers/draw", value="03 08 16 23 25 31 + 12", value_again="3 8 16 23 25 31 12")
    assert _checked(months, folder).endswith("2 人报名 / entries, 1 席 / seats, 抽取 / drawn by lot")
    send(coordinator, "/observers/invite", confirm_by="2026-03-27T12:00")


def _checked(months: Months, folder: Path) -> str:
    """What the program for everybody says of the lot, each file taken from the page."""
    citizen = months.citizen()
    page = citizen.go(PAGE)
    for name in ("lot.json", "lot.py"):
        with page.expect_download() as taken:
            page.locator(f'a[href*="/{name}"]').tap()
        taken.value.save_as(folder / name)
    citizen.context.close()
    words = [sys.executable, "-I", "-X", "utf8", "lot.py", "lot.json"]
    ran = subprocess.run(words, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout.strip()


def observer_confirmed(months: Months, receipts: list[str]) -> None:
    """Who is drawn says yes on their own page; who is not waits in line."""
    assert state(months, "确定网民代表") != "已完成"
    months.at("2026-03-26T09:00")
    found = []
    for receipt in receipts:
        citizen = months.citizen()
        page = citizen.go(f"{PAGE}mine/")
        page.fill("#receipt", receipt)
        page.locator("main form button.first").first.tap()
        now = page.locator("dl.facts dd").first
        found.append(now.inner_text())
        if found[-1] == "已邀请":
            page.locator("button[value=confirm]").tap()
            expect(now).to_have_text("已确认")
        citizen.context.close()
    assert sorted(found) == ["候补", "已邀请"]
    assert state(months, "确定网民代表") == "已完成"
