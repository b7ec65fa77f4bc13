"""Where weaknesses are reported (RFC 9116)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from townhall.kernel import clock

pytestmark = pytest.mark.django_db
ADDRESS = "/.well-known/security.txt"


def test_a_contact_is_told_with_a_date_until_which_it_holds(client: Client, settings: Any) -> None:
    settings.SECURITY_CONTACT = "mailto:security@wsbg.example.gov"
    settings.BASE_URL = "https://wsbg.example.gov"
    response = client.get(ADDRESS)
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    fields = dict(line.split(": ", 1) for line in response.content.decode().splitlines())
    assert fields["Contact"] == "mailto:security@wsbg.example.gov"
    assert fields["Canonical"] == f"https://wsbg.example.gov{ADDRESS}"
    expires = datetime.fromisoformat(fields["Expires"])
    assert timedelta(days=30) < expires - clock.now() < timedelta(days=365)


def test_without_a_contact_there_is_no_file(client: Client, settings: Any) -> None:
    settings.SECURITY_CONTACT = ""
    assert client.get(ADDRESS).status_code == 404
