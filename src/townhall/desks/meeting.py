"""The prep meeting as the coordinator runs it: invitation, attendance, minutes, and what each unit has to do."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from townhall.desks import paperwork
from townhall.desks.access import Place, place_in, staff
from townhall.desks.fields import Field
from townhall.desks.notices import frame
from townhall.desks.panels import Attempt
from townhall.kernel import clock
from townhall.kernel.errors import missing
from townhall.people import directory
from townhall.preparation import flow, papers, queries
from townhall.preparation import meeting as actions

if TYPE_CHECKING:
    from townhall.desks.paperwork import Act, Form

TOLD = {
    "arrange": gettext_lazy("会议安排已保存。发出邀请后各单位才会收到。"),
    "invite": gettext_lazy("邀请已发出，等待各单位回复。"),
    "call_off": gettext_lazy("会议已取消，各单位将收到告知。"),
    "attend": gettext_lazy("出席情况已登记。"),
    "minute": gettext_lazy("纪要已保存。"),
}


@staff
@require_GET
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """The meeting and the tasks of the hour."""
    return _show(request, place_in(request, slug), Attempt())


def _show(request: HttpRequest, place: Place, attempt: Attempt) -> HttpResponse:
    shown = queries.meeting(place.actor)
    tasks = queries.tasks(place.actor)
    context = frame(place) | {
        "shown": shown,
        "forms": _forms(place, shown, attempt),
        "attend": _attendance(place, shown, attempt),
        "tasks": [one | {"forms": _task_forms(place, one, attempt)} for one in tasks],
        "open": sum(one["task"].state == "open" for one in tasks),
        "done": sum(one["task"].state == "done" for one in tasks),
        "late": sum(one["late"] for one in tasks),
    }
    return render(request, "desks/preparation/meeting.html", context, status=attempt.status)


def _address(place: Place, verb_name: str) -> str:
    return reverse("desks:meeting-verb", args=[place.hour.slug, verb_name])


def _units() -> list[tuple[str, str]]:
    return [(str(one), name) for one, name in directory.units()]


def _forms(place: Place, shown: dict[str, Any] | None, attempt: Attempt) -> dict[str, Form]:
    """What the coordinator can do to the meeting now; nothing for those who only look."""
    if not place.actor.holds(flow.COORDINATOR):
        return {}
    row = shown["meeting"] if shown else None
    units = [one.unit_id for one in shown["invitations"]] if shown else queries.concerned(place.actor)
    begin = flow.begin_refusal(place.actor, place.hour.stage, flow.BEFORE)
    why = {"arrange": begin.message if begin else None} if shown is None else shown["moves"]
    fields = {
        "arrange": [
            Field("starts_at", _("会议时间"), "moment", value=paperwork.local(row.starts_at) if row else ""),
            Field("place", _("会议地点"), "text", value=row.place if row else ""),
            Field("agenda", _("议程"), value=row.agenda if row else ""),
            Field("units", _("参会单位"), "checks", _units(), units),
        ],
        "invite": [],
        "minute": [
            Field("text", _("会议纪要"), value=shown["minutes"].text if shown and shown["minutes"] else "",
                  help=_("每行一段。保存后是新的一稿，原稿保留。")),
        ],
        "call_off": [Field("sure", _("确认取消会议"), "check")],
    }  # fmt: skip
    made = {
        name: paperwork.form(
            name, flow.MEETING_MOVES[name].label, _address(place, name), attempt, fields[name],
            summary=flow.MEETING_MOVES[name].summary, refused=why[name] or "",
            open=name == "arrange" and shown is None,
        )
        for name in fields
        if name in why
    }  # fmt: skip
    give = [
        Field("text", _("任务"), "text"),
        Field("due_on", _("完成期限"), "date"),
        Field("units", _("承办单位"), "checks", _units()),
    ]
    made["give"] = paperwork.form(
        "give", _("部署任务"), reverse("desks:meeting-tasks", args=[place.hour.slug]), attempt, give,
        summary=_("同一任务可一次交给几个单位，各自完成、各自报告。"), refused=begin.message if begin else "",
    )  # fmt: skip
    return made


def _attendance(place: Place, shown: dict[str, Any] | None, attempt: Attempt) -> dict[str, Any] | None:
    """The list to tick at the door."""
    if shown is None or shown["moves"].get("attend", "") is not None:
        return None
    if shown["meeting"].starts_at > clock.now() and attempt.verb != "attend":
        return None
    typed = attempt.typed.data if attempt.verb == "attend" else {}
    rows = [
        {
            "invitation": one,
            "came": str(one.id) in typed["came"] if "came" in typed else bool(one.came),
            "name": typed.get(f"came_name-{one.id}", one.came_name or one.reply_name),
        }
        for one in shown["invitations"]
    ]
    failed = attempt.message if attempt.verb == "attend" else ""
    return {"rows": rows, "action": _address(place, "attend"), "failed": failed}


def _task_forms(place: Place, one: dict[str, Any], attempt: Attempt) -> list[Form]:
    task = one["task"]
    fields = {
        "reopen": [
            Field("note", _("还缺什么"), "text"),
            Field("due_on", _("新的期限（不改可不填）"), "date"),
        ],
        "drop": [Field("note", _("原因"), "text")],
    }
    return [
        paperwork.form(
            f"{name}-{task.id}", flow.TASK_MOVES[name].label,
            reverse("desks:meeting-task", args=[place.hour.slug, task.id, name]), attempt, made,
        )
        for name, made in fields.items()
        if name in one["moves"] and one["moves"][name] is None
    ]  # fmt: skip


@staff
@require_POST
def verb(request: HttpRequest, slug: str, verb: str) -> HttpResponse:
    """Arrange the meeting, invite, record who came, save the minutes, call it off."""
    place = place_in(request, slug)
    acts: dict[str, Act] = {
        "arrange": partial(actions.arrange, place.actor),
        "invite": lambda _data: actions.invite(place.actor),
        "call_off": partial(_call_off, place),
        "attend": partial(actions.attend, place.actor),
        "minute": partial(actions.minute, place.actor),
    }
    if verb not in acts:
        raise missing(_("没有这项操作。"))
    go = reverse("desks:meeting", args=[slug])
    return paperwork.act(request, verb, acts[verb], partial(_show, request, place), TOLD[verb], go)


def _call_off(place: Place, data: dict[str, Any]) -> None:
    paperwork.sure(data)
    actions.call_off(place.actor)


@staff
@require_POST
def give(request: HttpRequest, slug: str) -> HttpResponse:
    """Give a task to one or several units."""
    place = place_in(request, slug)
    do = partial(actions.give_tasks, place.actor)
    go = reverse("desks:meeting", args=[slug]) + "#tasks"
    return paperwork.act(request, "give", do, partial(_show, request, place), _("任务已部署。"), go)


@staff
@require_POST
def task_verb(request: HttpRequest, slug: str, task_id: int, verb: str) -> HttpResponse:
    """Open a task again, or drop it."""
    place = place_in(request, slug)
    do = partial(actions.move_task, place.actor, verb, task_id)
    go = reverse("desks:meeting", args=[slug]) + f"#t-{task_id}"
    return paperwork.act(request, f"{verb}-{task_id}", do, partial(_show, request, place), _("已登记。"), go)


@staff
@require_GET
def paper(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """The newest minutes as .docx or PDF."""
    shown = queries.meeting(place_in(request, slug).actor)
    if shown is None or shown["minutes"] is None or kind not in {"docx", "pdf"}:
        raise missing(_("还没有会议纪要。"))
    return paperwork.download(papers.minutes_file(shown["meeting"], shown["minutes"], kind))
