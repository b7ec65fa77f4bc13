"""One office hour told again from its journal: what became of every question and promise, and how fast.

Nothing else is read. Whoever has the journal comes to the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from townhall.insight.tally import Tally, count, span
from townhall.questions.choices import Kind, Outcome, Status, Subject, Window, at_place

if TYPE_CHECKING:
    from townhall.journal.read import Told


@dataclass(slots=True)
class Passage:
    """One question's way through the hour."""

    asked_at: datetime
    window: str = ""
    kind: str = ""
    subject: str = ""
    unit: int | None = None
    status: str = Status.RECEIVED
    outcome: str = ""
    screened_at: datetime | None = None
    assigned_at: datetime | None = None
    submitted_at: datetime | None = None
    handed_at: datetime | None = None
    signed_at: datetime | None = None
    code: str = ""
    covered: str = ""
    restored: int = 0
    urgent: bool = False
    rating: int = 0
    verdict: str = ""
    returns: int = 0
    sent_back: int = 0
    appealed: bool = False
    upheld: bool = False
    reversed: bool = False
    corrections: int = 0
    into: int = 0


@dataclass(slots=True)
class Promise:
    """One promise's way, as far as this line tells it.

    :ivar reported_late: whether the last report came after the day; what was reported in time does not become late
        while it waits for the inspector
    :ivar ratings: the last word of everybody who was asked, by the link that asked them
    """

    question: int
    unit: int | None
    due: str
    made_at: datetime
    state: str = "open"
    reported_late: bool = False
    acted_at: datetime | None = None
    extensions: int = 0
    ratings: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class Replay:
    """The state that the entries of one hour's line lead to."""

    questions: dict[int, Passage] = field(default_factory=dict)
    promises: dict[int, Promise] = field(default_factory=dict)
    comments: dict[str, int] = field(default_factory=dict)

    def take(self, entries: Iterable[Told]) -> Replay:
        """Go on with these entries, which follow the ones taken before."""
        for entry in entries:
            _HANDLERS[entry.kind](self, entry)
        return self

    def tally(self) -> dict[str, dict[str, Tally]]:
        """What it came to: as a whole (``all``), and by kind, subject and unit."""
        found: dict[str, dict[str, Tally]] = {"all": {"": {}}, "kind": {}, "subject": {}, "unit": {}}
        for one in self.questions.values():
            for row in _rows_of(found, one):
                _count_question(row, one)
            if one.rating:
                # What was merged was answered where it went, so that is what its asker speaks of.
                for row in _rows_of(found, self.questions.get(one.into, one)):
                    count(row, "ratings", str(one.rating))
        for promise in self.promises.values():
            about = self.questions.get(promise.question)
            for table, key in (
                ("all", ""), ("kind", about.kind if about else ""), ("subject", about.subject if about else ""),
                ("unit", str(promise.unit or "")),
            ):  # fmt: skip
                _count_promise(found[table].setdefault(key, {}), promise)
        for state, number in self.comments.items():
            count(found["all"][""], "comments", state, by=number)
        return found


def _rows_of(found: dict[str, dict[str, Tally]], one: Passage) -> list[Tally]:
    """The tallies that a question is counted in."""
    keys = (("all", ""), ("kind", one.kind), ("subject", one.subject), ("unit", str(one.unit or "")))
    return [found[table].setdefault(key, {}) for table, key in keys]


def _minutes(tally: Tally, name: str, start: datetime | None, end: datetime | None) -> None:
    if start is not None and end is not None:
        count(tally, "times", name, span((end - start).total_seconds()))


def _count_question(tally: Tally, one: Passage) -> None:
    count(tally, "asked")
    count(tally, one.outcome if one.status == Status.PUBLISHED else _ENDS.get(one.status, "pending"))
    _minutes(tally, "screen", one.asked_at, one.screened_at)
    _minutes(tally, "assign", one.screened_at, one.assigned_at)
    _minutes(tally, "submit", one.assigned_at, one.submitted_at)
    if (
        one.window == Window.LIVE
    ):  # a prepared answer waits for the hour to open, which says nothing of anybody
        _minutes(tally, "sign", one.handed_at, one.signed_at)
        _minutes(tally, "answer", one.asked_at, one.signed_at)
    if one.status == Status.DECLINED:
        count(tally, "reasons", one.code)
    if one.covered:
        count(tally, "covered", one.covered)
    if one.verdict and one.status == Status.PUBLISHED:
        count(tally, "verdicts", one.verdict)
    for name in ("urgent", "appealed", "upheld", "reversed"):
        if getattr(one, name):
            count(tally, name)
    for name in ("restored", "returns", "sent_back", "corrections"):
        if number := getattr(one, name):
            count(tally, name, by=number)


_ENDS = {
    Status.MERGED.value: "merged",
    Status.DECLINED.value: "declined",
    Status.WITHDRAWN.value: "withdrawn",
}


def _count_promise(tally: Tally, one: Promise) -> None:
    if one.state == "replaced":
        return
    count(tally, "promises", "made")
    _minutes(tally, "act", one.made_at, one.acted_at)
    if one.extensions:
        count(tally, "promises", "extended")
    for level in one.ratings.values():
        count(tally, "promise_ratings", str(level))
    if one.state == "open":
        count(tally, "due", one.due)  # which of them are late is a matter of the day on which one looks
    elif one.state == "reported":
        count(tally, "promises", "reported_late" if one.reported_late else "reported")
    else:
        count(tally, "promises", one.state)


# -- what each kind of entry means ---------------------------------------------------------------------------

Handler = Callable[[Replay, "Told"], None]
_HANDLERS: dict[str, Handler] = {}


def _of(*kinds: str) -> Callable[[Handler], Handler]:
    def keep(handler: Handler) -> Handler:
        _HANDLERS.update(dict.fromkeys(kinds, handler))
        return handler

    return keep


@_of("question.asked")
def _asked(replay: Replay, entry: Told) -> None:
    facts = entry.facts
    for question_id, kind, subject in zip(facts["ids"], facts["kinds"], facts["subjects"], strict=True):
        replay.questions[question_id] = Passage(
            entry.at, facts["window"], at_place(Kind, kind), at_place(Subject, subject)
        )


def _question(*kinds: str) -> Callable[[Callable[[Passage, Told], None]], Handler]:
    """For entries about one question."""

    def wrap(change: Callable[[Passage, Told], None]) -> Handler:
        def handle(replay: Replay, entry: Told) -> None:
            one = replay.questions.get(entry.subject_id or 0)
            if one is not None:  # what came in by another way than asking is not counted here
                change(one, entry)

        return _of(*(f"question.{kind}" for kind in kinds))(handle)

    return wrap


def _screened(one: Passage, entry: Told) -> None:
    one.screened_at = one.screened_at or entry.at


@_of("question.accepted", "question.split")
def _accepted(replay: Replay, entry: Told) -> None:
    whole = replay.questions.get(entry.facts.get("part_of", 0))
    if whole is not None:  # a part cut from another question is one more that was asked
        part = Passage(whole.asked_at, whole.window, whole.kind, whole.subject)
        replay.questions[entry.subject_id or 0] = part
    one = replay.questions.get(entry.subject_id or 0)
    if one is not None:
        _screened(one, entry)
        one.status = Status.ACCEPTED


@_question("declined")
def _declined(one: Passage, entry: Told) -> None:
    _screened(one, entry)
    one.status, one.code, one.urgent = Status.DECLINED, entry.facts["code"], entry.facts["code"] == "urgent"


@_question("merged")
def _merged(one: Passage, entry: Told) -> None:
    _screened(one, entry)
    one.status, one.into = Status.MERGED, entry.facts["into"]


@_question("reopened")
def _reopened(one: Passage, entry: Told) -> None:
    one.reversed = one.reversed or one.status == Status.DECLINED
    one.status, one.code, one.into = Status.ACCEPTED, "", 0


@_question("supplemented")
def _supplemented(one: Passage, entry: Told) -> None:
    one.status, one.code = Status.RECEIVED, ""


@_question("appealed")
def _appealed(one: Passage, entry: Told) -> None:
    one.appealed = True


@_question("upheld")
def _upheld(one: Passage, entry: Told) -> None:
    one.upheld = one.appealed


@_question("edited")
def _edited(one: Passage, entry: Told) -> None:
    one.kind = entry.facts.get("filed_kind", one.kind)
    one.subject = entry.facts.get("filed_subject", one.subject)


@_question("assigned", "designated")
def _assigned(one: Passage, entry: Told) -> None:
    _screened(one, entry)
    one.assigned_at = one.assigned_at or entry.at
    one.status, one.unit = Status.ASSIGNED, entry.facts["unit"]


@_question("returned")
def _returned(one: Passage, entry: Told) -> None:
    one.status, one.unit, one.returns = Status.ACCEPTED, None, one.returns + 1


@_question("drafted")
def _drafted(one: Passage, entry: Told) -> None:
    one.status = Status.ASSIGNED


@_question("submitted")
def _submitted(one: Passage, entry: Told) -> None:
    one.submitted_at = one.submitted_at or entry.at
    if one.signed_at is None:
        one.handed_at = entry.at
    one.status = Status.SUBMITTED


@_question("sent_back")
def _sent_back(one: Passage, entry: Told) -> None:
    one.status, one.sent_back = Status.ASSIGNED, one.sent_back + 1


@_question("signed")
def _signed(one: Passage, entry: Told) -> None:
    one.corrections += one.status == Status.PUBLISHED
    one.signed_at = one.signed_at or entry.at
    one.status, one.outcome = Status.PUBLISHED, Outcome(entry.facts["outcome"]).value
    one.verdict = entry.facts.get("verdict", "")


@_question("withdrawn")
def _withdrawn(one: Passage, entry: Told) -> None:
    one.status, one.urgent = Status.WITHDRAWN, False


@_question("withheld")
def _withheld(one: Passage, entry: Told) -> None:
    one.covered = entry.facts["code"]


@_question("restored")
def _restored(one: Passage, entry: Told) -> None:
    one.covered, one.restored = "", one.restored + 1


@_question("urgent")
def _urgent(one: Passage, entry: Told) -> None:
    one.urgent = True


@_question("urgent_released")
def _urgent_released(one: Passage, entry: Told) -> None:
    one.urgent = False


@_question("rated")
def _rated(one: Passage, entry: Told) -> None:
    one.rating = entry.facts["level"]


@_of("comment.accepted", "comment.declined")
def _comment(replay: Replay, entry: Told) -> None:
    state = entry.kind.partition(".")[2]
    replay.comments[state] = replay.comments.get(state, 0) + 1


@_of("commitment.made")
def _made(replay: Replay, entry: Told) -> None:
    facts: dict[str, Any] = entry.facts
    replay.promises[entry.subject_id or 0] = Promise(facts["question"], facts["unit"], facts["due"], entry.at)


def _promise(*kinds: str) -> Callable[[Callable[[Promise, Told], None]], Handler]:
    """For entries about one promise."""

    def wrap(change: Callable[[Promise, Told], None]) -> Handler:
        def handle(replay: Replay, entry: Told) -> None:
            one = replay.promises.get(entry.facts.get("commitment") or entry.subject_id or 0)
            if one is not None:
                change(one, entry)

        return _of(*kinds)(handle)

    return wrap


@_promise("commitment.replaced")
def _replaced(one: Promise, entry: Told) -> None:
    one.state = "replaced"


@_promise("commitment.progressed")
def _progressed(one: Promise, entry: Told) -> None:
    one.acted_at = one.acted_at or entry.at


@_promise("commitment.reported")
def _reported(one: Promise, entry: Told) -> None:
    one.acted_at = one.acted_at or entry.at
    one.state, one.reported_late = "reported", bool(entry.facts.get("late"))


@_promise("commitment.extended")
def _extended(one: Promise, entry: Told) -> None:
    one.due, one.extensions = entry.facts["due"], one.extensions + 1


@_promise("commitment.closed")
def _closed(one: Promise, entry: Told) -> None:
    one.state = "kept_late" if entry.facts.get("late") else "kept"


@_promise("commitment.reworked", "commitment.reopened")
def _opened_again(one: Promise, entry: Told) -> None:
    one.state = "open"


@_promise("commitment.disputed")
def _disputed(one: Promise, entry: Told) -> None:
    one.state = "reported"  # the inspector looks again at what was reported before


@_promise("commitment.ended")
def _ended(one: Promise, entry: Told) -> None:
    one.state = "ended"


@_promise("voice.promise_rated")
def _promise_rated(one: Promise, entry: Told) -> None:
    one.ratings[entry.facts.get("ask") or 0] = entry.facts["level"]


KINDS = frozenset(_HANDLERS)
