"""An archived hour moves no more, but what is covered in it leaves the pages that somebody has open."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.edge.evening import SETTINGS
from tests.edge.harness import Reader
from tests.tools.environment import database
from tests.tools.promised import within
from tests.tools.server import Installation

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.long  # a demo of its own, walked to the archive
def test_what_is_covered_in_the_archive_leaves_open_pages_within_two_seconds(tmp_path: Path) -> None:
    place = Installation(tmp_path / "data", settings=SETTINGS | database())
    told = place.demo("archived")
    slug, token = told["hour"], place.token(told["staff"]["coordinator"][0], sign=True)
    try:
        place.start()
        answers = httpx.get(f"{place.url}/api/v1/hours/{slug}/answers").json()["items"]
        question = next(one for one in answers if one["title"] and not one["withheld"])
        pages = (f"/hours/{slug}/", f"/hours/{slug}/list/?show=published", f"/questions/{question['id']}/")
        for page in pages:
            shown = httpx.get(place.url + page).text
            assert f'data-stream="/live/{slug}/stream?' in shown, page
            assert 'class="link' not in shown, "nothing is said about a connection where nothing moves"
        watching = Reader(place.port, f"/live/{slug}/stream?lang=zh")
        covered = httpx.post(
            f"{place.url}/api/v1/desk/questions/{question['id']}/withhold",
            headers={"Authorization": f"Bearer {token}"},
            json={"code": "minor"},
        )
        assert covered.status_code == 200, covered.text
        deadline = time.monotonic() + within(2)
        while (frame := watching.frame(max(0.1, deadline - time.monotonic())))["event"] == "count":
            pass
        assert f'id="q-{question["id"]}"' in frame["data"]
        assert question["title"] not in frame["data"]
    finally:
        place.stop()
