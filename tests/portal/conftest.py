"""A visitor at the right address; pages are asked for without collected static files."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client


@pytest.fixture(autouse=True)
def static_folder() -> None:
    """The folder in which the server looks for collected files."""
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)


@pytest.fixture
def client() -> Client:
    """A browser that names the host."""
    return Client(headers={"host": "127.0.0.1:8000"})
