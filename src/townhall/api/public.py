"""What anybody may see."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router

from townhall.api import cursors, schemas
from townhall.api.answers import BRIEFLY, NEVER, answer, caching, listed
from townhall.api.parameters import PER_PAGE, After, Key, Limit, Show, Slug
from townhall.commitments.published import State
from townhall.hours import published as hours
from townhall.hours.choices import Stage
from townhall.insight import statistics
from townhall.kernel.errors import missing
from townhall.questions import promised
from townhall.questions import published as questions

if TYPE_CHECKING:
    from townhall.hours.models import OfficeHour

router = Router(tags=["public"])
_SLUG = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
Shown = Annotated[Show | None, Query(description="narrow to how the question ended, or to `pending`")]


def public_hour(slug: str, key: str = "") -> OfficeHour:
    """The hour at this address.

    :raises Refused: 404 when the public has none there
    """
    hour = hours.find(slug, key) if _SLUG.match(slug) else None
    if hour is None:
        raise missing(_("没有这一期网上办公。"))
    return hour


def public_question(question_id: int, key: str = "") -> dict[str, Any]:
    """The question as anybody may see it.

    :raises Refused: 404 when the public has none there
    """
    found = questions.get(question_id, key=key)
    if found is None:
        raise missing(_("没有这个提问，或它没有公开。"))
    return found


@router.get("/hours", response=schemas.Hours)
def list_hours(
    request: HttpRequest, stage: Stage | None = None, after: After = None, limit: Limit = PER_PAGE
) -> HttpResponse:
    """Public office hours, the latest first."""
    found = hours.list_hours(stage, before_id=cursors.number(after), limit=limit + 1)
    last = found[limit - 1]["id"] if len(found) > limit else None
    return listed(found[:limit], cursors.make(last), cache=BRIEFLY)


@router.get("/hours/{slug:slug}", response=schemas.Hour)
def get_hour(request: HttpRequest, slug: Slug, key: Key = "") -> HttpResponse:
    """One office hour: its stage, whether one can ask, and how its questions stand."""
    return answer(hours.present([public_hour(slug, key)])[0], cache=caching(key))


@router.get("/hours/{slug:slug}/questions", response=schemas.Questions)
def list_questions(
    request: HttpRequest,
    slug: Slug,
    show: Shown = None,
    after: After = None,
    limit: Limit = PER_PAGE,
    key: Key = "",
) -> HttpResponse:
    """An hour's public questions by number."""
    hour = public_hour(slug, key)
    items, last = questions.public_list(hour.id, show=show, after=cursors.number(after), limit=limit)
    return listed(items, cursors.make(last), cache=caching(key))


@router.get("/hours/{slug:slug}/answers", response=schemas.Questions)
def list_answers(
    request: HttpRequest, slug: Slug, after: After = None, limit: Limit = PER_PAGE, key: Key = ""
) -> HttpResponse:
    """An hour's answered questions in the order in which they were first signed."""
    hour = public_hour(slug, key)
    items, last = questions.answers(hour.id, after=cursors.moment_and_number(after), limit=limit)
    return listed(items, cursors.make(*last) if last else None, cache=caching(key))


@router.get("/hours/{slug:slug}/clarifications", response=schemas.Clarifications)
def list_clarifications(request: HttpRequest, slug: Slug, key: Key = "") -> HttpResponse:
    """Rumours answered in this hour, signed, the newest first."""
    return listed(questions.clarifications(hour_id=public_hour(slug, key).id), None, cache=caching(key))


@router.get("/questions/{int:question_id}", response=schemas.Question)
def get_question(request: HttpRequest, question_id: int, key: Key = "") -> HttpResponse:
    """One public question, with its answer once it is signed."""
    return answer(public_question(question_id, key), cache=caching(key))


@router.get("/questions/{int:question_id}/comments", response=schemas.Comments)
def list_comments(
    request: HttpRequest, question_id: int, after: After = None, limit: Limit = PER_PAGE, key: Key = ""
) -> HttpResponse:
    """The screened comments under a question, the oldest first."""
    public_question(question_id, key)
    found = questions.comments_of(question_id, after=cursors.number(after) or 0, limit=limit + 1)
    last = found[limit - 1]["id"] if len(found) > limit else None
    return listed(found[:limit], cursors.make(last), cache=caching(key))


@router.get("/commitments", response=schemas.Commitments)
def list_commitments(
    request: HttpRequest,
    unit: Annotated[int | None, Query(ge=0, le=cursors.MOST_NUMBER)] = None,
    state: State | None = None,
    late: bool | None = None,  # noqa: FBT001 - a query parameter
    after: After = None,
    limit: Limit = PER_PAGE,
) -> HttpResponse:
    """Promises made in public answers by due date, the earliest first; lead and assisting units alike.

    Without ``state`` all but replaced ones.
    """
    place = cursors.day_and_number(after)
    items, last = promised.promises(
        unit_id=unit, state=state, late=late, after=promised.Place(*place) if place else None, limit=limit
    )
    return listed(items, cursors.make(*last) if last else None, cache=BRIEFLY)


@router.get("/statistics", response=schemas.Statistics)
def get_statistics(
    request: HttpRequest,
    hour: str | None = None,
    year: Annotated[int | None, Query(ge=1000, le=9999)] = None,
    key: Key = "",
) -> HttpResponse:
    """What one hour came to, one year's hours, or all public ones together; counted from the journal."""
    found = public_hour(hour, key) if hour is not None else None
    counted = statistics.of(found.id if found else None, year=year)
    return answer({"hour": found.slug if found else None, **counted}, cache=NEVER if key else BRIEFLY)
