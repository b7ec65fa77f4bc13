"""What the coordinator's office sees of requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from townhall.history import published as history
from townhall.hours.published import worded
from townhall.keeping import casefile
from townhall.kernel import clock
from townhall.kernel.errors import Refused, missing
from townhall.kernel.secrets import decrypt
from townhall.questions.models import Comment
from townhall.redress import flow
from townhall.redress.choices import OPEN, Kind, RefusalReason, Standing, State
from townhall.redress.models import Case
from townhall.wrapping import published as wrapping

if TYPE_CHECKING:
    from townhall.hours.seats import Actor
    from townhall.questions.models import Question

MOST_OPEN = 30
MOST_ENDED = 20


def cases(actor: Actor, page: int = 1) -> list[dict[str, Any]]:
    """A page of open requests by their day, then, with the first, those that ended lately.

    :raises Refused: 403 for anybody but the coordinator's office
    """
    if found := flow.seat_refusal(actor, "take_up"):
        raise Refused(found.status, found.code, found.message)
    rows = Case.objects.select_related(
        "question__hour", "question__unit", "past__hour", "clarification__hour", "clarification__unit",
        "comment__question__hour", "paper__hour", "paper__withholding", "taken_by", "decided_by",
    )  # fmt: skip
    # The flow's guards look at versions of each question and at corrections: of those few that are open.
    open_ones = rows.filter(state__in=OPEN).order_by("due", "id")
    open_ones = open_ones.prefetch_related(
        "question__versions", "clarification__corrections", "paper__hour__closing_papers"
    )
    start = (max(page, 1) - 1) * MOST_OPEN
    ended = rows.exclude(state__in=OPEN).order_by("-closed_at", "-id")[: MOST_ENDED if page <= 1 else 0]
    return [_one(actor, case) for case in [*open_ones[start : start + MOST_OPEN], *ended]]


def comment_of(actor: Actor, case_id: int) -> int:
    """Which comment a case is about.

    :raises Refused: 403 for anybody but the coordinator's office, 404 when it is about none
    """
    if found := flow.seat_refusal(actor, "take_up"):
        raise Refused(found.status, found.code, found.message)
    comment_id = Case.objects.filter(id=case_id).values_list("comment_id", flat=True).first()
    if comment_id is None:
        raise missing(_("没有这个申请。"))
    return int(comment_id)


def open_counts(actor: Actor) -> dict[str, int]:
    """How many are ``open``, and how many of those are ``late``; one query.

    :raises Refused: 403 for anybody but the coordinator's office
    """
    if found := flow.seat_refusal(actor, "take_up"):
        raise Refused(found.status, found.code, found.message)
    rows = Case.objects.filter(state__in=OPEN)
    return rows.aggregate(open=Count("id"), late=Count("id", filter=Q(due__lt=clock.today())))


def _one(actor: Actor, case: Case) -> dict[str, Any]:
    is_open = case.state in OPEN
    return {
        "id": case.id, "year": case.year, "number": case.number, **_about(case),
        "kind": case.kind, "kind_label": str(Kind(case.kind).label),
        "standing": str(Standing(case.standing).label), "state": case.state,
        "state_label": str(State(case.state).label), "open": is_open, "received_at": case.received_at,
        "due": case.due, "provisional": case.provisional, "late": is_open and case.due < clock.today(),
        "late_days": (clock.today() - case.due).days, "referred_at": case.referred_at, "reply": case.reply,
        "reason": str(RefusalReason(case.reason_code).label) if case.reason_code else "",
        "decided_by": worded(case.decided_by, "name") if case.decided_by else "",
        "closed_at": case.closed_at, "about_promise": bool(case.commitment_id),
        "words": decrypt(case.words_sealed) if case.words_sealed else "",
        "reachable": bool(case.contact_sealed), "moves": _moves(actor, case) if is_open else {},
    }  # fmt: skip


def _about(case: Case) -> dict[str, Any]:
    """The thing itself, as staff know it: also what is covered from everybody else."""
    return {
        **dict.fromkeys(("past", "question", "clarification", "comment", "paper")),
        "unit": "",
        **_thing(case),
    }


def _thing(case: Case) -> dict[str, Any]:
    if case.past is not None:
        one = case.past
        return {
            "past": one.id, "title": one.title, "unit": one.unit, "hour": None,
            "hour_name": history.hour_name(one.hour),
        }  # fmt: skip
    if case.clarification is not None:
        rumour = case.clarification
        return {
            "clarification": rumour.id, "hour": rumour.hour, "title": rumour.rumour,
            "unit": worded(rumour.unit, "name") if rumour.unit else "",
        }  # fmt: skip
    if case.comment is not None:
        under = case.comment.question
        return {
            "comment": case.comment_id, "question": under.id, "question_number": under.number, "hour": under.hour,
            "title": case.comment.text,
            "is_shown": case.comment.state == Comment.State.SHOWN,
        }  # fmt: skip
    if case.paper is not None:
        named = wrapping.paper_label(case.paper)
        return {
            "paper": case.paper_id,
            "hour": case.paper.hour,
            "title": named["label"],
            "paper_url": named["url"],
        }
    asked = case.question
    if asked is None:  # a constraint of the database: a case is about one thing
        return {}
    return {
        "question": asked.id, "question_number": asked.number, "hour": asked.hour, "title": asked.title,
        "unit": worded(asked.unit, "name") if asked.unit else "",
    }  # fmt: skip


def _moves(actor: Actor, case: Case) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for verb, move in flow.MOVES.items():
        if verb == "look" or not actor.holds(move.roles) or case.state not in move.sources:
            continue
        refused = flow.refusal(actor, verb, case)
        found[verb] = str(refused.message) if refused else None
    return found


def waiting(actor: Actor) -> int:
    """How many wait, for the way to the page."""
    return Case.objects.filter(state__in=OPEN).count() if flow.seat_refusal(actor, "take_up") is None else 0


def case_chapter(question: Question) -> tuple[str, list[dict[str, Any]]]:
    """For the case file: requests about this question and how they ended; never whose, nor in what words."""
    rows = Case.objects.filter(question=question).select_related("taken_by", "decided_by").order_by("id")
    return _("更正、撤下申请"), [casefile.row(one) for one in rows]
