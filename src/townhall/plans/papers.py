"""The plan on paper: as .docx from the office's template, as PDF in the layout of GB/T 9704-2012."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from townhall.documents import render
from townhall.documents.papers import Paper, Table, day
from townhall.kernel import clock
from townhall.plans import queries
from townhall.plans.choices import FIELDS, GROUPS_LABEL

if TYPE_CHECKING:
    from townhall.hours.models import OfficeHour
    from townhall.plans.models import Plan, PlanVersion

_WEEKDAYS = "一二三四五六日"


def time_words(hour: OfficeHour) -> str:
    """When the hour is, as a plan says it: 2026年11月30日（星期一）19:00—20:00."""
    start, end = clock.local(hour.starts_at), clock.local(hour.ends_at)
    return f"{day(start.date())}（星期{_WEEKDAYS[start.weekday()]}）{start:%H:%M}—{end:%H:%M}"


def names_time(hour: OfficeHour, words: str) -> bool:
    """Whether these words name the hour's day and its beginning, however they are written."""
    start = clock.local(hour.starts_at)
    return day(start.date()) in words.replace(" ", "") and f"{start:%H:%M}" in words.replace("：", ":")


def title(plan: Plan) -> str:
    """What stands above it."""
    number = plan.hour.issue_no
    named = plan.hour.title or _("区长网上办公")
    return _("%(title)s方案") % {"title": named} if number else _("%(title)s方案（预演）") % {"title": named}


def _context(plan: Plan, version: PlanVersion) -> dict[str, Any]:
    with override("zh-hans"):  # an official document is Chinese, whatever language its reader speaks
        groups = queries.group_names(version.groups)
        approved = plan.approved_version == version.number
        signed_on = clock.local((plan.approved_at if approved else None) or version.made_at).date()
        draft = "" if approved else _("（送审稿，第%(n)s版）") % {"n": version.number}
        paper = Paper(
            title=title(plan) + (f"\n{draft}" if draft else ""),
            facts=[(str(one.label), getattr(version, one.name)) for one in FIELDS.values()],
            tables=[
                Table(
                    headers=[_("序号"), str(GROUPS_LABEL), _("单位")],
                    rows=[[str(n), name, units] for n, (name, units) in enumerate(groups, start=1)],
                    title=_("业务小组分组"),
                    widths=(1, 3, 9),
                )
            ]
            if groups
            else [],
            on=day(signed_on),
        )
        words = {name: getattr(version, name) for name in FIELDS}
        return paper.context() | words | {
            "issue": str(plan.hour.issue_no or ""),
            "groups": [{"name": name, "units": units} for name, units in groups],
        }  # fmt: skip


def docx(plan: Plan, version: PlanVersion) -> bytes:
    """One version of the plan as .docx."""
    return render.docx("plan", _context(plan, version))


def pdf(plan: Plan, version: PlanVersion) -> bytes:
    """One version of the plan as PDF.

    :raises Refused: 503 when the machine has no Chinese font
    """
    return render.pdf("plan", _context(plan, version))
