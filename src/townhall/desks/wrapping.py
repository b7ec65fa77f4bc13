"""After the hour on one page: leftovers by unit, who may sign them, the handover list, summary and transcript."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from townhall.commitments.choices import ExtensionReason
from townhall.desks import paperwork
from townhall.desks.access import Place, place_in, staff
from townhall.desks.fields import Field
from townhall.desks.panels import Attempt
from townhall.documents import serving
from townhall.hours.choices import Role, Stage
from townhall.kernel import clock
from townhall.kernel.errors import NOT_FOUND, Refused, missing
from townhall.questions import clarification_flow
from townhall.questions.choices import WithholdCode
from townhall.wrapping import actions, flow, papers, queries, taking_down

if TYPE_CHECKING:
    from townhall.desks.paperwork import Form

_LABELS = {verb: move.label for moves in flow.MOVES.values() for verb, move in moves.items()}
_NOTES = {"refuse_extension", "return_list", "send_back_paper"}


@staff
@require_GET
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """Everything that is left of one hour."""
    return _show(place_in(request, slug), request, Attempt())


@staff
@require_POST
def act(request: HttpRequest, slug: str, verb: str, thing_id: int = 0) -> HttpResponse:
    """Do ``verb`` to a leftover, an authorisation, a list or a paper; without a number it begins one."""
    place = place_in(request, slug)
    do = partial(actions.perform, place.actor, verb, thing_id or None)
    told = _("%(verb)s，已完成。") % {"verb": _LABELS.get(verb, "")}
    go = reverse("desks:wrapping", args=[slug])
    return paperwork.act(request, _name(verb, thing_id), do, partial(_show, place, request), told, go)


def _name(verb: str, thing_id: int | None) -> str:
    return f"{verb}-{thing_id or 0}"


def _form(
    place: Place, attempt: Attempt, verb: str, thing_id: int | None, fields: list[Field], **more: Any
) -> Form:
    name = _name(verb, thing_id)
    args = [place.hour.slug, verb, thing_id] if thing_id else [place.hour.slug, verb]
    action = reverse("desks:wrapping-thing" if thing_id else "desks:wrapping-act", args=args)
    return paperwork.form(name, _LABELS[verb], action, attempt, fields, **more)


def _fields(verb: str, one: Any) -> list[Field]:
    """What a verb's form asks for."""
    if verb == "ask_extension":
        reasons = [("", _("请选择")), *((code, str(label)) for code, label in ExtensionReason.choices)]
        return [
            Field("reason_code", _("原因（公开）"), "select", reasons),
            Field("reason", _("具体理由（公开）"), help=_("写给提问人看：为什么需要更多时间。")),
            Field("until", _("新的期限"), "date"),
        ]
    if verb == "save":
        return [Field("text", _("文字"), value=one["paper"].text)]
    if verb == "compose":
        return []
    if verb == "correct_paper":
        return [Field("note", _("更正说明（公开）"), help=_("写明哪里不对、改成什么，与新的一版一起公开。"))]
    return [Field("note", _("意见"))] if verb in _NOTES else []


def _forms(
    place: Place, attempt: Attempt, thing_id: int | None, moves: dict[str, Any], one: Any
) -> list[Form]:
    """The forms of what is possible now, or was just tried; the others stay away to keep the page calm."""
    return [
        _form(place, attempt, verb, thing_id, _fields(verb, one))
        for verb, refused in moves.items()
        if refused is None or attempt.verb == _name(verb, thing_id)
    ]


def _show(place: Place, request: HttpRequest, attempt: Attempt) -> HttpResponse:
    actor, hour = place.actor, place.hour
    units = queries.leftovers(actor, hour)
    for unit in units:
        for row in unit["rows"]:
            row["forms"] = _forms(place, attempt, row["id"], row["moves"], row)
    grants = [
        one | {"forms": _forms(place, attempt, one["id"], one["moves"], one)}
        for one in queries.grants(actor, hour)
    ]
    lists = queries.handovers(actor, hour)
    for one in lists["lists"]:
        one["forms"] = _forms(place, attempt, one["id"], one["moves"], one)
    context = {
        "hour": hour,
        "stage": Stage(hour.stage).label,
        "actor": actor,
        "units": units,
        "open": sum(unit["open"] for unit in units),
        "late": sum(unit["late"] for unit in units),
        "grants": grants,
        "authorise": _authorise(place, attempt),
        "handovers": lists,
        "compile": _compile(place, attempt, lists),
        "papers": [_paper(place, attempt, one) for one in queries.papers(actor, hour)],
        "people": queries.candidates() if actor.is_signer else [],
        "today": clock.today(),
    }
    return render(request, "desks/wrapping/page.html", context, status=attempt.status)


def _authorise(place: Place, attempt: Attempt) -> Form | None:
    if not place.actor.is_signer:
        return None
    fields = [
        Field("username", _("授权签发人"), "select", [("", _("请选择")), *queries.candidates()]),
        Field("units", _("可签发的单位"), "checks", queries.units_of(place.hour)),
        Field("starts_at", _("自何时起（不填为现在）"), "moment"),
    ]
    refused = queries.may_authorise(place.actor, place.hour) or ""
    return _form(place, attempt, "authorise", None, fields, refused=refused)


def _compile(place: Place, attempt: Attempt, lists: dict[str, Any]) -> Form | None:
    if Role.COORDINATOR not in place.actor.roles or lists["waiting"]:
        return None
    return _form(place, attempt, "compile", None, [], refused=lists["may_compile"] or "")


def _paper(place: Place, attempt: Attempt, one: dict[str, Any]) -> dict[str, Any]:
    moves = dict(one["moves"])
    forms = []
    compose = moves.pop("compose", "absent")
    if compose is None:
        made = _form(place, attempt, "compose", None, [])
        made.action = reverse("desks:wrapping-compose", args=[place.hour.slug, one["kind"]])
        forms.append(made)
    if one["known"]:
        forms += _forms(place, attempt, one["paper"].id, moves, one)
    versions = [row | {"forms": _coverings(place, attempt, row)} for row in one["versions"]]
    return one | {"forms": forms, "versions": versions}


def _coverings(place: Place, attempt: Attempt, row: dict[str, Any]) -> list[Form]:
    """How a signed version may be covered or shown from where it stands, and why not by this person."""
    codes = [("", _("请选择")), *((str(code), str(label)) for code, label in WithholdCode.choices)]
    return [
        paperwork.form(
            _name(verb, row["id"]), clarification_flow.MOVES[verb].label,
            reverse("desks:wrapping-cover", args=[place.hour.slug, row["id"], verb]), attempt,
            [Field("code", _("原因"), "select", codes, required=True)] if verb == "withhold" else [],
            refused=refused,
            summary=_("一人立即遮盖这一版和以前各版") if verb == "withhold" else clarification_flow.MOVES[verb].summary,
        )
        for verb, refused in row["moves"].items()
    ]  # fmt: skip


@staff
@require_POST
def cover(request: HttpRequest, slug: str, paper_id: int, verb: str) -> HttpResponse:
    """Cover a signed version of a closing paper, confirm that as a second person, or show it again."""
    place = place_in(request, slug)
    do = partial(taking_down.cover, place.actor, verb, paper_id)
    label = clarification_flow.MOVES[verb].label if verb in clarification_flow.MOVES else ""
    told, go = _("%(verb)s，已完成。") % {"verb": label}, reverse("desks:wrapping", args=[slug]) + "#papers"
    return paperwork.act(request, _name(verb, paper_id), do, partial(_show, place, request), told, go)


@staff
@require_POST
def compose(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """Draft one of the closing papers from the record."""
    place = place_in(request, slug)
    do = partial(_compose, place, kind)
    go = reverse("desks:wrapping", args=[slug]) + "#papers"
    return paperwork.act(
        request, "compose-0", do, partial(_show, place, request), _("草稿已生成，请修改。"), go
    )


def _compose(place: Place, kind: str, data: dict[str, Any]) -> None:
    actions.perform(place.actor, "compose", None, {"kind": kind})


@staff
@require_GET
def handover(request: HttpRequest, slug: str, handover_id: int) -> HttpResponse:
    """One handover list, ready to print."""
    place = place_in(request, slug)
    context = {
        "hour": place.hour, "actor": place.actor, "printed_at": clock.now(), **_list(place, handover_id),
    }  # fmt: skip
    return render(request, "desks/wrapping/handover.html", context)


def _list(place: Place, handover_id: int) -> dict[str, Any]:
    found = queries.handover_rows(place.actor, place.hour, handover_id)
    if found is None:
        raise missing(_("没有这份清单。"))
    return found


@staff
@require_GET
def handover_file(request: HttpRequest, slug: str, handover_id: int, form: str) -> HttpResponse:
    """The list as .docx or PDF."""
    place = place_in(request, slug)
    return _download(papers.handover, _list(place, handover_id), place.hour, form)


@staff
@require_GET
def paper_file(request: HttpRequest, slug: str, paper_id: int, form: str) -> HttpResponse:
    """A closing paper in any state as .docx or PDF, for reading before it is signed."""
    place = place_in(request, slug)
    paper = queries.paper(place.hour, paper_id)
    if paper is None:
        raise missing(_("没有这份材料。"))
    return _download(papers.closing, paper, form)


def _download(make: Any, *arguments: Any) -> HttpResponse:
    try:
        made = make(*arguments)
    except KeyError as error:
        raise Refused(NOT_FOUND, "form", _("只有 docx 和 pdf 两种格式。")) from error
    return serving.made(made.content, made.name, made.content_type)
