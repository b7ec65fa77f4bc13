"""Signing on with an identity provider: begun from a form, ended with the same token as a code by SMS gives."""

from __future__ import annotations

import json
import logging
import secrets
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _

from townhall.kernel import clock
from townhall.kernel.errors import BUSY, CONFLICT, FORBIDDEN, NOT_FOUND, Refused
from townhall.kernel.secrets import decrypt, encrypt, keyed_hash
from townhall.kernel.unit_of_work import unit_of_work
from townhall.people import identity
from townhall.people.models import SignOn
from townhall.people.providers import described
from townhall.people.providers.base import Declined, Journey, NotProven, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from django.db.models import QuerySet

    from townhall.people.providers.base import Provider

logger = logging.getLogger("townhall.people.sign_on")

LIFE = timedelta(minutes=15)
# What one browser may have begun at once, and how much a form may hold: more is no form of ours.
MOST_BEGUN = 5
LARGEST_FORM = 64 * 1024
# A provider that does not answer must not take every thread that serves pages.
_AT_ONCE = threading.BoundedSemaphore(3)


@dataclass(frozen=True, slots=True)
class Form:
    """The form that somebody signs on from, to be given back.

    :param path: where it is sent
    :param fields: what was typed, in order; a name may stand several times
    :param then: the form's step that goes on with a verified person
    :param otherwise: the step that leads to the code by SMS
    """

    path: str
    fields: Sequence[tuple[str, str]]
    then: str
    otherwise: str


@dataclass(frozen=True, slots=True)
class SignedOn:
    """A person who came back.

    :param id: by which this browser gets the form back
    """

    id: int
    token: str
    until: datetime


class NotSignedOn(Refused):
    """Signing on did not work; the form is not lost.

    :param form: what was typed, when this browser began it
    """

    def __init__(self, status: int, code: str, message: str, form: Form | None = None) -> None:
        super().__init__(status, code, message)
        self.form = form


def begin(name: str, browser: str, form: Form) -> str:
    """Where the provider lets one sign on; the form is kept for a quarter of an hour.

    :param browser: a secret of this browser alone
    :raises NotSignedOn: 404 without such a provider, 409 for too large a form, 503 when it does not answer
    """
    provider = _provider(name, form)
    kept = json.dumps([form.path, list(form.fields), form.then, form.otherwise], ensure_ascii=False)
    if len(kept) > LARGEST_FORM:
        raise NotSignedOn(CONFLICT, "large", _("内容太长，登录时保存不下。请用短信验证。"), form)
    journey = Journey(
        _back(name), secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    )
    try:
        with _one_of_few():
            address = provider.leave(journey)
    except NotProven as error:
        raise _told(name, error, form) from error
    with unit_of_work():
        own = SignOn.objects.filter(browser_index=_index(browser)).order_by("-id")
        SignOn.objects.filter(id__in=list(own.values_list("id", flat=True)[MOST_BEGUN - 1 :])).delete()
        SignOn.objects.create(
            provider=name,
            browser_index=_index(browser),
            state_index=keyed_hash("sign-on state", journey.state),
            journey_sealed=encrypt(json.dumps([journey.state, journey.nonce, journey.verifier])),
            form_sealed=encrypt(kept),
            expires_at=clock.now() + LIFE,
        )
    return address


def arrive(name: str, browser: str, query: Mapping[str, str]) -> SignedOn:
    """Who came back from a provider, as the person that an SMS to the same mobile would have verified.

    Each visit is used once, before the provider is asked. Only a person who is vouched for leaves anything.

    :param browser: the secret of the browser that came back
    :param query: what the provider sent it back with
    :raises NotSignedOn: with what to do instead
    """
    provider = _provider(name, None)
    own = _own(browser).filter(provider=name).order_by("-id")
    if provider.echoes_state:
        state = query.get(getattr(provider, "state_name", "state"), "")
        row = own.filter(state_index=keyed_hash("sign-on state", state)).first()
    else:
        row = own.filter(used_at=None).first()
    if row is None:
        words = _(
            "这次登录不是从这台设备的这个浏览器开始的，或者已经超过 15 分钟。请重新登录，或用短信验证。"
        )
        logger.warning("sign-on with %s: unknown state", name)
        raise NotSignedOn(FORBIDDEN, "state", words, _form(own.first()))
    with unit_of_work():
        fresh = SignOn.objects.filter(id=row.id, used_at=None).update(used_at=clock.now())
    if not fresh:
        words = _("这次登录已经用过了。请重新登录，或用短信验证。")
        raise NotSignedOn(CONFLICT, "used", words, _form(row))
    try:
        with _one_of_few():
            proven = provider.arrive(Journey(_back(name), *json.loads(decrypt(row.journey_sealed))), query)
    except NotProven as error:
        raise _told(name, error, _form(row)) from error
    token, until = identity.vouched_for(name, proven.subject, proven.mobile)
    return SignedOn(row.id, token, until)


def form_of(sign_on: int, browser: str) -> Form | None:
    """The form that this browser signed on from, to go on with."""
    return _form(_own(browser).filter(id=sign_on).exclude(used_at=None).first())


def _own(browser: str) -> QuerySet[SignOn]:
    return SignOn.objects.filter(browser_index=_index(browser), expires_at__gt=clock.now())


def _index(browser: str) -> str:
    return keyed_hash("sign-on browser", browser)


def _form(row: SignOn | None) -> Form | None:
    if row is None:
        return None
    path, fields, then, otherwise = json.loads(decrypt(row.form_sealed))
    return Form(path, [(name, value) for name, value in fields], then, otherwise)


def _provider(name: str, form: Form | None) -> Provider:
    found = described.find(name)
    if found is None:
        raise NotSignedOn(NOT_FOUND, "provider", _("没有这种登录方式，请用短信验证。"), form)
    return found


def _back(name: str) -> str:
    return f"{settings.BASE_URL}/sign-on/{name}/back/"


def _told(name: str, error: NotProven, form: Form | None) -> NotSignedOn:
    """What the person is told; which of the checks it was stands in the log only."""
    logger.warning("sign-on with %s: %s: %s", name, type(error).__name__, error)
    if isinstance(error, Declined):
        return NotSignedOn(CONFLICT, "declined", _("您没有完成登录。可以再试一次，或用短信验证。"), form)
    if isinstance(error, Unreachable):
        words = _("登录服务现在没有应答。请用短信验证，或过几分钟再登录。")
        return NotSignedOn(BUSY, "unreachable", words, form)
    words = _("登录没有通过核验，没有保存任何身份信息。请再试一次；还不行，请用短信验证。")
    return NotSignedOn(FORBIDDEN, "untrusted", words, form)


@contextmanager
def _one_of_few() -> Iterator[None]:
    if not _AT_ONCE.acquire(blocking=False):
        raise Unreachable("too many at once")
    try:
        yield
    finally:
        _AT_ONCE.release()
