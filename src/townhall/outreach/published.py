"""What anybody may see of reminders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings

from townhall.hours.published import worded
from townhall.kernel.secrets import decrypt, keyed_hash
from townhall.outreach.citizen_actions import SUBSCRIBING_STAGES
from townhall.outreach.models import Subscription
from townhall.outreach.sealing import mask_mail
from townhall.people.identity import mask_mobile

if TYPE_CHECKING:
    from townhall.hours.models import OfficeHour


def ways() -> list[str]:
    """How citizens can be reminded here."""
    return ["sms", "mail"] if settings.EMAIL_HOST else ["sms"]


def may_subscribe(hour: OfficeHour) -> bool:
    """Whether a reminder can be asked for now."""
    return hour.stage in SUBSCRIBING_STAGES


def subscription(token: str) -> dict[str, Any] | None:
    """What a stop link is about; the address only masked."""
    rows = Subscription.objects.select_related("hour").filter(stop_index=keyed_hash("stop", token))
    row = rows.first()
    if row is None:
        return None
    address = decrypt(row.address_sealed)
    return {
        "channel": row.channel,
        "address": mask_mobile(address) if row.channel == "sms" else mask_mail(address),
        "hour": row.hour.slug,
        "title": worded(row.hour, "title"),
        "agreed": row.consented_at is not None,
        "stopped": row.stopped_at is not None,
    }
