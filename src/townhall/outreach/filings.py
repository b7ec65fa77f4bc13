"""Signature and templates: filed with a provider, approved, and so ready long before they are needed.

Carriers take days to file a signature and two more to review a template: readiness is looked at when the hour is
planned, not three days before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext as _

from townhall.outreach.choices import FILING_PROVIDERS, Provider, Purpose
from townhall.outreach.models import Filing

if TYPE_CHECKING:
    from datetime import date

# Without these no mass message leaves; without the others nobody is verified from ten days before the hour on, and no
# subscriber is reminded. Who sends a whole text by agreement, another office or a gateway, knows no templates.
_MASS = (Purpose.SIGNATURE.value, Purpose.BROADCAST.value)
_WHOLE = (Purpose.SIGNATURE.value, Purpose.CODE.value, Purpose.BROADCAST.value, Purpose.REMINDER.value)


def provider() -> str:
    """With whom this installation files: who sends its messages, or the other office that gets its lists."""
    return str(Provider.EXPORT if settings.SMS_SENDER == Provider.CONSOLE else settings.SMS_SENDER)


def needed(provider: str) -> tuple[str, ...]:
    """What must be approved with this provider before an hour is prepared, by purpose."""
    return _WHOLE if provider in FILING_PROVIDERS else _MASS


def approved(provider: str) -> dict[str, Filing]:
    """What is approved with this provider, by purpose."""
    rows = Filing.objects.filter(provider=provider, approved_on__isnull=False)
    return {row.purpose: row for row in rows}


def ready_on(provider: str) -> date | None:
    """The day from which everything an hour needs could leave; ``None`` while something is missing."""
    found, wanted = approved(provider), needed(provider)
    days = [found[purpose].approved_on for purpose in wanted if purpose in found]
    return max(day for day in days if day) if len(days) == len(wanted) else None


def lacking(provider: str) -> list[str]:
    """What is still to be approved with this provider before an hour is prepared, in words."""
    found = approved(provider)
    return [str(Purpose(purpose).label) for purpose in needed(provider) if purpose not in found]


def missing_for(provider: str, *, subscribers: bool = False, everything: bool = False) -> Any:
    """Which filing still stands against sending by this provider, as a sentence; ``None`` when none does.

    :param subscribers: whether subscribers are written to, each with a link of their own
    :param everything: whether all that an hour needs is looked at, not one mass message
    """
    if provider not in FILING_PROVIDERS:
        return None
    found = approved(provider)
    wanted = needed(provider) if everything else (*_MASS, Purpose.REMINDER.value) if subscribers else _MASS
    missing = [str(Purpose(purpose).label) for purpose in wanted if purpose not in found]
    if not missing:
        return None
    return _("还没有报备通过：%(what)s。请先在“信息发送”页登记。") % {"what": "、".join(missing)}
