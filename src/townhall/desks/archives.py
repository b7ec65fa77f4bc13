"""Archives between hours: words that mean the same, what was imported, how long contact data are kept; case files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from townhall.desks import paperwork
from townhall.desks.access import Place, place_of, staff
from townhall.desks.calendar import office_actor
from townhall.desks.fields import Field
from townhall.desks.panels import Attempt
from townhall.documents import serving
from townhall.history import actions as history_actions
from townhall.history import flow as history_flow
from townhall.history import queries as history
from townhall.insight import actions as insight
from townhall.keeping import actions, flow, queries
from townhall.keeping.choices import HoldReason
from townhall.kernel.errors import InvalidFields, missing
from townhall.kernel.text import whole_number
from townhall.questions.choices import WithholdCode

if TYPE_CHECKING:
    from townhall.hours.seats import Actor

ZIP_TYPE = "application/zip"
_PAST = history_flow.MOVES


@staff
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Synonyms, imports, retention."""
    return _show(request, office_actor(request), Attempt())


def _show(request: HttpRequest, actor: Actor, attempt: Attempt) -> HttpResponse:
    kept = queries.office(actor)
    groups = insight.synonyms()
    lines = "\n".join(" ".join(one["words"]) for one in groups)
    codes = [("", _("请选择")), *((str(code), str(label)) for code, label in WithholdCode.choices)]
    number = Field("past", _("网址里的编号（/history/编号/）"), "number", required=True)
    context = {
        **kept,
        "batches": history.batches(actor),
        "withheld": history.withheld(actor),
        "synonyms": paperwork.form(
            "synonyms", _("保存同义词"), reverse("desks:archives-synonyms"), attempt,
            [Field("words", _("同义词，一行一组，用空格分开"), "area", value=lines)], open=True,
        ),
        "months_form": paperwork.form(
            "months", _("修改期限"), reverse("desks:archives-months"), attempt,
            [Field("keep", _("办结后保留几个月"), "number", value=kept["months"], required=True)],
        ),
        "withhold": paperwork.form(
            "withhold", _("临时屏蔽导入的问答"), reverse("desks:archives-past", args=["withhold"]), attempt,
            [number, Field("code", _("原因"), "select", codes, required=True)], summary=_PAST["withhold"].summary,
        ),
        "confirm": paperwork.form(
            "confirm_withhold", _PAST["confirm_withhold"].label,
            reverse("desks:archives-past", args=["confirm_withhold"]), attempt,
            [Field("past", number.label, "number", required=True)], summary=_PAST["confirm_withhold"].summary,
        ),
        "restore": paperwork.form(
            "restore", _PAST["restore"].label, reverse("desks:archives-past", args=["restore"]), attempt,
            [Field("past", number.label, "number", required=True)], summary=_PAST["restore"].summary,
        ),
    }  # fmt: skip
    return render(request, "desks/archives.html", context, status=attempt.status)


def _act(request: HttpRequest, name: str, do: paperwork.Act, told: str) -> HttpResponse:
    actor = office_actor(request)
    return paperwork.act(
        request, name, do, lambda attempt: _show(request, actor, attempt), told, reverse("desks:archives")
    )


@staff
@require_POST
def synonyms(request: HttpRequest) -> HttpResponse:
    """Save the words that mean the same."""
    actor = office_actor(request)
    return _act(
        request, "synonyms", lambda data: insight.set_synonyms(actor, str(data.get("words", "")).splitlines()),
        _("同义词已保存，立即生效。"),
    )  # fmt: skip


@staff
@require_POST
def months(request: HttpRequest) -> HttpResponse:
    """Change how long contact data are kept."""
    actor = office_actor(request)
    return _act(request, "months", lambda data: actions.set_months(actor, data), _("期限已修改。"))


@staff
@require_POST
def past(request: HttpRequest, verb: str) -> HttpResponse:
    """Cover an imported question, confirm that as a second person, or show it again."""
    actor = office_actor(request)

    def do(data: dict[str, Any]) -> None:
        number = whole_number(data.get("past", ""))
        if number is None:
            raise InvalidFields({"past": _("请填写编号。")})
        history_actions.perform(actor, verb, number, data)

    told = {
        "withhold": _("已临时屏蔽，请另一位同事确认。"),
        "confirm_withhold": _("已依法撤下。"),
        "restore": _("已恢复显示。"),
    }
    return _act(request, verb, do, told.get(verb, ""))


# -- one file per question ------------------------------------------------------------------------------


@staff
@require_GET
def case(request: HttpRequest, question_id: int) -> HttpResponse:
    """Everything about one question."""
    return _show_case(request, place_of(request, question_id), question_id, Attempt())


def _show_case(request: HttpRequest, place: Place, question_id: int, attempt: Attempt) -> HttpResponse:
    found = queries.case(place.actor, question_id)
    note = Field("note", _("依据（文号、案号等）"), "text", required=True)
    reasons = [("", _("请选择")), *((str(code), str(label)) for code, label in HoldReason.choices)]
    fields = {"place": [Field("reason", _("原因"), "select", reasons, required=True), note], "lift": [note]}
    wanted = "lift" if found["hold"] else "place"
    move = flow.MOVES[wanted]
    form = paperwork.form(
        wanted, move.label, reverse("desks:case-hold", args=[question_id, wanted]), attempt, fields[wanted],
        summary=move.summary, refused=found["moves"][wanted],
    )  # fmt: skip
    context = {**found, "hour": place.hour, "form": form}
    return render(request, "desks/case.html", context, status=attempt.status)


@staff
@require_POST
def hold(request: HttpRequest, question_id: int, verb: str) -> HttpResponse:
    """Place or lift a hold."""
    place = place_of(request, question_id)
    if verb not in flow.MOVES:
        raise missing(_("没有这项操作。"))
    told = _("已暂停到期删除。") if verb == "place" else _("已恢复到期删除。")
    return paperwork.act(
        request, verb, lambda data: actions.perform(place.actor, verb, question_id, data),
        lambda attempt: _show_case(request, place, question_id, attempt), told,
        reverse("desks:case", args=[question_id]),
    )  # fmt: skip


@staff
@require_POST
def export(request: HttpRequest, question_id: int) -> HttpResponse:
    """The case file as a signed archive."""
    place = place_of(request, question_id)
    name, archive = actions.export(place.actor, question_id)
    return serving.made_file(archive, name, ZIP_TYPE)  # type: ignore[return-value]
