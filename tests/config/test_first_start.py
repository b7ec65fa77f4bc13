"""The very first start, from an empty directory: every other test of a server finds the schema already laid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from tests.tools.environment import database
from tests.tools.server import Installation

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.long  # every migration from nothing, in a process of its own
def test_the_first_start_needs_nothing_but_an_empty_directory(tmp_path: Path) -> None:
    place = Installation(tmp_path / "data", settings=database(schema=False), bare=True)
    try:
        place.start()
        assert httpx.get(f"{place.url}/", timeout=10).status_code == httpx.codes.OK
    finally:
        place.stop()
