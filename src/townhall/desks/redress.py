"""Correction and removal requests at the coordinator's office. Bound to no hour."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from townhall.desks import paperwork
from townhall.desks.access import place_of_comment, signed_in, staff
from townhall.desks.fields import Field
from townhall.desks.panels import Attempt
from townhall.hours import seats
from townhall.kernel.errors import FORBIDDEN, Refused
from townhall.kernel.text import whole_number
from townhall.questions import remarks
from townhall.questions.choices import WithholdCode
from townhall.redress import actions, flow, queries
from townhall.redress.choices import RefusalReason

if TYPE_CHECKING:
    from townhall.hours.seats import Actor


# More pages than there will ever be, and no number that a database cannot hold.
_MOST_PAGES = 10_000


def _page(request: HttpRequest) -> int:
    return min(whole_number(request.GET.get("page", "")) or 1, _MOST_PAGES)


def _here(page: int) -> str:
    return f"?page={page}" if page > 1 else ""


def _actor(request: HttpRequest) -> Actor:
    actor = seats.staff_actor(signed_in(request))
    if actor is None:
        raise Refused(FORBIDDEN, "seat", _("更正、撤下申请由区府办办理。"))
    return actor


@staff
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Open requests by their day, then the decided ones."""
    return _show(request, _actor(request), Attempt())


@staff
@require_POST
def act(request: HttpRequest, case_id: int, verb: str) -> HttpResponse:
    """Take up, refer, decide."""
    actor = _actor(request)
    do = partial(actions.perform, actor, verb, case_id)
    label = flow.MOVES[verb].label if verb in flow.MOVES else ""
    told = _("%(verb)s，已完成。") % {"verb": label}
    go = f"{reverse('desks:redress')}{_here(_page(request))}#r-{case_id}"
    return paperwork.act(request, f"{verb}-{case_id}", do, partial(_show, request, actor), told, go)


@staff
@require_POST
def look(request: HttpRequest, case_id: int) -> HttpResponse:
    """Show who asked, once; the look is on record and the page is not kept."""
    actor = _actor(request)
    found = actions.look(actor, case_id)
    return _show(request, actor, Attempt(), seen={"case": case_id, **found})


@staff
@require_POST
def remove_comment(request: HttpRequest, case_id: int) -> HttpResponse:
    """Take down the comment that a case is about, with the seat or office that the person has in its hour."""
    actor = _actor(request)
    comment_id = queries.comment_of(actor, case_id)
    place = place_of_comment(request, comment_id)
    do = partial(remarks.remove_comment, place.actor, comment_id)
    go = f"{reverse('desks:redress')}{_here(_page(request))}#r-{case_id}"
    return paperwork.act(
        request, f"remove-comment-{case_id}", do, partial(_show, request, actor), _("评论已撤下。"), go
    )


def _removal(row: dict[str, Any], attempt: Attempt, here: str) -> paperwork.Form | None:
    """The form that takes a comment down, while it is still shown."""
    if not row.get("is_shown"):
        return None
    codes = [("", _("请选择")), *((str(code), str(label)) for code, label in WithholdCode.choices)]
    return paperwork.form(
        f"remove-comment-{row['id']}", _("撤下评论"),
        reverse("desks:redress-remove-comment", args=[row["id"]]) + here, attempt,
        [Field("code", _("原因"), "select", codes, required=True)],
        summary=_("各处立即不再显示，不再恢复"),
    )  # fmt: skip


def _fields(verb: str) -> list[Field]:
    if verb in {"close_corrected", "close_removed"}:
        return [Field("reply", _("告诉申请人的话（可不填）"))]
    if verb == "refuse":
        reasons = [("", _("请选择")), *((code, str(label)) for code, label in RefusalReason.choices)]
        return [
            Field("reason_code", _("理由"), "select", reasons),
            Field("reply", _("告诉申请人的话"), help=_("写明核查了什么、为什么，以及不服可以找谁。")),
        ]
    return []


def _show(
    request: HttpRequest, actor: Actor, attempt: Attempt, seen: dict[str, Any] | None = None
) -> HttpResponse:
    page = _page(request)
    rows, counts = queries.cases(actor, page), queries.open_counts(actor)
    for row in rows:
        row["forms"] = [
            paperwork.form(
                f"{verb}-{row['id']}", flow.MOVES[verb].label,
                reverse("desks:redress-act", args=[row["id"], verb]) + _here(page),
                attempt, _fields(verb), refused=refused or "", summary=flow.MOVES[verb].summary,
            )
            for verb, refused in row["moves"].items()
        ]  # fmt: skip
        row["removal"] = _removal(row, attempt, _here(page))
        row["seen"] = seen if seen and seen["case"] == row["id"] else None
    context = {
        "open": [row for row in rows if row["open"]],
        "ended": [row for row in rows if not row["open"]],
        "counts": counts,
        "here": _here(page),
        "before": page - 1,
        "following": page + 1 if counts["open"] > page * queries.MOST_OPEN else 0,
    }
    return render(request, "desks/redress/cases.html", context, status=attempt.status)
