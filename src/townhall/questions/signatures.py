"""What exactly was signed, by whom, when and from which device."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from townhall.kernel import clock
from townhall.questions.models import Signature

if TYPE_CHECKING:
    from townhall.hours.seats import Actor
    from townhall.questions.models import Question, Version


def signed_content(question: Question, version: Version) -> str:
    """The signed thing as canonical JSON (RFC 8785; there are no fractions in it): equal things give equal bytes."""
    signed = {
        "answer": version.text,
        "commitments": version.commitments,
        "correction": version.correction,
        "outcome": version.outcome,
        "question": question.id,
        "question_text": question.text,
        "question_title": question.title,
        "signed_as": version.signed_as,
        "signed_at": version.signed_at.isoformat() if version.signed_at else "",
        "signer": version.signed_by_id,
        "verdict": version.verdict,
        "verdict_reason": version.verdict_reason,
        "version": version.number,
    }
    return json.dumps(signed, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def keep(actor: Actor, question: Question, version: Version) -> None:
    """Keep what was signed beside the version; inside the unit of work that signs."""
    Signature.objects.create(
        version=version,
        signer_id=actor.id,
        content=signed_content(question, version),
        via=actor.via,
        device_id=actor.standing.device_id,
        means=actor.standing.means,
        proved_at=actor.standing.proved_at,
        at=version.signed_at or clock.now(),
    )
