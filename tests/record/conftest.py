"""A record of its own for each test: its files would outlive the rows that are rolled back."""

from pathlib import Path
from typing import Any

import pytest

from townhall.record.actions import Keeper


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "data"
    settings.DATA_DIR.mkdir()
    settings.RECORD_DIR = None
    settings.RECORD_KEY = ""
    settings.RECORD_KEY_FILE = None
    settings.BASE_URL = "https://wsbg.example.gov"


@pytest.fixture
def keeper() -> Keeper:
    """The one who keeps the record."""
    return Keeper()
