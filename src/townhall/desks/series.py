"""The year at a glance: what the rule proposes, and what a person makes of each date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from townhall.desks import paperwork
from townhall.desks.access import staff
from townhall.desks.calendar import office_actor
from townhall.desks.fields import Field
from townhall.desks.panels import Attempt
from townhall.desks.prepare import address_of
from townhall.hours import series, series_actions, series_flow, series_rule
from townhall.hours.choices import ChangeReason, ProposalState, Stage
from townhall.kernel import clock
from townhall.kernel.errors import Refused, missing

if TYPE_CHECKING:
    from townhall.desks.paperwork import Form
    from townhall.hours.seats import Actor
    from townhall.hours.series import Line

PICKS = (
    ("last_workday", gettext_lazy("当月最后一个工作日")),
    ("first_workday", gettext_lazy("当月第一个工作日")),
    ("nth_weekday", gettext_lazy("当月第几个星期几（放假则提前）")),
)
TOLD = {
    "confirm": gettext_lazy("已确认，这一期已列入，任职人员已排好岗位。"),
    "move": gettext_lazy("已改期，原因已记下。"),
    "keep": gettext_lazy("已保留原日期，原因已记下。"),
    "cancel": gettext_lazy("已取消，原因已记下。"),
    "revive": gettext_lazy("已恢复为待确认。"),
}


def _keeper(request: HttpRequest) -> Actor:
    actor = office_actor(request)
    if found := series_flow.seat_refusal(actor):
        raise Refused(found.status, found.code, found.message)
    return actor


@staff
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """A year of dates; ``?year=`` another one."""
    actor = _keeper(request)
    chosen = request.GET.get("year", "")
    years = {str(one): one for one in series.years()}
    return _show(request, actor, years.get(chosen, _usual_year()), Attempt())


def _usual_year() -> int:
    """The year somebody plans: from November on, the next one."""
    today = clock.today()
    return today.year + (today.month >= 11)  # noqa: PLR2004 - when next year's schedule is due


def _show(request: HttpRequest, actor: Actor, year: int, attempt: Attempt) -> HttpResponse:
    rule_now = series_rule.in_force()
    rows = [_row(actor, line, attempt) for line in series.year(year, rule_now)]
    context = {
        "year": year,
        "years": series.years(),
        "rows": rows,
        "waiting": [row for row in rows if row["line"].wants_decision],
        "rule": _rule_words(rule_now),
        "rule_form": _rule_form(rule_now, attempt, year),
        "proposed": any(row["line"].state == ProposalState.PROPOSED for row in rows),
    }
    return render(request, "desks/series/series.html", context, status=attempt.status)


def _row(actor: Actor, line: Line, attempt: Attempt) -> dict[str, Any]:
    forms = []
    for verb, move in series_flow.MOVES.items():
        if line.state not in move.sources or (verb == "keep" and not line.wants_decision):
            continue
        refused = series_flow.refusal(actor, verb, line)
        forms.append(_form(verb, line, attempt, refused.message if refused else ""))
    url = address_of("prepare", line.hour.slug) if line.hour and actor.account_id else ""
    label = ProposalState(line.state).label
    earlier = [
        {"what": series_flow.MOVES[one.verb].label, "decision": one}
        for one in line.decisions
        if one.reason != line.reason or len(line.decisions) > 1
    ]
    return {"line": line, "forms": forms, "url": url, "label": label, "earlier": earlier}


def _form(verb: str, line: Line, attempt: Attempt, refused: Any) -> Form:
    name = f"{verb}-{line.month}"
    fields = _fields(verb, line)
    action = reverse("desks:series-move", args=[line.year, line.month, verb])
    move = series_flow.MOVES[verb]
    return paperwork.form(
        name, move.label, action, attempt, fields, refused=refused, summary=move.summary if fields else ""
    )


def _fields(verb: str, line: Line) -> list[Field]:
    made = []
    if verb == "move":
        proposed = line.rule.date if line.wants_decision else line.day
        made.append(Field("on", _("新的日期"), "date", value=proposed.isoformat(), required=True))
    if verb in {"move", "keep", "cancel"}:
        made.append(Field("reason", _("原因（留在年度安排上，工作人员可见）"), "text", required=True))
    public = line.hour is not None and (
        verb == "cancel" or (verb == "move" and line.hour.stage != Stage.PLANNED)
    )
    if public:
        words = [("", _("请选择")), *((str(code), str(label)) for code, label in ChangeReason.choices)]
        made.append(Field("reason_code", _("向市民公布的原因"), "select", words, required=True))
    return made


def _rule_words(rule: series_rule.Row) -> dict[str, Any]:
    return {
        "months": rule.months,
        "pick": dict(PICKS)[rule.pick],
        "by_weekday": rule.pick == "nth_weekday",
        "weekday": WEEKDAYS[rule.weekday],
        "nth": rule.nth,
        "starts": rule.starts,
        "minutes": rule.minutes,
    }


def _rule_form(rule: series_rule.Row, attempt: Attempt, year: int) -> Form:
    months = [(str(one), _("%(n)s 月") % {"n": one}) for one in range(1, 13)]
    fields = [
        Field("months", _("哪几个月"), "checks", months, list(rule.months), required=True),
        Field("pick", _("哪一天"), "select", [(code, str(words)) for code, words in PICKS], rule.pick),
        Field("nth", _("第几个（只用于星期几）"), "select", [(str(n), str(n)) for n in range(1, 5)], str(rule.nth)),
        Field(
            "weekday", _("星期几"), "select", [(str(n), str(words)) for n, words in WEEKDAYS.items()],
            str(rule.weekday),
        ),
        Field("starts", _("开始时间"), "text", value=f"{rule.starts:%H:%M}", required=True),
        Field("minutes", _("时长（分钟）"), "number", value=str(rule.minutes), required=True),
    ]  # fmt: skip
    return paperwork.form(
        "rule", _("修改规则"), f"{reverse('desks:series-rule')}?year={year}", attempt, fields,
        summary=_("已经确认的各期不变；还没有确认的按新规则推算。"),
    )  # fmt: skip


def _back(year: int) -> str:
    return f"{reverse('desks:series')}?year={year}"


@staff
@require_POST
def move(request: HttpRequest, year: int, month: int, verb: str) -> HttpResponse:
    """Confirm, move, keep, cancel or revive one date."""
    actor = _keeper(request)
    if verb not in TOLD or year not in series.years():
        raise missing(_("没有这项操作。"))
    return paperwork.act(
        request, f"{verb}-{month}",
        lambda data: series_actions.perform(actor, verb, year, month, data),
        lambda attempt: _show(request, actor, year, attempt),
        TOLD[verb], f"{_back(year)}#m-{month}",
    )  # fmt: skip


@staff
@require_POST
def rule(request: HttpRequest) -> HttpResponse:
    """Write another rule."""
    actor = _keeper(request)
    chosen = request.GET.get("year", "")
    year = next((one for one in series.years() if str(one) == chosen), _usual_year())
    return paperwork.act(
        request, "rule", lambda data: series_actions.change_rule(actor, data),
        lambda attempt: _show(request, actor, year, attempt), _("规则已修改。"), _back(year),
    )  # fmt: skip
