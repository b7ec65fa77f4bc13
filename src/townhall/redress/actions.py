"""What the coordinator's office does with a request."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext as _

from townhall.journal.models import DISTRICT_LINE
from townhall.journal.write import record
from townhall.keeping import retention
from townhall.kernel import clock
from townhall.kernel.errors import Refused, missing
from townhall.kernel.secrets import decrypt
from townhall.kernel.unit_of_work import one_at_a_time, unit_of_work
from townhall.people.models import Account
from townhall.preparation.inputs import Fields
from townhall.redress import erasing, flow
from townhall.redress.choices import ENDED, KEEP_DAYS, RefusalReason
from townhall.redress.citizen_actions import about
from townhall.redress.models import MOST_REPLY, Case

if TYPE_CHECKING:
    from collections.abc import Mapping

    from townhall.hours.seats import Actor

_KINDS = {
    "take_up": "redress.taken_up",
    "refer": "redress.referred",
    "close_corrected": "redress.closed",
    "close_removed": "redress.closed",
    "refuse": "redress.closed",
}


def perform(actor: Actor, verb: str, case_id: int, data: Mapping[str, Any]) -> Case:
    """Do ``verb`` to a case. Checked in this order: it exists (404), the office (403), fields (422), state (409)."""
    if verb not in _KINDS:
        raise missing(_("没有这项操作。"))
    with unit_of_work():
        one_at_a_time("redress")
        case = _found(case_id)
        _raise(flow.seat_refusal(actor, verb))
        cleaned = _clean(verb, data)
        _raise(flow.state_refusal(verb, case))
        facts = _apply(actor, verb, case, cleaned)
        case.save()
        record(
            DISTRICT_LINE, _KINDS[verb], actor=actor.account_id, subject="redress", subject_id=case.id,
            **about(case), **facts,
        )  # fmt: skip
    return case


def _found(case_id: int) -> Case:
    rows = Case.objects.select_related(
        "question__unit", "past", "clarification__unit", "comment", "paper__withholding"
    )
    case = rows.filter(id=case_id).first()
    if case is None:
        raise missing(_("没有这个申请。"))
    return case


def _clean(verb: str, data: Mapping[str, Any]) -> dict[str, str]:
    fields = Fields(data)
    found = {"reply": "", "reason_code": ""}
    if verb in {"close_corrected", "close_removed", "refuse"}:
        found["reply"] = fields.words("reply", MOST_REPLY, required=verb == "refuse", one_line=False)
    if verb == "refuse":
        found["reason_code"] = fields.choice("reason_code", RefusalReason.values)
    fields.done()
    return found


def _apply(actor: Actor, verb: str, case: Case, cleaned: dict[str, str]) -> dict[str, Any]:
    target = flow.MOVES[verb].target
    if verb == "refer":
        case.referred_at = clock.now()
        thing = case.question or case.clarification
        unit = thing.unit_id if thing else None
        people = Account.objects.filter(unit_id=unit or 0, is_active=True)
        return {"accounts": sorted(people.values_list("id", flat=True))}
    case.state = target or case.state
    if verb == "take_up":
        case.taken_by_id = actor.id
        return {}
    case.reply, case.reason_code = cleaned["reply"], cleaned["reason_code"]
    case.decided_by_id, case.closed_at = actor.id, clock.now()
    return {"outcome": case.state, "reason": case.reason_code, "late": clock.today() > case.due}


def look(actor: Actor, case_id: int) -> dict[str, str]:
    """Who asked, and how they can be reached; the look itself is journalled.

    :raises Refused: 404, 403 or 409 with the reason
    """
    with unit_of_work():
        case = _found(case_id)
        _raise(actor.personal_refusal())
        _raise(flow.refusal(actor, "look", case))
        record(
            DISTRICT_LINE, "redress.contact_seen", actor=actor.account_id, subject="redress", subject_id=case.id,
            **about(case),
        )  # fmt: skip
    return {
        "name": decrypt(case.name_sealed) if case.name_sealed else "",
        "contact": decrypt(case.contact_sealed) if case.contact_sealed else "",
    }


def erase_due() -> int:
    """Delete what is personal of cases that ended long enough ago; returns of how many.

    A case about a question on legal hold waits until that is lifted.
    """
    before = clock.now() - timedelta(days=KEEP_DAYS)
    due = Case.objects.filter(state__in=ENDED, closed_at__lt=before, erased_at=None)
    due = due.filter(Q(question=None) | ~Q(question__in=retention.held()))
    due = due.filter(Q(comment=None) | ~Q(comment__question__in=retention.held()))
    if not due.exists():
        return 0
    with unit_of_work():
        rows = list(due)
        for case in rows:
            erasing.erase(case)
            case.save()
        record(DISTRICT_LINE, "redress.data_erased", cases=len(rows))
    return len(rows)


def _raise(found: Any) -> None:
    if found is not None:
        raise Refused(found.status, found.code, found.message)
