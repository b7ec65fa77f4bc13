"""A district's own data, and people with an authenticator app in their pocket."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.test import Client

from tests.fixtures import PASSWORD
from townhall.desks import account, second_step, sign_in
from townhall.kernel import clock
from townhall.people import actions as people
from townhall.signon import codes
from townhall.signon.models import OwnPassword

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from tests.fixtures import District

BIND = "/desk/second-step/bind/"
STEP = "/desk/second-step/"
CHROME = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"


@dataclass
class Person:
    """Somebody with a password, a browser, and (once bound) an app that shows codes."""

    username: str
    browser: Client = field(
        default_factory=lambda: Client(headers={"host": "127.0.0.1:8000", "user-agent": CHROME})
    )
    secret: str = ""
    paper: list[str] = field(default_factory=list)

    def signs_in(self, password: str = PASSWORD, **extra: Any) -> Any:
        return self.browser.post("/desk/sign-in/", {"username": self.username, "password": password}, **extra)

    def binds(self, **typed: str) -> Any:
        page = self.browser.get(BIND)
        self.secret = page.context["secret"]
        answer = self.browser.post(BIND, {"code": self.code(), **typed})
        if answer.status_code == 200:
            self.paper = list(answer.context["codes"])
        return answer

    def code(self) -> str:
        return codes.code_at(self.secret, clock.now())

    def proves(self, code: str = "") -> Any:
        return self.browser.post(STEP, {"code": code or self.code()})

    def on_another_device(self) -> Person:
        return Person(self.username, secret=self.secret, paper=self.paper)


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    """No wrong password or code is remembered from another test."""
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    yield
    for pace in (
        sign_in.WRONG_FOR_ACCOUNT, sign_in.WRONG_FROM_ADDRESS, second_step.WRONG_CODES, account.WRONG_OLD
    ):  # fmt: skip
        pace.forget_all()


@pytest.fixture
def real(live: District) -> District:
    """The small district, live, on its own data; everybody has chosen a password of their own."""
    people.mark_installation("real")
    OwnPassword.objects.bulk_create(
        OwnPassword(account=account, hashed=account.password, at=clock.now())
        for account in live.accounts.values()
    )
    return live


@pytest.fixture
def passes(frozen: datetime) -> Iterator[Callable[..., None]]:
    """``passes(minutes=31)`` lets time pass, for everything that asks the clock."""
    with ExitStack() as steering:
        yield lambda **span: steering.enter_context(clock.steer(clock.now() + timedelta(**span)))


@pytest.fixture
def bound(real: District, passes: Callable[..., None]) -> Callable[[str], Person]:
    """``bound("mayor")`` has signed in and bound an app; half a minute has passed since, so that codes are new."""

    def bind(username: str) -> Person:
        person = Person(username)
        person.signs_in()
        assert person.binds().status_code == 200
        passes(seconds=30)
        return person

    return bind
