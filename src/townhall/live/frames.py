"""From journal to stream: one public entry, at most one frame, whose id is the entry's number.

A frame is made from the present state, never from what was true when the entry was written; so what has been
covered since is replayed as its stub, and what is no longer public as a tombstone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils import translation

from townhall.hours import published as hours
from townhall.hours.choices import PUBLIC_STAGES
from townhall.hours.models import OfficeHour
from townhall.journal import read
from townhall.live import about, cards
from townhall.questions import published as questions
from townhall.questions import visibility
from townhall.questions.models import Question

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from townhall.journal.models import Entry

# The contract's least replay; past it a viewer reloads the page.
MOST_REPLAYED = 5000
# Supports and comments of so many questions travel with a count: those which a page can show.
MOST_COUNTED = 100

# What viewers may hear of, besides the entry's own mark: anything else stays inside.
EVENTS: dict[str, str] = {
    "question.signed": "answer",
    "question.accepted": "question",
    "question.released": "question",
    "question.edited": "question",
    "question.split": "question",
    "question.merged": "question",
    "question.assigned": "question",
    "question.designated": "question",
    "question.returned": "question",
    "question.drafted": "question",
    "question.submitted": "question",
    "question.sent_back": "question",
    "question.reopened": "question",
    "question.declined": "question",
    "question.withdrawn": "question",
    "question.withheld": "question",
    "question.withhold_confirmed": "question",
    "question.restored": "question",
    "question.urgent": "question",
    "question.urgent_released": "question",
    "comment.accepted": "comment",
    "comment.removed": "comment",
    # What becomes of a promise is shown on its question's card; making, amending and replacing come with the signature.
    "commitment.progressed": "question",
    "commitment.extension_asked": "question",
    "commitment.extended": "question",
    "commitment.extension_refused": "question",
    "commitment.reported": "question",
    "commitment.verified": "question",
    "commitment.reworked": "question",
    "commitment.closed": "question",
    "commitment.ended": "question",
    "commitment.reopened": "question",
    "commitment.disputed": "question",
    "hour.announced": "stage",
    "hour.asking_closed": "stage",
    "hour.opened": "stage",
    "hour.paused": "stage",
    "hour.resumed": "stage",
    "hour.extended": "stage",
    "hour.postponed": "stage",
    "hour.wrapped": "stage",
    "hour.archived": "stage",
    "hour.cancelled": "stage",
    "hour.signing_held": "notice",
    "hour.signing_released": "notice",
    "hour.signer_changed": "notice",
    "hour.edited": "notice",
    # What stands beside the hour.
    "publicity.edited": "notice",
    "venue.changed": "notice",
    "plan.approved": "notice",
    "observer.call_opened": "notice",
    "observer.call_closed": "notice",
    "clarification.signed": "notice",
    "clarification.corrected": "notice",
    "clarification.withheld": "notice",
    "clarification.withhold_confirmed": "notice",
    "clarification.restored": "notice",
}


@dataclass(frozen=True, slots=True)
class Frame:
    """One thing a viewer is told.

    :param id: the journal's number; ``None`` for counts
    :param event: ``question``, ``answer``, ``comment``, ``stage``, ``notice``, ``count`` or ``reload``
    :param data: finished HTML, or JSON
    :param at: when it was signed (Unix time), where this frame is a signature's
    """

    id: int | None
    event: str
    data: str
    at: float | None = None


@dataclass(slots=True)
class _Told:
    """The last entry about one subject, and what happened on the way to it.

    :param event: ``answer`` when one was signed, ``stage`` when the hour moved on
    :param beside: whether what stands beside the hour may have changed
    """

    entry: Entry
    event: str
    subject: str
    subject_id: int
    beside: bool


def _about(entry: Entry) -> tuple[str, int]:
    """What viewers are shown because of an entry: a promise stands on its question's card, a place beside the hour."""
    if entry.subject == "commitment":
        return "question", int(entry.facts["question"])
    if entry.kind in about.CHANGED_BY:
        return "hour", entry.line
    return entry.subject, entry.subject_id or 0


def _hour_id(slug: str) -> int | None:
    row = OfficeHour.objects.filter(slug=slug, stage__in=PUBLIC_STAGES).values_list("id", flat=True).first()
    return row if row is None else int(row)


def head(slug: str) -> int | None:
    """The number of the hour's newest entry; ``None`` when there is no such public hour."""
    hour_id = _hour_id(slug)
    return None if hour_id is None else read.head(hour_id)


def after(slug: str, seq: int, fmt: str = "html-zh") -> list[Frame]:
    """The frames above ``seq``, rising: the last entry of each subject, in its present state.

    :param fmt: ``html-zh`` or ``html-en`` for finished HTML, ``json`` for objects
    """
    hour_id = _hour_id(slug)
    if hour_id is None:
        return []
    entries = read.after(hour_id, seq, public_only=True, limit=MOST_REPLAYED + 1)
    if len(entries) > MOST_REPLAYED:
        return [Frame(read.head(hour_id), "reload", "{}")]
    told = _last_of_each(entries)
    lang = "en" if fmt.endswith("en") else "zh"
    with translation.override(cards.language(lang)):
        found = _rendered(slug, told, lang, as_json=fmt.startswith("json"))
    return sorted(found, key=lambda frame: frame.id or 0)


def _last_of_each(entries: Iterable[Entry]) -> list[_Told]:
    last: dict[tuple[str, int], _Told] = {}
    for entry in entries:
        event = EVENTS.get(entry.kind)
        if event is None:
            continue
        subject = _about(entry)
        before = last.get(subject)
        if before is not None and {before.event, event} & {"answer", "stage"}:
            event = "answer" if subject[0] == "question" else "stage"
        beside = entry.kind in about.CHANGED_BY or (before is not None and before.beside)
        last[subject] = _Told(entry, event, *subject, beside)
    return list(last.values())


def _rendered(slug: str, told: Sequence[_Told], lang: str, *, as_json: bool) -> list[Frame]:
    shown = questions.get_many({one.subject_id for one in told if one.subject == "question"})
    frames: list[Frame] = []
    frame: Frame | None
    for one in told:
        if one.subject == "question":
            frame = _question(one, shown.get(one.subject_id), lang, as_json=as_json)
        elif one.subject == "comment":
            frame = _comment(one, lang, as_json=as_json)
        elif one.subject == "clarification":
            frame = _clarification(one, lang, as_json=as_json)
        else:
            frame = _hour(one, slug, lang, as_json=as_json)
        if frame is not None:
            frames.append(frame)
    return frames


def to_json(value: Any) -> str:
    """JSON as it travels: compact, in its own letters."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _question(told: _Told, question: dict[str, Any] | None, lang: str, *, as_json: bool) -> Frame:
    seq, question_id = told.entry.seq, told.subject_id
    if question is None:
        gone = to_json({"id": question_id, "gone": True}) if as_json else cards.tombstone(question_id)
        return Frame(seq, "question", gone)
    # A signature is told as an answer even while the text is covered; what was covered since is only a stub.
    covered = question["withheld"] and told.entry.kind != "question.signed"
    event = told.event if question["answer"] and not covered else "question"
    at = told.entry.at.timestamp() if told.entry.kind == "question.signed" else None
    return Frame(seq, event, to_json(question) if as_json else cards.question_html(question, lang), at)


def _comment(told: _Told, lang: str, *, as_json: bool) -> Frame | None:
    comment_id = told.entry.subject_id or 0
    comment = questions.comment(comment_id)
    if comment is None:
        gone = (
            to_json({"id": comment_id, "gone": True})
            if as_json
            else f'<li id="c-{comment_id}" data-gone hidden></li>'
        )
        return Frame(told.entry.seq, "comment", gone)
    return Frame(
        told.entry.seq, "comment", to_json(comment) if as_json else cards.comment_html(comment, lang)
    )


def _clarification(told: _Told, lang: str, *, as_json: bool) -> Frame | None:
    found = questions.clarifications(one=told.entry.subject_id or 0)
    if not found:
        return None
    data = to_json({"clarification": found[0]}) if as_json else cards.clarification_html(found[0], lang)
    return Frame(told.entry.seq, "notice", data)


def _present_hour(slug: str) -> dict[str, Any] | None:
    rows = OfficeHour.objects.filter(slug=slug, stage__in=PUBLIC_STAGES)
    shown = hours.present(list(rows.prefetch_related("leaders", "materials", "notices")))
    return shown[0] if shown else None


def _hour(told: _Told, slug: str, lang: str, *, as_json: bool) -> Frame | None:
    hour = _present_hour(slug)
    if hour is None:
        return None
    told_keys = ("slug", "stage", "asking", "starts_at", "ends_at", "signing_held", "notices", "counts")
    if as_json:
        return Frame(told.entry.seq, told.event, to_json({key: hour[key] for key in told_keys}))
    beside = f"\n{about.html(hour, lang)}" if told.beside else ""
    return Frame(told.entry.seq, told.event, cards.hour_html(hour, lang) + beside)


def counts(slug: str, fmt: str = "html-zh") -> Frame | None:
    """The present counts, supports and comments as one frame without an id; weather, not history."""
    hour = OfficeHour.objects.filter(slug=slug, stage__in=PUBLIC_STAGES).first()
    if hour is None:
        return None
    rows = weather(hour.id)
    numbers = questions.counts([hour.id])[hour.id]
    if fmt.startswith("json"):
        told = [{"id": one, "supports": supports, "comments": comments} for one, supports, comments in rows]
        return Frame(None, "count", to_json({"counts": numbers, "questions": told}))
    shown = {"slug": slug, "counts": numbers, "rehearsal": hour.rehearsal, "page_url": f"/?key={hour.secret}"}
    lang = "en" if fmt.endswith("en") else "zh"
    return Frame(None, "count", cards.counts_html(shown, lang) + cards.weather_html(rows))


def weather(hour_id: int) -> list[tuple[int, int, int]]:
    """``(question, supports, comments)`` of the newest public questions that have either."""
    rows = Question.objects.filter(visibility.public_filter(), hour_id=hour_id)
    rows = rows.filter(Q(supports__gt=0) | Q(comments__gt=0)).order_by("-id")
    return list(rows.values_list("id", "supports", "comments")[:MOST_COUNTED])
