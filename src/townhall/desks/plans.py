"""The plan of an hour at the desk: drafted, submitted, decided, compared, taken away as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from townhall.desks.access import signed_in, staff
from townhall.desks.fields import Field
from townhall.documents import render as papers
from townhall.documents import serving, uploads
from townhall.documents.receiving import received
from townhall.hours import roster
from townhall.hours.choices import Stage
from townhall.kernel.errors import CONFLICT, INVALID, InvalidFields, Refused, missing
from townhall.people import directory
from townhall.plans import actions, changes, flow, inputs, queries
from townhall.plans import papers as plan_papers
from townhall.plans.choices import FIELDS, MOST_APPROVERS, MOST_GROUPS, MOST_GROUPS_AT_ALL, State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import QueryDict

    from townhall.hours.models import OfficeHour
    from townhall.hours.seats import Actor
    from townhall.plans.models import Plan, PlanVersion

SPARE_GROUPS = 2


def place(request: HttpRequest, slug: str) -> tuple[OfficeHour, Actor]:
    """The hour, and who this person is to its plan: by a seat, or as an approver who needs none.

    :raises Refused: 404 for everybody else
    """
    hour = roster.find(slug)
    actor = queries.actor_of(signed_in(request), hour) if hour else None
    if hour is None or actor is None or not queries.may_see(actor):
        raise missing(_("没有这一期网上办公，或您在本期没有岗位。"))
    return hour, actor


@staff
@require_GET
def plan(request: HttpRequest, slug: str) -> HttpResponse:
    """The plan as it stands, with what this person may do to it."""
    return _show(request, slug)


@staff
@require_POST
def save(request: HttpRequest, slug: str) -> HttpResponse:
    """Save the six fields and the groups as a new version."""
    _hour, actor = place(request, slug)
    typed = _typed(request.POST)
    try:
        before = queries.current(_hour)
        saved = actions.save(actor, typed)
    except InvalidFields as error:
        return _show(request, slug, "save", typed, error)
    except Refused as error:
        if error.code != "overtaken":
            raise
        return _show(request, slug, "save", typed, error)  # nothing typed is lost to whoever saved first
    if before is not None and saved.version == before.version:
        messages.info(request, _("内容没有变化，没有产生新的一版。"))
    elif before is not None and before.state == State.APPROVED and saved.state == State.DRAFT:
        messages.warning(
            request, _("已保存为第 %(n)s 版。这是批准后的实质性修改，请重新呈批。") % {"n": saved.version}
        )
    else:
        messages.success(request, _("已保存为第 %(n)s 版。") % {"n": saved.version})
    return redirect("desks:plan", slug)


@staff
@require_POST
def act(request: HttpRequest, slug: str, verb: str) -> HttpResponse:
    """Choose approvers, submit, recall, approve, return, enter a paper."""
    _hour, actor = place(request, slug)
    if verb not in _VERBS:
        raise missing(_("没有这项操作。"))
    try:
        _VERBS[verb](request, actor)
    except InvalidFields as error:
        return _show(request, slug, verb, request.POST.dict(), error)
    messages.success(request, _("%(verb)s，已完成。") % {"verb": flow.MOVES[verb].label})
    return redirect("desks:plan", slug)


def _paper(request: HttpRequest, actor: Actor) -> None:
    scan, refused = None, None
    try:
        scan = received(request, "scan")
    except InvalidFields as error:
        refused = error
    actions.approve_on_paper(actor, request.POST, scan, too_large=refused)


_VERBS = {
    "choose": lambda request, actor: actions.choose_approvers(actor, request.POST),
    "submit": lambda request, actor: actions.submit(actor),
    "recall": lambda request, actor: actions.recall(actor),
    "approve": lambda request, actor: actions.approve(actor, request.POST),
    "return": lambda request, actor: actions.send_back(actor, request.POST),
    "approve_on_paper": _paper,
}


@staff
@require_GET
def versions(request: HttpRequest, slug: str) -> HttpResponse:
    """Every version, and the differences between two (``?old=``, ``?new=``)."""
    hour, actor = place(request, slug)
    found = queries.get(actor, hour)
    if found is None:
        raise missing(_("方案还没有开始拟定。"))
    by_number = {one.number: one for one in found.versions.all()}
    new = by_number.get(_number(request.GET.get("new")) or found.version)
    old = by_number.get(_number(request.GET.get("old")) or (new.number - 1 if new else 0))
    context = {
        "hour": hour,
        "stage": Stage(hour.stage).label,
        "plan": found,
        "versions": sorted(by_number.values(), key=lambda one: -one.number),
        "old": old,
        "new": new,
        "differences": changes.between(old, new) if new else [],
    }
    return render(request, "desks/plans/versions.html", context)


@staff
@require_GET
def paper(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """The plan as .docx or PDF; ``?version=`` an earlier one."""
    hour, actor = place(request, slug)
    found = queries.get(actor, hour)
    wanted = _number(request.GET.get("version")) or (found.version if found else 0)
    version = next((one for one in found.versions.all() if one.number == wanted), None) if found else None
    if found is None or version is None:
        raise missing(_("没有这一版方案。"))
    name = f"{_('方案')}-{slug}-{version.number}.{kind}"
    if kind == "pdf":
        return serving.made(plan_papers.pdf(found, version), name, papers.PDF_TYPE)
    return serving.made(plan_papers.docx(found, version), name, papers.DOCX_TYPE)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else None  # noqa: PLR2004


# -- the page ---------------------------------------------------------------------------------------------------------


def _typed(form: QueryDict) -> dict[str, Any]:
    """The form as typed: fields by name, groups as rows."""
    rows = []
    for place_ in range(MOST_GROUPS_AT_ALL + SPARE_GROUPS):
        row = {name: form.get(f"group-{place_}-{name}", "") for name in ("id", "name", "units")}
        if row["name"].strip() or row["units"].strip():
            rows.append(row)
    return {name: form.get(name, "") for name in (*FIELDS, "version")} | {"groups": rows}


def _show(
    request: HttpRequest, slug: str, verb: str = "", typed: Mapping[str, Any] | None = None,
    error: InvalidFields | Refused | None = None,
) -> HttpResponse:  # fmt: skip
    hour, actor = place(request, slug)
    found = queries.get(actor, hour) or queries.begun(hour)
    version = flow.newest(found)
    moves = queries.moves(actor, found)
    overtaken = isinstance(error, Refused)
    errors = error.errors if isinstance(error, InvalidFields) else {}
    groups = version.groups if version else []
    context = {
        "hour": hour,
        "stage": Stage(hour.stage).label,
        "plan": found,
        "version": version,
        "state": State(found.state).label,
        "moves": moves,
        "failed": verb,
        "overtaken": overtaken,
        "errors": errors,
        "shown": [(one, getattr(version, one.name)) for one in FIELDS.values()] if version else [],
        "groups": queries.group_names(groups),
        "warnings": inputs.warnings(groups) if version else [],
        "stale": version is not None and not plan_papers.names_time(hour, version.time),
        "hour_time": plan_papers.time_words(hour),
        "steps": _steps(found),
        "history": queries.history(found),
        "pending_change": found.approved_version is not None and found.state != State.APPROVED,
    }
    if "save" in moves and moves["save"] is None:
        context |= _editor(hour, found, version, typed if verb == "save" else None, errors)
        if overtaken:
            context["seen"] = found.version  # said above the form: saving again is now meant
    if "choose" in moves and moves["choose"] is None:
        context["approver_fields"] = _approver_fields(found, typed if verb == "choose" else None, errors)
    context |= _decision(found, moves, verb, typed or {}, errors)
    status = CONFLICT if overtaken else INVALID if error else 200
    return render(request, "desks/plans/plan.html", context, status=status)


def _editor(
    hour: OfficeHour, found: Plan, version: PlanVersion | None, typed: Mapping[str, Any] | None,
    errors: Mapping[str, Any],
) -> dict[str, Any]:  # fmt: skip
    """The form of fields and groups: as typed, as saved, or as the hour suggests."""
    suggested = {"time": plan_papers.time_words(hour), "topic": hour.topic}
    values = typed or ({name: getattr(version, name) for name in FIELDS} if version else suggested)
    fields = [
        Field(
            one.name, str(one.label), "area" if one.lines else "text", value=values.get(one.name, ""),
            error=str(errors.get(one.name, "")),
            help="" if one.substantive else _("批准后修改这一项不用重新呈批。"),
        )
        for one in FIELDS.values()
    ]  # fmt: skip
    rows = [dict(row) for row in typed["groups"]] if typed else queries.group_rows(hour, version)
    spare = max(MOST_GROUPS - len(rows), SPARE_GROUPS)
    rows += [{"id": "", "name": "", "units": ""} for _spare in range(min(spare, MOST_GROUPS_AT_ALL))]
    return {
        "editor": True,
        "fields": fields,
        "rows": rows,
        "units": directory.written_names(),
        "seen": typed["version"] if typed else found.version,
    }


def _approver_fields(found: Plan, typed: Mapping[str, Any] | None, errors: Mapping[str, Any]) -> list[Field]:
    chosen = [str(one.account_id) for one in flow.approvers(found)]
    options = [("", _("不设")), *((str(one), name) for one, name in queries.approver_choices())]
    fields = []
    for number in range(1, MOST_APPROVERS + 1):
        name = f"approver{number}"
        value = typed.get(name, "") if typed else (chosen[number - 1] if len(chosen) >= number else "")
        label = _("第 %(n)s 位审批人") % {"n": number}
        fields.append(Field(name, label, "select", options, value, error=str(errors.get(name, ""))))
    return fields


def _decision(
    found: Plan, moves: Mapping[str, Any], verb: str, typed: Mapping[str, Any], errors: Mapping[str, Any]
) -> dict[str, Any]:
    """The forms of the approver and of the paper."""

    def field(of: str, name: str, label: str, kind: str, **more: Any) -> Field:
        mine = verb == of
        return Field(
            name, label, kind, value=typed.get(name, "") if mine else "",
            error=str(errors.get(name, "")) if mine else "", **more,
        )  # fmt: skip

    waiting = flow.next_approver(found)
    return {
        "waiting": waiting,
        "approve_fields": [field("approve", "remark", _("批示（可不填）"), "area")],
        "return_fields": [field("return", "remark", _("修改意见"), "area", required=True)],
        "paper_fields": [
            field("approve_on_paper", "leader", _("批示领导"), "text", required=True),
            field("approve_on_paper", "date", _("批示日期"), "date", required=True),
            field("approve_on_paper", "remark", _("批示内容（可不填）"), "area"),
        ],
        "scan_error": str(errors.get("scan", "")) if verb == "approve_on_paper" else "",
        "scan_accepts": uploads.accepts("scan"),
    }


def _steps(found: Plan) -> list[dict[str, Any]]:
    """The way of approval: each approver with what they said in this round."""
    said = {one.order: one for one in flow.decided(found)} if found.round else {}
    waiting = flow.next_approver(found)
    return [
        {
            "approver": one,
            "decision": said.get(one.order),
            "now": waiting is not None and waiting.order == one.order,
        }
        for one in flow.approvers(found)
    ]
