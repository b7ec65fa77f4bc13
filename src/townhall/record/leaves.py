"""What becomes a leaf: every entry of the journal that tells of a change anybody could see, and its words.

A leaf holds ids, dates and words of lists, and of every text only a salted hash. Texts and salts are kept beside it
(:class:`townhall.record.models.Opening`), so that a text can be taken away by law while its leaf stays.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import override

from townhall.commitments.models import Commitment
from townhall.hours.models import OfficeHour
from townhall.hours.published import worded
from townhall.journal.models import DISTRICT_LINE
from townhall.kernel import clock, masks
from townhall.questions import published
from townhall.questions.choices import Status, Withheld
from townhall.questions.models import Clarification, Comment, Question, Version
from townhall.record.canonical import canonical
from townhall.record.hiding import commitment_to
from townhall.wrapping import covering
from townhall.wrapping.choices import PaperState
from townhall.wrapping.models import Paper

if TYPE_CHECKING:
    from townhall.journal.models import Entry

FORM = 1
SALT_BYTES = 32
# Solemn acts that change no page which viewers have open, and so are not marked as public for the stream.
ALSO = frozenset({"closing.signed", "closing.corrected", "closing.withheld", "closing.withhold_confirmed",
                  "closing.restored", "authorisation.granted", "authorisation.ended"})  # fmt: skip
# That somebody was in danger is nobody's business, not even as a number.
NEVER = frozenset({"question.urgent", "question.urgent_released"})
# Facts of the journal that anybody may read for ever. What is not named here stays inside: accounts, groups.
SHOWN_FACTS = frozenset({
    "again", "appeal", "attendance", "closes_at", "code", "commitment", "confirm", "confirm_by", "corrects", "days",
    "digest", "due", "entries", "fields", "file", "filed_kind", "filed_subject", "fingerprint", "first",
    "format", "identity", "into", "issue", "last", "late", "level", "minutes", "number", "office", "on", "on_paper",
    "options", "outcome", "overridden", "paper", "part_of", "parts", "picture", "public_open", "question", "questions",
    "quota", "rank", "reason", "rows", "seed", "shown", "size", "starts_at", "state", "step", "supports",
    "topic", "unit", "units", "units_open", "until", "verb", "verdict", "version", "votes", "was", "window",
    "year",
})  # fmt: skip
# After these the words of a question stand in public in a new form.
_WORDED = frozenset({"question.accepted", "question.released", "question.edited", "question.restored",
                     "question.reopened", "question.signed"})  # fmt: skip
_COUNTED = frozenset({"hour.opened", "hour.wrapped", "hour.archived", "hour.cancelled"})

# Whose words nobody may ever read again, in a closing paper neither.
_REMOVED = Q(withheld=Withheld.CONFIRMED) | Q(status__in=[Status.DECLINED, Status.WITHDRAWN])

Words = dict[str, str]


@dataclass(slots=True)
class Drawn:
    """One leaf before it has its place.

    :param question: whose text it concerns: what is taken away with a question goes by this
    :param data: the leaf's bytes
    :param opening: salt (hex) and text by name
    """

    entry: Entry
    question: int | None
    data: bytes
    opening: dict[str, dict[str, str]] = field(default_factory=dict)


def wanted() -> Q:
    """Which entries of the journal become leaves."""
    return (Q(public=True) | Q(kind__in=ALSO)) & ~Q(kind__in=NEVER)


def draw(entries: Collection[Entry]) -> list[Drawn]:
    """The leaves of some entries, in their order; the number of queries does not grow with them."""
    with override("zh-hans"):  # names stand in the record as they are in Chinese, whoever looks
        sources = Sources(entries)
        return [_leaf(entry, sources) for entry in entries]


def heading(entry: Entry) -> dict[str, Any]:
    """What a leaf tells of its entry, whatever else it tells."""
    return {
        "kind": entry.kind,
        "at": clock.local(entry.at).isoformat(timespec="milliseconds"),
        "seq": entry.seq,
        "subject": entry.subject,
        "id": entry.subject_id,
        "facts": {name: value for name, value in entry.facts.items() if name in SHOWN_FACTS},
    }


def _leaf(entry: Entry, sources: Sources) -> Drawn:
    question = sources.question_of(entry)
    words = {name: text for name, text in sources.words(entry, question).items() if text}
    opening = {
        name: {"salt": secrets.token_bytes(SALT_BYTES).hex(), "text": whole(text)}
        for name, text in words.items()
    }
    told: dict[str, Any] = {
        **heading(entry),
        "v": FORM,
        "hour": sources.slugs.get(entry.line),
        "texts": {
            name: commitment_to(one["text"], bytes.fromhex(one["salt"])) for name, one in opening.items()
        },
    }
    if question is not None:
        told["question"] = question.id
        told["number"] = question.number
    if entry.kind in _COUNTED:
        told["counts"] = sources.counts.get(entry.line, {})
    removed = sources.is_removed(entry, question)
    return Drawn(entry, question.id if question else None, canonical(told), {} if removed else opening)


def whole(text: str) -> str:
    """Half of a pair of UTF-16, which no file can hold, as the sign for what cannot be read."""
    return text.encode("utf-8", "replace").decode()


class Sources:
    """The rows that several entries speak of, each read once."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        entries = list(entries)
        self._comments = _rows(Comment, entries, "comment")
        self._promises = _rows(Commitment, entries, "commitment")
        self._clarifications = _rows(Clarification, entries, "clarification", "unit", "signed_by")
        self._papers = _rows(Paper, entries, "closing", "signed_by", "withholding")
        ids = {entry.subject_id for entry in entries if entry.subject == "question"}
        ids |= {row.question_id for row in [*self._comments.values(), *self._promises.values()]}
        self._questions = Question.objects.in_bulk([one for one in ids if one])
        signed = Version.objects.filter(question_id__in=self._questions, signed_at__isnull=False)
        self._versions = {
            (row.question_id, row.number): row for row in signed.select_related("unit", "signature__signer")
        }
        lines = {entry.line for entry in entries} - {DISTRICT_LINE}
        self.slugs = dict(OfficeHour.objects.filter(id__in=lines).values_list("id", "slug"))
        counted = {entry.line for entry in entries if entry.kind in _COUNTED}
        self.counts = published.counts(counted) if counted else {}

    def question_of(self, entry: Entry) -> Question | None:
        """The question an entry is about, also through a comment or a promise."""
        found = entry.subject_id
        if entry.subject in {"comment", "commitment"}:
            rows: Any = self._comments if entry.subject == "comment" else self._promises
            found = rows[found].question_id if found in rows else None
        elif entry.subject != "question":
            return None
        return self._questions.get(found or 0)

    def is_removed(self, entry: Entry, question: Question | None) -> bool:
        """Whether what this entry is about has been taken down by law: then nothing opens its leaf."""
        comment = self._comments.get(entry.subject_id or 0) if entry.subject == "comment" else None
        if comment is not None and comment.state == Comment.State.REMOVED:
            return True
        if question is not None:
            return question.withheld == Withheld.CONFIRMED
        if entry.subject == "closing":
            paper = self._papers.get(entry.subject_id or 0)
            taken_down = paper is not None and paper.confirmed_at is not None
            return taken_down or entry.subject_id in self._removed_papers
        row = self._clarifications.get(entry.subject_id or 0) if entry.subject == "clarification" else None
        return row is not None and row.confirmed_at is not None

    @cached_property
    def _removed_papers(self) -> set[int]:
        return self.papers_about(_REMOVED)

    def papers_about(self, questions: Q) -> set[int]:
        """Those of the closing papers here that tell of any of these questions."""
        told = covering.lines_about(self._papers.values(), questions) if self._papers else {}
        return {paper for paper, lines in told.items() if lines}

    def words(self, entry: Entry, question: Question | None) -> Words:
        """The texts that became public with this entry; none of what is only for its asker."""
        if question is not None and question.reply_privately:
            return {}
        source = WORDS_OF.get(entry.kind)
        found = source(self, entry) if source else {}
        if question is not None and entry.kind in _WORDED:
            found |= {
                "title": masks.mask(question.title),
                "text": masks.mask(question.text),
                "display_name": masks.mask(question.display_name),
            }
        return found

    def signed(self, entry: Entry) -> Words:
        """A signed answer, word for word, with who signed it for whom."""
        version = self._versions.get((entry.subject_id or 0, entry.facts.get("version", 0)))
        if version is None:
            return {}
        return {
            "answer": version.text,
            "progress": version.progress,
            "measures": version.measures,
            "verdict_reason": version.verdict_reason,
            "unit": worded(version.unit, "name") if version.unit else "",
            "signed_by": published.signer_of(version),
        }

    def promised(self, entry: Entry) -> Words:
        """The words of a promise."""
        row = self._promises.get(entry.subject_id or 0)
        return {"promise": row.text} if row else {}

    def remarked(self, entry: Entry) -> Words:
        """A comment as it is shown."""
        row = self._comments.get(entry.subject_id or 0)
        return {"comment": masks.mask(row.text), "display_name": masks.mask(row.display_name)} if row else {}

    def clarified(self, entry: Entry) -> Words:
        """A clarification."""
        row = self._clarifications.get(entry.subject_id or 0)
        if row is None:
            return {}
        return {
            "rumour": row.rumour,
            "fact": row.fact,
            "source": row.source,
            "unit": worded(row.unit, "name") if row.unit else "",
            "signed_by": worded(row.signed_by, "name") if row.signed_by else "",
        }

    def closed(self, entry: Entry) -> Words:
        """A closing paper."""
        row = self._papers.get(entry.subject_id or 0)
        if row is None:
            return {}
        signer = worded(row.signed_by, "name") if row.signed_by else ""
        return {"paper": row.text, "reason": row.reason or "", "signed_by": signer}


WORDS_OF: dict[str, Callable[[Sources, Entry], Words]] = {
    "question.signed": Sources.signed,
    "commitment.made": Sources.promised,
    "comment.accepted": Sources.remarked,
    "clarification.signed": Sources.clarified,
    "closing.signed": Sources.closed,
}


def papers_of(question_id: int) -> list[Paper]:
    """The signed closing papers of the hour in which a question was asked."""
    return list(Paper.objects.filter(hour__questions=question_id, state=PaperState.SIGNED))


def _rows(model: Any, entries: list[Entry], subject: str, *related: str) -> dict[int, Any]:
    ids = {entry.subject_id for entry in entries if entry.subject == subject and entry.subject_id}
    if not ids:
        return {}
    found: dict[int, Any] = model.objects.select_related(*related).in_bulk(ids)
    return found
