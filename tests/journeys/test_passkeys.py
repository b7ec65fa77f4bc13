"""A passkey in a real browser: bound, shown at check-in, then one tap to sign; asked for again when it must be."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.journeys import axe
from tests.journeys.evening import VENUE, Evening
from tests.journeys.people import LAPTOP, PHONE, SECONDS, SMALL_PHONE, Meet, Person
from tests.tools.ports import free_port
from tests.tools.server import Installation
from townhall.kernel import clock
from townhall.rehearsal.company import DEMO_PASSWORD

# Built into the device, unlocked by a finger that is always the right one (WebAuthn 11.2, virtual authenticators).
BUILT_IN = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip
pytestmark = pytest.mark.long

STEP, BIND = "/desk/second-step/", "/desk/second-step/bind/"

# The demo's mayor has been there for a while; here the evening begins.
NOT_THERE_YET = """
from townhall.hours.seats import actor_for
from townhall.people.models import Account
from townhall.staffing import actions
from townhall.staffing.models import Assignment
for one in Assignment.objects.filter(account__username="mayor", checked_in_at__isnull=False):
    hour = one.post.hour
    actions.perform(actor_for(Account.objects.get(username="coordinator"), hour), "check_out", one.id, {})
"""


class NamedEvening(Evening):
    """An evening at an address with a name, as passkeys need it, that asks for a second factor."""

    @property
    def url(self) -> str:
        """The same server by its name."""
        return f"http://localhost:{self.place.port}"


@dataclass
class Hour:
    """The evening, and its clock."""

    evening: NamedEvening
    clock: Path

    def passes(self, **span: int) -> None:
        """Let time go by for the server."""
        moment = clock.read_file(self.clock) + timedelta(**span)
        self.clock.write_text(moment.isoformat(), encoding="ascii")


@pytest.fixture(scope="module")
def hour(
    filled: Callable[[], tuple[Path, dict[str, Any]]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Hour]:
    source, told = filled()
    data = tmp_path_factory.mktemp("named") / "data"
    shutil.copytree(source, data)
    steered = data / "clock"
    steered.write_text(datetime.now().astimezone().isoformat(), encoding="ascii")
    port = free_port()
    named = {"TOWNHALL_BASE_URL": f"http://localhost:{port}", "TOWNHALL_STAFF_PROOF": "always"}
    place = Installation(data, port=port, settings=VENUE | named | {"TOWNHALL_CLOCK": str(steered)})
    place.command("manage", "shell", "--no-imports", "-c", NOT_THERE_YET)
    try:
        yield Hour(NamedEvening(place.start(), told["hour"], told["staff"], told["tokens"]), steered)
    finally:
        place.stop()
        shutil.rmtree(data, ignore_errors=True)


class Authenticator:
    """What a device keeps its passkeys in."""

    def __init__(self, person: Person) -> None:
        self._session: CDPSession = person.context.new_cdp_session(person.page)
        self._session.send("WebAuthn.enable")
        self._id = self._session.send("WebAuthn.addVirtualAuthenticator", {"options": BUILT_IN})[
            "authenticatorId"
        ]

    def keys(self) -> list[dict[str, Any]]:
        """The passkeys in it."""
        found = self._session.send("WebAuthn.getCredentials", {"authenticatorId": self._id})
        return list(found["credentials"])

    def take(self, keys: list[dict[str, Any]]) -> None:
        """Passkeys come along to a new device, as browsers' password managers carry them."""
        for one in keys:
            self._session.send("WebAuthn.addCredential", {"authenticatorId": self._id, "credential": one})


def password(person: Person, username: str) -> Page:
    """The first step."""
    page = person.go("/desk/sign-in/?next=/desk/")
    page.fill("[name=username]", username)
    page.fill("[name=password]", DEMO_PASSWORD)
    page.locator("main form button").click()
    return page


def shows_passkey(page: Page, way: str = "用通行密钥验证") -> None:
    page.get_by_role("button", name=way).click()


def sign(page: Page, evening: Evening, question: int) -> None:
    page.goto(f"{evening.url}{evening.desk('mayor')}?q={question}", wait_until="load")
    page.locator("button.sign").click()


def is_signed(evening: Evening, question: int) -> bool:
    return str(evening.get(f"/questions/{question}")["status"]) == "published"


def submitted(evening: Evening) -> int:
    """A question with an answer that waits for the mayor."""
    question = int(evening.ask("请问澄湖路幼儿园今年秋季还有没有学位？想了解报名时间。")["id"])
    evening.drafted(question)
    evening.do("edu1", "submit", question)
    return question


def test_a_passkey_is_bound_shown_once_at_check_in_and_signing_is_one_tap(hour: Hour, meet: Meet) -> None:
    evening = hour.evening
    first, second, third, fourth = (submitted(evening) for _number in range(4))
    mayor = meet(at=evening, **SMALL_PHONE)
    axe.prepare(mayor.context)
    phone = Authenticator(mayor)
    page = password(mayor, "mayor")
    expect(page).to_have_url(f"{evening.url}{BIND}?next=/desk/", timeout=30 * SECONDS)
    assert not axe.violations(page)
    shows_passkey(page, "绑定通行密钥")
    expect(page.locator(".codes code")).to_have_count(10)
    assert not axe.violations(page)
    assert len(phone.keys()) == 1
    page.locator("a.first").click()
    page.get_by_role("button", name="我已到岗，签到").click()
    expect(page.locator("#told")).to_contain_text("已签到")

    # That was the strong sign-in: from now on signing asks for nothing but the tap.
    sign(page, evening, first)
    evening.wait_for(f"/questions/{first}/", "签发")
    assert is_signed(evening, first)

    mayor.go(evening.desk("mayor"))
    page.get_by_role("button", name="锁定").first.click()
    expect(page).to_have_url(f"{evening.url}{STEP}")
    assert not axe.violations(page)
    mayor.go(evening.desk("mayor"))
    assert page.url.startswith(f"{evening.url}{STEP}")
    shows_passkey(page)
    expect(page).to_have_url(evening.url + evening.desk("mayor"))
    sign(page, evening, second)
    evening.wait_for(f"/questions/{second}/", "签发")

    hour.passes(minutes=31)
    mayor.go(f"{evening.desk('mayor')}?q={third}")
    expect(page.locator("button.sign")).to_have_count(0)
    page.get_by_role("link", name="再做一次二次验证").first.click()
    shows_passkey(page)
    page.locator("button.sign").click(timeout=30 * SECONDS)
    evening.wait_for(f"/questions/{third}/", "签发")

    # Another device, to which the passkey came along: proven there, it no longer counts here.
    desk = meet(at=evening)
    tablet = Authenticator(desk)
    tablet.take(phone.keys())
    there = password(desk, "mayor")
    expect(there).to_have_url(f"{evening.url}{STEP}?next=/desk/")
    shows_passkey(there)
    # Its own desk, or the list of them all once the hour is over: those minutes were more than it may have left.
    expect(there).to_have_url(re.compile(f"{evening.url}(?:/desk/|{evening.desk('mayor')})$"))
    mayor.go(f"{evening.desk('mayor')}?q={fourth}")
    expect(page.locator("main, #panel").first).to_contain_text("另一台设备")
    expect(page.locator("button.sign")).to_have_count(0)
    assert not is_signed(evening, fourth)
    sign(there, evening, fourth)
    evening.wait_for(f"/questions/{fourth}/", "签发")


def test_a_finger_that_is_not_recognised_or_a_device_without_the_passkey_opens_nothing(
    hour: Hour, meet: Meet
) -> None:
    evening = hour.evening
    person = meet(at=evening, **PHONE)
    phone = Authenticator(person)
    page = password(person, "deputy1")
    shows_passkey(page, "绑定通行密钥")
    expect(page.locator(".codes code")).to_have_count(10)
    page.locator("a.first").click()
    person.go("/desk/account/")
    expect(page.locator("main")).to_contain_text("通行密钥")
    stranger = meet(at=evening)
    Authenticator(stranger)
    there = password(stranger, "deputy1")
    shows_passkey(there)
    expect(there.locator("[data-failed]")).to_be_visible()
    expect(there).to_have_url(f"{evening.url}{STEP}?next=/desk/")
    assert len(phone.keys()) == 1


@pytest.mark.parametrize("screen", [PHONE, LAPTOP], ids=["phone", "laptop"])
@pytest.mark.parametrize("tongue", ["zh", "en"])
def test_the_doors_of_staff_in_each_language_and_look(
    hour: Hour, meet: Meet, screen: Any, tongue: str
) -> None:
    evening = hour.evening
    person = meet(at=evening, **screen)
    axe.prepare(person.context)
    Authenticator(person)
    found: list[str] = []

    def look() -> None:
        page.emulate_media(color_scheme="light")
        found.extend(axe.violations(page))
        page.emulate_media(color_scheme="dark")
        found.extend(f"dark: {one}" for one in axe.violations(page, looks_only=True))
        assert person.overflow() <= 0, page.url

    page = person.go(f"/language/{tongue}/?next=/desk/sign-in/")
    look()
    page.fill("[name=username]", "moderator2")
    page.fill("[name=password]", "wrong")
    page.locator("main form button").click()
    expect(page.locator("[role=alert]")).to_be_visible()
    look()
    password(person, "moderator2")
    if page.url.startswith(evening.url + BIND):
        look()
        page.locator("form[data-passkey] button").click()
        look()
        page.locator("a.first").click()
    else:  # bound in the round before; here is no key
        look()
        page.locator("form[data-passkey] button").click()
        expect(page.locator("[data-failed]")).to_be_visible()
        look()
    person.go("/desk/account/")
    look()
    assert not found, "\n".join(found)
