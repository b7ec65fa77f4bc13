"""What anybody may see of promises: as they stand, and what became of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from townhall.commitments import clocks, parties
from townhall.commitments.choices import SHOWN, STANDING, EndReason, ExtensionReason, Handling, State
from townhall.commitments.models import Commitment, Proof, Step
from townhall.hours.choices import Role
from townhall.hours.published import worded
from townhall.kernel import clock, masks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from townhall.documents.models import Upload

__all__ = ["SHOWN", "STANDING", "Handling", "State", "as_public", "of_questions", "picture", "timeline"]


def as_public(commitment: Commitment) -> dict[str, Any]:
    """One promise as pages and programs show it; its units fetched before."""
    unit, today = commitment.unit, clock.today()
    kept = clocks.kept(commitment)
    late = clocks.is_late(commitment, today)
    return {
        "id": commitment.id,
        "question": commitment.question_id,
        "text": commitment.text,
        "unit": worded(unit, "name"),
        "unit_id": unit.id,
        "assisting": [worded(one, "name") for one in parties.assisting(commitment)],
        "handling": commitment.handling or None,
        "handling_label": str(Handling(commitment.handling).label) if commitment.handling else "",
        "due": commitment.due.isoformat(),
        "first_due": commitment.first_due.isoformat(),
        "prescribed": commitment.prescribed.isoformat() if commitment.prescribed else None,
        "extensions": commitment.extensions,
        "state": commitment.state,
        "state_label": str(State(commitment.state).label),
        "late": late,
        "days_late": clocks.days_over(commitment, today) if late else 0,
        "kept": kept.value if kept else None,
        "kept_label": str(kept.label) if kept else "",
        "end_reason": str(EndReason(commitment.end_reason).label) if commitment.end_reason else "",
        "words_stand": commitment.words_stand,
        "url": f"{settings.BASE_URL}/promises/{commitment.id}/",
    }


def of_questions(question_ids: Iterable[int]) -> dict[int, list[dict[str, Any]]]:
    """The promises of several questions that hold or held to their end, in a constant number of queries."""
    found: dict[int, list[dict[str, Any]]] = {}
    rows = Commitment.objects.filter(question_id__in=list(question_ids), state__in=SHOWN)
    for row in parties.with_assisting(rows.select_related("unit")):
        found.setdefault(row.question_id, []).append(as_public(row))
    return found


# -- the timeline -----------------------------------------------------------------------------------------


def _heading(step: Step) -> str:
    words = {
        "made": _("作出承诺"), "progress": _("办理进展"), "ask_extension": pgettext("happened", "申请延期"),
        "approve_extension": pgettext("happened", "批准延期"), "refuse_extension": _("未同意延期，期限不变"),
        "report": _("报结，等待核查"),
        "sign_end": pgettext("happened", "终止办理"), "verify": pgettext("happened", "核查通过"),
        "rework": pgettext("happened", "退回重办"), "close": pgettext("happened", "办结"),
        "site_check": _("现场核查"), "reopen": _("重新办理"), "dispute": _("提问人反映没有办好，重新核查"),
        "amended": _("答复已更正：协办单位或办理方式有变"),
        "replaced": _("答复已更正，这项承诺由新的承诺代替"),
    }  # fmt: skip
    return words.get(step.verb, "")


_LEADERS = {"approve_extension", "refuse_extension", "sign_end"}
_INSPECTOR = {"verify", "rework", "close", "site_check", "reopen"}


def _who(step: Step) -> str:
    """A leader decides by name, the inspector's office as an office, a unit as a unit; an asker has no name here."""
    if step.verb in _LEADERS and step.by:
        name = worded(step.by, "name")
        return f"{step.by.position}{name}" if name == step.by.name else name
    if step.verb in _INSPECTOR:
        return str(Role.INSPECTOR.label)
    return worded(step.unit, "name") if step.unit else ""


def _reason(step: Step) -> str:
    if step.verb in {"ask_extension", "approve_extension"}:
        return str(ExtensionReason(step.code).label)
    if step.verb == "sign_end":
        return str(EndReason(step.code).label)
    return str(Handling(step.code).label) if step.code in Handling.values else ""


# What readers of a unit's news are told of its promises: made, moved and how it ended, not each step between.
TURNS = ("made", "approve_extension", "close", "sign_end", "reopen", "dispute")


def timeline(commitment_id: int) -> list[dict[str, Any]]:
    """What anybody may know of what happened to a promise, oldest first; the caller has made sure it is public."""
    rows = Step.objects.filter(commitment_id=commitment_id, public=True).exclude(verb="cover_picture")
    return [_told(row) for row in rows.select_related("by", "unit").prefetch_related("proofs")]


def turns(rows: QuerySet[Commitment], limit: int) -> list[tuple[Commitment, dict[str, Any]]]:
    """The newest turns of these promises, each as on its timeline; the caller has made sure they are public."""
    steps = Step.objects.filter(commitment__in=rows, public=True, verb__in=TURNS).order_by("-id")
    steps = steps.select_related("by", "unit", "commitment__unit").prefetch_related("proofs")
    return [(step.commitment, _told(step)) for step in steps[:limit]]


def _told(row: Step) -> dict[str, Any]:
    return {
        "id": row.id,
        "verb": row.verb,
        "heading": _heading(row),
        "who": _who(row),
        "at": clock.local(row.at).isoformat(),
        "on": (row.on or clock.local(row.at).date()).isoformat(),
        "text": masks.mask(row.text),
        "reason": _reason(row),
        "handling": str(Handling(row.code).label) if row.code in Handling.values else "",
        "was": row.was.isoformat() if row.was else None,
        "due": row.due.isoformat() if row.due else None,
        "pictures": [
            {
                "id": proof.id,
                "caption": masks.mask(proof.caption),
                "url": f"/promises/{row.commitment_id}/pictures/{proof.id}",
            }
            for proof in row.proofs.all()
            if proof.picture and proof.covered_at is None
        ],
    }


def picture(commitment_id: int, proof_id: int) -> Upload | None:
    """A picture on a public promise's timeline, or ``None``; the caller has made sure that the promise is public."""
    rows = Proof.objects.filter(
        id=proof_id, step__commitment_id=commitment_id, step__public=True, picture=True, covered_at=None
    )
    found = rows.select_related("upload").first()
    return found.upload if found else None
