"""Before the hour on one page: today, next, late, blocked by what, and the way to every other page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from townhall.countdown import actions, flow, queries
from townhall.countdown.choices import State, Unit
from townhall.desks.access import Place, place_in, staff
from townhall.hours.choices import Stage
from townhall.kernel import clock
from townhall.kernel.errors import INVALID, InvalidFields

if TYPE_CHECKING:
    from townhall.countdown.queries import Row

# What asks for somebody's hand first stands first.
URGENCY = (State.LATE, State.AT_RISK, State.DUE, State.OPEN, State.BLOCKED, State.DONE, State.SKIPPED)


@dataclass(frozen=True, slots=True)
class Page:
    """Another page of the preparation.

    :param name: of its address; a page that does not exist is not linked
    :param proofs: the events that happen there: their steps say how the page stands
    """

    name: str
    label: Any
    proofs: tuple[str, ...] = ()


PAGES = (
    Page("choose-topic", gettext_lazy("本期主题"), ("topic_chosen",)),
    Page("plan", gettext_lazy("方案"), ("plan_submitted", "plan_approved")),
    Page("notices", gettext_lazy("通知"), ("notice_issued", "notice_signed")),
    Page("meeting", gettext_lazy("预备会"), ("meeting_held", "tasks_done")),
    Page("publicity", gettext_lazy("发布"), ("published",)),
    Page("arranging", gettext_lazy("本期设置")),
    Page("press", gettext_lazy("公告"), ("press_released",)),
    Page("broadcast", gettext_lazy("短信群发"), ("sms_ready", "sms_sent")),
    Page("digest", gettext_lazy("预提问汇总"), ("digest_dispatched", "answers_prepared")),
    Page("staffing", gettext_lazy("工作人员安排"), ("staffing_complete", "checked_in")),
    Page("venues", gettext_lazy("会场"), ("venues_ready",)),
    Page("observers", gettext_lazy("网民代表"), ("observers_settled",)),
    Page("readiness", gettext_lazy("会前联调检查"), ("dry_run",)),
)


@staff
@require_GET
def prepare(request: HttpRequest, slug: str) -> HttpResponse:
    """The countdown of one hour."""
    return _show(request, place_in(request, slug))


@staff
@require_POST
def step_verb(request: HttpRequest, slug: str, step_id: int, verb: str) -> HttpResponse:
    """Tick a step, take the tick back, leave it out of this hour or take it up again."""
    place = place_in(request, slug)
    try:
        step = actions.perform(place.actor, verb, step_id, request.POST)
    except InvalidFields as invalid:
        attempt = {
            "step": step_id,
            "verb": verb,
            "note": request.POST.get("note", ""),
            "errors": invalid.errors,
        }
        return _show(request, place, attempt, INVALID)
    messages.success(request, _("%(verb)s，已完成。") % {"verb": flow.MOVES[verb].label})
    return redirect(f"{reverse('desks:prepare', args=[slug])}#step-{step.id}")


def _show(
    request: HttpRequest, place: Place, attempt: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    rows = queries.countdown(place.actor, place.hour)
    hour = place.hour
    open_rows = [row for row in rows if not row.standing.ended]
    today = clock.today()
    context = {
        "hour": hour,
        "stage": Stage(hour.stage).label,
        "actor": place.actor,
        "days": (clock.local(hour.starts_at).date() - today).days,
        "today": [row for row in open_rows if row.standing.due.on == today],
        "next": [row for row in open_rows if row.standing.due.on > today][:3],
        "late": [row for row in rows if row.standing.state == State.LATE],
        "held": [row for row in open_rows if row.standing.blocked_by and row.standing.state != State.BLOCKED],
        "counts": _counts(rows),
        "rows": [_row(row, place) for row in rows],
        "pages": _pages(hour.slug, rows),
        "provisional": hour.date_provisional or any(row.standing.due.provisional for row in open_rows),
        "attempt": attempt or {},
    }
    return render(request, "desks/countdown/prepare.html", context, status=status)


def _counts(rows: list[Row]) -> list[tuple[str, Any, int]]:
    states = [row.standing.state for row in rows]
    return [(state.value, state.label, states.count(state)) for state in URGENCY if state in states]


def offset_label(unit: str, offset: int) -> str:
    """How far before the hour: ``T-10``."""
    if unit == Unit.MINUTES:
        return _("T-%(n)s 分钟") % {"n": offset}
    return _("T-%(n)s 工作日") % {"n": offset} if unit == Unit.WORKING else f"T-{offset}"


def _row(row: Row, place: Place) -> dict[str, Any]:
    step = row.standing.step
    return {
        "step": step,
        "one": row.standing,
        "offset": offset_label(step.unit, step.offset),
        "owners": row.owners,
        "mine": place.actor.holds(frozenset({step.owner_role})),
        "acts": [
            {"verb": verb, "label": flow.MOVES[verb].label, "summary": flow.MOVES[verb].summary, "why": why,
             "first": verb == "tick", "reason": verb != "tick"}
            for verb, why in row.moves.items()
        ],
        "notes": row.notes,
        "proof": row.proof,
        "said": row.said,
        "page": next((address_of(page.name, place.hour.slug) for page in PAGES if step.proof in page.proofs), ""),
    }  # fmt: skip


def _pages(slug: str, rows: list[Row]) -> list[dict[str, Any]]:
    """The other pages that exist, each with the most urgent state of its steps."""
    found = []
    for page in PAGES:
        if url := address_of(page.name, slug):
            states = [row.standing.state for row in rows if row.standing.step.proof in page.proofs]
            state = min(states, key=URGENCY.index, default=None)
            found.append({"url": url, "label": page.label, "state": state})
    return found


def address_of(name: str, *arguments: str) -> str:
    """Where a page is; empty when this installation has no such page."""
    try:
        return reverse(f"desks:{name}", args=arguments)
    except NoReverseMatch:
        return ""
