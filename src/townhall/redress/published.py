"""What who asked may see of their case, and what anybody may: how many there were and how they ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Count
from django.utils.translation import gettext as _

from townhall.history import published as history
from townhall.kernel import clock
from townhall.kernel.secrets import decrypt
from townhall.questions import published as questions
from townhall.redress import flow
from townhall.redress.choices import KEEP_DAYS, OPEN, Kind, RefusalReason, Standing, State
from townhall.redress.citizen_actions import Subject, find
from townhall.redress.models import Case
from townhall.wrapping import published as wrapping

if TYPE_CHECKING:
    from townhall.questions.models import Clarification, Comment, Question

STANDINGS = Standing.choices
KEPT_FOR = KEEP_DAYS


def subject(what: Subject) -> dict[str, str]:
    """The public thing above the form, as anybody reads it: where it stands, what it is called, its title."""
    if what.past is not None:
        shown = history.present(what.past)
        return {"url": f"/history/{what.past.id}/", "label": shown["hour_name"], "title": shown["title"]}
    if what.clarification is not None:
        shown = questions.clarification_as_public(what.clarification)
        return {**_about_clarification(what.clarification), "title": shown["rumour"]}
    if what.comment is not None:
        shown = questions.comment_as_public(what.comment)
        return {**_about_comment(what.comment), "title": shown["text"]}
    if what.paper is not None:
        return {**wrapping.paper_label(what.paper), "title": ""}
    return _named(what.question)


def kinds(what: Subject) -> list[tuple[str, str]]:
    """What may be asked for about it."""
    return what.kinds


def _about_comment(row: Comment) -> dict[str, str]:
    url = f"/questions/{row.question_id}/#c-{row.id}"
    return {"url": url, "label": _("第 %(n)s 号的评论") % {"n": row.question.number}}


def _about_clarification(row: Clarification) -> dict[str, str]:
    return {"url": f"/clarifications/{row.id}/", "label": _("第 %(n)s 份澄清回应") % {"n": row.id}}


def _named(question: Question | None) -> dict[str, str]:
    if question is None:
        return {"url": "", "label": "", "title": ""}
    shown = questions.present([question])[0]
    label = _("第 %(n)s 号") % {"n": question.number}
    return {"url": f"/questions/{question.id}/", "label": label, "title": shown["title"]}


def mine(receipt: str) -> dict[str, Any] | None:
    """My case; ``None`` for an unknown receipt."""
    case = find(receipt)
    if case is None:
        return None
    refused = flow.refusal(None, "withdraw", case)
    return {
        "year": case.year,
        "number": case.number,
        "about": _about(case),
        "kind_label": str(Kind(case.kind).label),
        "state": case.state,
        "state_label": str(State(case.state).label),
        "open": case.state in OPEN,
        "received_at": case.received_at,
        "due": case.due,
        "provisional": case.provisional,
        "late": case.state in OPEN and case.due < clock.today(),
        "reason": str(RefusalReason(case.reason_code).label) if case.reason_code else "",
        "reply": case.reply,
        "closed_at": case.closed_at,
        "words": decrypt(case.words_sealed) if case.words_sealed else "",
        "keep_days": KEEP_DAYS,
        "can_withdraw": refused is None,
    }


def _about(case: Case) -> dict[str, str]:
    if case.past is not None:
        return {"url": f"/history/{case.past_id}/", "label": history.hour_name(case.past.hour)}
    if case.clarification is not None:
        return _about_clarification(case.clarification)
    if case.comment is not None:
        return _about_comment(case.comment)
    if case.paper is not None:
        return wrapping.paper_label(case.paper)
    number = case.question.number if case.question else 0
    return {"url": f"/questions/{case.question_id}/", "label": _("第 %(n)s 号") % {"n": number}}


def counts(year: int | None = None) -> dict[str, int]:
    """How many requests there were and how they ended, for the public ledger; nothing else of them is public."""
    rows = Case.objects.all() if year is None else Case.objects.filter(year=year)
    found = dict.fromkeys(State.values, 0) | dict(rows.values_list("state").annotate(n=Count("id")))
    return {"filed": sum(found.values()), **found}
