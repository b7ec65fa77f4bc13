"""Forgetting addresses: at once for who stops, after a while for what is over or was never confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet

from townhall.following import slots
from townhall.following.choices import CONFIRM_LIFE, Kind
from townhall.following.models import ALIVE, Follow, Note
from townhall.journal.models import DISTRICT_LINE
from townhall.journal.write import record
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

    The row itself stays without them, so that a link in an old message still says that it was stopped. What a legal
    hold keeps is only stopped: its address stays, sealed, until the hold is lifted, and nothing is sent to it.

    :returns: those whose address is gone
    """
    now, done, rows = clock.now(), [], list(rows)
    kept = set(Follow.objects.filter(_kept(), id__in=[row.id for row in rows]).values_list("id", flat=True))
    _stop([row for row in rows if row.id in kept and row.stopped_at is None], now)
    for row in rows:
        if row.id in kept:
            continue
        address, index = decrypt(row.address_sealed), row.address_index
        Note.objects.filter(follow=row).delete()
        row.address_sealed = row.address_index = ""
        row.erased_at, row.stopped_at, row.held = now, now if stopped else row.stopped_at, False
        row.save(update_fields=["address_sealed", "address_index", "erased_at", "stopped_at", "held"])
        if not Follow.objects.filter(channel=row.channel, address_index=index).exists():
            for forget in slots.FORGET:
                forget(row.channel, index)
            if row.channel == "sms":
                identity.forget_person(address)
        done.append(row)
    if done:
        leave_no_trace()
    return done


def _stop(rows: list[Follow], now: datetime) -> None:
    """Send nothing more to these, which have to be kept with what was written to them."""
    for row in rows:
        Note.objects.filter(follow=row, gathered_at=None).delete()
        row.stopped_at, row.held = now, True
        row.save(update_fields=["stopped_at", "held"])
        same = Follow.objects.filter(ALIVE, channel=row.channel, address_index=row.address_index)
        if not same.exists():
            for hush in slots.HUSH:
                hush(row.channel, row.address_index)
    if rows:
        record(DISTRICT_LINE, "follow.kept", follows=len(rows))


def _kept() -> Q:
    """What a legal hold keeps: the mail box of a held question, and what the mobile behind one follows.

    An address that nobody confirmed may be somebody else's and is never kept.
    """
    held = [str(one) for one in retention.held().values_list("id", flat=True)]
    by_sms = Q(channel="sms", address_index__in=retention.held_numbers())
    return Q(agreed_at__isnull=False) & (by_sms | Q(kind=Kind.QUESTION, target__in=held))


def held_boxes() -> list[str]:
    """The keyed hashes of the mail boxes that a legal hold keeps: what was written to them is kept as well."""
    rows = Follow.objects.filter(_kept(), channel="mail", erased_at=None)
    return list(rows.values_list("address_index", flat=True))


def due(edge: datetime) -> list[Follow]:
    """What is to be forgotten now, but for what a legal hold keeps.

    That is what has been over since ``edge`` or longer, what was asked for and never confirmed, and what was stopped
    while a hold kept it.
    """
    here = Follow.objects.filter(erased_at=None).exclude(_kept())
    over = here.filter(ended_at__lte=edge)
    unproven = here.filter(agreed_at=None, asked_at__lte=clock.now() - CONFIRM_LIFE)
    stopped = here.filter(held=True)
    own = here.filter(kind=Kind.QUESTION)
    asked = {int(target) for target in own.values_list("target", flat=True)}
    needless = retention.askers_over(edge).filter(question__in=asked).values_list("question_id", flat=True)
    own = own.filter(target__in=[str(one) for one in needless])
    return [*{row.id: row for rows in (over, unproven, stopped, own) for row in rows[:BATCH]}.values()]


def own_data(index: str) -> dict[str, list[dict[str, Any]]]:
    """What this mobile follows, and the mail boxes in which its questions are told of."""
    rows = _of_person(index).order_by("id")
    return {
        "follows": [
            {"about": row.kind, "which": row.target, "stopped": row.stopped_at is not None} for row in rows
        ]
    }


def _of_person(index: str) -> QuerySet[Follow]:
    own = Asker.objects.filter(contact__mobile_index=index).values_list("question_id", flat=True)
    by_mail = Q(kind=Kind.QUESTION, target__in=[str(one) for one in own])
    return Follow.objects.filter(Q(channel="sms", address_index=index) | by_mail, erased_at=None)


def erase_own(index: str, asked_at: datetime) -> int:
    """Forget what this mobile followed by that moment, and the mail boxes of its questions; inside a unit of work.

    What a legal hold keeps is stopped instead and not counted.
    """
    return len(wipe(_of_person(index).filter(asked_at__lte=asked_at), stopped=True))
