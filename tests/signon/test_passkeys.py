"""Passkeys: made here, shown here, good for this site and this question only."""

from __future__ import annotations

from typing import Any

import pytest

from tests.desks.conftest import HOUR
from tests.fixtures import District
from tests.signon.conftest import BIND, STEP, Person
from tests.signon.soft_key import SoftKey
from townhall.journal.models import Entry
from townhall.signon import passkeys
from townhall.signon.models import Passkey, SignIn


@pytest.fixture(autouse=True)
def _named(settings: Any) -> None:
    """Passkeys need a name; the tests' usual address is a number."""
    settings.BASE_URL = "http://localhost:8000"


def adds(person: Person, key: SoftKey) -> Any:
    asked = person.browser.get(BIND).context["passkey"]
    return person.browser.post(BIND, {"answer": key.makes(asked)})


def shows(person: Person, key: SoftKey) -> Any:
    asked = person.browser.get(STEP).context["passkey"]
    return person.browser.post(STEP, {"answer": key.shows(asked)})


@pytest.fixture
def mayor(real: District) -> tuple[Person, SoftKey]:
    """Somebody whose only factor is a passkey."""
    person, key = Person("mayor"), SoftKey()
    person.signs_in()
    answer = adds(person, key)
    assert len(answer.context["codes"]) == 10
    return person, key


def test_a_passkey_is_bound_and_opens_the_next_sign_in(mayor: tuple[Person, SoftKey]) -> None:
    person, key = mayor
    assert person.browser.get(f"{HOUR}mayor/").status_code == 200
    other = person.on_another_device()
    other.signs_in()
    assert other.browser.get(f"{HOUR}mayor/").headers["Location"].startswith(STEP)
    assert shows(other, key).status_code == 302
    assert other.browser.get(f"{HOUR}mayor/").status_code == 200
    assert SignIn.objects.filter(means="passkey", proved_at__isnull=False).count() == 1


def test_an_answer_counts_once(mayor: tuple[Person, SoftKey]) -> None:
    person, key = mayor
    other = person.on_another_device()
    other.signs_in()
    answer = key.shows(other.browser.get(STEP).context["passkey"])
    assert other.browser.post(STEP, {"answer": answer}).status_code == 302
    other.browser.post("/desk/lock/")
    assert other.browser.post(STEP, {"answer": answer}).status_code == 422


@pytest.mark.parametrize(
    "key",
    [
        SoftKey(origin="https://evil.example"), SoftKey(site="evil.example"), SoftKey(origin="http://localhost:9"),
    ],
)  # fmt: skip
def test_a_passkey_of_another_site_is_not_taken(real: District, key: SoftKey) -> None:
    person = Person("mayor")
    person.signs_in()
    assert adds(person, key).status_code == 422
    assert not Passkey.objects.exists()


def test_another_persons_passkey_or_a_stranger_one_opens_nothing(mayor: tuple[Person, SoftKey]) -> None:
    deputy, theirs = Person("deputy"), SoftKey()
    deputy.signs_in()
    adds(deputy, theirs)
    other = mayor[0].on_another_device()
    other.signs_in()
    assert shows(other, theirs).status_code == 422
    assert shows(other, SoftKey()).status_code == 422
    assert shows(other, SoftKey(id=mayor[1].id)).status_code == 422


def test_a_copied_key_that_counts_backwards_is_refused(mayor: tuple[Person, SoftKey]) -> None:
    person, key = mayor
    other = person.on_another_device()
    other.signs_in()
    key.counter = 10
    assert shows(other, key).status_code == 302
    other.browser.post("/desk/lock/")
    key.counter = 5
    assert shows(other, key).status_code == 422


@pytest.mark.parametrize(
    "answer", ["", "{}", "[]", "null", "1", '{"id": "x"}', "x" * 10_000, '{"response": {}}']
)
def test_nonsense_in_place_of_an_answer_is_refused(mayor: tuple[Person, SoftKey], answer: str) -> None:
    other = mayor[0].on_another_device()
    other.signs_in()
    other.browser.get(STEP)
    assert other.browser.post(STEP, {"answer": answer}).status_code == 422
    assert other.browser.post(STEP, {"answer": answer}).status_code == 422, "nothing was asked any more"


def test_one_of_several_can_be_taken_back_and_the_last_one_not(mayor: tuple[Person, SoftKey]) -> None:
    person, _key = mayor
    first = Passkey.objects.get()
    remove = {"passkey": first.id}
    assert person.browser.post("/desk/account/passkey", remove).status_code == 409
    assert adds(person, SoftKey()).status_code == 302
    assert person.browser.post("/desk/account/passkey", remove).status_code == 302
    assert Passkey.objects.get().id != first.id
    assert Entry.objects.filter(kind="signon.factor_removed").count() == 1


def test_an_address_without_a_name_offers_none(real: District, settings: Any) -> None:
    settings.BASE_URL = "http://127.0.0.1:8000"
    assert not passkeys.are_possible()
    person = Person("mayor")
    person.signs_in()
    page = person.browser.get(BIND)
    assert page.context["passkey"] == ""
    assert "passkey.js" not in page.content.decode()


@pytest.mark.parametrize(
    ("address", "possible"),
    [
        ("https://wsbg.example.gov", True), ("http://wsbg.example.gov", False), ("http://localhost:8000", True),
        ("https://[2001:db8::1]", False),
    ],
)  # fmt: skip
def test_browsers_allow_them_at_secure_names(settings: Any, address: str, possible: bool) -> None:
    settings.BASE_URL = address
    assert passkeys.are_possible() is possible
