"""What staff and operators may see of sign-ins, devices and factors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from townhall.signon import standing
from townhall.signon.models import BindingCode, CodeGenerator, RecoveryCode

if TYPE_CHECKING:
    from townhall.people.models import Account


def factors(account: Account) -> dict[str, str]:
    """What a person has bound, in words for the command line."""
    generator = CodeGenerator.objects.filter(account=account).first()
    return {
        "asked for": "yes" if standing.is_demanded_here(account) and standing.binds(account) else "if bound",
        "authenticator app": generator.added_at.isoformat(timespec="minutes") if generator else "none",
        "recovery codes left": str(RecoveryCode.objects.filter(account=account, used_at=None).count()),
        "binding code handed out": "yes" if BindingCode.objects.filter(account=account).exists() else "no",
    }
