"""Making the links: one for each asker and answer, one more when a promise was closed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from townhall.commitments.models import Commitment, Step
from townhall.hours.choices import Stage
from townhall.hours.models import OfficeHour
from townhall.journal.write import record
from townhall.kernel import clock
from townhall.questions.choices import Status
from townhall.questions.contacts import askers_of, is_reachable
from townhall.questions.models import Asker, Question, Rating
from townhall.voice import links
from townhall.voice.choices import CallState, Purpose, Why
from townhall.voice.models import Ask, ReturnCall

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

# Tells an asker: (who, template, parameters, key that never sends twice). `config` fills the slot.
TELL: list[Callable[[Asker, str, Mapping[str, str], str], None]] = []
# Leftovers are answered for a few weeks after an hour was archived at most; promises are closed for years.
ANSWERS_FOR = timedelta(days=30)
DISSATISFIED = 2
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def hours_to_ask_about() -> list[OfficeHour]:
    """During the hour its askers sit before it; they are asked once it is over."""
    lately = Q(stage=Stage.ARCHIVED, archived_at__gt=clock.now() - ANSWERS_FOR)
    return list(OfficeHour.objects.filter(Q(stage=Stage.WRAPPING) | lately, rehearsal=False))


def about_answers(hours: Iterable[OfficeHour]) -> int:
    """Ask whoever these hours' answers concern and was not asked yet. Inside a unit of work.

    Who is merged into an answered question later is asked then, and nobody twice.
    """
    answered = Question.objects.filter(hour__in=list(hours), status=Status.PUBLISHED, withheld__isnull=True)
    unasked = {row.id: row for row in answered.filter(_somebody_waits()).select_related("hour")}
    asked = set(
        Ask.objects.filter(question__in=list(unasked), purpose=Purpose.ANSWER).values_list(
            "question_id", "asker_id"
        )
    )
    return sum(
        _ask(unasked[question_id], asker, Purpose.ANSWER)
        for question_id, people in askers_of(unasked).items()
        for asker in people
        if (question_id, asker.id) not in asked
    )


def _somebody_waits() -> Q:
    """Answers about which nobody was asked, or that a question was merged into whose asker was not."""
    asks = Ask.objects.filter(purpose=Purpose.ANSWER)
    told = asks.filter(_holder(), question=OuterRef("merged_into"))
    merged = Question.objects.filter(~Exists(told), merged_into=OuterRef("id"))
    return ~Exists(asks.filter(question=OuterRef("id"))) | Q(Exists(merged))


def _holder() -> Q:
    """The asker of a question of the outer query; that of a part is the whole's."""
    return Q(asker__question=OuterRef("id")) | Q(asker__question=OuterRef("part_of"))


def about_promises(hours: Iterable[OfficeHour]) -> int:
    """Ask whoever a closed promise concerns, once for each time it was closed. Inside a unit of work.

    :param hours: those in which questions may still have been merged since
    """
    closed = list(Commitment.objects.filter(_unheard(hours), state="closed"))
    questions = Question.objects.filter(
        id__in={one.question_id for one in closed}, status=Status.PUBLISHED, withheld__isnull=True,
        hour__rehearsal=False,
    ).select_related("hour")  # fmt: skip
    known = {row.id: row for row in questions}
    people = askers_of(known)
    asks = Ask.objects.filter(commitment_id__in=[one.id for one in closed], not_done_at=None)
    asked: dict[tuple[int, int], datetime] = {}
    for commitment_id, asker_id, made_at in asks.order_by("made_at").values_list(
        "commitment_id", "asker_id", "made_at"
    ):
        asked[commitment_id, asker_id] = made_at
    return sum(
        _ask(known[one.question_id], asker, Purpose.PROMISE, one.id)
        for one in closed
        for asker in people.get(one.question_id, [])
        if one.closed_at and asked.get((one.id, asker.id), _LONG_AGO) < one.closed_at
    )


def _unheard(hours: Iterable[OfficeHour]) -> Q:
    """Promises closed since anybody was asked about them, or that somebody merged later was not asked about."""
    asks = Ask.objects.filter(purpose=Purpose.PROMISE, not_done_at=None)
    since = asks.filter(commitment_id=OuterRef("id"), made_at__gte=OuterRef("closed_at"))
    told = asks.filter(
        _holder(), commitment_id=OuterRef(OuterRef("id")), made_at__gte=OuterRef(OuterRef("closed_at"))
    )
    merged = Question.objects.filter(~Exists(told), merged_into=OuterRef("question_id"))
    return ~Exists(since) | (Q(hour_id__in=[one.id for one in hours]) & Q(Exists(merged)))


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
    if is_reachable(asker):
        template = "answered" if purpose == Purpose.ANSWER else _closed_how(commitment_id)
        filled = {
            "issue": str(question.hour.issue_no or ""), "number": str(question.number), "url": links.link_of(ask),
        }  # fmt: skip
        for send in TELL:
            send(asker, template, filled, f"voice-{ask.id}")
    return True


def _closed_how(commitment_id: int) -> str:
    """Closed for the first time or after rework, or because the inspector looked again and stands by it."""
    looked = Step.objects.filter(commitment_id=commitment_id, verb__in=["dispute", "rework", "reopen"])
    last = looked.order_by("-id").values_list("verb", flat=True).first()
    return "dispute_closed" if last == "dispute" else "closed"


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
