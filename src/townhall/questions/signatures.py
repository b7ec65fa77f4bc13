"""What exactly was signed, by whom, when, and from which device or sheet of paper."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from townhall.kernel import clock
from townhall.questions.models import Signature

PAPER = "paper"

if TYPE_CHECKING:
    from townhall.hours.seats import Actor
    from townhall.questions.models import Question, Version


def signed_content(question: Question, version: Version) -> str:
    """The signed thing as canonical JSON (RFC 8785; there are no fractions in it): equal things give equal bytes.

    What was kept is never made anew: bytes of before ``progress`` and ``measures`` had a place in them stay without,
    and stay what was signed.
    """
    signed: dict[str, Any] = {
        "answer": version.text,
        "commitments": version.commitments,
        "correction": version.correction,
        "measures": version.measures,
        "outcome": version.outcome,
        "progress": version.progress,
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
    if version.paper_confirmed_by_id and version.paper_signed_at:
        signed["signed_on_paper"] = version.paper_signed_at.isoformat()
    return json.dumps(signed, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def of(version: Version) -> Signature | None:
    """Who signed this version and how: the one place where whatever shows a signer looks; nothing while unsigned."""
    return getattr(version, "signature", None)


def keep(actor: Actor, question: Question, version: Version) -> None:
    """Keep what was signed on a screen beside the version; inside the unit of work that signs."""
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


def keep_paper(signer: Actor, question: Question, version: Version) -> None:
    """The same for what was signed on paper, once a second person has confirmed it.

    Device and proof stay empty: there was a pen. In their place stand the time on the sheet, and who entered and who
    compared it.
    """
    Signature.objects.create(
        version=version,
        signer_id=signer.id,
        content=signed_content(question, version),
        via=PAPER,
        at=version.signed_at or clock.now(),
        on_paper_at=version.paper_signed_at,
        entered_by_id=version.paper_entered_by_id,
        entered_at=version.paper_entered_at,
        confirmed_by_id=version.paper_confirmed_by_id,
    )
