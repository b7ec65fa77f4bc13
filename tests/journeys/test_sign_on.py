"""A citizen signs on with the city's provider in a real browser: there, back, and on with what was typed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys import axe
from tests.journeys.evening import VENUE, Evening
from tests.journeys.people import LAPTOP, PHONE, SECONDS, Meet, Person
from tests.tools.provider import CLIENT, SECRET, MockProvider
from tests.tools.server import Installation

pytestmark = pytest.mark.long

TEXT = "孩子明年入园，<澄湖路>幼儿园还有学位吗？想了解报名时间。"
PROVIDER = """
[[provider]]
kind = "openid"
name = "city"
title = "市统一身份认证"
title_en = "City sign-on"
issuer = "{issuer}"
client_id = "{client}"
"""
VERIFIED = """
from townhall.hours.models import OfficeHour
OfficeHour.objects.filter(stage="live").update(identity="verified")
"""


@pytest.fixture(scope="module")
def provider() -> Iterator[MockProvider]:
    running = MockProvider()
    yield running
    running.close()


@pytest.fixture(scope="module")
def verified(
    filled: Callable[[], tuple[Path, dict[str, Any]]],
    provider: MockProvider,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Evening]:
    """An hour that wants to know who asks, and a provider that says so."""
    source, told = filled()
    data = tmp_path_factory.mktemp("verified") / "data"
    shutil.copytree(source, data)
    described = data / "sign-on.toml"
    described.write_text(PROVIDER.format(issuer=provider.url, client=CLIENT), encoding="utf-8")
    settings = VENUE | {
        "TOWNHALL_SIGN_ON_FILE": str(described),
        "TOWNHALL_SIGN_ON_SECRETS": f"city={SECRET}",
    }
    place = Installation(data, settings=settings)
    place.command("manage", "shell", "--no-imports", "-c", VERIFIED)
    try:
        yield Evening(place.start(), told["hour"], told["staff"], told["tokens"])
    finally:
        place.stop()
        shutil.rmtree(data, ignore_errors=True)


def leave_alone(person: Person, provider: MockProvider) -> None:
    """The provider is the one other host that a citizen is meant to visit, and only as a page."""
    person.complaints = [
        one for one in person.complaints if f"another host: {provider.url}/authorize?" not in one
    ]


def looked_at(person: Person) -> list[str]:
    """The open page in light colours with every rule, and in dark ones."""
    page = person.page
    page.emulate_media(color_scheme="light")
    found = axe.violations(page)
    page.emulate_media(color_scheme="dark")
    return found + [f"dark: {one}" for one in axe.violations(page, looks_only=True)]


@pytest.mark.parametrize(
    ("screen", "tongue", "words"),
    [
        (PHONE, "zh", ("用市统一身份认证登录", "去市统一身份认证", "登录成功", "继续")),
        (LAPTOP, "en", ("Sign on with City sign-on", "Go to City sign-on", "Signed on", "Go on")),
    ],
    ids=["phone", "laptop"],
)  # fmt: skip
def test_a_citizen_signs_on_and_everything_typed_is_still_there(
    verified: Evening, provider: MockProvider, meet: Meet, screen: Any, tongue: str, words: tuple[str, ...]
) -> None:
    button, onward, done, go_on = words
    person = meet(at=verified, **screen)
    axe.prepare(person.context)
    page = person.go(f"/language/{tongue}/?next={verified.path('ask')}")
    page.fill("[name=text]", TEXT)
    page.fill("[name=display_name]", "湖边居民")
    page.locator("main form button.first").click()
    found = looked_at(person)
    page.get_by_role("button", name=button).click()
    found += looked_at(person)
    assert person.overflow() <= 0
    page.get_by_role("link", name=onward).click()
    page.get_by_role("link", name="同意并返回").click()
    expect(page.locator("h1")).to_have_text(done, timeout=30 * SECONDS)
    assert "code=" not in page.url and "state=" not in page.url
    found += looked_at(person)
    assert person.overflow() <= 0
    page.get_by_role("button", name=go_on).click()
    expect(page.locator("[name=text]")).to_have_value(TEXT)
    expect(page.locator("[name=display_name]")).to_have_value("湖边居民")
    page.locator("main form button.first").click()
    expect(page.locator(".receipt").first).to_be_visible(timeout=30 * SECONDS)
    leave_alone(person, provider)
    assert not found, "\n".join(found)


def test_a_provider_that_lies_leaves_the_way_by_sms(
    verified: Evening, provider: MockProvider, meet: Meet
) -> None:
    person = meet(at=verified, **PHONE)
    axe.prepare(person.context)
    page = person.go(verified.path("ask"))
    page.fill("[name=text]", TEXT)
    page.fill("[name=display_name]", "湖边居民")
    page.locator("main form button.first").click()
    page.get_by_role("button", name="用市统一身份认证登录").click()
    page.get_by_role("link", name="去市统一身份认证").click()
    provider.algorithm = "forged"
    try:
        with person.allowing(403):
            page.get_by_role("link", name="同意并返回").click()
            expect(page.locator("[role=alert]")).to_contain_text("没有保存任何身份信息", timeout=30 * SECONDS)
    finally:
        provider.algorithm = "RS256"
    found = looked_at(person)
    page.get_by_role("button", name="用短信验证").click()
    expect(page.locator("[name=mobile]")).to_be_visible()
    leave_alone(person, provider)
    assert not found, "\n".join(found)
