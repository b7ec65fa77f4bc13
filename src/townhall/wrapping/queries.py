"""What staff see of the time after the hour; and what rooms below ask through their slots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.commitments import published as commitments
from townhall.hours.choices import SIGNER_ROLES, Role
from townhall.hours.published import worded
from townhall.keeping import casefile
from townhall.kernel import clock
from townhall.people.models import Account, Unit
from townhall.questions import clarification_flow, visibility
from townhall.questions.choices import Kind, Status, WithholdCode
from townhall.questions.models import Question
from townhall.wrapping import covering, flow, handing, limits
from townhall.wrapping.choices import (
    AuthorisationState,
    HandoverState,
    PaperKind,
    PaperState,
    RowKind,
)
from townhall.wrapping.models import Authorisation, Handover, HandoverRow, Leftover, Paper
from townhall.wrapping.published import as_public, authorisations

if TYPE_CHECKING:
    from townhall.hours.models import OfficeHour
    from townhall.hours.seats import Actor


def _moves(actor: Actor, thing: flow.Thing) -> dict[str, str | None]:
    """Every verb of this actor's seats with the reason why not now, or ``None``."""
    found: dict[str, str | None] = {}
    for verb, move in flow.MOVES[type(thing)].items():
        if actor.holds(move.roles):
            refused = flow.refusal(actor, verb, thing)
            found[verb] = str(refused.message) if refused else None
    return found


def leftovers(actor: Actor, hour: OfficeHour) -> list[dict[str, Any]]:
    """The hour's leftovers by unit, those most in need first; a group sees its own."""
    rows = (
        Leftover.objects.filter(hour=hour)
        .filter(question__in=Question.objects.filter(visibility.staff_filter(actor)))
        .select_related("question__unit", "question__lead")
        .prefetch_related("extensions__decided_by", "extensions__asked_by")
        .order_by("due", "question__number")
    )
    units: dict[int | None, dict[str, Any]] = {}
    for row in rows:
        row.hour = hour
        question = row.question
        shown = as_public(row)
        asked = next((one for one in row.extensions.all() if one.granted is None), None)
        one = {
            **shown,
            "id": row.id,
            "number": question.number,
            "title": question.title,
            "status": question.status,
            "status_label": str(Status(question.status).label),
            "group": worded(question.lead, "name") if question.lead else "",
            "asked": asked,
            "moves": _moves(actor, row) if shown["open"] else {},
        }
        unit = units.setdefault(
            question.unit_id,
            {
                "unit": worded(question.unit, "name") if question.unit else "",
                "rows": [],
                "open": 0,
                "late": 0,
            },
        )
        unit["rows"].append(one)
        unit["open"] += shown["open"]
        unit["late"] += shown["open"] and shown["late"]
    return sorted(units.values(), key=lambda one: (-one["late"], -one["open"], one["unit"]))


def grants(actor: Actor, hour: OfficeHour) -> list[dict[str, Any]]:
    """The hour's authorisations with what this person may do to each."""
    rows = {row.id: row for row in Authorisation.objects.filter(hour=hour)}
    for row in rows.values():
        row.hour = hour
    return [{**shown, "moves": _moves(actor, rows[shown["id"]])} for shown in authorisations(hour.id)]


def may_authorise(actor: Actor, hour: OfficeHour) -> str | None:
    """Why this person cannot authorise anybody, or ``None``."""
    refused = flow.refusal(actor, "authorise", Authorisation(hour=hour, state=AuthorisationState.NONE))
    return str(refused.message) if refused else None


def candidates() -> list[tuple[str, str]]:
    """Who may be authorised: user name and how people call them."""
    rows = Account.objects.filter(is_active=True).select_related("unit").order_by("unit_id", "username")
    return [
        (row.username, "，".join(part for part in (row.name, row.position, str(row.unit or "")) if part))
        for row in rows
    ]


def units_of(hour: OfficeHour) -> list[tuple[str, str]]:
    """The units of the hour's groups."""
    rows = Unit.objects.filter(groups__hour=hour).distinct().order_by("id")
    return [(str(row.id), worded(row, "name")) for row in rows]


def handovers(actor: Actor, hour: OfficeHour) -> dict[str, Any]:
    """The hour's lists, and how much stands on none yet."""
    lists = []
    rows = Handover.objects.filter(hour=hour).select_related("compiled_by", "handed_by", "signed_by")
    for row in rows.prefetch_related("rows"):
        row.hour = hour
        lists.append({
            "id": row.id, "number": row.number, "state": row.state,
            "state_label": str(HandoverState(row.state).label), "rows": len(row.rows.all()), "note": row.note,
            "compiled_at": row.compiled_at, "handed_by": worded(row.handed_by, "name") if row.handed_by else "",
            "handed_at": row.handed_at, "signed_by": worded(row.signed_by, "name") if row.signed_by else "",
            "signed_at": row.signed_at, "moves": _moves(actor, row),
        })  # fmt: skip
    unborn = Handover(hour=hour, state=HandoverState.NONE)
    waiting = any(one["state"] != HandoverState.SIGNED for one in lists)
    return {
        "lists": lists,
        "outside": len(handing.not_yet_handed(hour.id)),
        "may_compile": None if waiting else _moves(actor, unborn).get("compile", _("移交清单由区府办编制。")),
        "waiting": waiting,
    }


def handover_rows(actor: Actor, hour: OfficeHour, handover_id: int) -> dict[str, Any] | None:
    """One list with its words, for the desk and for paper; a complaint about the reader's own unit is left out."""
    handover = (
        Handover.objects.filter(hour=hour, id=handover_id)
        .select_related("compiled_by", "handed_by", "signed_by")
        .first()
    )
    if handover is None:
        return None
    rows = (
        HandoverRow.objects.filter(handover=handover)
        .filter(question__in=Question.objects.filter(visibility.reach_filter(actor)))
        .select_related("question", "unit")
    )
    found = list(rows)
    promised = commitments.of_questions({row.question_id for row in found if row.commitment_id})
    words = {one["id"]: one["text"] for made in promised.values() for one in made}
    late = {one["id"] for made in promised.values() for one in made if one["late"] or one["kept"] == "late"}
    overdue = _overdue({row.question_id for row in found if not row.commitment_id})
    return {
        "list": handover,
        "state_label": str(HandoverState(handover.state).label),
        "rows": [
            {
                "kind": row.kind, "kind_label": str(RowKind(row.kind).label), "number": row.question.number,
                "question": row.question_id, "title": row.question.title,
                "words": words.get(row.commitment_id or 0, ""), "due": row.due,
                "unit": worded(row.unit, "name") if row.unit else "",
                "late": row.commitment_id in late if row.commitment_id else row.question_id in overdue,
            }
            for row in found
        ],
    }  # fmt: skip


def _overdue(question_ids: set[int]) -> set[int]:
    """The leftovers among these that are past their day, or were when they were settled."""
    return {
        one.question_id
        for one in Leftover.objects.filter(question_id__in=question_ids)
        if (clock.local(one.settled_at).date() if one.settled_at else clock.today()) > one.due
    }


def papers(actor: Actor, hour: OfficeHour) -> list[dict[str, Any]]:
    """Both closing papers with their newest version and what this person may do to it."""
    newest: dict[str, Paper] = {}
    signed: dict[str, list[dict[str, Any]]] = {}
    rows = Paper.objects.filter(hour=hour).select_related("author", "signed_by", "withholding")
    for row in rows.order_by("number"):
        row.hour = hour
        newest[row.kind] = row
        if row.state == PaperState.SIGNED:
            signed.setdefault(row.kind, []).insert(0, _version(actor, row))
    hidden = covering.hidden_lines(newest.values())
    found = []
    for kind in PaperKind:
        row = newest.get(kind) or Paper(hour=hour, kind=kind, state=PaperState.NONE, number=0)
        row.hour = hour
        found.append({
            "kind": kind.value, "label": str(kind.label), "paper": row, "known": row.id is not None,
            "hidden": len(hidden.get(row.id, ())), "versions": signed.get(kind.value, []),
            "state_label": str(PaperState(row.state).label), "entries": len(row.entries),
            "author": worded(row.author, "name") if row.id else "",
            "signed_by": worded(row.signed_by, "name") if row.signed_by else "", "moves": _moves(actor, row),
        })  # fmt: skip
    return found


def _version(actor: Actor, row: Paper) -> dict[str, Any]:
    """A signed version, whether it is covered, and how this person may cover or show it."""
    state = clarification_flow.state_of(row)
    moves: dict[str, str] = {}
    for verb, move in clarification_flow.MOVES.items():
        if state in move.sources and clarification_flow.seat_refusal(actor, verb, row.hour.stage) is None:
            refused = flow.cover_refusal(actor, verb, row)
            moves[verb] = str(refused.message) if refused else ""
    return {
        "id": row.id, "number": row.number, "signed_at": row.signed_at, "state": state, "moves": moves,
        "why": str(WithholdCode(row.withheld).label) if row.withheld else "",
    }  # fmt: skip


def paper(hour: OfficeHour, paper_id: int) -> Paper | None:
    """One version of a closing paper, signed or not."""
    return Paper.objects.filter(hour=hour, id=paper_id).select_related("hour", "signed_by").first()


def limit_numbers() -> list[dict[str, Any]]:
    """The prescribed working days by kind as the office's form shows them."""
    days = limits.days_by_kind()
    rows = [{"name": "days_usual", "label": _("一般"), "days": days[""]}]
    return rows + [
        {"name": f"days_{kind.value}", "label": str(kind.label), "days": days.get(kind.value, "")}
        for kind in Kind
    ]


# -- what rooms below ask ---------------------------------------------------------------------------------


def authorisation_refusal(actor: Actor, question: Question) -> Any:
    """Why a published authorisation does not cover this signature; nothing for mayor and deputies."""
    if actor.holds(SIGNER_ROLES) or Role.AUTHORISED not in actor.roles:
        return None
    standing = Authorisation.objects.filter(
        hour_id=question.hour_id, account_id=actor.id, state=AuthorisationState.STANDING,
        starts_at__lte=clock.now(),
    )  # fmt: skip
    if not standing.exists():
        return _("还没有公布您的签发授权，或授权还没有开始、已经终止。")
    if question.unit_id is None or not standing.filter(units=question.unit_id).exists():
        return _("您的签发授权不包括这个提问的答复单位。")
    return None


def holds(hour_id: int, account_id: int, role: str, group_id: int | None) -> bool:
    """Whether a standing authorisation still needs this seat."""
    return role == Role.AUTHORISED and Authorisation.objects.filter(
        hour_id=hour_id, account_id=account_id, state=AuthorisationState.STANDING
    ).exists()  # fmt: skip


def blocks_archiving(hour: OfficeHour) -> str | None:
    """Why an hour cannot be archived yet: a promise that nobody was given to follow, a list or paper on a desk."""
    unlisted = [row for row in handing.not_yet_handed(hour.id) if row.kind == RowKind.PROMISE]
    if unlisted and not hour.rehearsal:
        return _("还有 %(number)s 项承诺没有移交督查室，请先编制移交清单并移交，再归档。") % {
            "number": len(unlisted)
        }
    if hour.handovers.filter(state=HandoverState.COMPILED).exists():
        return _("移交清单还没有交给督查室，不能归档。")
    if hour.handovers.filter(state=HandoverState.HANDED).exists():
        return _("移交清单还没有签收，不能归档。")
    if hour.closing_papers.filter(state=PaperState.SUBMITTED).exists():
        return _("小结或实录正在等待签发，不能归档。")
    return None


def case_chapter(question: Question) -> tuple[str, list[dict[str, Any]]]:
    """For the case file: the limit after the hour with its extensions, and the lists on which it was handed over."""
    rows = []
    for leftover in Leftover.objects.filter(question=question):
        rows.append(casefile.row(leftover))
        extensions = leftover.extensions.select_related("asked_by", "decided_by").order_by("id")
        rows += [casefile.row(one, "leftover") for one in extensions]
    listed = HandoverRow.objects.filter(question=question).order_by("handover__number", "id")
    for one in listed.select_related("unit", "handover__handed_by", "handover__signed_by"):
        handed = casefile.row(one.handover, "id", "hour", "number", "compiled_by", "compiled_at", "note")
        signed = {
            "taken_over_by": handed.pop("signed_by", None),
            "taken_over_at": handed.pop("signed_at", None),
        }
        found = casefile.row(one, "handover") | {"handover": one.handover.number} | handed
        rows.append(found | {name: value for name, value in signed.items() if value})
    return _("会后办理和移交"), rows
