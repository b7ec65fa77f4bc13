"""Which lines of a closing paper nobody may read any more, because they tell of a question that nobody may read.

A paper is words: titles and promises are drafted into it, and people write on from there. What is covered, withdrawn or
declined after it was signed is therefore found in it by number and by words, each time that it is read. Rather a line
too many is covered than one too few; a new version says what has to be said.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import Q

from townhall.commitments.models import Commitment
from townhall.kernel import masks
from townhall.questions import visibility
from townhall.questions.choices import Status
from townhall.questions.models import Question, Version

if TYPE_CHECKING:
    from collections.abc import Iterable

    from townhall.wrapping.models import Paper

_NUMBERED = re.compile("第([0-9]{1,9})号")
_ENDS = re.compile("[\n。！？!?；;]+")
# A title or a promise is sought as a whole; a sentence only where it is long enough to be this question's own.
_SHORTEST, _SHORTEST_SENTENCE = 2, 8
_GONE = Q(withheld__isnull=False) | Q(urgent=True) | Q(status__in=[Status.DECLINED, Status.WITHDRAWN])
_READABLE = visibility.public_filter() & Q(withheld__isnull=True, reply_privately=False)


@dataclass(slots=True)
class _Traces:
    """By what the questions of one hour are found in a text."""

    numbers: set[int] = field(default_factory=set)
    words: set[str] = field(default_factory=set)


def hidden_lines(papers: Iterable[Paper]) -> dict[int, set[int]]:
    """The places of the lines of each paper, by its id, that nobody may read now; a constant number of queries.

    The public note of a correction counts as lines behind the last.
    """
    return lines_about(papers, ~Q(id__in=Question.objects.filter(_READABLE).values("id")))


def lines_about(papers: Iterable[Paper], about: Q) -> dict[int, set[int]]:
    """The places of the lines that tell of some questions, by the paper's id; a constant number of queries.

    :param about: which questions; what was never accepted was never public and stands in no paper
    """
    papers = list(papers)
    traces = _traces({paper.hour_id for paper in papers}, about)
    none = _Traces()
    return {
        paper.id: _places(f"{paper.text}\n{paper.reason or ''}", traces.get(paper.hour_id, none))
        for paper in papers
    }


def _traces(hour_ids: set[int], about: Q) -> dict[int, _Traces]:
    found: defaultdict[int, _Traces] = defaultdict(_Traces)
    rows = Question.objects.filter(about, hour_id__in=hour_ids, accepted_at__isnull=False)
    hours: dict[int, int] = {}
    for one in rows.only("id", "hour_id", "number", "title", "original_title"):
        hours[one.id] = one.hour_id
        found[one.hour_id].words |= _as_wholes(one.title, one.original_title)
    for question_id, text in Commitment.objects.filter(question_id__in=hours).values_list(
        "question_id", "text"
    ):
        found[hours[question_id]].words |= _as_wholes(text)
    gone = Question.objects.filter(_GONE, id__in=hours)
    said: list[tuple[int, str]] = []
    for one in gone.only("id", "number", "text", "original_text"):
        found[hours[one.id]].numbers.add(one.number)
        said += [(one.id, one.text), (one.id, one.original_text)]
    signed = Version.objects.filter(question__in=gone, signed_at__isnull=False)
    said += [(one.question_id, f"{one.whole}\n{one.verdict_reason}") for one in signed]
    for question_id, text in said:
        found[hours[question_id]].words |= _sentences(text)
    return dict(found)


def _as_wholes(*texts: str) -> set[str]:
    """Each text, also as masks leave it; several lines one by one, for a paper may break elsewhere."""
    lines = {_plain(line) for text in texts for form in {text, masks.mask(text)} for line in form.split("\n")}
    return {line for line in lines if len(line) >= _SHORTEST}


def _sentences(text: str) -> set[str]:
    found = {_plain(one) for form in {text, masks.mask(text)} for one in _ENDS.split(form)}
    return {one for one in found if len(one) >= _SHORTEST_SENTENCE}


def _plain(text: str) -> str:
    """Without spaces and the forms of width, which people change as they type."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def _places(text: str, traces: _Traces) -> set[int]:
    lines = [_plain(line) for line in text.split("\n")]
    found = {
        place
        for place, line in enumerate(lines)
        if any(int(number) in traces.numbers for number in _NUMBERED.findall(line))
    }
    whole = "".join(lines)
    where = [place for place, line in enumerate(lines) for _sign in line]
    for words in traces.words:
        start = whole.find(words)
        while start >= 0:
            found.update(where[start : start + len(words)])
            start = whole.find(words, start + 1)
    return found
