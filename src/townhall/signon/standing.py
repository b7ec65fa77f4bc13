"""The one place that says who must prove a second factor, and whether it was done in this sign-in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings

from townhall.hours.choices import Stage
from townhall.hours.models import Seat
from townhall.kernel import clock
from townhall.people.actions import ADMINISTRATORS, installation_kind
from townhall.people.models import Installation, Office
from townhall.people.standing import Standing
from townhall.signon import passwords
from townhall.signon.choices import BINDING_ROLES, Lapse
from townhall.signon.models import CodeGenerator, Passkey, SignIn

if TYPE_CHECKING:
    from datetime import datetime

    from townhall.people.models import Account

# Half an hour without a person's own act: the desk may stand open in an empty room.
IDLE = timedelta(minutes=30)
# The moment of the last act is kept this exactly; a write a minute and person is nothing, one a click is.
SEEN_EVERY = timedelta(minutes=1)
NOT_DEMANDED = Standing()


def is_demanded_here(account: Account) -> bool:
    """Whether this installation asks for second factors at all: a district's own data always do."""
    return settings.STAFF_PROOF == "always" or _is_real(account)


def _is_real(account: Account) -> bool:
    known: bool | None = getattr(account, "on_real_data", None)
    return installation_kind() == Installation.Kind.REAL if known is None else known


def binds(account: Account) -> bool:
    """Whether this person holds a seat or an office that signs, moderates or administers."""
    over = (Stage.ARCHIVED, Stage.CANCELLED)
    seats = Seat.objects.filter(account=account, active=True, role__in=BINDING_ROLES, hour__rehearsal=False)
    if seats.exclude(hour__stage__in=over).exists():
        return True
    return Office.objects.filter(account=account, role__in=BINDING_ROLES | ADMINISTRATORS).exists()


def is_shut_out(account: Account) -> bool:
    """Whether the right password opens nothing any more: a first one, on real data, that was left unused too long."""
    return _is_real(account) and passwords.has_run_out(account)


def has_factor(account: Account) -> bool:
    """Whether this person has a second factor; who has one is always asked for it."""
    return (
        CodeGenerator.objects.filter(account=account).exists()
        or Passkey.objects.filter(account=account).exists()
    )


def current(account: Account, session_key: str) -> SignIn | None:
    """The sign-in that a browser's session stands for, unless it has ended."""
    return SignIn.objects.filter(account=account, session_key=session_key, ended_at=None).first()


def is_idle(row: SignIn, now: datetime) -> bool:
    """Whether nobody did anything at this desk for too long."""
    return row.proved_at is not None and now - row.seen_at > IDLE


def must_prove_again(account: Account, row: SignIn | None) -> bool:
    """Whether what changes how somebody signs in waits for their second factor (OWASP ASVS 5.0, 7.5.1).

    Whoever has none is let by: on a district's own data a first password is changed before a factor is bound.
    """
    return is_demanded_here(account) and has_factor(account) and of(account, row).proved_at is None


def of(account: Account, row: SignIn | None) -> Standing:
    """How this person stands in this sign-in.

    :param row: from :func:`current`
    """
    proved_at = row.proved_at if row and not is_idle(row, clock.now()) else None
    lapse = row.lapse if row else ""
    if row and row.proved_at and proved_at is None:
        lapse = Lapse.IDLE.value
    demanded = is_demanded_here(account) and (has_factor(account) or binds(account))
    found = Standing(demanded, lapse=lapse, password_due=_is_real(account) and passwords.is_due(account))
    if row is None or not row.means:
        return found
    return replace(found, means=row.means, device_id=row.device_id, proved_at=proved_at)
