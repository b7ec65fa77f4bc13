"""What askers are told of their own question and promise: one table from kinds of journal entries to messages.

What happens to a question within its hour they see themselves; what happens after it, and to a promise at any time,
finds them. That an answer was signed or a promise closed is told by the room that asks whether it helped, a limit that
began or was put off by the room that sets it.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings

from townhall.commitments.models import Step
from townhall.following import links, slots
from townhall.following.choices import NEWS_FOR, Kind
from townhall.following.models import ALIVE, Follow
from townhall.kernel import clock
from townhall.questions import contacts
from townhall.questions.choices import PENDING, Status
from townhall.questions.models import Question

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from townhall.journal.models import Entry

# Of a promise: kind of entry -> template. Nothing is told of a question whose text is covered.
PROMISES = {
    "commitment.extended": "promise_extended",
    "commitment.ended": "promise_ended",
    "commitment.late": "promise_late",
    "commitment.reworked": "promise_reworked",
    "commitment.reopened": "promise_reopened",
}
# Of a question after its hour: kind of entry -> template, and in which state it must still be for that to be true.
QUESTIONS: dict[str, tuple[str, Collection[str]]] = {
    "leftover.late": ("late", PENDING),
    "question.declined": ("declined", (Status.DECLINED,)),
    "question.decline_confirmed": ("declined", (Status.DECLINED,)),
    "question.merged": ("merged", (Status.MERGED,)),
    "question.reopened": ("reopened", PENDING),
    "question.upheld": ("upheld", (Status.DECLINED,)),
}
_TRACK = "/track/"


def agreed(question_id: int) -> Follow | None:
    """The mail box to which the asker of a question agreed; nothing where no mail is sent."""
    if not settings.EMAIL_HOST:
        return None
    rows = Follow.objects.filter(kind=Kind.QUESTION, target=str(question_id), channel="mail")
    return rows.filter(ALIVE).exclude(agreed_at=None).order_by("-agreed_at").first()


def mail_of(question_id: int) -> contacts.Mail | None:
    """The same as the sender needs it."""
    row = agreed(question_id)
    return contacts.Mail(row.address_sealed, links.stop_link(row)) if row else None


def tell(entry: Entry) -> None:
    """Queue what this entry means for the askers concerned; inside the transaction that moves the cursor."""
    if entry.kind in PROMISES:
        _of_promise(entry)
    elif entry.kind in QUESTIONS:
        _of_question(entry)


def _of_promise(entry: Entry) -> None:
    rows = Question.objects.filter(status=Status.PUBLISHED, withheld__isnull=True).select_related("hour")
    question = rows.filter(id=entry.facts["question"]).first()
    step = Step.objects.filter(id=entry.facts.get("step") or 0).first()
    due = str(entry.facts.get("due") or "")
    if question is None or (entry.kind == "commitment.late" and _is_old(entry, due)):
        return
    page = _TRACK if question.reply_privately else f"/promises/{entry.subject_id}/"
    template = _template(entry, step)
    # The two oldest messages keep the keys under which they may have been queued already.
    key = f"{template}-{step.id}" if step and step.verb in {"approve_extension", "sign_end"} else _key(entry)
    _send(question, template, {"due": due, "url": f"{settings.BASE_URL}{page}"}, key)


def _template(entry: Entry, step: Step | None) -> str:
    """Given back because the asker said so and was right, or by the inspector's own finding."""
    if entry.kind == "commitment.reworked" and step is not None:
        before = Step.objects.filter(
            commitment_id=step.commitment_id, id__lt=step.id, verb__in=["report", "dispute", "rework"]
        )
        if before.order_by("-id").values_list("verb", flat=True).first() == "dispute":
            return "dispute_upheld"
    return PROMISES[entry.kind]


def _is_old(entry: Entry, due: str) -> bool:
    """A day that went by long ago is no news: an installation that is new to this does not tell all of them at once."""
    return clock.local(entry.at).date() - date.fromisoformat(due) > NEWS_FOR


def _of_question(entry: Entry) -> None:
    template, states = QUESTIONS[entry.kind]
    question = Question.objects.filter(id=entry.subject_id or 0).select_related("hour", "merged_into").first()
    if question is None or question.status not in states or entry.facts.get("confirm"):
        return
    if question.hour.wrapped_at is None or entry.at < question.hour.wrapped_at:
        return
    places = {"url": f"{settings.BASE_URL}{_TRACK}", "due": str(entry.facts.get("due") or "")}
    if question.merged_into is not None:
        places["into"] = str(question.merged_into.number)
    _send(question, template, places, _key(entry))


def _key(entry: Entry) -> str:
    return f"{entry.kind.split('.')[1]}-{entry.line}-{entry.seq}"


def _send(question: Question, template: str, places: Mapping[str, str], key: str) -> None:
    filled = {"issue": str(question.hour.issue_no or ""), "number": str(question.number), **places}
    for asker in filter(contacts.is_reachable, contacts.askers_of([question.id])[question.id]):
        for send in slots.TELL:
            send(asker, template, filled, f"{key}-{asker.id}")
