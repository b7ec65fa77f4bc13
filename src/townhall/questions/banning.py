"""Keeping somebody from asking and commenting online for a while: with a reason, an end, and a way that stays open.

A ban hangs on the keyed hash of a mobile, so that deleting one's data does not end it. Whoever is banned is still heard
at the counter and on the telephone: what a clerk types in is never refused for it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.journal.write import record
from townhall.kernel import clock, text
from townhall.kernel.errors import CONFLICT, FORBIDDEN, InvalidFields, Refused
from townhall.kernel.text import whole_number
from townhall.kernel.unit_of_work import unit_of_work
from townhall.questions import queries, threats
from townhall.questions.bans import SEATS
from townhall.questions.choices import BanReason
from townhall.questions.models import Asker, Ban

if TYPE_CHECKING:
    from collections.abc import Mapping

    from townhall.hours.seats import Actor

# Longer than half a year is a matter for a court, not for an office.
MOST_DAYS = 180
LONGEST_NOTE = 300


def _index_of(actor: Actor, question_id: int) -> str:
    question = queries.get(actor, question_id)
    if not actor.holds(SEATS):
        raise Refused(FORBIDDEN, "seat", _("只有区府办可以限制或解除限制。"))
    asker = Asker.objects.select_related("contact").filter(question=question).first()
    if asker is None or asker.contact is None:
        raise Refused(CONFLICT, "nobody", _("提问人没有验证手机，无法限制。可以暂停提问，或改为须验证手机。"))
    return asker.contact.mobile_index


def ban(actor: Actor, question_id: int, data: Mapping[str, Any]) -> Ban:
    """Keep the asker of this question from asking and commenting online until a day.

    :param data: ``reason`` (a code), ``days`` (1 to 180), ``note`` (internal)
    :raises InvalidFields: naming every field to mend
    :raises Refused: 403 without the seat, 409 when the asker is nobody in particular
    """
    index = _index_of(actor, question_id)
    reason, errors = str(data.get("reason") or ""), {}
    days = whole_number(data.get("days", ""))
    try:
        note = text.clean(str(data.get("note") or "")).strip()
    except ValueError:
        note = ""
    if reason not in BanReason.values:
        errors["reason"] = _("请选择原因。")
    if days is None or not 0 < days <= MOST_DAYS:
        errors["days"] = _("请填写 1 到 %(most)s 天。") % {"most": MOST_DAYS}
    if not 0 < len(note) <= LONGEST_NOTE:
        errors["note"] = _("请写明依据（哪几件、什么话），不超过 %(most)s 个字。") % {"most": LONGEST_NOTE}
    if errors:
        raise InvalidFields(errors)
    with unit_of_work():
        row = Ban.objects.create(
            mobile_index=index, reason=reason, note=note, question_id=question_id, by_id=actor.id, at=clock.now(),
            until=clock.now() + timedelta(days=days or 0),
        )  # fmt: skip
        if reason == BanReason.THREAT:
            threats.keep(actor, row.question)
        record(
            actor.hour_id, "person.banned", actor=actor.account_id, subject="question", subject_id=question_id,
            reason=reason, days=days,
        )  # fmt: skip
    return row


def lift(actor: Actor, question_id: int) -> int:
    """Let the asker of this question ask and comment again; how many bans that ended.

    :raises Refused: 403 without the seat, 409 when nothing is to be lifted
    """
    index = _index_of(actor, question_id)
    with unit_of_work():
        rows = Ban.objects.filter(mobile_index=index, until__gt=clock.now(), lifted_at=None)
        done = rows.update(lifted_at=clock.now(), lifted_by_id=actor.id)
        if not done:
            raise Refused(CONFLICT, "state", _("现在没有限制。"))
        record(
            actor.hour_id,
            "person.unbanned",
            actor=actor.account_id,
            subject="question",
            subject_id=question_id,
        )
    return done


def forget_ended() -> int:
    """Delete bans that ended more than a year ago: nothing refers to them any more; returns how many."""
    old = Ban.objects.filter(until__lte=clock.now() - timedelta(days=365))
    if not old.exists():
        return 0
    with unit_of_work():
        return old.delete()[0]
