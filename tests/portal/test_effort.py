"""Under pressure: a page that waits or solves, with everything kept; and what each receipt may do in a minute."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from tests.kernel.test_effort import solved
from tests.portal.test_asking import ASK, form, text_of
from tests.tools.receipts import SPELLINGS
from townhall.kernel import addresses, clock, effort, pace
from townhall.people import identity
from townhall.questions.models import Question

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.test import Client

    from tests.fixtures import District

pytestmark = pytest.mark.django_db
API = "/api/v1/hours/{}/questions"


@pytest.fixture(autouse=True)
def _pressed() -> Iterator[None]:
    effort.note(1)
    yield
    effort.forget_pressure()


def fields(response: HttpResponse) -> dict[str, str]:
    """The hidden fields of the page that waits."""
    body = response.content.decode()
    return {
        name: html.unescape(value)
        for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', body)
    }


def test_a_page_asks_to_wait_and_keeps_what_was_typed(live: District, client: Client) -> None:
    response = client.post(ASK, form())
    assert (response.status_code, response.headers["Retry-After"]) == (429, "15")
    assert "请等 15 秒" in text_of(response) and not Question.objects.exists()
    kept = fields(response)
    assert kept["text"] == form()["text"]
    soon = client.post(ASK, kept)
    assert soon.status_code == 429 and fields(soon)["wait_ticket"] == kept["wait_ticket"]
    with clock.steer(clock.now() + effort.WAIT):
        assert client.post(ASK, kept).status_code == 200
        assert Question.objects.get().text == kept["text"]
        again = client.post(ASK, kept | {"text": "又一个问题"})
        assert again.status_code == 429  # a ticket is good for one question


def test_a_solved_puzzle_passes_at_once(live: District, client: Client) -> None:
    page = client.post(ASK, form()).content.decode()
    told = {name: re.search(f'data-{name}="([^"]*)"', page)[1] for name in ("salt", "challenge", "signature")}  # type: ignore[index]
    puzzle = {name: html.unescape(value) for name, value in told.items()}
    answer = solved({"algorithm": "SHA-256", "maxnumber": effort.MOST, **puzzle})
    assert "portal/effort.js" in page
    assert client.post(ASK, form(altcha=answer)).status_code == 200


def test_without_pressure_nothing_changes(live: District, client: Client) -> None:
    effort.forget_pressure()
    response = client.post(ASK, form())
    assert response.status_code == 200 and "effort.js" not in response.content.decode()


def test_a_program_is_told_the_means(live: District, client: Client) -> None:
    body: dict[str, Any] = {"display_name": "湖边", "text": "路灯坏了。"}
    address = API.format(live.hour.slug)
    refused = client.post(address, body, content_type="application/json")
    told = refused.json()
    assert (refused.status_code, told["code"], refused["Retry-After"]) == (429, "effort", "15")
    assert set(told["altcha"]) == {"algorithm", "challenge", "maxnumber", "salt", "signature"}
    done = client.post(address, body | {"altcha": solved(told["altcha"])}, content_type="application/json")
    assert done.status_code == 201


def test_a_verified_mobile_needs_no_effort(live: District, client: Client) -> None:
    from townhall.kernel.unit_of_work import unit_of_work

    with unit_of_work():
        person = identity.keep_contact("13800001111")
    token = identity.token_for(person, clock.now() + timedelta(hours=1))
    body = {"display_name": "湖边", "text": "路灯坏了。", "verification": token}
    response = client.post(API.format(live.hour.slug), body, content_type="application/json")
    assert response.status_code == 201


def test_a_venues_network_needs_no_effort(live: District, client: Client, settings: Any) -> None:
    from ipaddress import ip_network

    settings.TRUSTED_NETWORKS = [ip_network("127.0.0.0/8")]
    assert client.post(ASK, form()).status_code == 200


def test_a_receipt_does_so_much_in_a_minute_wherever_it_is_used(
    live: District, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    effort.forget_pressure()
    monkeypatch.setattr(pace, "RECEIPT_ACTS", pace.Pace(0.001, 12))  # no turn comes back while this runs
    receipt = live.receipt(live.ask())
    other = live.receipt(live.ask("另一件事，也请答复。"))
    statuses = [
        client.post(f"/track/{receipt}/rating", {"level": "5"}, REMOTE_ADDR=f"203.0.113.{n}").status_code
        for n in range(20)
    ]
    assert statuses[:12] == [409] * 12 and statuses[-1] == 429
    assert client.get(f"/track/{receipt}/").status_code == 200
    api = client.post(
        f"/api/v1/track/{receipt}/withdraw", {}, content_type="application/json", REMOTE_ADDR="203.0.113.99"
    )
    assert (api.status_code, api.json()["code"]) == (429, "too_many")
    for spelling in SPELLINGS.values():  # written otherwise it is the same receipt, with the same turns
        typed = quote(spelling(receipt))
        assert client.post(f"/track/{typed}/withdraw", REMOTE_ADDR="203.0.113.98").status_code == 429
        again = client.post(
            f"/api/v1/track/{typed}/withdraw",
            {},
            content_type="application/json",
            REMOTE_ADDR="203.0.113.97",
        )
        assert again.status_code == 429
    assert client.post(f"/track/{other}/withdraw").status_code == 303


def test_one_household_on_ipv6_is_one() -> None:
    turns = pace.Pace(1, 1)
    assert turns.take(addresses.counted("2001:db8:1:2::1")) is None
    assert turns.take(addresses.counted("2001:db8:1:2:ffff::9")) is not None
    assert turns.take(addresses.counted("2001:db8:1:3::1")) is None
