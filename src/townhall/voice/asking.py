"""Making the links: one for each asker and answer, one more when a promise was closed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q, QuerySet

from townhall.commitments.models import Commitment
from townhall.hours.choices import Stage
from townhall.hours.models import OfficeHour
from townhall.journal.write import record
from townhall.kernel import clock
from townhall.questions.choices import Status
from townhall.questions.contacts import askers_of
from townhall.questions.models import Asker, Question, Rating
from townhall.voice import links
from townhall.voice.choices import CallState, Purpose, Why
from townhall.voice.models import Ask, ReturnCall

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

# Tells an asker: (sealed mobile, template, parameters, key that never sends twice). `config` fills the slot.
TELL: list[Callable[[str, str, Mapping[str, str], str], None]] = []
# Leftovers are answered for a few weeks after an hour was archived at most; promises are closed for years.
ANSWERS_FOR = timedelta(days=30)
DISSATISFIED = 2


def hours_to_ask_about() -> list[OfficeHour]:
    """During the hour its askers sit before it; they are asked once it is over."""
    lately = Q(stage=Stage.ARCHIVED, archived_at__gt=clock.now() - ANSWERS_FOR)
    return list(OfficeHour.objects.filter(Q(stage=Stage.WRAPPING) | lately, rehearsal=False))


def about_answers(hours: Iterable[OfficeHour]) -> int:
    """Ask about every answer of these hours that was not asked about yet. Inside a unit of work."""
    answered = Question.objects.filter(hour__in=list(hours), status=Status.PUBLISHED, withheld__isnull=True)
    fresh = {row.id: row for row in answered.exclude(Exists(_asks(Purpose.ANSWER))).select_related("hour")}
    people = askers_of(fresh)
    return sum(
        _ask(question, asker, Purpose.ANSWER) for question in fresh.values() for asker in people[question.id]
    )


def _asks(purpose: Purpose) -> QuerySet[Ask]:
    return Ask.objects.filter(question=OuterRef("id"), purpose=purpose)


def about_promises() -> int:
    """Ask about every promise that was closed since somebody was last asked. Inside a unit of work."""
    asked = Ask.objects.filter(purpose=Purpose.PROMISE, commitment_id=OuterRef("id"), not_done_at=None)
    closed = list(Commitment.objects.filter(Q(state="closed"), ~Exists(asked)))
    questions = Question.objects.filter(
        id__in={one.question_id for one in closed}, status=Status.PUBLISHED, withheld__isnull=True,
        hour__rehearsal=False,
    ).select_related("hour")  # fmt: skip
    known = {row.id: row for row in questions}
    people = askers_of(known)
    made = 0
    for one in closed:
        for asker in people.get(one.question_id, []):
            made += _ask(known[one.question_id], asker, Purpose.PROMISE, one.id)
    return made


def _ask(question: Question, asker: Asker, purpose: Purpose, commitment_id: int = 0) -> bool:
    before = Ask.objects.filter(
        asker=asker, question=question, purpose=purpose, commitment_id=commitment_id
    ).count()
    ask = Ask.objects.create(
        asker=asker, question=question, purpose=purpose, commitment_id=commitment_id, round=before + 1,
        made_at=clock.now(),
    )  # fmt: skip
    record(
        question.hour_id, "voice.asked", subject="question", subject_id=question.id, purpose=purpose.value,
        commitment=commitment_id or None,
    )  # fmt: skip
    if asker.contact is not None and asker.contact.mobile_sealed:
        template = "answered" if purpose == Purpose.ANSWER else "closed"
        filled = {
            "issue": str(question.hour.issue_no or ""), "number": str(question.number), "url": links.link_of(ask),
        }  # fmt: skip
        for send in TELL:
            send(asker.contact.mobile_sealed, template, filled, f"voice-{ask.id}")
    return True


def calls_for_ratings() -> int:
    """Whoever was dissatisfied is put on the list to be called, once for each time they said so."""
    answered = ReturnCall.objects.filter(
        asker=OuterRef("asker"), commitment_id=0, opened_at__gte=OuterRef("at")
    )
    rows = Rating.objects.filter(~Exists(answered), level__lte=DISSATISFIED, asker__hour__rehearsal=False)
    made = 0
    for row in rows.select_related("asker__question__merged_into"):
        question = row.asker.question.merged_into or row.asker.question
        made += open_call(question, row.asker, Why.DISSATISFIED)
    return made


def open_call(
    question: Question, asker: Asker, why: Why, *, commitment_id: int = 0, actor: int | None = None
) -> bool:
    """Put somebody on the list unless they stand there already. Inside a unit of work."""
    waiting = ReturnCall.objects.filter(
        asker=asker, question=question, commitment_id=commitment_id, state=CallState.WAITING
    )
    if waiting.exists():
        waiting.update(opened_at=clock.now())
        return False
    call = ReturnCall.objects.create(
        hour_id=question.hour_id, question=question, asker=asker, commitment_id=commitment_id, why=why,
        opened_at=clock.now(), opened_by_id=actor,
    )  # fmt: skip
    record(
        question.hour_id, "voice.call_opened", actor=actor, subject="return_call", subject_id=call.id,
        question=question.id, why=why.value, commitment=commitment_id or None,
    )  # fmt: skip
    return True
