"""What one's own unit is invited to and has to do before an hour. Bound to no hour and to no seat."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from townhall.desks import paperwork
from townhall.desks.access import staff
from townhall.desks.fields import Field
from townhall.desks.panels import Attempt
from townhall.kernel.text import whole_number
from townhall.preparation import flow, meeting, queries
from townhall.preparation.choices import Reply

if TYPE_CHECKING:
    from townhall.desks.paperwork import Form
    from townhall.preparation.parties import UnitActor


@staff
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Invitations and tasks of the unit, open ones first."""
    return _show(request, paperwork.unit_of(request), Attempt())


def _show(request: HttpRequest, actor: UnitActor, attempt: Attempt) -> HttpResponse:
    waiting = queries.waiting_for_unit(actor)
    page = whole_number(request.GET.get("page", "")) or 1
    tasks, more = queries.tasks_of_unit(actor, page)
    context = {
        "invitations": [
            one | {"form": _reply_form(actor, one, attempt)} for one in queries.invitations_of_unit(actor)
        ],
        "tasks": [one | {"forms": _task_forms(one, attempt)} for one in tasks],
        "older": page + 1 if more else None,
        "waiting": waiting,
    }
    return render(request, "desks/preparation/unit_tasks.html", context, status=attempt.status)


def _reply_form(actor: UnitActor, one: dict[str, Any], attempt: Attempt) -> Form:
    row = one["invitation"]
    fields = [
        Field(
            "reply", _("回复"), "select", [(value, str(label)) for value, label in Reply.choices if value],
            row.reply or Reply.YES.value,
        ),
        Field("name", _("参会人"), "text", value=row.reply_name or actor.name),
        Field("note", _("说明（请假须写明原因）"), "text", value=row.reply_note),
    ]  # fmt: skip
    return paperwork.form(
        f"reply-{row.id}", flow.INVITATION_MOVES["reply"].label, reverse("desks:unit-reply", args=[row.id]),
        attempt, fields, refused=one["moves"]["reply"] or "", open=not row.reply and not one["moves"]["reply"],
    )  # fmt: skip


def _task_forms(one: dict[str, Any], attempt: Attempt) -> list[Form]:
    fields = {"report": [Field("note", _("完成情况（可不填）"))], "remark": [Field("note", _("进展或困难"))]}
    return [
        paperwork.form(
            f"{name}-{one['task'].id}", flow.TASK_MOVES[name].label,
            reverse("desks:unit-task", args=[one["task"].id, name]), attempt, made,
        )
        for name, made in fields.items()
        if one["moves"].get(name, "") is None
    ]  # fmt: skip


@staff
@require_POST
def reply(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Say whether somebody comes."""
    actor = paperwork.unit_of(request)
    do = partial(meeting.reply, actor, invitation_id)
    show = partial(_show, request, actor)
    return paperwork.act(
        request, f"reply-{invitation_id}", do, show, _("回复已送区府办。"), reverse("desks:unit-tasks")
    )


@staff
@require_POST
def verb(request: HttpRequest, task_id: int, verb: str) -> HttpResponse:
    """Report a task as done, or say how far it is."""
    actor = paperwork.unit_of(request)
    do = partial(meeting.move_task, actor, verb, task_id)
    go = reverse("desks:unit-tasks") + f"#t-{task_id}"
    return paperwork.act(
        request, f"{verb}-{task_id}", do, partial(_show, request, actor), _("已报区府办。"), go
    )
