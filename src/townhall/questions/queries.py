"""What staff see: every reading takes the actor and shows that actor's part of the hour."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from django.db.models import Count, Min, Prefetch, Q, Value
from django.utils.translation import gettext as _

from townhall.hours.choices import GROUP_ROLES, Role
from townhall.hours.models import Group, OfficeHour, Seat
from townhall.hours.published import worded
from townhall.kernel import clock, text
from townhall.kernel.errors import missing
from townhall.questions import flow, visibility
from townhall.questions.choices import PENDING, Status
from townhall.questions.findings import reworded
from townhall.questions.inputs import decline_values
from townhall.questions.models import (
    Clarification,
    Comment,
    Contribution,
    Decline,
    Hold,
    Note,
    Question,
    ReadMark,
    Version,
)
from townhall.questions.ordering import in_order
from townhall.questions.phrases import DECLINE_REASONS, decline_text
from townhall.questions.published import present, when_exactly

if TYPE_CHECKING:
    from collections.abc import Iterable

    from townhall.hours.seats import Actor

# A covering that nobody has confirmed for so long alarms.
UNCONFIRMED = timedelta(hours=24)
# What each seat's board shows by itself: the states in which the question waits for that seat.
SEAT_STATUSES: dict[str, tuple[str, ...]] = {
    Role.MODERATOR.value: (Status.RECEIVED.value, Status.ACCEPTED.value),
    Role.GROUP.value: (Status.ASSIGNED.value,),
    Role.LEAD.value: (Status.ASSIGNED.value,),
    Role.ASSISTANT.value: (Status.ASSIGNED.value, Status.SUBMITTED.value),
    Role.MAYOR.value: (Status.SUBMITTED.value,),
    Role.DEPUTY.value: (Status.SUBMITTED.value,),
    Role.AUTHORISED.value: (Status.SUBMITTED.value,),
}
# A screen shows fifteen; so many keep a full hour as quick to open as an almost empty one.
BOARD_LIMIT = 40


def visible(actor: Actor) -> Any:
    """The questions this actor may see, as a query to narrow further."""
    return Question.objects.filter(visibility.staff_filter(actor))


def _seat_query(actor: Actor, seat: str, status: str | None = None) -> Q:
    """What waits for a seat; with a status named, what of that status is the seat's own."""
    query = Q(status__in=SEAT_STATUSES[seat]) if seat in SEAT_STATUSES and not status else Q()
    if seat in GROUP_ROLES:
        query &= visibility.worked_on_by(actor)
    if seat == Role.MODERATOR and not status:
        query |= Q(status=Status.DECLINED, appeal__isnull=False, appeal__closed_at=None)
    if seat == Role.COORDINATOR and not status:
        unconfirmed = Decline.objects.filter(needs_confirmation=True, confirmed_at=None)
        query = Q(status__in=PENDING) | Q(urgent=True) | Q(
            id__in=unconfirmed.values("question_id"), status=Status.DECLINED
        )  # fmt: skip
    return query


def board(
    actor: Actor, *, seat: str | None = None, status: str | None = None, after: int | None = None,
    limit: int = BOARD_LIMIT, words: str = "",
) -> tuple[list[dict[str, Any]], int | None]:  # fmt: skip
    """A page of questions by number, and the number to go on after.

    :param seat: narrow to what waits for this seat; ``None`` shows everything the actor may see
    :param status: narrow to one status
    :param words: narrow to titles and texts that contain this
    """
    rows = visible(actor)
    if seat:
        rows = rows.filter(_seat_query(actor, seat, status))
    if status:
        rows = rows.filter(status__in=status.split(","))
    if words := text.sought(words):
        match = Q(title__icontains=words) | Q(text__icontains=words)
        rows = rows.filter(match | Q(number=int(words)) if words.isascii() and words.isdigit() else match)
    rows = in_order(rows, seat, status)
    if after is not None:
        rows = rows.filter(place__gt=after)
    found = list(full(rows.order_by("place")[: limit + 1]))
    more = found[limit - 1].place if len(found) > limit else None
    return present_staff(actor, found[:limit]), more


def full(rows: Any) -> Any:
    """Questions with all that :func:`present_staff` shows of them, in few queries."""
    return rows.select_related(
        "hour", "unit", "lead", "merged_into", "follows", "accused_unit", "appeal", "hold__account"
    ).prefetch_related(
        "assisting",
        "withholdings",
        "declines",
        "handovers",
        Prefetch("contributions", Contribution.objects.select_related("group", "author")),
    )


def get(actor: Actor, question_id: int) -> Question:
    """One question that this actor may see.

    :raises Refused: 404 otherwise
    """
    return _only(visible(actor).filter(id=question_id))


def reach(actor: Actor, question_id: int) -> Question:
    """One question that exists for this actor, also when only other seats may read it.

    :raises Refused: 404 otherwise
    """
    return _only(Question.objects.filter(visibility.reach_filter(actor), id=question_id))


def _only(rows: Any) -> Question:
    try:
        return cast("Question", full(rows).get())  # `get` sorts nothing: a sixth of what a move costs
    except Question.DoesNotExist:
        raise missing(_("没有这个提问，或它不在您的范围内。")) from None


def drafts_of(questions: Iterable[Question]) -> dict[int, Version]:
    """The current draft of several questions, in one query."""
    wanted = {question.id: question.draft_version for question in questions if question.draft_version}
    rows = Version.objects.filter(question_id__in=wanted)
    rows = rows.select_related(
        "author", "amended_by", "signed_by", "reviewed_by", "paper_signer", "paper_entered_by"
    ).order_by()
    return {row.question_id: row for row in rows if wanted[row.question_id] == row.number}


def present_staff(actor: Actor, questions: list[Question]) -> list[dict[str, Any]]:
    """Questions as staff see them: unmasked, with drafts, people and waiting times; never receipt or contact."""
    drafts = drafts_of(questions)
    followers = _followers(questions)
    return [
        _one(actor, question, shown, drafts.get(question.id), followers.get(question.id, 0))
        for question, shown in zip(questions, present(questions), strict=True)
    ]


def _followers(questions: list[Question]) -> dict[int, int]:
    rows = Question.objects.filter(merged_into__in=[question.id for question in questions])
    return dict(rows.values_list("merged_into").annotate(n=Count("id")))


def _person(account: Any) -> dict[str, str] | None:
    return {"username": account.username, "name": worded(account, "name")} if account else None


def _draft(version: Version | None) -> dict[str, Any] | None:
    if version is None:
        return None
    return {
        "version": version.number,
        "text": version.text,
        "outcome": version.outcome,
        "author": version.author.username,
        "author_name": worded(version.author, "name"),
        "amended_by": version.amended_by.username if version.amended_by else None,
        "amended_by_name": worded(version.amended_by, "name") if version.amended_by else "",
        "drafted_text": version.drafted_text,
        "commitments": version.commitments,
        "findings": reworded(version.findings, version.whole),
        "verdict": version.verdict,
        "verdict_reason": version.verdict_reason,
        "progress": version.progress,
        "measures": version.measures,
        "correction": version.correction,
        "signed": version.signed_at is not None,
        "on_paper": _on_paper(version),
        "sent_back_note": version.sent_back_note,
        "reviewed_by": version.reviewed_by.username if version.reviewed_by else None,
        "reviewed_by_name": worded(version.reviewed_by, "name") if version.reviewed_by else "",
        "drafted_at": when_exactly(version.drafted_at),
        "submitted_at": when_exactly(version.submitted_at),
    }


def _on_paper(version: Version) -> dict[str, Any] | None:
    """What was typed in of a signature on paper and waits for a second person."""
    if version.paper_entered_at is None or version.signed_at is not None:
        return None
    return {
        "signed_by": worded(version.paper_signer, "name") if version.paper_signer else "",
        "signed_at": when_exactly(version.paper_signed_at),
        "entered_by": worded(version.paper_entered_by, "name") if version.paper_entered_by else "",
    }


def _declined(question: Question) -> dict[str, Any] | None:
    decline: Decline | None = next(iter(question.declines.all()), None)
    if decline is None or question.status != Status.DECLINED:
        return None
    return {
        "code": decline.code,
        "label": str(DECLINE_REASONS[decline.code].label),
        "text": decline_text(decline.code, decline_values(question)),
        "handed_to": decline.handed_to,
        "handed_at": when_exactly(decline.handed_at),
        "waits_for_confirmation": decline.needs_confirmation and decline.confirmed_at is None,
    }


def _holder(question: Question) -> dict[str, str] | None:
    hold = getattr(question, "hold", None)
    if hold is None or clock.now() - hold.at >= flow.LOCK_LIFE:
        return None
    return _person(hold.account)


def _one(
    actor: Actor, question: Question, shown: dict[str, Any], draft: Version | None, followers: int
) -> dict[str, Any]:
    appeal = getattr(question, "appeal", None)
    handover = next((one for one in question.handovers.all() if one.released_at is None), None)
    return {
        **shown,
        "title": question.title,
        "text": question.text,
        "display_name": question.display_name,
        "original_title": question.original_title,
        "original_text": question.original_text,
        "channel": question.channel,
        "lead": question.lead_id,
        "lead_name": worded(question.lead, "name") if question.lead else "",
        "assisting": [group.id for group in question.assisting.all()],
        "assisting_names": [worded(group, "name") for group in question.assisting.all()],
        "draft": _draft(draft),
        "contributions": [
            {
                "group": one.group_id,
                "group_name": worded(one.group, "name"),
                "text": one.text,
                "author": worded(one.author, "name"),
                "at": when_exactly(one.at),
            }
            for one in question.contributions.all()
        ],
        "holder": _holder(question),
        "merged_into": question.merged_into_id,
        "declined": _declined(question),
        "followers": followers,
        "waiting_since": when_exactly(question.waiting_since),
        "waiting_minutes": int((clock.now() - question.waiting_since).total_seconds() // 60),
        "accepted_at": when_exactly(question.accepted_at),
        "assigned_at": when_exactly(question.assigned_at),
        "submitted_at": when_exactly(question.submitted_at),
        "published_at": when_exactly(question.published_at),
        "returns": question.returns,
        "designated": question.designated,
        "answer_due": question.answer_due.isoformat() if question.answer_due else None,
        "answer_late": is_late(question),
        "urgent": question.urgent,
        "urgent_to": handover.handed_to if handover else "",
        "taken": question.taken,
        "about_official": question.about_official,
        "accused_unit": question.accused_unit_id,
        "appeal": None if appeal is None else {
            "text": appeal.text, "closed": appeal.closed_at is not None, "upheld": appeal.upheld,
        },
        "public": visibility.is_public(question, question.hour),
    }  # fmt: skip


def is_late(question: Question) -> bool:
    """Whether a prepared answer should have been submitted by now."""
    waits = question.status in {Status.ACCEPTED, Status.ASSIGNED}
    return waits and question.answer_due is not None and question.answer_due < clock.today()


def moves(actor: Actor, question: Question) -> dict[str, Any]:
    """Every verb of this actor's seats with the reason why not now, or ``None``: for the greyed buttons."""
    found = {}
    for verb, move in flow.MOVES.items():
        if actor.holds(move.roles):
            refusal = flow.refusal(actor, verb, question)
            found[verb] = str(refusal.message) if refusal else None
    return found


def funnel(actor: Actor) -> dict[str, Any]:
    """How many wait at each step and how long the oldest has waited; loads of the groups."""
    rows = Question.objects.filter(hour_id=actor.hour_id, status__in=PENDING)
    steps: dict[str, dict[str, Any]] = {
        status: {"count": 0, "oldest_minutes": 0}
        for status in ("received", "accepted", "assigned", "submitted")
    }
    for row in rows.values("status").annotate(n=Count("id"), oldest=Min("waiting_since")):
        minutes = int((clock.now() - row["oldest"]).total_seconds() // 60)
        steps[row["status"]] = {"count": row["n"], "oldest_minutes": minutes}
    return {"steps": steps, "loads": loads(actor), "urgent": rows.filter(urgent=True).count()}


def loads(actor: Actor) -> dict[int, dict[str, int]]:
    """How many questions each group has to answer, by the group's id, and how many minutes the oldest has waited."""
    rows = Question.objects.filter(hour_id=actor.hour_id, status=Status.ASSIGNED, lead__isnull=False)
    return {
        row["lead"]: {
            "open": row["n"],
            "oldest_minutes": int((clock.now() - row["oldest"]).total_seconds() // 60),
        }
        for row in rows.values("lead").annotate(n=Count("id"), oldest=Min("waiting_since"))
    }


def groups(hour: OfficeHour) -> list[dict[str, Any]]:
    """The hour's groups with their units and members, in the order of the number keys."""
    rows = Group.objects.filter(hour=hour).prefetch_related(
        "places__unit",
        Prefetch("seats", Seat.objects.filter(active=True).select_related("account")),
    )
    return [
        {
            "id": group.id,
            "name": worded(group, "name"),
            "units": [
                {"id": place.unit_id, "name": worded(place.unit, "name")} for place in group.places.all()
            ],
            "members": [seat.account.username for seat in group.seats.all()],
            "member_names": [worded(seat.account, "name") for seat in group.seats.all()],
        }
        for group in rows
    ]


def decline_codes() -> list[dict[str, Any]]:
    """The reasons for declining, as desks and programs list them."""
    return [
        {
            "code": reason.code,
            "label": str(reason.label),
            "text": str(reason.text),
            "needs_handover": reason.needs_handover,
            "needs_confirmation": reason.needs_confirmation,
        }
        for reason in DECLINE_REASONS.values()
    ]


def versions(actor: Actor, question_id: int) -> list[Version]:
    """All draft versions of a question this actor may see, oldest first."""
    question = get(actor, question_id)
    return list(question.versions.select_related("author", "amended_by", "signature__signer", "unit"))


def notes(actor: Actor, question_id: int) -> list[Note]:
    """The internal remarks on a question this actor may see."""
    question = get(actor, question_id)
    return list(question.notes.select_related("author"))


def comments_waiting(actor: Actor, *, after: int = 0, limit: int = BOARD_LIMIT) -> list[Comment]:
    """Comments that wait for screening, the oldest first.

    :param after: go on behind this comment (its id)
    """
    rows = Comment.objects.filter(question__hour_id=actor.hour_id, state=Comment.State.RECEIVED, id__gt=after)
    return list(rows.select_related("question").order_by("id")[:limit])


def not_questions_waiting(actor: Actor) -> dict[str, int]:
    """How much else of the hour waits for somebody, in one query.

    ``comments`` for screening, ``clarifications`` for a signature, ``covered`` ones for the second person,
    ``covered_long`` when they have waited for a day.
    """
    comments = Comment.objects.filter(question__hour_id=actor.hour_id, state=Comment.State.RECEIVED)
    rumours = Clarification.objects.filter(hour_id=actor.hour_id)
    kinds = {"comments": comments, "clarifications": rumours.filter(signed_at=None)}
    covered, old = rumours.filter(confirmed_at=None), clock.now() - UNCONFIRMED
    kinds |= {
        "covered": covered.filter(withheld_at__gte=old),
        "covered_long": covered.filter(withheld_at__lt=old),
    }
    first, *others = (rows.order_by().values_list(Value(kind), flat=True) for kind, rows in kinds.items())
    found = Counter(first.union(*others, all=True))
    return {kind: found[kind] for kind in kinds}


def one_line_list(actor: Actor, *, after: int | None = None, limit: int = 200) -> list[dict[str, Any]]:
    """All questions, one line each, with the reader's own read marker."""
    rows = visible(actor).select_related("unit").order_by("number")
    if after is not None:
        rows = rows.filter(number__gt=after)
    found = list(rows[:limit])
    marks = dict(
        ReadMark.objects.filter(account_id=actor.id, question__in=found).values_list("question_id", "at")
    )
    return [
        {
            "id": question.id,
            "number": question.number,
            "title": question.title,
            "status": question.status,
            "status_label": str(Status(question.status).label),
            "unit": worded(question.unit, "name") if question.unit else "",
            "taken": question.taken,
            "read": question.id in marks and marks[question.id] >= question.waiting_since,
        }
        for question in found
    ]


def people_present(actor: Actor) -> dict[str, list[str]]:
    """Who holds which seat, by role: names for the coordinator's board."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for seat in Seat.objects.filter(hour_id=actor.hour_id, active=True).select_related("account", "group"):
        found[seat.role].append(worded(seat.account, "name"))
    return dict(found)


def next_for(actor: Actor, seat: str, *, skip: Iterable[int] = ()) -> Question | None:
    """The next question waiting for this seat that nobody else has open, now held by this actor.

    Two moderators never get the same one: the hold is taken in the same transaction that picks.
    """
    from townhall.questions import holding

    waiting = visible(actor).filter(_seat_query(actor, seat)).exclude(id__in=list(skip))
    return holding.take_next(actor, in_order(waiting, seat, None))


def held_by(actor: Actor) -> list[int]:
    """The questions this actor has open."""
    fresh = clock.now() - flow.LOCK_LIFE
    return list(Hold.objects.filter(account_id=actor.id, at__gt=fresh).values_list("question_id", flat=True))
