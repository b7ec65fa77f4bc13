"""Everything here checks the plan of the house and is marked so."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the checks, so that runs on a second database need not repeat them."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.house)
