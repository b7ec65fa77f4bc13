"""The flows' own judgement on every row, copied or not: each journal entry must be a move that its table allows."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from django.db import connection

from townhall.commitments import flow as promise_flow
from townhall.commitments.models import Commitment
from townhall.hours.models import OfficeHour
from townhall.insight import statistics
from townhall.journal.models import Entry, Line
from townhall.questions import flow, published
from townhall.questions.choices import PENDING
from townhall.questions.models import Question

# The verb that an entry tells of, where the word is not simply its past.
_QUESTION_VERBS = {
    "accepted": "accept", "declined": "decline", "decline_confirmed": "confirm_decline", "reopened": "reopen",
    "upheld": "uphold", "edited": "edit", "split": "split", "merged": "merge", "assigned": "assign",
    "returned": "return", "designated": "designate", "contributed": "contribute", "drafted": "draft",
    "submitted": "submit", "sent_back": "send_back", "changed": "change", "reviewed": "review", "signed": "sign",
    "corrected": "correct", "withheld": "withhold", "withhold_confirmed": "confirm_withhold", "restored": "restore",
    "urgent": "urgent", "urgent_released": "release", "convened": "convene", "convening_closed": "close_convening",
    "taken": "take", "flagged": "flag", "noted": "note",
}  # fmt: skip
_ASKERS = {
    "withdrawn": ("withdraw", "withdrawn"),
    "appealed": ("appeal", None),
    "supplemented": ("supplement", "received"),
    "rated": ("rate", None),
}
_PROMISE_VERBS = {
    "progressed": "progress", "extension_asked": "ask_extension", "extended": "approve_extension",
    "extension_refused": "refuse_extension", "reported": "report", "verified": "verify", "reworked": "rework",
    "closed": "close", "ending_proposed": "propose_end", "ended": "sign_end", "ending_refused": "refuse_end",
    "checked": "site_check", "chased": "chase", "escalated": "escalate", "reopened": "reopen", "disputed": "dispute",
    "picture_covered": "cover_picture",
}  # fmt: skip


def faults() -> list[str]:
    """What is wrong with questions and promises here; nothing when all of it could have happened."""
    connection.check_constraints()  # every foreign key leads somewhere
    found = []
    for hour in OfficeHour.objects.order_by("id"):
        found += [f"{hour.slug}: {fault}" for fault in _of_hour(hour)]
    return found


def _of_hour(hour: OfficeHour) -> Iterator[str]:
    entries = list(Entry.objects.filter(line=hour.id).order_by("seq"))
    head = Line.objects.filter(id=hour.id).values_list("last_seq", flat=True).first()
    if [entry.seq for entry in entries] != list(range(1, (head or 0) + 1)):
        yield "the journal has gaps"
    yield from _out_of_time(entries)
    told: dict[int, str] = {}
    promised: dict[int, str] = {}
    for entry in entries:
        room, _dot, word = entry.kind.partition(".")
        if room == "question":
            yield from _moved(told, entry, word)
        elif room == "commitment":
            yield from _kept(promised, entry, word)
    rows = Question.objects.filter(hour=hour)
    if told != dict(rows.values_list("id", "status")):
        yield "questions do not stand where the journal left them"
    if sorted(rows.values_list("number", flat=True)) != list(range(1, len(told) + 1)):
        yield "numbers are missing"
    if promised != dict(Commitment.objects.filter(hour_id=hour.id).values_list("id", "state")):
        yield "promises do not stand where the journal left them"
    counted = published.counts([hour.id])[hour.id]
    if statistics.counts(statistics.figures(hour_id=hour.id).whole()) != counted and told:
        yield f"the public counts differ from the journal's: {counted}"
    if hour.stage == "archived" and set(told.values()) & set(PENDING):
        yield "something is pending after archiving"


def _out_of_time(entries: list[Entry]) -> Iterator[str]:
    last: dict[tuple[str, int | None], datetime] = {}
    for entry in entries:
        if entry.kind.startswith("voice."):
            continue  # the demo asks back once a question's whole story has been told
        if entry.at < last.setdefault((entry.subject, entry.subject_id), entry.at):
            yield f"{entry.kind} before what came before it"
        last[entry.subject, entry.subject_id] = entry.at


def _moved(told: dict[int, str], entry: Entry, word: str) -> Iterator[str]:
    if word == "asked":
        told.update(dict.fromkeys(entry.facts["ids"], "received"))
        return
    one = entry.subject_id or 0
    if entry.facts.get("part_of"):
        told[one] = "accepted"
        return
    if word in _ASKERS:
        verb, target = _ASKERS[word]
        sources: frozenset[str] = flow.CITIZEN_MOVES[verb][0]
    elif word in _QUESTION_VERBS:
        move = flow.MOVES[_QUESTION_VERBS[word]]
        urgent = entry.facts.get("code") == "urgent"
        sources, target = (frozenset(PENDING) if urgent else move.sources), move.target
    else:
        return  # released: nothing moves
    if told.get(one) not in sources:
        yield f"{entry.kind} of question {one}, which was {told.get(one)}"
    told[one] = target or told[one]


def _kept(promised: dict[int, str], entry: Entry, word: str) -> Iterator[str]:
    one = entry.subject_id or 0
    if word in {"made", "replaced"}:
        promised[one] = "open" if word == "made" else "replaced"
        return
    move = promise_flow.MOVES[_PROMISE_VERBS[word]]
    if promised.get(one) not in move.sources:
        yield f"{entry.kind} of promise {one}, which was {promised.get(one)}"
    promised[one] = move.target or promised[one]


def size() -> dict[str, int]:
    """How much there is."""
    hours: dict[str, int] = defaultdict(int)
    for stage in OfficeHour.objects.values_list("stage", flat=True):
        hours[stage] += 1
    return {
        "hours": sum(hours.values()), "archived": hours["archived"], "questions": Question.objects.count(),
        "promises": Commitment.objects.count(), "entries": Entry.objects.count(),
    }  # fmt: skip
