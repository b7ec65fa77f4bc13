"""What is published at T-10 in one act: what it is, what is missing, the button; and when asking closes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from townhall.desks import paperwork
from townhall.desks.access import Place, place_in, staff
from townhall.desks.fields import Field
from townhall.desks.notices import frame
from townhall.desks.panels import Attempt
from townhall.documents import receiving
from townhall.documents.uploads import accepts
from townhall.hours import actions as hour_actions
from townhall.hours import flow as hour_flow
from townhall.hours.choices import Stage
from townhall.kernel.errors import missing
from townhall.preparation import checklist, flow, publicity, published, queries

if TYPE_CHECKING:
    from townhall.desks.paperwork import Act, Form

EMPTY_ROWS = 2
TOLD = {
    "edit": gettext_lazy("已保存。"),
    "material": gettext_lazy("资料已加入。"),
    "publish": gettext_lazy("已发布：主题、介绍、资料和领导名单已公开，预提问已开通。"),
    "close": gettext_lazy("预提问已截止。"),
}


@staff
@require_GET
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """What is published, and what is missing for it."""
    return _show(request, place_in(request, slug), Attempt())


def _show(request: HttpRequest, place: Place, attempt: Attempt) -> HttpResponse:
    queries.may_read(place.actor)
    hour = place.hour
    hour.refresh_from_db()
    may_edit = flow.begin_refusal(place.actor, hour.stage, flow.BEFORE) is None
    edit = paperwork.form("edit", _("保存"), _address(place, "edit"), attempt, _fields(hour))
    context = frame(place) | {
        "items": checklist.items(hour),
        "hints": checklist.hints(hour),
        "asking": published.asking(hour.id),
        "usual": checklist.usual_closing(hour),
        "due": checklist.closing_is_due(hour),
        "may_edit": may_edit,
        "materials": queries.materials(hour),
        "edit": edit if may_edit else None,
        "leaders": _leaders(hour, attempt),
        "add": _material_form(place, attempt) if may_edit else None,
        "publish": _switch(place, "publish", "announce", attempt) if hour.stage == Stage.PLANNED else None,
        "close": _switch(place, "close", "close_asking", attempt) if hour.stage == Stage.ANNOUNCED else None,
        "public": hour.stage not in {Stage.PLANNED, Stage.CANCELLED},
    }  # fmt: skip
    return render(request, "desks/preparation/publicity.html", context, status=attempt.status)


def _address(place: Place, verb_name: str) -> str:
    return reverse("desks:publicity-verb", args=[place.hour.slug, verb_name])


def _switch(place: Place, name: str, hour_verb: str, attempt: Attempt) -> Form:
    """One of the hour's own switches, with the reason when it cannot be turned."""
    refusal = hour_flow.refusal(place.actor, hour_verb, place.hour)
    lacking = [str(one.label) for one in checklist.items(place.hour) if one.required and not one.done]
    why = str(refusal.message) if refusal else ""
    if name == "publish" and lacking and not why:
        why = _("还不能发布，缺：%(items)s。请在下面填好并保存。") % {"items": "、".join(lacking)}
    label = _("发布并开通预提问") if name == "publish" else hour_flow.MOVES[hour_verb].label
    return paperwork.form(name, label, _address(place, name), attempt, refused=why)


def _fields(hour: Any) -> list[Field]:
    closes = checklist.closes_at(hour)
    fixed = hour.stage != Stage.PLANNED
    topic = [
        Field("topic", _("本期主题"), "text", value=hour.topic),
        Field("topic_en", _("主题（英文，可不填）"), "text", value=hour.topic_en),
    ]
    return [
        *([] if fixed else topic),
        Field("introduction", _("内容介绍"), value=hour.introduction, help=_("每行一段。")),
        Field("introduction_en", _("内容介绍（英文，可不填）"), value=hour.introduction_en),
        *([] if hour.stage == Stage.PREPARING else [
            Field(
                "asking_closes_at", _("预提问截止时间"), "moment",
                value=paperwork.local(closes or checklist.usual_closing(hour)),
                help=_("通常为会前 5 天，最迟会前 3 天。到时系统提醒区府办，由人关闭。"),
            )
        ]),
    ]  # fmt: skip


def _leaders(hour: Any, attempt: Attempt) -> list[dict[str, Any]]:
    """The rows of the list of leaders, with two to spare, as they stand or as they were typed."""
    known = queries.leaders(hour)
    rows = []
    for place in range(min(len(known) + EMPTY_ROWS, publicity.MOST_LEADERS)):
        kept = known[place] if place < len(known) else {}
        row: dict[str, Any] = {"place": place}
        for name in ("name", "office", "remit"):
            field = f"leader_{name}-{place}"
            typed = attempt.typed.data if attempt.verb == "edit" else {}
            row[name] = typed.get(field, kept.get(name, ""))
            row[f"{name}_error"] = attempt.places.get(field, "") if attempt.verb == "edit" else ""
        rows.append(row)
    return rows


def _material_form(place: Place, attempt: Attempt) -> Form:
    fields = [
        Field("title", _("资料名称"), "text"),
        Field("title_en", _("资料名称（英文，可不填）"), "text"),
        Field("summary", _("说明"), "text"),
        Field(
            "file", _("文件"), "file", value=accepts("material"),
            help=_("PDF、图片、.docx 或 .xlsx，最大 20 MB。标有“秘密”“机密”等字样的文件会被拒收。"),
        ),
        Field("url", _("或网址"), "text", help=_("以 https:// 开头。")),
    ]  # fmt: skip
    return paperwork.form("material", _("添加资料"), _address(place, "material"), attempt, fields)


@staff
@require_POST
def verb(request: HttpRequest, slug: str, verb: str) -> HttpResponse:
    """Save the words, add material, publish, close pre-questions."""
    place = place_in(request, slug)
    acts: dict[str, Act] = {
        "edit": partial(publicity.edit, place.actor),
        "material": lambda data: publicity.add_material(place.actor, data, receiving.received(request)),
        "publish": lambda _data: publicity.publish(place.actor),
        "close": lambda _data: hour_actions.perform(place.actor, "close_asking", {}),
    }
    if verb not in acts:
        raise missing(_("没有这项操作。"))
    go = reverse("desks:publicity", args=[slug])
    return paperwork.act(request, verb, acts[verb], partial(_show, request, place), TOLD[verb], go)


@staff
@require_POST
def remove(request: HttpRequest, slug: str, material_id: int) -> HttpResponse:
    """Take a piece of material away."""
    publicity.remove_material(place_in(request, slug).actor, material_id)
    return redirect("desks:publicity", slug)
