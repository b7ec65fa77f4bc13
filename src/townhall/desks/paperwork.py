"""What the pages before the hour share: forms folded behind their names, acts that come back with what was typed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from townhall.desks import formdata
from townhall.desks.access import signed_in
from townhall.desks.panels import Attempt
from townhall.documents import serving
from townhall.kernel import clock
from townhall.kernel.errors import FORBIDDEN, InvalidFields, Refused
from townhall.preparation import parties, queries

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from django.utils.functional import _StrPromise

    from townhall.desks.fields import Field
    from townhall.people.models import Account
    from townhall.preparation.papers import Made
    from townhall.preparation.parties import UnitActor

    Act = Callable[[dict[str, Any]], Any]


@dataclass(slots=True)
class Form:
    """One act of a page.

    :param name: tells this form from the others on its page; an attempt names it
    :param refused: why it is not possible now; then only its greyed name stands there
    :param open: unfolded from the start
    """

    name: str
    label: Any
    action: str
    fields: list[Field] = field(default_factory=list)
    summary: Any = ""
    refused: Any = ""
    failed: str = ""
    open: bool = False

    @property
    def has_file(self) -> bool:
        """Whether it sends a file."""
        return any(one.kind == "file" for one in self.fields)


def form(
    name: str, label: Any, action: str, attempt: Attempt, fields: list[Field] | None = None, **more: Any
) -> Form:
    """A form; after a refused attempt it is open, as it was typed, with the errors at their fields."""
    made = Form(name, label, action, fields or [], **more)
    if attempt.verb != name:
        return made
    typed = attempt.typed.data
    for one in made.fields:
        one.error = attempt.places.get(one.name, "")
        if one.kind == "check":
            one.value = one.name in typed
        elif one.kind != "file":
            one.value = typed.get(one.name, [] if one.kind == "checks" else "")
    known = {one.name for one in made.fields}
    stray = [words for name, words in attempt.places.items() if name not in known]
    made.failed = " ".join([attempt.message, *stray]) if attempt.error else ""
    made.open = True
    return made


def act(
    request: HttpRequest, name: str, do: Act, show: Callable[[Attempt], HttpResponse],
    told: str | _StrPromise | Callable[[], str], go: str,
) -> HttpResponse:  # fmt: skip
    """Do what a form asks for and go on, or show the page again with what was typed and why it was refused.

    :param do: the action, given the form's fields
    :param told: what is said once it is done; called afterwards where that depends on what came of it
    """
    typed = formdata.read(request)
    try:
        do(typed.data)
    except (Refused, InvalidFields) as error:
        attempt = Attempt(verb=name, typed=typed, error=error)
        if isinstance(error, InvalidFields):
            attempt.places = {field: str(message) for field, message in error.errors.items()}
        return show(attempt)
    messages.success(request, told() if callable(told) else str(told))
    return redirect(go)


def unit_of(request: HttpRequest) -> UnitActor:
    """Whom this person acts for.

    :raises Refused: 403 without a unit
    """
    found = parties.unit_actor(signed_in(request))
    if found is None:
        raise Refused(FORBIDDEN, "unit", _("您的账号没有所属单位，请联系技术保障登记。"))
    return found


def waiting(account: Account) -> dict[str, int]:
    """How much waits for this person's unit; empty without a unit."""
    found = parties.unit_actor(account)
    return queries.waiting_for_unit(found) if found else {}


def local(moment: datetime | None) -> str:
    """A moment as a form's time field holds it."""
    return clock.local(moment).strftime("%Y-%m-%dT%H:%M") if moment else ""


def download(made: Made) -> HttpResponse:
    """A paper as a file of its own."""
    return serving.made(made.content, made.name, made.content_type)


def sure(data: dict[str, Any]) -> None:
    """Go on only when the box was ticked.

    :raises InvalidFields: otherwise
    """
    if not data.get("sure"):
        raise InvalidFields({"sure": _("请先勾选确认。")})
