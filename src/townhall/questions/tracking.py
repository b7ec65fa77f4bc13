"""What became of *my* question: what the receipt opens."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.db.models import Prefetch

from townhall.commitments import published as commitments
from townhall.hours.published import worded
from townhall.journal import read
from townhall.kernel import clock
from townhall.kernel.secrets import keyed_hash, make_receipt, receipt_digits
from townhall.people import identity
from townhall.questions import citizen_actions, flow, published, visibility
from townhall.questions.choices import Satisfaction, Status
from townhall.questions.guards import current_decline
from townhall.questions.inputs import decline_values
from townhall.questions.models import Asker, Comment, Question, Version
from townhall.questions.phrases import CARE_TEXT, DECLINE_REASONS, decline_text, public_status

if TYPE_CHECKING:
    from collections.abc import Iterable

# Which status an entry of the journal brought the question to.
_QUESTION_PAGE = re.compile(r"/questions/(\d{1,18})(?:/|\Z)")
_REACHED = {
    "question.accepted": "accepted",
    "question.split": "accepted",
    "question.reopened": "accepted",
    "question.returned": "accepted",
    "question.assigned": "assigned",
    "question.designated": "assigned",
    "question.sent_back": "assigned",
    "question.submitted": "submitted",
    "question.signed": "published",
    "question.declined": "declined",
    "question.merged": "merged",
    "question.withdrawn": "withdrawn",
    "question.supplemented": "received",
}


def _history(question: Question) -> list[dict[str, str]]:
    steps = [("received", question.asked_at)]
    for entry in read.about("question", question.id):
        reached = _REACHED.get(entry.kind)
        if entry.kind == "question.drafted" and steps[-1][0] == "submitted":
            reached = "assigned"  # a submitted draft was taken back
        if reached and (reached, entry.kind) != (steps[-1][0], "question.accepted"):
            steps.append((reached, entry.at))
    return [
        {
            "at": clock.local(at).isoformat(timespec="seconds"),
            "status": status,
            "status_text": public_status(
                status, unit=worded(question.unit, "name") if question.unit else "",
                number=question.merged_into.number if question.merged_into else "",
            ),
        }
        for status, at in steps
    ]  # fmt: skip


def _declined(question: Question) -> dict[str, Any] | None:
    decline = current_decline(question) if question.status == Status.DECLINED else None
    if decline is None or (decline.needs_confirmation and decline.confirmed_at is None):
        return None
    reason = DECLINE_REASONS[decline.code]
    values = decline_values(question)
    earlier = _QUESTION_PAGE.search(values.get("link", ""))
    return {
        "code": decline.code,
        "text": decline_text(decline.code, values),
        "remedy": str(reason.remedy),
        "remedy_code": reason.remedy_code,
        # the question whose answer it points to: what may be followed up
        "follow": int(earlier[1]) if earlier else None,
        "at": published._when(decline.at),  # noqa: SLF001 - one way to write times
    }


def _states(questions: list[Question]) -> list[dict[str, Any]]:
    """State, answer or refusal of one's questions; the number of queries does not grow with them."""
    targets = [question.merged_into or question for question in questions]
    answers = published.answers_of(targets)
    promises = commitments.of_questions(answers) if answers else {}
    return [
        _state(question, target, answers.get(target.id, []), promises.get(target.id, []))
        for question, target in zip(questions, targets, strict=True)
    ]


def _state(
    question: Question, target: Question, versions: list[Version], promised: list[dict[str, Any]]
) -> dict[str, Any]:
    """To its asker, private replies included.

    :param target: whose answer is this question's: its own, or that of the one it was merged into
    """
    shown = not target.withheld
    answer = published._answer(target, versions, shown=shown)  # noqa: SLF001 - the same words as in public
    promises = promised if answer else []
    root = question.merged_into
    return {
        "id": question.id,
        "number": question.number,
        "title": question.title if not question.withheld else "",
        "text": question.text if not question.withheld else "",
        "status": question.status,
        "status_text": public_status(
            question.status, unit=worded(question.unit, "name") if question.unit else "",
            number=root.number if root else "",
        ),
        "outcome": target.outcome if question.merged_into else question.outcome,
        "withheld": question.withheld,
        "answer": answer,
        "declined": _declined(question),
        "merged_into": {
            "id": root.id, "number": root.number, "status": root.status,
            "public": visibility.is_public(root, root.hour),
        } if root else None,
        "commitments": [{**one, "text": one["text"] if shown else ""} for one in promises],
    }  # fmt: skip


def _full(asker: Asker) -> dict[str, Any]:
    rows = Question.objects.select_related("hour", "unit", "merged_into__hour", "merged_into__unit")
    rows = rows.prefetch_related("assisting", "declines", "merged_into__assisting")
    question = rows.prefetch_related(Prefetch("parts", rows.order_by("number"))).get(id=asker.question_id)
    own_state, *part_states = _states([question, *question.parts.all()])
    appeal = getattr(question, "appeal", None)
    rating = getattr(asker, "rating", None)
    return {
        **own_state,
        "hour": question.hour.slug,
        "display_name": question.display_name,
        "asked_at": published._when(question.asked_at),  # noqa: SLF001 - one way to write times
        "public": visibility.is_public(question, question.hour),
        "history": _history(question),
        "parts": part_states,
        "appeal": None if appeal is None else {
            "text": appeal.text, "upheld": appeal.upheld, "closed": appeal.closed_at is not None,
        },
        "rating": None if rating is None else {
            "level": rating.level, "reason": rating.reason, "label": str(Satisfaction(rating.level).label),
        },
        "care": str(CARE_TEXT) if question.urgent else "",
        "can": {verb: _why_not(verb, question) for verb in flow.CITIZEN_MOVES},
    }  # fmt: skip


def _why_not(verb: str, question: Question) -> str | None:
    return citizen_actions.citizen_refusal(verb, question)


def track(receipt: str) -> dict[str, Any] | None:
    """Everything the asker may know; ``None`` for an unknown or malformed receipt."""
    asker = citizen_actions.find_asker(receipt)
    return None if asker is None else _full(asker)


def own(question_ids: Iterable[int]) -> list[dict[str, Any]]:
    """The short state of one's own questions, for the hour's page (ids from a signed cookie)."""
    rows = (
        Question.objects.filter(id__in=list(question_ids))
        .select_related("hour", "unit", "merged_into__hour", "merged_into__unit")
        .prefetch_related("assisting", "declines", "merged_into__assisting")
        .order_by("-id")
    )
    found = list(rows)
    return [
        {**state, "hour": question.hour.slug} for question, state in zip(found, _states(found), strict=True)
    ]


def own_comments(comment_ids: Iterable[int]) -> list[dict[str, Any]]:
    """One's own comments that still wait for screening or were shown."""
    rows = Comment.objects.filter(id__in=list(comment_ids)).filter(state__in=["received", "shown"])
    return [{**published.comment_as_public(row), "state": row.state} for row in rows]


def lost_receipt(slug: str, number: int, verification: str) -> str | None:
    """The receipt again, for number and verified mobile; ``None`` when they do not belong together."""
    person = identity.person_of(verification)
    if person is None:
        return None
    asker = Asker.objects.filter(contact=person, question__hour__slug=slug, question__number=number).first()
    return make_receipt(asker.receipt_nonce) if asker else None


def receipt_digest(receipt: str) -> str:
    """What is stored of a receipt, for limits on guessing."""
    return keyed_hash("receipt", receipt_digits(receipt))
