"""Who calls: a token's account, and who that person is in the hour at hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from ninja.security import HttpBearer

from townhall.hours import roster
from townhall.hours.seats import actor_for
from townhall.kernel.errors import missing
from townhall.kernel.pace import client_of
from townhall.people import actions as people
from townhall.questions import dossier, remarks
from townhall.signon import places

if TYPE_CHECKING:
    from django.http import HttpRequest

    from townhall.hours.models import OfficeHour
    from townhall.hours.seats import Actor
    from townhall.people.models import Account

MOST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose token it is.

    :param may_sign: also sign, withhold and read contacts; given on demo and rehearsal data only
    """

    account: Account
    may_sign: bool
    token: str


class Token(HttpBearer):
    """`Authorization: Bearer`, as `townhall token USERNAME` prints it."""

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        """The caller, or ``None`` for a token that is unknown, expired, revoked, or used where staff may not work."""
        if not places.is_inside(client_of(request)):
            return None
        found = people.account_of_token(token)
        return Caller(found[0], found[1], token) if found else None


def caller(request: HttpRequest) -> Caller:
    """Whose token this request carries; only where :class:`Token` has let it pass."""
    found: Caller = request.auth  # type: ignore[attr-defined] # set by ninja
    return found


def _act(request: HttpRequest, hour: OfficeHour | None, words: str) -> tuple[OfficeHour, Actor]:
    person = caller(request)
    actor = actor_for(person.account, hour, "token", may_sign=person.may_sign) if hour else None
    if hour is None or actor is None:
        raise missing(words)
    return hour, actor


def in_hour(request: HttpRequest, slug: str) -> tuple[OfficeHour, Actor]:
    """The hour at this address and who the caller is there.

    :raises Refused: 404 when there is no such hour, or nothing the caller holds there
    """
    return _act(request, roster.find(slug), _("没有这一期网上办公，或者您在其中没有岗位。"))


def at_question(request: HttpRequest, question_id: int) -> tuple[OfficeHour, Actor]:
    """The same for the hour of a question; whether this very question may be seen is the rooms' matter."""
    hour = dossier.hour_of(question_id) if question_id <= MOST_ID else None
    return _act(request, hour, _("没有这个提问，或它不在您的范围内。"))


def at_comment(request: HttpRequest, comment_id: int) -> tuple[OfficeHour, Actor]:
    """The same for the hour of a comment."""
    hour = dossier.hour_of_comment(comment_id) if comment_id <= MOST_ID else None
    return _act(request, hour, _("没有这条评论。"))


def at_clarification(request: HttpRequest, clarification_id: int) -> tuple[OfficeHour, Actor]:
    """The same for the hour of a clarification."""
    hour = remarks.hour_of_clarification(clarification_id) if clarification_id <= MOST_ID else None
    return _act(request, hour, _("没有这条澄清。"))
