"""Who sits at the desks in these tests: the small district's staff, each with a browser of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.test import Client

from townhall.desks import sign_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.fixtures import District
    from townhall.people.models import Account

HOUR = "/desk/hours/2026-11/"


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    """No wrong password is remembered from another test; the folder of collected files is there."""
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    yield
    sign_in.WRONG_FOR_ACCOUNT.forget_all()
    sign_in.WRONG_FROM_ADDRESS.forget_all()


def browser_of(account: Account | None = None, **options: bool) -> Client:
    """A browser that names the host; signed in with an account."""
    client = Client(headers={"host": "127.0.0.1:8000"}, **options)
    if account is not None:
        client.force_login(account)
    return client


@pytest.fixture
def at_desk(live: District) -> Callable[..., Client]:
    """``at_desk("moderator")`` is that person's signed-in browser."""

    def sit_down(name: str, **options: bool) -> Client:
        return browser_of(live.accounts[name], **options)

    return sit_down
