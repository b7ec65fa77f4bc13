"""Where staff may work: named networks, and devices registered inside them beforehand (§19)."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest

from tests.fixtures import District
from tests.signon.conftest import Person
from townhall.journal.models import Entry
from townhall.people import actions as people
from townhall.readiness import staffed
from townhall.readiness.lines import Subject
from townhall.signon.models import Device

INSIDE, OUTSIDE = "10.1.2.3", "203.0.113.9"
PHONE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36"


@pytest.fixture(autouse=True)
def _networks(settings: Any) -> None:
    settings.STAFF_NETWORKS = [ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("2001:db8::/32")]


def at(person: Person, address: str) -> Person:
    person.browser.defaults["REMOTE_ADDR"] = address
    return person


def test_the_door_opens_inside_only(live: District) -> None:
    person = at(Person("clerk"), OUTSIDE)
    assert person.browser.get("/desk/sign-in/").status_code == 403
    assert person.signs_in().status_code == 403
    assert "办公网络" in person.signs_in().content.decode()
    assert at(person, INSIDE).signs_in().status_code == 302
    assert at(Person("clerk"), "2001:db8::7").signs_in().status_code == 302


def test_a_sign_in_carried_outside_ends_at_the_border(live: District) -> None:
    person = at(Person("clerk"), INSIDE)
    person.signs_in()
    assert person.browser.get("/desk/").status_code != 403
    at(person, OUTSIDE)
    for path in ("/desk/", "/desk/account/", "/desk/account/password/", "/desk/second-step/bind/"):
        assert person.browser.get(path).status_code == 403, path
    assert person.browser.post("/desk/account/device").status_code == 403


def test_a_device_registered_inside_opens_outside_for_its_own_person(live: District) -> None:
    person = at(Person("clerk"), INSIDE)
    person.signs_in()
    assert person.browser.post("/desk/account/device").status_code == 302
    at(person, OUTSIDE)
    assert person.browser.get("/desk/account/").status_code == 200
    person.browser.post("/desk/sign-out/")
    assert person.signs_in().status_code == 302
    stranger = Person("editor", person.browser)
    person.browser.post("/desk/sign-out/")
    stranger.signs_in()
    assert stranger.browser.get("/desk/account/").status_code == 403, "another person's device is not theirs"


def test_a_device_that_was_lost_opens_nothing_any_more(live: District) -> None:
    person = at(Person("clerk"), INSIDE)
    person.signs_in()
    person.browser.post("/desk/account/device")
    office = at(Person("clerk"), INSIDE)
    office.signs_in()
    office.browser.post("/desk/account/device/release", {"device": Device.objects.get().id})
    assert at(person, OUTSIDE).browser.get("/desk/account/").status_code == 403
    kinds = Entry.objects.filter(kind__startswith="signon.device").values_list("kind", flat=True)
    assert list(kinds) == ["signon.device_registered", "signon.device_released"]


def test_an_invented_device_is_nobodys(live: District) -> None:
    person = at(Person("clerk"), OUTSIDE)
    person.browser.cookies["device"] = "x" * 43
    assert person.browser.get("/desk/sign-in/").status_code == 403


def test_a_forwarded_address_is_believed_of_our_own_proxies_only(live: District, settings: Any) -> None:
    person = at(Person("clerk"), OUTSIDE)
    forged = {"X-Forwarded-For": INSIDE}
    assert person.browser.get("/desk/sign-in/", headers=forged).status_code == 403
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("203.0.113.9/32")]
    assert person.browser.get("/desk/sign-in/", headers=forged).status_code == 200


def test_programs_call_from_inside_too(live: District) -> None:
    auth = {"Authorization": f"Bearer {people.issue_token(live.accounts['moderator'])}"}
    browser = Person("moderator").browser
    address = "/api/v1/desk/hours/2026-11"
    assert browser.get(address, headers=auth, REMOTE_ADDR=OUTSIDE).status_code == 401
    assert browser.get(address, headers=auth, REMOTE_ADDR=INSIDE).status_code == 200


def test_without_named_networks_staff_work_anywhere(live: District, settings: Any) -> None:
    settings.STAFF_NETWORKS = []
    assert at(Person("clerk"), OUTSIDE).signs_in().status_code == 302
    assert list(staffed.fallbacks(Subject(live.hour))) == []


def test_the_doctor_names_seats_without_a_phone_to_fall_back_on(live: District) -> None:
    [line] = staffed.fallbacks(Subject(live.hour))
    assert line.level == "warn"
    assert "代为登记" in line.finding and "区长" in line.finding
    person = at(Person("clerk"), INSIDE)
    person.signs_in()
    person.browser.post("/desk/account/device")
    [line] = staffed.fallbacks(Subject(live.hour))
    assert "代为登记" in line.finding, "an office computer is no fallback"
    person.browser.cookies.pop("device")
    person.browser.post("/desk/account/device", headers={"user-agent": PHONE})
    [line] = staffed.fallbacks(Subject(live.hour))
    assert "代为登记" not in line.finding and "区长" in line.finding
