"""The reader of the journal: what happened in public becomes notes for followers and messages to askers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from townhall.commitments import parties
from townhall.commitments.models import Commitment
from townhall.following import telling
from townhall.following.choices import NEWS_FOR, Kind, What
from townhall.following.models import ALIVE, Cursor, Follow, Note
from townhall.hours.models import OfficeHour
from townhall.journal import read
from townhall.journal.models import DISTRICT_LINE, Line
from townhall.kernel import clock
from townhall.kernel.unit_of_work import unit_of_work
from townhall.questions.models import Question

if TYPE_CHECKING:
    from townhall.journal.models import Entry

AT_ONCE = 500
# After these there is nothing more to tell of a promise.
_LAST = frozenset({"commitment.closed", "commitment.ended", "commitment.replaced"})
# After these there is again: whoever followed it to its end is told how it goes on.
_AGAIN = frozenset({"commitment.reopened", "commitment.disputed"})
STEPS = _LAST | {
    "commitment.progressed", "commitment.extended", "commitment.reported", "commitment.verified",
    "commitment.reworked", "commitment.checked", "commitment.reopened", "commitment.disputed", "commitment.amended",
}  # fmt: skip


def tick() -> int:
    """Read on in every hour's line that has grown; returns how many entries were read."""
    cursor = Cursor.objects.filter(line=OuterRef("id")).values("seq")
    lines = Line.objects.exclude(id=DISTRICT_LINE).annotate(read=Subquery(cursor))
    grown = lines.filter(Q(read=None) | Q(read__lt=F("last_seq")))
    return sum(_read_on(line.id, line.read or 0) for line in grown)


def _read_on(line: int, seq: int) -> int:
    """The cursor moves in the transaction that makes notes and messages: nothing is told twice or left out."""
    entries = read.after(line, seq, limit=AT_ONCE)
    if not entries:
        return 0
    rehearsal = OfficeHour.objects.filter(id=line, rehearsal=True).exists()
    since = clock.now() - NEWS_FOR
    with unit_of_work():
        for entry in entries:
            if not rehearsal and entry.at > since:
                _tell(entry)
        Cursor.objects.update_or_create(line=line, defaults={"seq": entries[-1].seq})
    return len(entries)


def _tell(entry: Entry) -> None:
    telling.tell(entry)
    if not entry.public:
        return
    if entry.kind in STEPS:
        if entry.kind in _AGAIN:
            _go_on(entry)
        _note(entry, _of(Kind.PROMISE, entry.subject_id or 0), What.STEP, entry.facts.get("step") or 0)
        if entry.kind in _LAST:
            _end(entry)
    elif entry.kind == "question.signed":
        question = Question.objects.filter(id=entry.subject_id or 0).first()
        if question is not None:
            rows = _of(Kind.UNIT, question.unit_id or 0) | _of(Kind.SUBJECT, question.subject or "-")
            _note(entry, rows, What.ANSWER, question.id, version=entry.facts["version"])
    elif entry.kind == "commitment.made":
        _note_promise(entry)


def _of(kind: Kind, target: int | str) -> QuerySet[Follow]:
    return Follow.objects.filter(kind=kind, target=str(target))


def _note(entry: Entry, rows: QuerySet[Follow], what: What, thing: int, *, version: int = 0) -> None:
    """Keep what those are to be told who had agreed when it happened."""
    told = rows.filter(ALIVE, agreed_at__lte=entry.at, ended_at=None)
    Note.objects.bulk_create(
        [Note(follow=row, what=what, thing=thing, version=version, at=entry.at) for row in told.iterator(AT_ONCE)],
        batch_size=AT_ONCE, ignore_conflicts=True,
    )  # fmt: skip


def _note_promise(entry: Entry) -> None:
    one = Commitment.objects.select_related("unit").filter(id=entry.subject_id or 0).first()
    subject = Question.objects.filter(id=entry.facts["question"]).values_list("subject", flat=True).first()
    if one is None or one.replaces_id is not None:
        return  # who follows the promise it takes the place of is told there
    units = [str(unit) for unit in parties.units_of(one)]
    rows = Follow.objects.filter(kind=Kind.UNIT, target__in=units) | _of(Kind.SUBJECT, subject or "-")
    _note(entry, rows, What.PROMISE, one.id)


def _end(entry: Entry) -> None:
    """Nothing more comes of a promise that is over; one that a correction replaced is followed as its new words."""
    rows = _of(Kind.PROMISE, entry.subject_id or 0).filter(ALIVE, ended_at=None)
    newer = Commitment.objects.filter(replaces=entry.subject_id).order_by("id").first()
    for row in rows:
        others = Follow.objects.filter(
            ALIVE, kind=Kind.PROMISE, target=str(newer.id) if newer else "-", channel=row.channel,
            address_index=row.address_index,
        )  # fmt: skip
        if entry.kind == "commitment.replaced" and newer is not None and not others.exists():
            row.target = str(newer.id)
        else:
            row.ended_at = entry.at
        row.save(update_fields=["target", "ended_at"])


def _go_on(entry: Entry) -> None:
    """A promise that was over is worked on again: it is followed as before by those whose address is still here."""
    rows = _of(Kind.PROMISE, entry.subject_id or 0).filter(ALIVE)
    rows.exclude(ended_at=None).update(ended_at=None)
