"""Every page before the hour: on a small phone without scrolling sideways, under axe, in English, complaints none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.journeys import axe, words
from tests.journeys.evening import evening, fill
from tests.journeys.people import LAPTOP, Meet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.journeys.evening import Evening

SMALLEST = {"viewport": {"width": 320, "height": 640}, "has_touch": True, "is_mobile": True}
THINGS = (
    "", "topic/", "plan/", "plan/versions/", "notices/", "notices/new/", "meeting/", "publicity/", "press/",
    "broadcast/", "digest/", "staffing/", "staffing/print/", "venues/", "venues/board/", "observers/", "observers/talk/",
    "readiness/",
)  # fmt: skip
OFFICE = (
    "", "calendar/", "series/", "topics/", "countdown/", "posts/", "documents/", "outreach/", "inbox/", "approvals/",
    "units/", "units/2/", "units/import/",
)  # fmt: skip
# A4 upright less its margins, at 96 pixels an inch.
PAPER = {"viewport": {"width": 680, "height": 960}}
UNIT = ("notices/", "tasks/", "topics/", "inbox/")


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evening]:
    """Two days before the hour."""
    folder = tmp_path_factory.mktemp("before")
    answer = fill(folder / "filled", "preparing")
    with evening(folder / "filled", answer, folder / "evening") as then:
        yield then


def pages_of(slug: str) -> dict[str, list[str]]:
    """Who looks at what; nobody means anybody."""
    return {
        "coordinator": [
            *(f"/desk/prepare/{slug}/{thing}" for thing in THINGS),
            *(f"/desk/office/{thing}" for thing in OFFICE),
            "/desk/calendar/",
            f"/desk/hours/{slug}/technician/",
        ],
        "edulead": [f"/desk/office/{thing}" for thing in UNIT],
        "": ["/topics/", f"/observe/{slug}/", f"/hours/{slug}/"],
    }


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("who", ["coordinator", "edulead", ""])
def test_pages_before_the_hour(before: Evening, meet: Meet, who: str) -> None:
    paths = pages_of(before.slug)[who]
    small, english = meet(at=before, **SMALLEST), meet(at=before, **LAPTOP)
    axe.prepare(small.context)
    for person in (small, english):
        if who:
            person.sign_in(who, "/desk/office/inbox/")
    english.context.add_cookies([{"name": "lang", "value": "en", "url": before.url}])
    content, strings = words.own_words(before.place.data_dir / "townhall.sqlite3"), words.interface()
    found: list[str] = []
    for path in paths:
        small.go(path)
        if small.overflow() > 1:
            found.append(f"{path} is {small.overflow()} pixels too wide for a small phone")
        for scheme in ("light", "dark"):
            small.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            found += axe.violations(small.page, looks_only=scheme == "dark")
        english.go(path)
        found += words.left_in_chinese(english.page, strings, content)
    assert not found, "\n".join(found)


@pytest.mark.long
def test_the_printed_seat_plan_shows_every_seat(before: Evening, meet: Meet) -> None:
    person = meet(at=before, **PAPER)
    page = person.sign_in("coordinator", f"/desk/prepare/{before.slug}/staffing/print/")
    page.emulate_media(media="print")
    rows = page.locator(".hall tr")
    most = max(row.locator("td").count() for row in rows.all())
    assert most >= 8
    edge = page.locator(".sheet .prep-scroll").bounding_box()
    assert edge
    for seat in page.locator(".hall td").all():
        box = seat.bounding_box()
        assert box
        assert box["x"] + box["width"] <= edge["x"] + edge["width"] + 1, seat.inner_text()


@pytest.mark.long
def test_units_are_dragged_or_tapped_into_groups(before: Evening, meet: Meet) -> None:
    page = meet(at=before, **LAPTOP).sign_in("coordinator", f"/desk/prepare/{before.slug}/plan/")
    rows, free = page.locator("[data-row]"), page.locator("[data-pool] .plan-chip")
    dragged, tapped = (free.nth(place).get_attribute("data-name") for place in (0, 1))
    assert dragged and tapped
    units = [rows.nth(place).locator("[data-units]") for place in (0, 1)]
    page.locator(f"[data-pool] [data-name='{dragged}'].plan-chip").drag_to(rows.nth(0).locator(".plan-box"))
    expect(units[0]).to_have_value(re.compile(dragged))  # before the unit on which it was let go
    expect(free.filter(has_text=dragged)).to_have_count(0)
    # The same without a mouse: Enter takes it up, the button of the group puts it down.
    page.locator(f"[data-pool] [data-name='{tapped}'].plan-chip").focus()
    page.keyboard.press("Enter")
    rows.nth(1).locator(".plan-put").focus()
    page.keyboard.press("Enter")
    expect(units[1]).to_have_value(re.compile(f"、{tapped}$"))
    # Out of one group into another: it is in one only.
    page.locator(f"[data-row] [data-name='{dragged}'].plan-chip").drag_to(rows.nth(1).locator(".plan-box"))
    expect(units[1]).to_have_value(re.compile(dragged))
    expect(units[0]).not_to_have_value(re.compile(dragged))
    page.locator("main form button", has_text="保存").first.click()
    expect(page.locator("[data-row]").nth(1).locator("[data-units]")).to_have_value(re.compile(dragged))
