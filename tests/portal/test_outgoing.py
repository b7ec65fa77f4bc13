"""A demo shows the codes it would have sent; a district's own installation never does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from townhall.people import actions, identity

if TYPE_CHECKING:
    from django.test import Client


@pytest.mark.django_db
def test_a_demo_shows_the_code_and_a_masked_mobile(client: Client) -> None:
    actions.mark_installation("demo")
    identity.start_verification("138 0000 8000")
    page = client.get("/outgoing/").content.decode()
    code = re.search(r"<b>(\d{6})</b>", page)
    assert code is not None
    assert "138****8000" in page and "13800008000" not in page
    token, _until = identity.confirm_verification("13800008000", code.group(1))
    assert identity.person_of(token) is not None


@pytest.mark.django_db
def test_real_data_have_no_such_page(client: Client) -> None:
    actions.mark_installation("real")
    identity.start_verification("13800008000")
    assert client.get("/outgoing/").status_code == 404
