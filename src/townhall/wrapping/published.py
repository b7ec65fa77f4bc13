"""What anybody may see of the time after the hour: who is late, who may sign, what was summed up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext as _

from townhall.commitments.choices import ExtensionReason
from townhall.hours.choices import PUBLIC_STAGES, Role
from townhall.hours.published import worded
from townhall.kernel import clock, masks
from townhall.kernel.errors import missing
from townhall.questions import clarification_flow, visibility
from townhall.questions import published as questions
from townhall.questions.choices import WithholdCode
from townhall.questions.models import Question
from townhall.wrapping import covering
from townhall.wrapping.choices import (
    OPEN_LEFTOVERS,
    AuthorisationState,
    LeftoverState,
    PaperKind,
    PaperState,
)
from townhall.wrapping.made import Made
from townhall.wrapping.models import Authorisation, Leftover, Paper

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from townhall.hours.models import OfficeHour


def is_late(leftover: Leftover) -> bool:
    """Whether the last day in time went by without a result."""
    if leftover.settled_at is not None:
        return clock.local(leftover.settled_at).date() > leftover.due
    return leftover.due < clock.today()


def as_public(leftover: Leftover) -> dict[str, Any]:
    """One leftover's limit: until when, moved or late, and why."""
    granted = next((one for one in leftover.extensions.all() if one.granted), None)
    late = is_late(leftover)
    return {
        "question": leftover.question_id,
        "state": leftover.state,
        "state_label": str(LeftoverState(leftover.state).label),
        "open": leftover.state in OPEN_LEFTOVERS,
        "days": leftover.days,
        "due": leftover.due,
        "first_due": leftover.first_due,
        "provisional": leftover.provisional,
        "late": late,
        "late_days": (clock.today() - leftover.due).days if late and leftover.settled_at is None else 0,
        "settled_at": leftover.settled_at,
        "extension": None if granted is None else {
            "reason_code": granted.reason_code,
            "reason_label": str(ExtensionReason(granted.reason_code).label),
            "reason": masks.mask(granted.reason),
            "by": worded(granted.decided_by, "name") if granted.decided_by else "",
            "at": granted.decided_at,
        },
    }  # fmt: skip


def _rows(query: Q) -> Any:
    return (
        Leftover.objects.filter(query)
        .select_related("question__unit", "question__hour")
        .prefetch_related("extensions__decided_by")
    )


def of_questions(question_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """The limits of several questions by their ids, in a constant number of queries."""
    return {row.question_id: as_public(row) for row in _rows(Q(question_id__in=list(question_ids)))}


def backlog(hour_id: int) -> dict[str, Any]:
    """An hour's leftovers by unit, the latest due first in need; private and covered texts keep their line."""
    rows = list(_rows(Q(hour_id=hour_id)))
    public = set(
        Leftover.objects.filter(
            question__in=Question.objects.filter(visibility.public_filter(), hour_id=hour_id)
        ).values_list("id", flat=True)
    )
    units: dict[int | None, dict[str, Any]] = {}
    for row in rows:
        question = row.question
        unit = question.unit
        group = units.setdefault(
            question.unit_id,
            {"unit": worded(unit, "name") if unit else "", "rows": [], "open": 0, "late": 0, "total": 0},
        )
        shown = as_public(row)
        group["total"] += 1
        group["open"] += shown["open"]
        group["late"] += shown["late"] and shown["open"]
        if row.id in public:
            readable = visibility.shows_text(question)
            group["rows"].append(
                {**shown, "number": question.number, "title": masks.mask(question.title) if readable else ""}
            )
    found = sorted(units.values(), key=lambda one: (-one["late"], -one["open"], one["unit"]))
    return {
        "units": found,
        "total": len(rows),
        "open": sum(one["open"] for one in found),
        "late": sum(one["late"] for one in found),
    }


def month(begins: datetime, ends: datetime, today: date) -> dict[str, int]:
    """What became of leftovers within a month: settled and of them late, and what stands now; of rehearsals none."""
    rows = Leftover.objects.filter(hour__rehearsal=False)
    settled = list(rows.filter(settled_at__gte=begins, settled_at__lt=ends).values_list("settled_at", "due"))
    waiting = rows.filter(state__in=OPEN_LEFTOVERS)
    return {
        "settled": len(settled),
        "settled_late": sum(at is not None and clock.local(at).date() > due for at, due in settled),
        "open": waiting.count(),
        "late": waiting.filter(due__lt=today).count(),
    }


def authorisations(hour_id: int) -> list[dict[str, Any]]:
    """Who was authorised to sign leftovers: by whom, from when, for which units, until when."""
    rows = Authorisation.objects.filter(hour_id=hour_id).select_related("account", "granted_by")
    return [
        {
            "id": row.id,
            "name": worded(row.account, "name"),
            "position": row.account.position,
            "units": [worded(unit, "name") for unit in row.units.all()],
            "by": worded(row.granted_by, "name"),
            "by_office": str(Role(row.granted_as).label),
            "starts_at": row.starts_at,
            "ended_at": row.ended_at,
            "standing": row.state == AuthorisationState.STANDING,
        }
        for row in rows.prefetch_related("units")
    ]


def paper_addresses() -> list[tuple[str, str]]:
    """The slug of the hour and the kind of every signed closing paper of a public hour; of rehearsals none.

    Where the newest version is covered, so are those before it: then there is nothing to lead to.
    """
    rows = Paper.objects.filter(
        state=PaperState.SIGNED, hour__stage__in=PUBLIC_STAGES, hour__rehearsal=False, withholding=None
    )
    return list(rows.order_by("-hour__starts_at", "kind").values_list("hour__slug", "kind").distinct())


def papers(hour_id: int) -> list[dict[str, Any]]:
    """The signed closing papers of an hour, the newest version of each kind."""
    newest: dict[str, Paper] = {}
    for row in _signed(hour_id):
        newest[row.kind] = row
    return [_paper(newest[kind]) for kind in PaperKind.values if kind in newest]


def _signed(hour_id: int, kind: str = "") -> list[Paper]:
    """The signed versions, the oldest first."""
    rows = Paper.objects.filter(hour_id=hour_id, state=PaperState.SIGNED)
    rows = rows.filter(kind=kind) if kind else rows
    return list(rows.select_related("signed_by", "hour", "withholding").order_by("number"))


def _paper(row: Paper) -> dict[str, Any]:
    covered = row.withheld
    at = (row.confirmed_at or row.withholding.withheld_at) if covered else None
    return {
        "kind": row.kind,
        "kind_label": str(PaperKind(row.kind).label),
        "version": row.number,
        "signed_by": worded(row.signed_by, "name") if row.signed_by else "",
        "signed_as_label": str(Role(row.signed_as).label) if row.signed_as else "",
        "signed_at": row.signed_at,
        "withheld": clarification_flow.state_of(row) if covered else None,
        "withhold_label": str(WithholdCode(covered).label) if covered else "",
        "withheld_at": at,
    }


def paper(hour: OfficeHour, kind: str, version: int | None = None) -> dict[str, Any] | None:
    """One signed closing paper, with the questions of a transcript in their present state; no words while covered.

    :param version: an earlier one; the newest by itself
    """
    rows = _signed(hour.id, kind)
    row = next((one for one in reversed(rows) if version in {None, one.number}), None)
    if row is None:
        return None
    covered = bool(row.withheld)
    newer = next((one for one in rows if one.number > row.number), None)
    return {
        **_paper(row), "id": row.id, "text": "" if covered else words(row), "reason": _reason(row),
        "entries": [] if covered else transcript(row),
        "replaces": [_paper(one) for one in reversed(rows) if one.number < row.number],
        "replaced_by": {**_paper(newer), "reason": _reason(newer)} if newer else None,
    }  # fmt: skip


def _reason(row: Paper) -> str:
    """What a correction puts right, as far as anybody may read it now."""
    if not row.reason or row.withheld:
        return ""
    behind = row.text.count("\n")
    return "" if any(place > behind for place in covering.hidden_lines([row])[row.id]) else row.reason


def one_paper(paper_id: int) -> Paper | None:
    """A signed closing paper of a public hour that was not taken down by law; of rehearsals none."""
    rows = Paper.objects.filter(
        id=paper_id, state=PaperState.SIGNED, hour__stage__in=PUBLIC_STAGES, hour__rehearsal=False,
        withholding__confirmed_at=None,
    )  # fmt: skip
    return rows.select_related("hour", "withholding").first()


def paper_label(row: Paper) -> dict[str, str]:
    """Where a closing paper stands in public and what it is called."""
    label = _("第 %(n)s 期%(kind)s，第 %(version)s 版") % {
        "n": row.hour.issue_no, "kind": PaperKind(row.kind).label, "version": row.number,
    }  # fmt: skip
    return {"url": f"/hours/{row.hour.slug}/papers/{row.kind}/{row.number}/", "label": label}


def words(row: Paper) -> str:
    """The words of a closing paper as they may be read now.

    A line that tells of a question which nobody may read any more gives way to a note.
    """
    hidden = covering.hidden_lines([row])[row.id]
    shown: list[str] = []
    for place, line in enumerate(row.text.split("\n")):
        if place not in hidden:
            shown.append(line)
        elif place - 1 not in hidden:
            shown.append(_("（所说的提问已不再公开，这里的文字不再显示）"))
    return "\n".join(shown)


def shows_every_word(paper_id: int) -> bool:
    """Whether a signed closing paper may be read without a gap: only then does anything open what was signed."""
    row = Paper.objects.filter(id=paper_id, state=PaperState.SIGNED, withholding=None).first()
    return row is not None and not covering.hidden_lines([row])[row.id]


def file(hour_id: int, kind: str, form: str) -> Made:
    """The newest signed version as a file.

    :param form: ``docx`` or ``pdf``
    :raises Refused: 404 without one or while it is covered, 503 when the machine has no Chinese font
    """
    from townhall.wrapping import papers

    found = _signed(hour_id, kind)
    if not found:
        raise missing(_("还没有公布。"))
    if found[-1].withheld:
        raise missing(_("这份材料的文字依法不再显示。"))
    return papers.closing(found[-1], form)


def transcript(row: Paper) -> list[dict[str, Any]]:
    """The questions of a transcript as they may be read now.

    What was covered since is a stub; what was corrected since says so.
    """
    wanted = {one["question"]: one["version"] for one in row.entries}
    shown = questions.get_many(wanted)
    found = []
    for question_id, version in wanted.items():
        one = shown.get(question_id)
        if one is None or one["private"]:
            continue
        answer = one["answer"] or {}
        signed = [answer, *answer.get("replaces", [])] if answer else []
        texts = {old["version"]: questions.told_in_full(old) for old in signed}
        corrected = answer.get("version") != version
        found.append({**one, "answer_text": texts.get(version, ""), "corrected": corrected})
    return found
