"""A threat is kept as it was made: words and connection sealed for one seat, each look with its reason, to a day."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.journal.write import record
from townhall.kernel import clock
from townhall.kernel.errors import FORBIDDEN, InvalidFields, Refused, missing
from townhall.kernel.secrets import decrypt, encrypt
from townhall.kernel.unit_of_work import leave_no_trace, unit_of_work
from townhall.questions import connections, queries
from townhall.questions.choices import ThreatLook
from townhall.questions.kept_threats import SEATS
from townhall.questions.models import Asker, KeptThreat

if TYPE_CHECKING:
    from townhall.hours.seats import Actor
    from townhall.questions.models import Question

# Half a year, as network logs are kept (《网络安全法》§21): long enough to be asked for it. A hold keeps it longer.
KEPT = timedelta(days=180)


def keep(actor: Actor, question: Question) -> None:
    """Seal the words as they were asked and what is known of the connection; to be called in the unit of work.

    A threat that is kept already stays as it was kept first.
    """
    if KeptThreat.objects.filter(question=question).exists():
        return
    asker = Asker.objects.filter(question=question.part_of_id or question.id).first()
    made = {
        "asked_at": clock.local(question.asked_at).isoformat(timespec="seconds"),
        "channel": question.channel,
        "display_name": question.display_name,
        "title": question.original_title or question.title,
        "text": question.original_text or question.text,
        **connections.opened(asker),
    }
    KeptThreat.objects.create(
        question=question, sealed=encrypt(json.dumps(made, ensure_ascii=False)), by_id=actor.id, at=clock.now(),
        until=clock.now() + KEPT,
    )  # fmt: skip
    record(
        question.hour_id, "threat.kept", actor=actor.account_id, subject="question", subject_id=question.id,
        days=KEPT.days, connection=bool(made["address"]),
    )  # fmt: skip


def look(actor: Actor, question_id: int, reason: str) -> dict[str, Any]:
    """Open what was kept of a threat; the look is journalled with its reason.

    :param reason: a code of :class:`~townhall.questions.choices.ThreatLook`
    :raises Refused: 404 when nothing is kept, 403 without the seat or a proof of the person
    :raises InvalidFields: without a reason
    """
    question = queries.get(actor, question_id)
    if not actor.holds(SEATS):
        raise Refused(FORBIDDEN, "seat", _("留存的威胁内容只有区府办可以查看。"))
    if refused := actor.personal_refusal():
        raise Refused(refused.status, refused.code, refused.message)
    if reason not in ThreatLook.values:
        raise InvalidFields({"reason": _("请选择查看的原因。")})
    row = KeptThreat.objects.filter(question=question).first()
    if row is None:
        raise missing(_("这个提问没有留存威胁内容。"))
    with unit_of_work():
        record(
            question.hour_id, "threat.seen", actor=actor.account_id, subject="question", subject_id=question.id,
            reason=reason,
        )  # fmt: skip
    made: dict[str, Any] = json.loads(decrypt(row.sealed))
    return made | {"until": row.until}


def forget_connections() -> int:
    """Empty from where questions were asked, once that has been kept long enough; of how many."""
    over = clock.now() - connections.KEPT
    old = Asker.objects.exclude(connection_sealed="").filter(question__asked_at__lte=over)
    if not old.exists():
        return 0
    with unit_of_work():
        leave_no_trace()
        return Asker.objects.filter(id__in=old.values("id")).update(connection_sealed="")
