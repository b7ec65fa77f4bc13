"""Signature and templates: filed with a provider, approved, and so ready long before they are needed.

Carriers take days to file a signature and two more to review a template: readiness is looked at when the hour is
planned, not three days before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.outreach.choices import FILING_PROVIDERS, Purpose
from townhall.outreach.models import Filing

if TYPE_CHECKING:
    from datetime import date

NEEDED = (Purpose.SIGNATURE.value, Purpose.BROADCAST.value)


def approved(provider: str) -> dict[str, Filing]:
    """What is approved with this provider, by purpose."""
    rows = Filing.objects.filter(provider=provider, approved_on__isnull=False)
    return {row.purpose: row for row in rows}


def ready_on(provider: str) -> date | None:
    """The day from which mass messages could leave; ``None`` while something is missing."""
    found = approved(provider)
    days = [found[purpose].approved_on for purpose in NEEDED if purpose in found]
    return max(day for day in days if day) if len(days) == len(NEEDED) else None


def missing_for(provider: str, *, subscribers: bool = False) -> Any:
    """Which filing still stands against sending by this provider, as a sentence; ``None`` when none does."""
    if provider not in FILING_PROVIDERS:
        return None
    found = approved(provider)
    needed = [*NEEDED, Purpose.REMINDER.value] if subscribers else NEEDED
    lacking = [str(Purpose(purpose).label) for purpose in needed if purpose not in found]
    if not lacking:
        return None
    return _("还没有报备通过：%(what)s。请先在“信息发送”页登记。") % {"what": "、".join(lacking)}
