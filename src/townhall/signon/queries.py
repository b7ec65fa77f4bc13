"""What staff and operators may see of sign-ins, devices and factors."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings

from townhall.hours.choices import Role
from townhall.kernel import clock
from townhall.signon import places, standing
from townhall.signon.models import BindingCode, CodeGenerator, Device, Passkey, RecoveryCode, SignIn

if TYPE_CHECKING:
    from townhall.hours.models import OfficeHour
    from townhall.people.models import Account


def factors(account: Account) -> dict[str, str]:
    """What a person has bound, in words for the command line."""
    generator = CodeGenerator.objects.filter(account=account).first()
    return {
        "asked for": "yes" if standing.is_demanded_here(account) and standing.binds(account) else "if bound",
        "authenticator app": generator.added_at.isoformat(timespec="minutes") if generator else "none",
        "passkeys": str(Passkey.objects.filter(account=account).count()),
        "recovery codes left": str(RecoveryCode.objects.filter(account=account, used_at=None).count()),
        "binding code handed out": "yes" if BindingCode.objects.filter(account=account).exists() else "no",
    }


def open_sign_ins(account: Account) -> list[SignIn]:
    """Where a person is signed in now, the newest first."""
    since = clock.now() - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    return list(SignIn.objects.filter(account=account, ended_at=None, seen_at__gt=since))


def own(account: Account, session_key: str) -> dict[str, Any]:
    """What the page about one's own account shows."""
    here = standing.current(account, session_key)
    return {
        "generator": CodeGenerator.objects.filter(account=account).first(),
        "passkeys": list(Passkey.objects.filter(account=account)),
        "codes_left": RecoveryCode.objects.filter(account=account, used_at=None).count(),
        "sign_ins": [{"row": row, "here": row == here} for row in open_sign_ins(account)],
        "devices": list(Device.objects.filter(account=account, registered_at__isnull=False)),
        "limited": places.are_limited(),
        "proved": standing.of(account, here).proved_at is not None,
    }


def seats_without_fallback(hour: OfficeHour) -> list[str]:
    """Seats of an hour whose holders would all be shut out if the office's network failed, by their names."""
    registered = Device.objects.filter(registered_at__isnull=False, mobile=True).values("account")
    seats = hour.seats.filter(active=True)
    covered = set(seats.filter(account__in=registered).values_list("role", flat=True))
    roles = set(seats.values_list("role", flat=True)) - covered
    return [str(role.label) for role in Role if role.value in roles]
