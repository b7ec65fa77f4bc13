"""What a link opens, and how satisfied askers are with each unit: never a rate of fewer than five."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q
from django.db.models.functions import Coalesce

from townhall.commitments import published as commitments
from townhall.commitments.models import Commitment
from townhall.questions import published as questions
from townhall.questions.choices import DissatisfactionReason, Satisfaction, Status
from townhall.questions.citizen_actions import is_settled
from townhall.questions.models import Question, Rating
from townhall.voice import links
from townhall.voice.choices import LEAST_CASES, Purpose
from townhall.voice.models import PromiseRating

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

# 基本满意 and better count as satisfied, as the national rules for rating public services count them.
SATISFIED = frozenset({3, 4, 5})


def opened(token: str) -> dict[str, Any] | None:
    """What a link asks about, for its holder; ``None`` for a forged one."""
    ask = links.find(token)
    if ask is None:
        return None
    question = ask.question
    promise = None
    rating: Rating | PromiseRating | None
    if ask.purpose == Purpose.PROMISE:
        row = Commitment.objects.select_related("unit").filter(id=ask.commitment_id).first()
        promise = commitments.as_public(row) if row else None
        rating = PromiseRating.objects.filter(ask=ask).first()
    else:
        rating = Rating.objects.filter(asker=ask.asker).first()
    covered = bool(question.withheld)
    answer = questions.answers_of([question]).get(question.id, [])
    return {
        "purpose": ask.purpose,
        "number": question.number,
        "issue_no": question.hour.issue_no,
        "question": question.id,
        "public": not question.reply_privately,
        "title": "" if covered else question.title,
        "answer": "" if covered or not answer else answer[-1].text,
        "promise": None if promise is None else {**promise, "text": "" if covered else promise["text"]},
        "level": rating.level if rating else None,
        "reason": rating.reason if rating else "",
        "settled": rating is not None and is_settled(rating.at),
        "not_done": ask.not_done_at is not None,
    }


def rates(
    *, unit_ids: Iterable[int] | None = None, hour_id: int | None = None, since: date | None = None,
    until: date | None = None,
) -> dict[int, dict[str, Any]]:  # fmt: skip
    """How satisfied askers are, by unit: with its answers, and with the promises it owed, told apart.

    Each has ``cases`` (answered), ``rated`` and, from five ratings on, ``share`` (satisfied, 0 to 100) and
    ``levels``; below that both are ``None``: so few people are not a rate. A constant number of queries.

    :param since: first day of publication that counts
    :param until: last day that counts
    """
    answered = Q(status=Status.PUBLISHED, hour__rehearsal=False, unit__isnull=False)
    if unit_ids is not None:
        answered &= Q(unit_id__in=list(unit_ids))
    if hour_id is not None:
        answered &= Q(hour_id=hour_id)
    if since is not None:
        answered &= Q(published_at__date__gte=since)
    if until is not None:
        answered &= Q(published_at__date__lte=until)
    base = Question.objects.filter(answered)
    cases = dict(base.values_list("unit_id").annotate(n=Count("id")))
    target = Coalesce("asker__question__merged_into", "asker__question")
    rated = Rating.objects.annotate(target=target).filter(target__in=base.values("id"))
    if hour_id is not None:  # nothing is merged into another hour's question
        rated = rated.filter(asker__hour_id=hour_id)
    units = dict(base.values_list("id", "unit_id"))
    by_answer: dict[int, dict[int, int]] = defaultdict(lambda: dict.fromkeys(Satisfaction.values, 0))
    for question_id, level in rated.values_list("target", "level"):
        by_answer[units[question_id] or 0][level] += 1
    promised = PromiseRating.objects.filter(ask__question__in=base.values("id"))
    # A promise is spoken of with the unit that owes it, whoever answered; so do the statistics.
    owing = Commitment.objects.filter(question_id__in=base.values("id")).values_list("id", "unit_id")
    units_of_promises = dict(owing)
    by_promise: dict[int, dict[int, int]] = defaultdict(lambda: dict.fromkeys(Satisfaction.values, 0))
    for commitment_id, level in promised.values_list("ask__commitment_id", "level"):
        by_promise[units_of_promises[commitment_id]][level] += 1
    return {
        unit_id: {
            "cases": cases.get(unit_id, 0),
            "answers": _rate(by_answer[unit_id]),
            "promises": _rate(by_promise[unit_id]),
        }
        for unit_id in sorted({one for one in cases if one is not None} | by_promise.keys())
    }


def said_between(begins: datetime, ends: datetime) -> dict[str, dict[str, Any]]:
    """How satisfied those are who rated an answer or a promise within this time; of rehearsals none."""
    answers = Rating.objects.filter(asker__hour__rehearsal=False)
    promises = PromiseRating.objects.filter(ask__question__hour__rehearsal=False)
    found = {}
    for name, rows in (("answers", answers), ("promises", promises)):
        counted = (
            rows.filter(at__gte=begins, at__lt=ends).order_by().values_list("level").annotate(n=Count("id"))
        )
        found[name] = _rate(dict.fromkeys(Satisfaction.values, 0) | dict(counted))
    return found


def _rate(levels: dict[int, int]) -> dict[str, Any]:
    rated = sum(levels.values())
    enough = rated >= LEAST_CASES
    share = round(100 * sum(levels[level] for level in SATISFIED) / rated) if enough else None
    return {"rated": rated, "share": share, "levels": dict(levels) if enough else None, "least": LEAST_CASES}


LEVELS = Satisfaction.choices
REASONS = DissatisfactionReason.choices
