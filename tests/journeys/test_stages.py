"""Every stage of an hour has a face: small and large, in both languages, without a script, under axe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.journeys import axe, words
from tests.journeys.evening import evening, fill
from tests.journeys.people import LAPTOP, Meet

if TYPE_CHECKING:
    from pathlib import Path

    from tests.journeys.evening import Evening

SMALLEST = {"viewport": {"width": 320, "height": 640}, "has_touch": True, "is_mobile": True}
STAGES = ("planned", "announced", "preparing", "wrapping", "archived")


def paths(evening: Evening, stage: str) -> list[str]:
    """What the public sees of an hour at this stage; one that is only planned is nobody's business yet."""
    if stage == "planned":
        return ["/", "/ask/"]
    return [
        "/",
        "/ask/",
        "/comments/",
        *(evening.path(rest) for rest in ("", "ask", "list/", "screen/")),
        f"/embed/{evening.slug}/",
    ]


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("stage", STAGES)
def test_pages_of_the_stage(meet: Meet, tmp_path: Path, stage: str) -> None:
    answer = fill(tmp_path / "filled", stage)
    with evening(tmp_path / "filled", answer, tmp_path / "evening") as then:
        small, large, english = meet(at=then, **SMALLEST), meet(at=then, **LAPTOP), meet(at=then)
        plain = meet(at=then, **SMALLEST, java_script_enabled=False)
        english.context.add_cookies([{"name": "lang", "value": "en", "url": then.url}])
        axe.prepare(small.context)
        axe.prepare(large.context)
        content, strings = words.own_words(then.place.data_dir / "townhall.sqlite3"), words.interface()
        found: list[str] = []
        for person in (small, large, english, plain):
            person.forgiven.add(404)  # the door to asking says in so many words that there is no hour
        for path in paths(then, stage):
            for person in (small, large) if path in {"/", then.path()} else (small,):
                person.go(path)
                for scheme in ("light", "dark"):
                    person.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                    found += axe.violations(person.page, looks_only=scheme == "dark")
            assert small.overflow() <= 1, path
            plain.go(path)
            if "/screen/" not in path:
                expect(plain.page.locator("nav.doors a")).to_have_count(3)
            english.go(path)
            found += words.left_in_chinese(english.page, strings, content)
        assert not found, "\n".join(found)
        if stage == "planned":
            with large.allowing(404):
                large.go(then.path())
            expect(large.page.locator("h1")).to_be_visible()
