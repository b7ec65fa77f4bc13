"""The page behind a receipt where one's own data are taken out or deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import Client

from tests.keeping.test_retention import MOBILE, asked, verified
from townhall.questions.models import Asker

if TYPE_CHECKING:
    from tests.fixtures import District

pytestmark = pytest.mark.django_db


def test_the_page_asks_for_the_mobile_then_gives_and_deletes(live: District) -> None:
    client = Client(headers={"host": "127.0.0.1:8000"})
    one = asked(live)
    address = f"/track/{live.receipt(one)}/data"
    page = client.get(address)
    assert page.status_code == 200 and page["Cache-Control"] == "no-store"
    token = verified()
    given = client.post(address, {"token": token, "what": "export"})
    assert given["Content-Type"].startswith("application/json") and given.json()["mobile"] == MOBILE
    unsure = client.post(address, {"token": token, "what": "erase"})
    assert unsure.status_code == 422
    assert Asker.objects.get(question=one).contact is not None
    done = client.post(address, {"token": token, "what": "erase", "sure": "on"})
    assert done.status_code == 303 and done["Location"].endswith("?done=erased")
    assert Asker.objects.get(question=one).contact is None
    stranger = client.post(
        f"/track/{live.receipt(asked(live))}/data", {"token": verified("13900139000"), "what": "export"}
    )
    assert stranger.status_code == 404 and MOBILE not in stranger.content.decode()
