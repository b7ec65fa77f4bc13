"""Forgetting addresses: at once for who stops, after a while for what is over or was never confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet

from townhall.following import slots
from townhall.following.choices import CONFIRM_LIFE, Kind
from townhall.following.models import Follow, Note
from townhall.keeping import retention
from townhall.kernel import clock
from townhall.kernel.secrets import decrypt
from townhall.kernel.unit_of_work import leave_no_trace
from townhall.people import identity
from townhall.questions.models import Asker

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

# So many fit between two beats of a live hour.
BATCH = 200


def wipe(rows: Iterable[Follow], *, stopped: bool = False) -> list[Follow]:
    """Delete the addresses of these follows wherever this room put them. Inside a unit of work.

    The row itself stays without them, so that a link in an old message still says that it was stopped.
    """
    now, done = clock.now(), []
    for row in rows:
        address, index = decrypt(row.address_sealed), row.address_index
        Note.objects.filter(follow=row).delete()
        row.address_sealed = row.address_index = ""
        row.erased_at, row.stopped_at = now, now if stopped else row.stopped_at
        row.save(update_fields=["address_sealed", "address_index", "erased_at", "stopped_at"])
        if not Follow.objects.filter(channel=row.channel, address_index=index).exists():
            for forget in slots.FORGET:
                forget(row.channel, index)
            if row.channel == "sms":
                identity.forget_person(address)
        done.append(row)
    if done:
        leave_no_trace()
    return done


def due(edge: datetime) -> list[Follow]:
    """What is to be forgotten now: over since ``edge`` or longer, or asked for and never confirmed."""
    over = Follow.objects.filter(erased_at=None, ended_at__lte=edge)
    unproven = Follow.objects.filter(erased_at=None, agreed_at=None, asked_at__lte=clock.now() - CONFIRM_LIFE)
    own = Follow.objects.filter(erased_at=None, kind=Kind.QUESTION)
    asked = {int(target) for target in own.values_list("target", flat=True)}
    needless = retention.askers_over(edge).filter(question__in=asked).values_list("question_id", flat=True)
    own = own.filter(target__in=[str(one) for one in needless])
    return [*{row.id: row for rows in (over, unproven, own) for row in rows[:BATCH]}.values()]


def own_data(index: str) -> dict[str, list[dict[str, Any]]]:
    """What this mobile follows, and the mail boxes in which its questions are told of."""
    rows = _of_person(index).order_by("id")
    return {"follows": [{"about": row.kind, "which": row.target} for row in rows]}


def _of_person(index: str) -> QuerySet[Follow]:
    own = Asker.objects.filter(contact__mobile_index=index).values_list("question_id", flat=True)
    by_mail = Q(kind=Kind.QUESTION, target__in=[str(one) for one in own])
    return Follow.objects.filter(Q(channel="sms", address_index=index) | by_mail, erased_at=None)


def erase_own(index: str) -> int:
    """Forget this mobile's follows, and the mail boxes of its questions; inside a unit of work."""
    return len(wipe(_of_person(index), stopped=True))
