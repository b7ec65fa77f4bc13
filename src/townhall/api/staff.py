"""The desks for programs: the hour, its boards, comments and clarifications. Every call carries a token."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router

from townhall.api import auth, bodies, cursors, schemas, staff_schemas
from townhall.api.answers import answer, listed
from townhall.api.citizen import CREATED
from townhall.api.parameters import PER_PAGE, After, Limit, Slug
from townhall.api.requests import parse, staff_body
from townhall.hours import actions as hour_actions
from townhall.hours import flow as hour_flow
from townhall.hours import published as hours
from townhall.hours import seats
from townhall.hours.choices import Role
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused
from townhall.live import tickets
from townhall.questions import dossier, intake, published, queries, remarks
from townhall.questions.choices import Status

if TYPE_CHECKING:
    from townhall.hours.models import OfficeHour
    from townhall.hours.seats import Actor

router = Router(tags=["desk"], auth=auth.Token())
Seat = Annotated[Role | None, Query(description="narrow to what waits for this seat")]


def _hour_for(actor: Actor, hour: OfficeHour) -> dict[str, Any]:
    can = {}
    for verb, move in hour_flow.MOVES.items():
        if actor.holds(move.roles):
            refusal = hour_flow.refusal(actor, verb, hour)
            can[verb] = str(refusal.message) if refusal else None
    return {
        **hours.present([hour])[0],
        "groups": queries.groups(hour),
        "decline_codes": queries.decline_codes(),
        "roles": sorted(actor.roles),
        "group_ids": sorted(actor.group_ids),
        "can": can,
    }


@router.get("/me", response=staff_schemas.Me)
def get_me(request: HttpRequest) -> HttpResponse:
    """Whose token this is, and where this person holds a seat."""
    person = auth.caller(request)
    held = []
    for hour in seats.hours_of(person.account):
        actor = seats.actor_for(person.account, hour, "token", may_sign=person.may_sign)
        held.append(
            {
                "slug": hour.slug, "title": hour.title, "stage": hour.stage, "starts_at": hour.starts_at,
                "ends_at": hour.ends_at, "rehearsal": hour.rehearsal, "roles": sorted(actor.roles) if actor else [],
            }
        )  # fmt: skip
    about = {"username": person.account.username, "name": person.account.name, "may_sign": person.may_sign}
    return answer({**about, "hours": held})


@router.get("/hours/{slug:slug}", response=staff_schemas.StaffHour)
def get_desk_hour(request: HttpRequest, slug: Slug) -> HttpResponse:
    """The hour with its groups, reasons for declining, and what the caller can do to it."""
    hour, actor = auth.in_hour(request, slug)
    return answer(_hour_for(actor, hour))


@router.get("/hours/{slug:slug}/overview", response=staff_schemas.Overview)
def get_overview(request: HttpRequest, slug: Slug) -> HttpResponse:
    """Where questions wait and for how long, loads of the groups, who sits where, what cries for somebody."""
    hour, actor = auth.in_hour(request, slug)
    return answer(
        {
            "counts": published.counts([hour.id])[hour.id],
            **queries.funnel(actor),
            "people": queries.people_present(actor),
            "alarms": dossier.alarms(actor),
        }
    )


@router.get("/hours/{slug:slug}/questions", response=staff_schemas.StaffQuestions)
def list_desk_questions(
    request: HttpRequest,
    slug: Slug,
    seat: Seat = None,
    status: Annotated[
        str | None, Query(description="one status, or several with commas between them")
    ] = None,
    after: After = None,
    limit: Limit = PER_PAGE,
) -> HttpResponse:
    """The questions the caller may see, by number."""
    _hour, actor = auth.in_hour(request, slug)
    items, last = queries.board(
        actor, seat=seat, status=_statuses(status), after=cursors.number(after), limit=limit
    )
    return listed(items, cursors.make(last))


def _statuses(text: str | None) -> str | None:
    """:raises InvalidFields: for a word that is no status"""
    if text and set(text.split(",")) - set(Status.values):
        raise InvalidFields({"status": _("请从 %(values)s 中选择。") % {"values": "、".join(Status.values)}})
    return text


@router.post(
    "/hours/{slug:slug}/questions",
    response={CREATED: schemas.Asked},
    openapi_extra=bodies.takes(bodies.AskOnBehalf),
)
def ask_on_behalf(request: HttpRequest, slug: Slug) -> HttpResponse:
    """Register what somebody asks in the hall, at the counter, by telephone or on paper; the receipt this once."""
    hour, actor = auth.in_hour(request, slug)
    intake.demand_seat(actor)
    asked = intake.register(actor, hour, parse(staff_body(request)))
    return answer(asdict(asked), status=CREATED)


@router.get("/hours/{slug:slug}/lines", response=staff_schemas.Lines)
def list_lines(
    request: HttpRequest, slug: Slug, after: After = None, limit: Limit = PER_PAGE
) -> HttpResponse:
    """All questions the caller may see, one line each, with the caller's read marker."""
    _hour, actor = auth.in_hour(request, slug)
    found = queries.one_line_list(actor, after=cursors.number(after), limit=limit + 1)
    last = found[limit - 1]["number"] if len(found) > limit else None
    return listed(found[:limit], cursors.make(last))


@router.get("/hours/{slug:slug}/comments", response=staff_schemas.WaitingComments)
def list_waiting_comments(
    request: HttpRequest, slug: Slug, after: After = None, limit: Limit = PER_PAGE
) -> HttpResponse:
    """Comments that wait for screening, the oldest first."""
    _hour, actor = auth.in_hour(request, slug)
    rows = queries.comments_waiting(actor, after=cursors.number(after) or 0, limit=limit + 1)
    last = rows[limit - 1].id if len(rows) > limit else None
    return listed([_comment(row) for row in rows[:limit]], cursors.make(last))


def _comment(row: Any) -> dict[str, Any]:
    return {
        "id": row.id, "question": row.question_id, "number": row.question.number,
        "display_name": row.display_name, "text": row.text, "state": row.state, "at": row.at,
    }  # fmt: skip


@router.post(
    "/comments/{int:comment_id}/remove",
    response=staff_schemas.WaitingComment,
    openapi_extra=bodies.takes(bodies.CoverFields),
)
def remove_comment(request: HttpRequest, comment_id: int) -> HttpResponse:
    """Take down a comment that was shown."""
    _hour, actor = auth.at_comment(request, comment_id)
    remarks.demand_remover(actor)
    return answer(_comment(remarks.remove_comment(actor, comment_id, parse(staff_body(request)))))


@router.post(
    "/comments/{int:comment_id}/{verb}",
    response=staff_schemas.WaitingComment,
    openapi_extra=bodies.takes(bodies.Nothing, required=False),
)
def screen_comment(request: HttpRequest, comment_id: int, verb: str) -> HttpResponse:
    """Show a comment, or not."""
    _hour, actor = auth.at_comment(request, comment_id)
    remarks.demand_screener(actor, verb)
    parse(staff_body(request))
    return answer(_comment(remarks.screen_comment(actor, verb, comment_id)))


@router.get("/hours/{slug:slug}/clarifications", response=schemas.Clarifications)
def list_desk_clarifications(request: HttpRequest, slug: Slug) -> HttpResponse:
    """The hour's clarifications, drafted and signed, the newest first."""
    _hour, actor = auth.in_hour(request, slug)
    return listed([_clarification(row) for row in remarks.clarifications(actor)], None)


def _clarification(row: Any) -> dict[str, Any]:
    words = {"rumour": row.rumour, "fact": row.fact, "source": row.source}  # staff read also what is covered
    return {**published.clarification_as_public(row), **words, "author": row.author.username}


@router.post(
    "/hours/{slug:slug}/clarifications",
    response={CREATED: schemas.Clarification},
    openapi_extra=bodies.takes(bodies.Clarify),
)
def draft_clarification(request: HttpRequest, slug: Slug) -> HttpResponse:
    """Draft an answer to a rumour."""
    _hour, actor = auth.in_hour(request, slug)
    remarks.demand_drafter(actor)
    row = remarks.draft_clarification(actor, parse(staff_body(request)))
    return answer(_clarification(row), status=CREATED)


@router.post(
    "/clarifications/{int:clarification_id}/sign",
    response=schemas.Clarification,
    openapi_extra=bodies.takes(bodies.Nothing, required=False),
)
def sign_clarification(request: HttpRequest, clarification_id: int) -> HttpResponse:
    """Sign and so publish a clarification; its author cannot."""
    _hour, actor = auth.at_clarification(request, clarification_id)
    remarks.demand_signer(actor)
    parse(staff_body(request))
    return answer(_clarification(remarks.sign_clarification(actor, clarification_id)))


@router.post(
    "/clarifications/{int:clarification_id}/{verb}",
    response=schemas.Clarification,
    openapi_extra=bodies.takes(bodies.CoverFields, required=False),
)
def cover_clarification(request: HttpRequest, clarification_id: int, verb: str) -> HttpResponse:
    """Cover a signed clarification (``withhold``), confirm that as a second person, or show it again (``restore``)."""
    hour, actor = auth.at_clarification(request, clarification_id)
    remarks.demand_coverer(actor, verb, hour.stage)
    data = parse(staff_body(request))
    return answer(_clarification(remarks.cover_clarification(actor, verb, clarification_id, data)))


@router.post(
    "/hours/{slug:slug}/ticket",
    response=staff_schemas.Ticket,
    openapi_extra=bodies.takes(bodies.Nothing, required=False),
)
def make_ticket(request: HttpRequest, slug: Slug) -> HttpResponse:
    """A one-minute ticket for the staff stream of this hour; the stream ends with the token or the seat."""
    hour, actor = auth.in_hour(request, slug)
    parse(staff_body(request))
    ticket = tickets.issue(actor.id, hour.id, token=auth.caller(request).token)
    expires_at = clock.now() + timedelta(seconds=tickets.TICKET_SECONDS)
    url = f"{settings.BASE_URL}/desk/{hour.slug}/stream?ticket={ticket}"
    return answer({"ticket": ticket, "expires_at": expires_at, "stream_url": url})


@router.post(
    "/hours/{slug:slug}/next",
    response=staff_schemas.Picked,
    openapi_extra=bodies.takes(bodies.Nothing, required=False),
)
def pick_next(request: HttpRequest, slug: Slug, seat: Role) -> HttpResponse:
    """The longest waiting question of a seat that nobody else has open, now held by the caller."""
    _hour, actor = auth.in_hour(request, slug)
    parse(staff_body(request))
    picked = queries.next_for(actor, seat)
    shown = queries.present_staff(actor, [queries.get(actor, picked.id)])[0] if picked else None
    return answer({"question": shown})


@router.post(
    "/hours/{slug:slug}/{verb}",
    response=staff_schemas.StaffHour,
    openapi_extra=bodies.takes(*bodies.HOUR_VERBS.values(), required=False),
)
def move_hour(request: HttpRequest, slug: Slug, verb: str) -> HttpResponse:
    """Move the hour: announce, open, pause, extend, wrap, archive and the others. Reasons are public."""
    _hour, actor = auth.in_hour(request, slug)
    try:
        payload = parse(staff_body(request))
    except InvalidFields:
        if verb not in hour_flow.MOVES:
            hour_actions.perform(actor, verb, {})
        if refusal := hour_flow.seat_refusal(actor, verb):
            raise Refused(refusal.status, refusal.code, refusal.message) from None
        raise
    return answer(_hour_for(actor, hour_actions.perform(actor, verb, payload)))
