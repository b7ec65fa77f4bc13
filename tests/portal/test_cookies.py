"""What stays in a visitor's browser: nothing from reading, and under TLS only what nobody else could have set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from townhall.hours.models import OfficeHour
from townhall.portal import mine, pages

if TYPE_CHECKING:
    from tests.fixtures import District

pytestmark = pytest.mark.django_db
ASKED = {"display_name": "甲", "text": "澄湖路的路灯什么时候修好？", "kind": "consult"}


@pytest.fixture
def secure(settings: Any) -> None:
    settings.BASE_URL = "https://testserver"
    settings.SESSION_COOKIE_SECURE = True


def test_what_opens_something_is_kept_under_a_name_that_is_ours_alone(
    live: District, client: Client, secure: None
) -> None:
    answer = client.post("/hours/2026-11/ask", ASKED)
    kept = {name: cookie for name, cookie in answer.cookies.items() if cookie["httponly"]}
    assert f"__Host-{mine.COOKIE}" in kept
    assert all(name.startswith("__Host-") for name in kept)
    for cookie in answer.cookies.values():
        assert cookie["secure"]
        assert cookie["path"] == "/"
        assert not cookie["domain"]
        assert cookie["samesite"] == "Lax"
    assert "澄湖路的路灯" in client.get("/hours/2026-11/mine/").content.decode()


def test_a_cookie_that_is_taken_away_is_named_and_marked_as_it_was_set(secure: None) -> None:
    from django.http import HttpResponse

    response = HttpResponse()
    pages.set_cookie(response, mine.PERSON, "token")
    pages.forget_cookie(response, mine.PERSON)
    cookie = response.cookies[f"__Host-{mine.PERSON}"]
    assert cookie["max-age"] == 0
    assert cookie["secure"]
    assert cookie["path"] == "/"


def test_a_sister_site_cannot_hand_somebody_a_person(client: Client, secure: None) -> None:
    client.cookies[mine.PERSON] = "planted"
    request = client.get("/").wsgi_request
    assert mine.token(request) == ""


@pytest.mark.parametrize("key", ["字", "\xff", "abc\r\nX: y", "k"])
def test_a_key_that_opens_nothing_leaves_nothing_in_the_browser(
    live: District, client: Client, key: str
) -> None:
    response = client.get("/hours/2026-11/", {"key": key})
    assert response.status_code == 200
    assert not response.cookies


def test_a_rehearsals_key_is_kept_for_its_next_pages(live: District, client: Client) -> None:
    OfficeHour.objects.filter(id=live.hour.id).update(rehearsal=True, secret="k")
    assert client.get("/hours/2026-11/", {"key": "字"}).status_code == 404
    assert client.get("/hours/2026-11/", {"key": "k"}).status_code == 200
    assert client.get("/hours/2026-11/").status_code == 200
