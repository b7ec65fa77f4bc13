"""What has left or waits to leave, for the demo's own page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from townhall.kernel.secrets import decrypt
from townhall.outreach import invitations, letters, settling
from townhall.outreach.choices import Channel
from townhall.outreach.models import Message
from townhall.outreach.sealing import unseal
from townhall.people.identity import mask_mobile
from townhall.people.models import Installation

if TYPE_CHECKING:
    from datetime import datetime


def outgoing(limit: int = 50) -> list[dict[str, str | datetime]] | None:
    """The newest outgoing messages in clear: in a demo only, ``None`` anywhere else."""
    if Installation.objects.values_list("kind", flat=True).first() != Installation.Kind.DEMO:
        return None
    # Said the other way round, so that the newest are found by their number and not sorted out of all of a channel.
    others = [channel for channel in Channel if channel != Channel.SMS]
    rows = Message.objects.exclude(channel__in=others).select_related("broadcast__hour")
    rows = rows.exclude(recipient_sealed="")  # deleted in time
    return [
        {
            "to": mask_mobile(decrypt(row.recipient_sealed)),
            "template": row.template,
            "text": _text(row),
            "at": row.queued_at,
            "state": row.get_state_display(),
        }
        for row in rows[:limit]
    ]


def _text(row: Message) -> str:
    """A code stands by itself; everything else as its reader gets it."""
    if row.broadcast is not None:
        return settling.text_for(row.broadcast, row)
    if row.template == settling.REMINDER:
        return settling.reminder_text(unseal(row))
    if letters.is_written(row.template):
        words = letters.write(row)
        return words.text if words else ""
    if row.template in invitations.TEXTS:
        return invitations.text_of(row.template, unseal(row))
    return str(unseal(row).get("code", ""))
