"""The district's numbers after the hour: until when leftovers and promises, and how late ones are chased."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from townhall.commitments import actions as promises
from townhall.commitments import rules
from townhall.desks import paperwork
from townhall.desks.access import signed_in, staff
from townhall.desks.fields import Field
from townhall.desks.panels import Attempt
from townhall.hours import seats
from townhall.hours.choices import Role
from townhall.kernel.errors import FORBIDDEN, Refused
from townhall.wrapping import actions, queries

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from townhall.hours.seats import Actor


@staff
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """How many working days each kind of question and promise has, and when the system chases."""
    return _show(request, Attempt())


@staff
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Change the numbers of leftovers."""
    return _save(request, "limits", actions.set_limits, _("已保存，从下一期结束时起用。"))


@staff
@require_POST
def save_schedule(request: HttpRequest) -> HttpResponse:
    """Change the schedule by which promises are chased."""
    return _save(request, "schedule", promises.set_rules, _("已保存，马上起用。"))


@staff
@require_POST
def save_prescribed(request: HttpRequest) -> HttpResponse:
    """Change the prescribed limits of promises."""
    return _save(request, "prescribed", promises.set_rules, _("已保存，从新签发的承诺起用。"))


def _save(
    request: HttpRequest, form: str, action: Callable[[Actor, Mapping[str, Any]], None], told: str
) -> HttpResponse:
    actor = seats.staff_actor(signed_in(request))
    if actor is None:
        raise Refused(FORBIDDEN, "seat", _("规定期限由区府办设定。"))
    do = partial(action, actor)
    return paperwork.act(request, form, do, partial(_show, request), told, reverse("desks:limits"))


def _show(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    actor = seats.staff_actor(signed_in(request))
    may = actor is not None and Role.COORDINATOR in actor.roles
    now = rules.numbers()
    leftovers = [(one["name"], one["label"], one["days"]) for one in queries.limit_numbers()]
    parts = [
        ("limits", "set-limits", _("会后办理的提问"), leftovers,
         _("办公时段结束时没有结果的提问，从当天的下一个工作日起算。单位为工作日；某一类不填，就用“一般”的天数。")),
        ("schedule", "set-schedule", _("承诺事项的提醒、催办和提级督办"), _numbers(rules.SCHEDULE, now),
         _("只在工作日的办公钟点自动进行；批准的延期从新的期限算起。")),
        ("prescribed", "set-prescribed", _("承诺事项的规定期限"), _numbers(rules.PRESCRIBED, now),
         _("按办理方式，从签发之日起算的工作日；与单位自己承诺的期限并列显示，已作出的承诺不变。")),
    ]  # fmt: skip
    forms = []
    for name, address, heading, numbers, summary in parts:
        fields = [Field(field, label, "number", value=value) for field, label, value in numbers]
        made = paperwork.form(
            name, _("保存"), reverse(f"desks:{address}"), attempt, fields, open=True, summary=summary
        )
        forms.append({"heading": heading, "form": made})
    context = {"forms": forms, "refused": "" if may else _("规定期限由区府办设定。")}
    return render(request, "desks/wrapping/limits.html", context, status=attempt.status)


def _numbers(known: Mapping[str, rules.Rule], now: Mapping[str, int]) -> list[tuple[str, Any, int]]:
    return [(name, rule.label, now[name]) for name, rule in known.items()]
