"""How fast one address may go here; trusted networks are exempt, and questions also have a limit per person.

Counted in each process by itself (:mod:`townhall.kernel.pace`). In production the edge takes questions in,
with its own limit; the one here serves installations that run Django alone.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext as _

from townhall.kernel import addresses, effort, pace
from townhall.kernel.errors import NOT_FOUND, TOO_MANY, Refused
from townhall.kernel.pace import RECEIPT_GUESSES, Pace
from townhall.people import identity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.http import HttpRequest

FORMS = pace.usual()
CODES = pace.usual()
REMARKS = pace.usual()
# 同问 is one tap, made while reading down a list.
SUPPORTS = Pace(4 * settings.ASK_LIMIT, max(1, settings.ASK_LIMIT))


def address(request: HttpRequest) -> str:
    """Where a request comes from, believing our own proxies only."""
    forwarded = request.headers.get("X-Forwarded-For", "")
    peer = str(request.META.get("REMOTE_ADDR") or "")
    return addresses.client_address(peer, [forwarded], tuple(settings.TRUSTED_PROXIES))


def _refuse(wait: int) -> Refused:
    return Refused(TOO_MANY, "too_many", _("提交太频繁，请稍后再试。"), retry_after=wait)


def take(limit: Pace, request: HttpRequest) -> None:
    """Use up one turn.

    :raises Refused: 429 when none is left
    """
    where = pace.counted(request)
    if where is not None and (wait := limit.take(where)):
        raise _refuse(wait)


def take_with(receipt: str) -> None:
    """Use up one of the turns that a receipt has, from wherever it is used.

    :raises Refused: 429 when none is left
    """
    if wait := pace.wait_for_receipt(receipt):
        raise _refuse(wait)


def make_effort(request: HttpRequest, body: Mapping[str, Any]) -> None:
    """Under pressure a question comes with a solved puzzle, a ticket that has waited, or a verified mobile.

    :raises Refused: 429 with the means
    """
    where = pace.counted(request)
    if where is None or not effort.is_wanted() or identity.is_person(body.get("verification")):
        return
    if effort.is_solved(body.get("altcha")) or effort.has_waited(body.get("wait_ticket"), where):
        return
    words = _(
        "现在提交的人很多：请先解出 altcha，或等 %(seconds)s 秒后带上 wait_ticket 再提交；验证过手机的不用。"
    )
    means = effort.remedy(where)
    seconds = means["wait_seconds"]
    raise Refused(TOO_MANY, "effort", words % {"seconds": seconds}, retry_after=seconds, more=means)


@contextmanager
def guessing(request: HttpRequest) -> Iterator[None]:
    """Around everything that a receipt opens: each miss costs a turn, and without turns nothing opens.

    :raises Refused: 429 when too many were missed
    """
    where = pace.counted(request)
    if where is not None and (wait := RECEIPT_GUESSES.is_spent(where)):
        raise _refuse(wait)
    try:
        yield
    except Refused as error:
        if error.status == NOT_FOUND and where is not None:
            RECEIPT_GUESSES.take(where)
        raise
