"""What anybody may do, and what a receipt opens."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Router

from townhall.api import bodies, limits, schemas
from townhall.api.answers import answer
from townhall.api.parameters import Key, Receipt, Slug
from townhall.api.public import public_hour, public_question, router
from townhall.api.requests import parse, public_body, words
from townhall.kernel import pace
from townhall.kernel.errors import Refused, missing
from townhall.people import identity
from townhall.questions import asking, citizen_actions, tracking

if TYPE_CHECKING:
    from collections.abc import Callable

tracks = Router(tags=["citizen", "track"])
TAGS = ["citizen"]
CREATED = 201
ACCEPTED = 202
MOST_BROWSER_KEY = 100


@router.post(
    "/hours/{slug:slug}/questions",
    response={CREATED: schemas.Asked},
    openapi_extra=bodies.takes(bodies.Ask),
    tags=TAGS,
)
def ask(request: HttpRequest, slug: Slug, key: Key = "") -> HttpResponse:
    """Ask a question. Keep the receipt: it opens what became of it."""
    body = public_body(request)
    limits.take(limits.FORMS, request)
    hour = public_hour(slug, key)
    typed = parse(body)
    limits.make_effort(request, typed)
    parsed = asking.parse(hour, typed)
    parsed.address, parsed.agent = limits.address(request), request.headers.get("User-Agent", "")
    asked = citizen_actions.ask(parsed)
    return answer(asdict(asked), status=CREATED)


@router.post(
    "/verifications",
    response={ACCEPTED: schemas.CodeSent},
    openapi_extra=bodies.takes(bodies.Mobile),
    tags=TAGS,
)
def start_verification(request: HttpRequest) -> HttpResponse:
    """Have a one-time code sent to a mobile."""
    body = public_body(request)
    limits.take(limits.CODES, request)
    mobile = words(parse(body), "mobile")
    return answer({"expires_at": identity.start_verification(mobile, pace.counted(request))}, status=ACCEPTED)


@router.post(
    "/verifications/confirm",
    response=schemas.Verified,
    openapi_extra=bodies.takes(bodies.MobileAndCode),
    tags=TAGS,
)
def confirm_verification(request: HttpRequest) -> HttpResponse:
    """Exchange mobile and code for the token that stands for the verified person."""
    body = public_body(request)
    limits.take(limits.CODES, request)
    payload = parse(body)
    token, expires_at = identity.confirm_verification(words(payload, "mobile"), words(payload, "code"))
    return answer({"token": token, "expires_at": expires_at})


@router.post(
    "/questions/{int:question_id}/support",
    response=schemas.Supports,
    openapi_extra=bodies.takes(bodies.Support, required=False),
    tags=TAGS,
)
def support(request: HttpRequest, question_id: int, key: Key = "") -> HttpResponse:
    """同问: I ask this too, once a person; where nobody is verified, once a device or address."""
    body = public_body(request)
    limits.take(limits.SUPPORTS, request)
    public_question(question_id, key)
    payload = parse(body)
    device = words(payload, "browser")[:MOST_BROWSER_KEY] or _device(request)
    supports = citizen_actions.support(
        question_id, verification=words(payload, "verification"), browser=device
    )
    return answer({"supports": supports})


def _device(request: HttpRequest) -> str:
    """What tells one reader from the next who sends nothing; only its keyed hash is kept."""
    return f"{limits.address(request)} {request.headers.get('User-Agent', '')}"


@router.post(
    "/questions/{int:question_id}/comments",
    response={ACCEPTED: schemas.CommentReceived},
    openapi_extra=bodies.takes(bodies.Remark),
    tags=TAGS,
)
def comment(request: HttpRequest, question_id: int, key: Key = "") -> HttpResponse:
    """Comment on a published answer; shown after screening."""
    body = public_body(request)
    limits.take(limits.REMARKS, request)
    public_question(question_id, key)
    row = citizen_actions.comment(question_id, parse(body))
    return answer({"id": row.id, "state": row.state}, status=ACCEPTED)


# -- with the receipt in hand --------------------------------------------------------------------------------


def _unknown() -> Refused:
    return missing(_("没有这个查询码，请核对十二位数字。"))


def _tracked(receipt: str) -> HttpResponse:
    """What the receipt opens; in nobody's cache, index or Referer.

    :raises Refused: 404
    """
    found = tracking.track(receipt)
    if found is None:
        raise _unknown()
    response = answer(found)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _act(request: HttpRequest, receipt: str, action: Callable[[dict[str, Any]], object]) -> HttpResponse:
    body = public_body(request)
    with limits.guessing(request):
        if citizen_actions.find_asker(receipt) is None:
            raise _unknown()
        limits.take_with(receipt)
        action(parse(body))
        return _tracked(receipt)


@tracks.get("/{receipt}", response=schemas.Tracked)
def track(request: HttpRequest, receipt: Receipt) -> HttpResponse:
    """What became of one's own question."""
    with limits.guessing(request):
        return _tracked(receipt)


@tracks.post(
    "/{receipt}/withdraw",
    response=schemas.Tracked,
    openapi_extra=bodies.takes(bodies.Nothing, required=False),
)
def withdraw(request: HttpRequest, receipt: Receipt) -> HttpResponse:
    """Take the question back, until an answer waits for signature."""
    return _act(request, receipt, lambda _payload: citizen_actions.withdraw(receipt))


@tracks.post(
    "/{receipt}/appeal",
    response=schemas.Tracked,
    openapi_extra=bodies.takes(bodies.OptionalWords, required=False),
)
def appeal(request: HttpRequest, receipt: Receipt) -> HttpResponse:
    """Ask, once, that somebody else looks at a refusal again."""
    return _act(request, receipt, lambda payload: citizen_actions.appeal(receipt, payload))


@tracks.post("/{receipt}/supplement", response=schemas.Tracked, openapi_extra=bodies.takes(bodies.Words))
def supplement(request: HttpRequest, receipt: Receipt) -> HttpResponse:
    """Add what was missing: back to screening, at the old place in the queue."""
    return _act(request, receipt, lambda payload: citizen_actions.supplement(receipt, payload))


@tracks.post("/{receipt}/rating", response=schemas.Tracked, openapi_extra=bodies.takes(bodies.Rating))
def rate(request: HttpRequest, receipt: Receipt) -> HttpResponse:
    """Say in one of five words whether the answer helped; the last word counts."""
    return _act(request, receipt, lambda payload: citizen_actions.rate(receipt, payload))
