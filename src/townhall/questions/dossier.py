"""Everything about one question for the person who has it on the desk; and what cries for somebody."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q

from townhall.hours.choices import Role
from townhall.hours.models import OfficeHour, Seat
from townhall.hours.published import worded
from townhall.kernel import clock
from townhall.questions import published, queries, signatures
from townhall.questions.choices import PENDING, WITHHOLDABLE, ReturnReason, Status, Withheld, WithholdCode
from townhall.questions.guards import RETURNS_BEFORE_DESIGNATION
from townhall.questions.models import Comment, Decline, Question, Withholding

if TYPE_CHECKING:
    from collections.abc import Iterable

    from townhall.hours.seats import Actor
    from townhall.questions.models import Signature, Version


def hour_of(question_id: int) -> OfficeHour | None:
    """The hour a question belongs to; who may see it is decided with the actor of that hour."""
    return OfficeHour.objects.filter(questions__id=question_id).first()


def hour_of_comment(comment_id: int) -> OfficeHour | None:
    """The hour whose question a comment stands under."""
    row = Comment.objects.select_related("question__hour").filter(id=comment_id).first()
    return row.question.hour if row else None


def by_number(actor: Actor, number: int) -> Question | None:
    """The question with this public number in the actor's hour, if the actor may see it."""
    found: Question | None = queries.visible(actor).filter(number=number).first()
    return found


def headings(question_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Number, title and hour of questions, for lists of what belongs to them; one query."""
    rows = Question.objects.filter(id__in=list(question_ids)).select_related("hour")
    return {
        row.id: {"id": row.id, "number": row.number, "title": row.title, "area": row.area, "hour": row.hour}
        for row in rows
    }


def _name(thing: Any) -> str:
    """A person's, unit's or group's name in the reader's language."""
    return worded(thing, "name") if thing else ""


def _version(version: Version) -> dict[str, Any]:
    signature = signatures.of(version)
    return {
        "number": version.number,
        "text": version.text,
        "progress": version.progress,
        "measures": version.measures,
        "whole": version.whole,
        "drafted_text": version.drafted_text,
        "author": _name(version.author),
        "amended_by": _name(version.amended_by),
        "drafted_at": version.drafted_at,
        "submitted_at": version.submitted_at,
        "sent_back_at": version.sent_back_at,
        "sent_back_note": version.sent_back_note,
        "signed_by": _name(signature and signature.signer),
        "signed_at": version.signed_at,
        **_paper(version, signature),
        "correction": version.correction,
        "note": version.note,
        "override_reason": version.override_reason,
        "sign_override_reason": version.sign_override_reason,
        "secrecy_reviewer": _name(version.secrecy_reviewer),
    }


def _paper(version: Version, signature: Signature | None) -> dict[str, Any]:
    """What is on the sheet of paper: as it was signed, or while it waits as it was entered."""
    if signature is None:
        return {
            "paper_signer": _name(version.paper_signer),
            "paper_signed_at": version.paper_signed_at,
            "paper_entered_by": _name(version.paper_entered_by),
            "paper_entered_at": version.paper_entered_at,
            "paper_confirmed_by": "",
        }
    return {
        "paper_signer": _name(signature.signer) if signature.on_paper_at else "",
        "paper_signed_at": signature.on_paper_at,
        "paper_entered_by": _name(signature.entered_by),
        "paper_entered_at": signature.entered_at,
        "paper_confirmed_by": _name(signature.confirmed_by),
    }


def _return_reason(code: str) -> str:
    """The reason as a record: without the hint in brackets that tells the one who chooses it what to add."""
    return re.split(r"[（(]", str(ReturnReason(code).label))[0].strip() if code else ""


def of(question: Question) -> dict[str, Any]:
    """What gathered around a question the actor has got from :func:`queries.get`: newest first."""
    versions = question.versions.select_related(
        "author",
        "amended_by",
        "secrecy_reviewer",
        "paper_signer",
        "paper_entered_by",
        "signature__signer",
        "signature__entered_by",
        "signature__confirmed_by",
    )
    return {
        "versions": [_version(version) for version in versions.order_by("-number")],
        "notes": [
            {"verb": note.verb, "text": note.text, "author": _name(note.author), "at": note.at}
            for note in question.notes.select_related("author").order_by("-id")
        ],
        "returned": [
            {
                "group": _name(row.group),
                "reason": _return_reason(row.reason_code),
                "proposed": _name(row.proposed_unit),
                "by": _name(row.by),
                "at": row.at,
            }
            for row in question.returned.select_related("group", "proposed_unit", "by")
        ],
        "convenings": [
            {
                "units": [_name(unit) for unit in row.units.all()],
                "by": _name(row.by),
                "at": row.at,
                "closed_at": row.closed_at,
                "result": row.result,
                "present": row.present,
            }
            for row in question.convenings.select_related("by").prefetch_related("units")
        ],
        "coverings": [
            {
                "label": str(WithholdCode(row.code).label) if row.code else "",
                "by": _name(row.by),
                "at": row.at,
                "confirmed_by": _name(row.confirmed_by),
                "restored_at": row.restored_at,
            }
            for row in question.withholdings.select_related("by", "confirmed_by")
        ],
        "secrecy_reviewer": _secrecy_reviewer(question),
        "inspectors": _inspectors(question) if question.about_official else [],
    }


def _inspectors(question: Question) -> list[str]:
    """The names of those who were told of a complaint about an official."""
    from townhall.questions.screening import inspectors

    seats = Seat.objects.filter(
        hour_id=question.hour_id, role=Role.INSPECTOR, active=True, account__in=inspectors(question)
    )
    return [_name(seat.account) for seat in seats.select_related("account").order_by("id")]


def about_officials(actor: Actor) -> list[dict[str, Any]]:
    """The open complaints about officials that this actor may see, for the inspector's desk."""
    rows = queries.visible(actor).filter(about_official=True).exclude(status=Status.WITHDRAWN)
    rows = rows.order_by("number")[: queries.BOARD_LIMIT]
    return [{"id": row.id, "number": row.number, "title": row.title} for row in rows]


def _secrecy_reviewer(question: Question) -> str:
    """Who would be recorded as the reviewer if the draft were submitted now."""
    from townhall.questions.answering import reviewer_of

    account = reviewer_of(question)
    seat = Seat.objects.select_related("account").filter(account_id=account).first() if account else None
    return _name(seat.account) if seat else ""


def alarms(actor: Actor) -> dict[str, list[dict[str, Any]]]:
    """What waits for somebody at once, by kind, each question with number and title, in one query.

    ``urgent`` handed over, not ended; ``confirm`` refusals that wait for the second person; ``withheld``
    coverings unconfirmed for a day; ``cover`` younger ones; ``designate`` returned twice; ``appeal`` second
    looks that were asked for.
    """
    old = clock.now() - queries.UNCONFIRMED
    confirm = Decline.objects.filter(
        question=OuterRef("id"), needs_confirmation=True, confirmed_at=None, reopened_at=None
    )
    aged = Withholding.objects.filter(question=OuterRef("id"), restored_at=None, at__lt=old)
    rows = (
        queries.visible(actor)
        .annotate(waits_for_confirmation=Exists(confirm), covered_long=Exists(aged))
        .filter(
            Q(urgent=True)
            | Q(status=Status.DECLINED, waits_for_confirmation=True)
            | Q(withheld=Withheld.PENDING, status__in=WITHHOLDABLE)
            | Q(status=Status.ACCEPTED, returns__gte=RETURNS_BEFORE_DESIGNATION, designated=False)
            | Q(status=Status.DECLINED, appeal__isnull=False, appeal__closed_at=None)
        )
        .select_related("appeal")
        .order_by("number")[: queries.BOARD_LIMIT]
    )
    found: dict[str, list[dict[str, Any]]] = {
        kind: [] for kind in ("urgent", "withheld", "confirm", "cover", "designate", "appeal")
    }
    for row in rows:
        for kind in _kinds(row):
            found[kind].append({"id": row.id, "number": row.number, "title": row.title})
    return found


def _kinds(row: Any) -> list[str]:
    kinds = []
    if row.urgent and row.status in PENDING:
        kinds.append("urgent")
    if row.status == Status.DECLINED and row.waits_for_confirmation:
        kinds.append("confirm")
    if row.withheld == Withheld.PENDING and row.status in WITHHOLDABLE:
        kinds.append("withheld" if row.covered_long else "cover")
    if row.status == Status.ACCEPTED and row.returns >= RETURNS_BEFORE_DESIGNATION and not row.designated:
        kinds.append("designate")
    appeal = getattr(row, "appeal", None)
    if row.status == Status.DECLINED and appeal is not None and appeal.closed_at is None:
        kinds.append("appeal")
    return kinds


def answered(actor: Actor, question_ids: list[int]) -> list[dict[str, Any]]:
    """Published answers of these questions, in this order, as anybody may read them."""
    found = published.get_many(question_ids)
    return [found[one] for one in question_ids if one in found and found[one]["answer"]]
