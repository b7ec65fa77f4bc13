"""Somebody who follows, and a sender whose letters can be read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as django_settings

from tests.commitments.conftest import Promises, promises
from tests.desks.conftest import browser_of
from townhall.following import actions
from townhall.following.models import Follow
from townhall.kernel import clock
from townhall.kernel.secrets import decrypt
from townhall.outreach import sending
from townhall.outreach.models import Message
from townhall.people import identity
from townhall.portal import pace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client

    from townhall.commitments.models import Commitment

__all__ = ["promises"]
MAIL, MOBILE = "li@example.org", "13800008000"
_PATH = re.compile(r"(/(?:unfollow|follow/confirm)/[^/\s]+/)")


@dataclass
class Reader:
    """A citizen with a browser, a mail box and a telephone."""

    promises: Promises
    box: list[Any]
    client: Client = field(default_factory=browser_of)

    def page(self, one: Commitment) -> str:
        return f"/follow/promise/{one.id}/"

    def asks(self, path: str, mail: str = MAIL, **fields: str) -> Any:
        pace.FORMS.forget_all()
        return self.client.post(path, {"step": "mail", "mail": mail, **fields})

    def link(self, text: str | None = None) -> str:
        """The first link of the newest letter, as a path."""
        sending.tick()
        found = _PATH.search(text or self.box[-1].body)
        assert found is not None
        return found[1]

    def follows(self, path: str, mail: str = MAIL) -> Follow:
        """The whole way by mail: the form, the letter, the button."""
        assert self.asks(path, mail).status_code == 200
        answer = self.client.post(self.link())
        assert "已订阅" in answer.content.decode()
        self.box.clear()
        return Follow.objects.exclude(agreed_at=None).latest("id")

    def follows_by_sms(self, path: str, mobile: str = MOBILE) -> Follow:
        pace.FORMS.forget_all()
        self.client.post(path, {"step": "mobile", "mobile": mobile})
        code = decrypt(Message.objects.filter(template="code").latest("id").parameters_sealed)
        answer = self.client.post(path, {"step": "code", "mobile": mobile, "code": code})
        assert "已订阅" in answer.content.decode()
        return Follow.objects.latest("id")

    def waits(self, minutes: float = 6, *, to: datetime | None = None) -> None:
        """Time goes on; what is due leaves."""
        with clock.steer(to or clock.now() + timedelta(minutes=minutes)):
            actions.tick()
            sending.tick()


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of December, on the district's wall clock."""
    return datetime(2026, 12, day, hour, minute, tzinfo=clock.DISTRICT_ZONE)


@pytest.fixture
def reader(promises: Promises, settings: Any, mailoutbox: list[Any]) -> Iterator[Reader]:
    django_settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    settings.EMAIL_HOST = "mail.example"
    pace.FORMS.forget_all()
    pace.GUESSES.forget_all()
    actions.tick()
    yield Reader(promises, mailoutbox)
    pace.GUESSES.forget_all()


def token_of_contact(mobile: str) -> str:
    """A verified person's token, as the code gives it."""
    identity.start_verification(mobile)
    code = decrypt(Message.objects.filter(template="code").latest("id").parameters_sealed)
    return identity.confirm_verification(mobile, code)[0]
