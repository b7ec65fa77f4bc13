"""Keeping the index of what was answered, derived from what is public, so nothing of it is history; and synonyms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import override

from townhall.history import published as history
from townhall.history.models import PastQuestion
from townhall.hours.choices import Role
from townhall.insight import indexing
from townhall.insight.models import Document, Synonyms
from townhall.journal import read
from townhall.journal.models import DISTRICT_LINE
from townhall.journal.write import record
from townhall.kernel import clock
from townhall.kernel.errors import FORBIDDEN, InvalidFields, Refused
from townhall.kernel.unit_of_work import one_at_a_time, unit_of_work
from townhall.questions import published
from townhall.questions.models import Question

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from townhall.hours.seats import Actor

# So many fit between two beats of a live hour: cutting a text into words takes about 2 ms.
BATCH = 200
KEEPERS = frozenset({Role.COORDINATOR.value})
MOST_GROUPS, MOST_IN_GROUP, LONGEST_SYNONYM = 300, 12, 20


class Keeper:
    """Follows the journal: looks at the questions that something happened to, and once an hour at all of them."""

    def __init__(self) -> None:
        self._seen = 0
        self._swept: datetime | None = None
        self._past: int | None = None

    def turn(self) -> int:
        """One turn; returns how many questions were indexed or dropped."""
        return self._own() or self._imported()

    def _own(self) -> int:
        hour = clock.now().replace(minute=0, second=0, microsecond=0)
        if hour != self._swept:
            self._seen, self._past = read.newest(), 0
            done = keep_index()
            if done < BATCH:
                self._swept = hour
            return done
        newest = read.newest()
        if newest == self._seen:
            return 0
        ids = read.subjects("question", self._seen, newest)
        if read.subjects("batch", self._seen, newest) or read.subjects("past", self._seen, newest):
            self._past = 0
        self._seen = newest
        return keep_index(ids) if ids else 0

    def _imported(self) -> int:
        """So many of what was imported; from the beginning again after every change."""
        if self._past is None:
            return 0
        done, self._past = keep_past(self._past)
        return done


def keep_index(ids: Collection[int] | None = None) -> int:
    """Index what has been answered or corrected, and drop what may no longer be read.

    :param ids: the questions to look at; all of them without, at most :data:`BATCH` of each kind
    :returns: how many were indexed or dropped
    """
    kept = Document.objects.filter(question__isnull=False)
    answered = Question.objects.filter(published.searchable())
    if ids is not None:
        kept, answered = kept.filter(question_id__in=ids), answered.filter(id__in=ids)
    gone = list(kept.exclude(question__in=answered).values_list("id", flat=True)[:BATCH])
    stale = answered.filter(Q(indexed=None) | ~Q(indexed__version=F("published_version")))
    hours = dict(stale.order_by("id").values_list("id", "hour_id")[:BATCH])
    with override("zh-hans"):  # names are indexed as they are in Chinese, whoever does it
        rows = [indexing.of_question(one, hours[one["id"]]) for one in published.of_ids(list(hours))]
    return _replace(gone, rows, Q(question_id__in=list(hours)))


def keep_past(after: int) -> tuple[int, int | None]:
    """The same for what was imported, from an id on.

    :returns: how many were indexed or dropped, and after which id to go on (``None`` at the end)
    """
    readable = PastQuestion.objects.filter(history.readable())
    hidden = Document.objects.filter(past__isnull=False).exclude(past__in=readable)
    gone = [] if after else list(hidden.values_list("id", flat=True)[:BATCH])
    stale = PastQuestion.objects.filter(history.readable(), id__gt=after, indexed=None)
    ids = list(stale.order_by("id").values_list("id", flat=True)[:BATCH])
    with override("zh-hans"):
        rows = [indexing.of_past(one) for one in history.of_ids(ids).values()]
    done = _replace(gone, rows, Q(past_id__in=ids))
    return done, ids[-1] if len(ids) == BATCH else None


def _replace(gone: list[int], rows: list[Document], replaced: Q) -> int:
    if gone or rows:
        with unit_of_work():
            Document.objects.filter(Q(id__in=gone) | replaced).delete()
            Document.objects.bulk_create(rows)
    return len(gone) + len(rows)


def office_refusal(actor: Actor) -> Refused | None:
    """Why this person does not keep the synonyms, or ``None``."""
    if actor.holds(KEEPERS):
        return None
    return Refused(FORBIDDEN, "office", _("同义词由区府办维护，您没有这个岗位。"))


def set_synonyms(actor: Actor, lines: Iterable[str]) -> int:
    """Replace the list of words that mean the same; returns how many groups there are.

    :param lines: one group each, its words separated by blanks or commas
    :raises Refused: 403 without the office
    :raises InvalidFields: naming the line
    """
    if refused := office_refusal(actor):
        raise refused
    groups = _groups(lines)
    with unit_of_work():
        one_at_a_time("insight.synonyms")
        Synonyms.objects.all().delete()
        Synonyms.objects.bulk_create(
            Synonyms(words=group, changed_by_id=actor.id, changed_at=clock.now()) for group in groups
        )
        record(
            DISTRICT_LINE, "synonyms.changed", actor=actor.account_id, groups=len(groups),
            words=sum(map(len, groups)),
        )  # fmt: skip
    return len(groups)


def _groups(lines: Iterable[str]) -> list[list[str]]:
    groups: list[list[str]] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        words = list(dict.fromkeys(line.replace("，", " ").replace("、", " ").replace(",", " ").split()))
        if not words:
            continue
        wrong = _wrong(words, seen)
        if wrong:
            raise InvalidFields({"words": _("第 %(n)s 行：%(why)s") % {"n": number, "why": wrong}})
        seen |= dict.fromkeys(words, number)
        groups.append(words)
    if len(groups) > MOST_GROUPS:
        raise InvalidFields({"words": _("最多 %(most)s 组。") % {"most": MOST_GROUPS}})
    return groups


def _wrong(words: list[str], seen: dict[str, int]) -> str:
    if not 1 < len(words) <= MOST_IN_GROUP:
        return _("一行写 2 到 %(most)s 个意思相同的词。") % {"most": MOST_IN_GROUP}
    for word in words:
        if not 1 < len(word) <= LONGEST_SYNONYM or not any(letter.isalnum() for letter in word):
            return _("“%(word)s”要有 2 到 %(most)s 个字。") % {"word": word[:30], "most": LONGEST_SYNONYM}
        if word in seen:
            return _("“%(word)s”在第 %(n)s 行已经有了。") % {"word": word, "n": seen[word]}
    return ""


def synonyms() -> list[dict[str, Any]]:
    """The groups as they are kept."""
    return [{"words": row.words, "at": row.changed_at} for row in Synonyms.objects.all()]
