"""The district's units: the tree, one unit's form, and whole tables of them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from townhall.desks import paperwork, tables
from townhall.desks.access import signed_in, staff
from townhall.desks.fields import Field
from townhall.desks.panels import Attempt
from townhall.desks.templatetags.desk import named
from townhall.people import unit_inputs
from townhall.people.taking_in import UNIT_COLUMNS
from townhall.signon import units as keeping
from townhall.signon.administration import offices_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from townhall.people.directory import Line
    from townhall.people.models import Unit

EXAMPLE = (
    ["澄湖区人民政府", "Chenghu District", "区", "", "", "021-64120000"],
    ["区教育局", "Education Bureau", "委、办、局", "澄湖区人民政府", "", "021-64120011"],
    ["市供水公司", "City Water", "区外或垂直管理单位", "", "区教育局", "12345"],
)


@staff
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Every unit in its place, and the form of a new one."""
    return _list(request, Attempt())


@staff
@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    """A new unit."""
    account = signed_in(request)
    return paperwork.act(
        request, "enter", partial(keeping.enter, account), partial(_list, request), _("单位已录入。"),
        reverse("desks:units"),
    )  # fmt: skip


def _list(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    account = signed_in(request)
    lines = keeping.tree(account)
    fields = _fields(lines, {}, None)
    form = paperwork.form("enter", _("录入单位"), reverse("desks:units-enter"), attempt, fields)
    form.open = form.open or not lines
    context = {
        "lines": lines,
        "form": form,
        "standing": sum(not line.unit.closed_at for line in lines),
        "may_open_accounts": bool(offices_of(account)),
    }
    return render(request, "desks/units/page.html", context, status=attempt.status)


@staff
@require_GET
def one(request: HttpRequest, unit_id: int) -> HttpResponse:
    """One unit, with the names it had."""
    return _one(request, unit_id, Attempt())


@staff
@require_POST
def act(request: HttpRequest, unit_id: int, verb: str) -> HttpResponse:
    """Change, close or reopen a unit."""
    account = signed_in(request)

    def do(data: Mapping[str, Any]) -> None:
        keeping.perform(account, verb, unit_id, data)

    here = reverse("desks:units") if verb == "change" else reverse("desks:unit", args=[unit_id])
    return paperwork.act(
        request, verb, do, lambda attempt: _one(request, unit_id, attempt), _("已完成。"), here
    )


def _one(request: HttpRequest, unit_id: int, attempt: Attempt) -> HttpResponse:
    account = signed_in(request)
    unit = keeping.get(account, unit_id)
    fields = _fields(keeping.tree(account), unit_inputs.shown(unit), unit)
    change = paperwork.form(
        "change", _("保存"), reverse("desks:unit-act", args=[unit_id, "change"]), attempt, fields
    )
    verb = "reopen" if unit.closed_at else "close"
    switch = paperwork.form(
        verb, keeping.LABELS[verb], reverse("desks:unit-act", args=[unit_id, verb]), attempt
    )
    context = {"unit": unit, "former": list(unit.former_names.all()), "form": change, "switch": switch}
    return render(request, "desks/units/one.html", context, status=attempt.status)


def _fields(lines: Sequence[Line], values: Mapping[str, str], unit: Unit | None) -> list[Field]:
    """The fields of a unit's form."""
    chosen = {values.get("parent", ""), values.get("leading_unit", "")}
    inside = [
        (str(line.unit.id), f"{'　' * line.depth}{named(line.unit)}")
        for line in lines
        if line.unit.kind != "external" and line.unit != unit
        if not line.unit.closed_at or str(line.unit.id) in chosen
    ]
    top = not lines or (unit is not None and unit.parent_id is None)
    none = [("", _("（区本身没有上级）") if top else _("直接属于区"))]
    kinds = [("", _("请选择")), *((value, str(label)) for value, label in unit_inputs.KINDS)]
    return [
        Field("name", _("单位名称"), "text", value=values.get("name", ""), required=True,
              help=_("公开页面和公文上写的名称。")),
        Field("name_en", _("英文名称"), "text", value=values.get("name_en", "")),
        Field("kind", _("类型"), "select", kinds, values.get("kind", "")),
        Field("parent", _("上级单位"), "select", none + inside, values.get("parent", "")),
        Field("leading_unit", _("牵头单位"), "select", [("", _("没有")), *inside], values.get("leading_unit", ""),
              help=_("只有区外或垂直管理单位才选：由区内哪个单位牵头。")),
        Field("phone", _("电话"), "text", value=values.get("phone", ""),
              help=_("没有账号的单位靠它通知，如 021-64120011 转 8。")),
    ]  # fmt: skip


@staff
@require_http_methods(["GET", "HEAD", "POST"])
def take_in(request: HttpRequest) -> HttpResponse:
    """A table of units: previewed, then taken in."""
    account = signed_in(request)
    keeping.tree(account)
    return tables.page(
        request, partial(keeping.take_in, account), UNIT_COLUMNS, title=_("导入单位"), rows=EXAMPLE,
        here=reverse("desks:units-import"), back=reverse("desks:units"), back_to=_("全部单位"),
    )  # fmt: skip
