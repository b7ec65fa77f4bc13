"""The office between hours: the year at a glance, and the way to what belongs to no single hour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from townhall.countdown import queries
from townhall.desks.access import signed_in, staff
from townhall.desks.prepare import address_of
from townhall.hours import seats
from townhall.kernel import clock

if TYPE_CHECKING:
    from townhall.countdown.queries import Glance
    from townhall.hours.models import OfficeHour

# Pages that belong to no single hour; one that this installation does not have is not linked.
PAGES = (
    ("series", gettext_lazy("全年日期"), gettext_lazy("按规则推算日期，由人确认、改期或取消")),
    ("calendar", gettext_lazy("工作日历"), gettext_lazy("节假日和调休，录入新一年的安排")),
    ("topics", gettext_lazy("备选主题库"), gettext_lazy("年初征集，本期从中选定")),
    ("approvals", gettext_lazy("待我审批的方案"), gettext_lazy("呈批到您这里的方案")),
    ("countdown-template", gettext_lazy("倒排工作计划模板"), gettext_lazy("各节点的时间、负责岗位和完成依据")),
    ("documents", gettext_lazy("公文模板"), gettext_lazy("方案、通知等文件的 .docx 模板")),
    ("archives", gettext_lazy("档案"), gettext_lazy("搜索同义词，导入的往期问答，联系方式的留存")),
    ("outreach", gettext_lazy("信息发送"), gettext_lazy("短信签名和模板的报备，发送通道，最近的错误")),
    ("redress", gettext_lazy("更正、撤下申请"), gettext_lazy("被提到或受影响的人申请更正或撤下公开的内容")),
    ("limits", gettext_lazy("期限和催办安排"), gettext_lazy("会后办理的提问和承诺事项各有几个工作日，逾期怎样提级")),
    ("units", gettext_lazy("单位"), gettext_lazy("区内各单位和区外单位，上下级、牵头和电话")),
    ("posts", gettext_lazy("岗位模板"), gettext_lazy("工作人员安排从这里列出岗位")),
)  # fmt: skip


@staff
@require_GET
def office(request: HttpRequest) -> HttpResponse:
    """Every hour that is coming with its countdown; ``?year=`` shows those that are over."""
    account = signed_in(request)
    queries.needs_coordinator(account)
    years = queries.years()
    chosen = request.GET.get("year", "")
    year = int(chosen) if chosen in {str(one) for one in years} else None
    mine = seats.hours_held(account)
    context = {
        "glances": [_line(one, mine) for one in queries.glance(queries.coming())],
        "years": years,
        "year": year,
        "earlier": [_line(one, mine) for one in queries.glance(queries.of_year(year))] if year else [],
        "pages": [(url, label, help_) for name, label, help_ in PAGES if (url := address_of(name))],
        "today": clock.today(),
    }
    return render(request, "desks/office/office.html", context)


def _line(one: Glance, mine: frozenset[int]) -> dict[str, Any]:
    return {"hour": one.hour, "glance": one, "url": _way_in(one.hour, mine)}


def _way_in(hour: OfficeHour, mine: frozenset[int]) -> str:
    """The hour's countdown, for whoever sits in it."""
    return address_of("prepare", hour.slug) if hour.id in mine else ""
