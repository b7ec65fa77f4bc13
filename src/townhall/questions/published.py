"""What anybody may see of questions: the only reading that public faces and the live stream have."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Count, OuterRef, Q, Subquery
from django.utils.translation import gettext as _

from townhall.commitments import published as commitments
from townhall.hours.choices import PUBLIC_STAGES, Stage
from townhall.hours.published import worded
from townhall.kernel import clock, masks, text
from townhall.questions import signatures, visibility
from townhall.questions.choices import Kind, Outcome, SignedAs, Status, Subject, Verdict, WithholdCode
from townhall.questions.models import Clarification, Comment, Question, Version, in_full
from townhall.questions.phrases import public_status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from townhall.hours.models import OfficeHour

_ENDS = {
    "answered": Q(status=Status.PUBLISHED, outcome=Outcome.ANSWERED),
    "promised": Q(status=Status.PUBLISHED, outcome=Outcome.PROMISED),
    "merged": Q(status=Status.MERGED),
    "declined": Q(status=Status.DECLINED),
    "withdrawn": Q(status=Status.WITHDRAWN),
}


def counts(hour_ids: Iterable[int]) -> dict[int, dict[str, int]]:
    """How many were asked and how each ended, by hour: ``asked`` is always the sum of the others."""
    ids = list(hour_ids)
    found = {hour_id: dict.fromkeys(("asked", *_ENDS, "pending"), 0) for hour_id in ids}
    rows = (
        Question.objects.filter(hour_id__in=ids)
        .values("hour_id", "status", "outcome")
        .annotate(n=Count("id"))
    )
    for row in rows:
        one = found[row["hour_id"]]
        end = row["outcome"] if row["status"] == Status.PUBLISHED else row["status"]
        one[end if end in _ENDS else "pending"] += row["n"]
        one["asked"] += row["n"]
    return found


def _when(moment: datetime | None) -> str | None:
    return clock.local(moment).isoformat(timespec="seconds") if moment else None


def when_exactly(moment: datetime | None) -> str | None:
    """A moment with its milliseconds, for measuring."""
    return clock.local(moment).isoformat(timespec="milliseconds") if moment else None


def _in_full(moment: datetime | None) -> str | None:
    """To the microsecond: answers published after the clock was set back are so far apart, and no further."""
    return clock.local(moment).isoformat(timespec="microseconds") if moment else None


def _rows(query: Q) -> Any:
    return (
        Question.objects.filter(query)
        .select_related("hour", "unit", "merged_into", "follows")
        .prefetch_related("assisting", "withholdings")
    )


def answers_of(questions: Iterable[Question]) -> dict[int, list[Version]]:
    """The signed versions of several questions, oldest first, in one query."""
    ids = [question.id for question in questions if question.published_version is not None]
    found: defaultdict[int, list[Version]] = defaultdict(list)
    if ids:
        signed = Version.objects.filter(question_id__in=ids, signed_at__isnull=False)
        for version in signed.select_related("signature__signer", "unit").order_by("number"):
            found[version.question_id].append(version)
    return found


def signer_of(version: Version) -> str:
    """The name of whoever signed this version, on a screen or on paper; empty while nobody has."""
    signature = signatures.of(version)
    return worded(signature.signer, "name") if signature else ""


def _answer(question: Question, versions: list[Version], *, shown: bool) -> dict[str, Any] | None:
    if question.status != Status.PUBLISHED or not versions:
        return None
    version = versions[-1]
    unit = worded(version.unit, "name") if version.unit else ""
    signature = signatures.of(version)
    return {
        "text": version.text if shown else "",
        "unit": unit,
        "units": [unit, *(worded(group, "name") for group in question.assisting.all())],
        "signed_by": signer_of(version),
        "signed_as": version.signed_as,
        "signed_as_label": str(SignedAs(version.signed_as).label),
        "signed_at": when_exactly(version.signed_at),
        "signed_on_paper": when_exactly(signature.on_paper_at)
        if signature and signature.on_paper_at
        else None,
        "version": version.number,
        "amended": version.amended_by_id is not None,
        "progress": version.progress if shown else "",
        "measures": version.measures if shown else "",
        "verdict": version.verdict,
        "verdict_label": str(Verdict(version.verdict).label) if version.verdict else "",
        "verdict_reason": version.verdict_reason if shown else "",
        "replaces": [
            {
                "version": old.number,
                "text": old.text if shown else "",
                "progress": old.progress if shown else "",
                "measures": old.measures if shown else "",
                "signed_by": signer_of(old),
                "signed_at": when_exactly(old.signed_at),
            }
            for old in versions[:-1]
        ],
    }


def present(questions: list[Question]) -> list[dict[str, Any]]:
    """Questions as pages, programs and streams show them; the number of queries does not grow with them.

    The caller has made sure that they are public.
    """
    answers = answers_of(questions)
    promises = commitments.of_questions(question.id for question in questions)
    return [
        _one(question, answers.get(question.id, []), promises.get(question.id, [])) for question in questions
    ]


def _one(question: Question, versions: list[Version], promises: list[dict[str, Any]]) -> dict[str, Any]:
    shown = visibility.shows_text(question)
    root = question.merged_into
    code = question.withholdings.all()[0].code if question.withheld else None
    unit = worded(question.unit, "name") if question.unit else ""
    return {
        "id": question.id,
        "number": question.number,
        "hour": question.hour.slug,
        "display_name": masks.mask(question.display_name),
        "kind": question.kind or None,
        "kind_label": str(Kind(question.kind).label) if question.kind else "",
        "subject": question.subject or None,
        "subject_label": str(Subject(question.subject).label) if question.subject else "",
        "area": question.area,
        "lang": question.lang,
        "title": masks.mask(question.title) if shown else "",
        "text": masks.mask(question.text) if shown else "",
        "asked_at": _when(question.asked_at),
        "window": question.window,
        "status": question.status,
        "status_text": public_status(question.status, unit=unit, number=root.number if root else ""),
        "outcome": question.outcome,
        "withheld": question.withheld,
        "withhold_code": code,
        "withhold_label": str(WithholdCode(code).label) if code else "",
        "private": question.reply_privately,
        "unit": unit,
        "answer": _answer(question, versions, shown=shown),
        "published_at": _in_full(question.published_at),
        "commitments": [{**one, "text": one["text"] if shown else ""} for one in promises],
        "supports": question.supports,
        "comments": question.comments,
        "merged_into": {"id": root.id, "number": root.number} if root else None,
        "follows": {"id": question.follows_id, "number": question.follows.number}
        if question.follows
        else None,
        "url": f"{settings.BASE_URL}/questions/{question.id}/",
    }


def get(question_id: int, *, key: str = "") -> dict[str, Any] | None:
    """One public question, or ``None`` when it does not exist for the public.

    :param key: a rehearsal's secret; a rehearsal's questions exist with it only
    """
    rows = list(_rows(visibility.public_filter() & Q(id=question_id)))
    if not rows or (rows[0].hour.rehearsal and rows[0].hour.secret != key):
        return None
    return present(rows)[0]


def get_many(question_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Those of the questions that are public now, by id; the others are missing."""
    rows = list(_rows(visibility.public_filter() & Q(id__in=list(question_ids))))
    return {question.id: shown for question, shown in zip(rows, present(rows), strict=True)}


# What a list may be narrowed to: the words of the public sentence and a few more.
SHOWS: dict[str, Q] = {
    **_ENDS,
    "pending": Q(status__in=[Status.ACCEPTED, Status.ASSIGNED, Status.SUBMITTED]),
    "published": Q(status=Status.PUBLISHED),
}
_ANSWERS = frozenset({"answered", "promised", "published"})


def public_list(
    hour_id: int, *, show: str | None = None, after: int | None = None, limit: int = 50
) -> tuple[list[dict[str, Any]], int | None]:
    """An hour's public questions by number, and the number to go on after (``None`` at the end).

    :param show: a key of :data:`SHOWS`
    """
    query = visibility.public_filter() & Q(hour_id=hour_id)
    if show in SHOWS:
        query &= SHOWS[show]
    if after is not None:
        query &= Q(number__gt=after)
    rows = list(_rows(query).order_by("number")[: limit + 1])
    more = rows[limit - 1].number if len(rows) > limit else None
    return present(rows[:limit]), more


def newest(
    hour_id: int, *, show: str | None = None, before: tuple[str, int] | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """An hour's public questions, the latest change of hands first; a list of answers as they were published.

    Answers keep the order in which they appeared, whatever the clock said: ``published_at`` never goes back.

    :param before: the ``cursor`` of the last one seen, a moment as ISO text and an id, for the next page
    """
    latest = "published_at" if show in _ANSWERS else "waiting_since"
    query = visibility.public_filter() & Q(hour_id=hour_id)
    if show in SHOWS:
        query &= SHOWS[show]
    if before is not None:
        moment, last_id = before
        query &= Q(**{f"{latest}__lt": moment}) | Q(**{latest: moment}, id__lt=last_id)
    rows = list(_rows(query).order_by(f"-{latest}", "-id")[:limit])
    shown = present(rows)
    for question, one in zip(rows, shown, strict=True):
        one["cursor"] = (getattr(question, latest).isoformat(), question.id)
    return shown


def answers(
    hour_id: int, *, after: tuple[datetime, int] | None = None, limit: int = 50
) -> tuple[list[dict[str, Any]], tuple[datetime, int] | None]:
    """An hour's published answers in the order in which they were first signed, and where to go on.

    :param after: time of the first signature and id of the last one seen; later answers follow it
    """
    query = visibility.public_filter() & Q(hour_id=hour_id, status=Status.PUBLISHED)
    if after is not None:
        moment, last_id = after
        query &= Q(published_at__gt=moment) | Q(published_at=moment, id__gt=last_id)
    rows = list(_rows(query).order_by("published_at", "id")[: limit + 1])
    last = rows[limit - 1] if len(rows) > limit else None
    return present(rows[:limit]), (last.published_at, last.id) if last else None


def searchable() -> Q:
    """Which questions a search may find: answered, with their text, of no rehearsal."""
    return visibility.public_filter() & Q(
        status=Status.PUBLISHED, withheld__isnull=True, reply_privately=False, hour__rehearsal=False
    )


def of_ids(ids: Sequence[int], *, limit: int | None = None) -> list[dict[str, Any]]:
    """Those of these questions that a search may find, in the given order, at most ``limit``."""
    kept = set(Question.objects.filter(searchable(), id__in=ids).values_list("id", flat=True))
    wanted = [one for one in ids if one in kept][:limit]
    rows = {row.id: row for row in _rows(Q(id__in=wanted))}
    return present([rows[one] for one in wanted])


def search(words: str, *, hour_id: int | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """Published questions whose shown text contains all the words (separated by spaces).

    What is masked cannot be found either: otherwise a number could be guessed digit by digit.
    """
    query = searchable()
    if hour_id is not None:
        query &= Q(hour_id=hour_id)
    wanted = text.sought(words).split()[:8]
    for word in wanted:
        said = Q(versions__text__icontains=word)
        said |= Q(versions__progress__icontains=word) | Q(versions__measures__icontains=word)
        query &= (
            Q(title__icontains=word) | Q(text__icontains=word) | said & Q(versions__signed_at__isnull=False)
        )
    found = present(list(_rows(query).distinct().order_by("-published_at")[:limit])) if wanted else []
    return [one for one in found if all(word.casefold() in _readable(one) for word in wanted)]


def _readable(shown: dict[str, Any]) -> str:
    """Everything a reader of a published question can read, for comparing."""
    answer = shown["answer"] or {}
    signed = [answer, *answer.get("replaces", [])]
    said = [version.get(part, "") for version in signed for part in ("text", "progress", "measures")]
    return "\n".join([shown["title"], shown["text"], *said]).casefold()


def told_in_full(answer: dict[str, Any]) -> str:
    """All that a signed answer says as one text, its two parts under their names, for feeds, papers and programs.

    :param answer: as :func:`present` gives it, or one of those that it replaces
    """
    parts = ((_("工作进展"), answer["progress"]), (_("解决措施"), answer["measures"]))
    return in_full(answer["text"], *(f"{name}\n{said}" for name, said in parts if said))


def comments_of(question_id: int, *, after: int = 0, limit: int = 100) -> list[dict[str, Any]]:
    """The screened comments under a question, oldest first; none while its text is covered or private."""
    rows = Comment.objects.filter(
        question_id=question_id, state=Comment.State.SHOWN, id__gt=after,
        question__withheld__isnull=True, question__reply_privately=False,
    )  # fmt: skip
    return [comment_as_public(row) for row in rows[:limit]]


def comment_as_public(row: Comment) -> dict[str, Any]:
    """One shown comment."""
    return {
        "id": row.id,
        "question": row.question_id,
        "display_name": masks.mask(row.display_name),
        "text": masks.mask(row.text),
        "at": _when(row.at),
    }


def comment(comment_id: int) -> dict[str, Any] | None:
    """One comment, if it is shown and its question is public with its text."""
    row = (
        Comment.objects.filter(id=comment_id, state=Comment.State.SHOWN)
        .select_related("question__hour")
        .first()
    )
    if row is None or not visibility.is_public(row.question, row.question.hour):
        return None
    return comment_as_public(row) if visibility.shows_text(row.question) else None


def with_correction(rows: QuerySet[Clarification]) -> QuerySet[Clarification]:
    """Each with the id of the one that corrected it and when that was signed; no query more."""
    later = Clarification.objects.filter(corrects=OuterRef("id"), signed_at__isnull=False)
    return rows.annotate(
        corrected_by=Subquery(later.values("id")[:1]), corrected_at=Subquery(later.values("signed_at")[:1])
    )


def clarification_as_public(row: Clarification) -> dict[str, Any]:
    """One signed clarification of a rumour, without its words while they are covered.

    :param row: of :func:`with_correction`; one read otherwise counts as not corrected
    """
    covered = bool(row.withheld)
    state = ("confirmed" if row.confirmed_at else "pending") if covered else None
    return {
        "id": row.id,
        "hour": row.hour.slug,
        "rumour": "" if covered else row.rumour,
        "fact": "" if covered else row.fact,
        "source": "" if covered else row.source,
        "dated": row.dated.isoformat(),
        "unit": worded(row.unit, "name") if row.unit else "",
        "signed_by": worded(row.signed_by, "name") if row.signed_by else "",
        "signed_as": row.signed_as,
        "signed_as_label": str(SignedAs(row.signed_as).label) if row.signed_as else "",
        "signed_at": when_exactly(row.signed_at),
        "withheld": state,
        "withhold_code": row.withheld or None,
        "withhold_label": str(WithholdCode(row.withheld).label) if covered else "",
        "withheld_at": when_exactly(row.confirmed_at or row.withheld_at),
        "corrects": row.corrects_id,
        "corrected_by": getattr(row, "corrected_by", None),
        "corrected_at": when_exactly(getattr(row, "corrected_at", None)),
    }


def clarifications(
    *, hour_id: int | None = None, one: int | None = None, most: int | None = None
) -> list[dict[str, Any]]:
    """Signed clarifications, newest first; of all public hours, without rehearsals, when no hour and none is named.

    Covered ones are there without their words, as is a covered question.

    :param most: at most so many
    """
    rows = Clarification.objects.filter(signed_at__isnull=False).select_related("hour", "unit", "signed_by")
    if hour_id is not None:
        rows = rows.filter(hour_id=hour_id)
    if one is not None:
        rows = rows.filter(id=one)
    if hour_id is None and one is None:
        rows = rows.filter(hour__stage__in=PUBLIC_STAGES, hour__rehearsal=False)
    return [clarification_as_public(row) for row in with_correction(rows)[:most]]


def clarification_addresses() -> list[int]:
    """Every signed clarification of a public hour that is not covered, the newest first; of rehearsals none."""
    rows = Clarification.objects.filter(
        signed_at__isnull=False, withheld="", hour__stage__in=PUBLIC_STAGES, hour__rehearsal=False
    )
    return list(rows.order_by("-id").values_list("id", flat=True))


def blocks_archiving(hour: OfficeHour) -> str | None:
    """Why an hour cannot be archived yet: something is pending, or a second look is open."""
    pending = Question.objects.filter(hour=hour).exclude(
        status__in=[Status.PUBLISHED, Status.DECLINED, Status.MERGED, Status.WITHDRAWN]
    )
    if number := pending.count():
        return _("还有 %(number)s 个提问没有结果，不能归档。") % {"number": number}
    if number := Question.objects.filter(hour=hour, appeal__closed_at=None, appeal__isnull=False).count():
        return _("还有 %(number)s 个复核没有结束，不能归档。") % {"number": number}
    return None


def is_open(hour: OfficeHour) -> bool:
    """Whether the hour's page shows questions at all."""
    return hour.stage in {Stage.LIVE, Stage.WRAPPING, Stage.ARCHIVED}
