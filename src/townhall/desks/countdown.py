"""The editor of the countdown's template, for the coordinator between hours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from townhall.countdown import queries, templating
from townhall.countdown import template as templates
from townhall.countdown.choices import BY_HAND, Unit
from townhall.desks.access import signed_in, staff
from townhall.desks.fields import Field
from townhall.desks.prepare import offset_label
from townhall.hours.choices import Role
from townhall.hours.published import worded
from townhall.kernel.errors import INVALID, InvalidFields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from townhall.countdown.models import TemplateStep

NEW = "new"
_FIELDS = ("title", "title_en", "offset", "unit", "tolerance", "owner_role", "proof", "blocked_by")


@staff
@require_GET
def template(request: HttpRequest) -> HttpResponse:
    """Every step of the template, each with its form."""
    return _show(request)


@staff
@require_POST
def save(request: HttpRequest, code: str) -> HttpResponse:
    """Change one step."""
    return _save(request, code, code)


@staff
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Add a step under a code of its own."""
    code = request.POST.get("code", "").strip()
    if any(step.code == code for step in templates.current()):
        errors = {"code": _("这个代码已经有了，请换一个。")}
        return _show(request, {"code": NEW, "typed": _typed(request), "errors": errors}, INVALID)
    return _save(request, code, NEW)


def _save(request: HttpRequest, code: str, form: str) -> HttpResponse:
    try:
        step = templating.save_step(signed_in(request), code, _typed(request))
    except InvalidFields as invalid:
        attempt = {"code": form, "typed": _typed(request), "errors": invalid.errors}
        return _show(request, attempt, INVALID)
    messages.success(request, _("已保存。以后录入的各期按新模板生成，已有的各期不变。"))
    response = redirect("desks:countdown-template")
    response["Location"] += f"#t-{step.code}"
    return response


@staff
@require_POST
def retire(request: HttpRequest, code: str) -> HttpResponse:
    """Take a step out of the template."""
    templating.retire_step(signed_in(request), code)
    messages.success(request, _("已从模板中去掉。已有的各期不变。"))
    return redirect("desks:countdown-template")


@staff
@require_POST
def shipped(request: HttpRequest) -> HttpResponse:
    """Go back to the template the product comes with."""
    templating.restore_shipped(signed_in(request))
    messages.success(request, _("已恢复系统自带的模板。"))
    return redirect("desks:countdown-template")


def _typed(request: HttpRequest) -> dict[str, Any]:
    return request.POST.dict() | {"blocked_by": request.POST.getlist("blocked_by")}


def _show(request: HttpRequest, attempt: Mapping[str, Any] | None = None, status: int = 200) -> HttpResponse:
    queries.needs_office(signed_in(request))
    steps = templates.current()
    titles = {step.code: worded(step, "title") for step in steps}
    attempt = attempt or {"code": "", "typed": {}, "errors": {}}
    context = {
        "rows": [_row(step, titles, attempt) for step in steps],
        "own": templates.is_own(),
        "new": {
            "open": attempt["code"] == NEW,
            "fields": [
                _code_field(attempt),
                *_fields(None, titles, attempt if attempt["code"] == NEW else None),
            ],
        },
    }
    return render(request, "desks/office/countdown.html", context, status=status)


def _row(step: TemplateStep, titles: dict[str, str], attempt: Mapping[str, Any]) -> dict[str, Any]:
    here = attempt["code"] == step.code
    return {
        "step": step,
        "offset": offset_label(step.unit, step.offset),
        "waits_for": [titles[code] for code in step.blocked_by if code in titles],
        "proof": dict(queries.proof_choices()).get(step.proof, _("人工确认")),
        "open": here,
        "fields": _fields(step, {code: one for code, one in titles.items() if code != step.code},
                          attempt if here else None),
    }  # fmt: skip


def _code_field(attempt: Mapping[str, Any]) -> Field:
    typed = attempt["typed"].get("code", "") if attempt["code"] == NEW else ""
    return Field(
        "code", _("代码"), "text", value=typed, required=True, help=_("小写英文，如 rehearsal；定了就不再改。"),
        error=str(attempt["errors"].get("code", "")),
    )  # fmt: skip


def _fields(
    step: TemplateStep | None, others: dict[str, str], attempt: Mapping[str, Any] | None
) -> list[Field]:
    """One step's form: as typed after an error, else as it stands."""
    proofs = queries.proof_choices()
    if step is not None and step.proof not in dict(proofs):
        proofs.append((step.proof, _("人工确认")))
    blank: dict[str, Any] = {"offset": 1, "tolerance": 0, "unit": Unit.NATURAL, "owner_role": Role.COORDINATOR,
                             "proof": BY_HAND, "blocked_by": [], "title": "", "title_en": ""}  # fmt: skip
    values = (
        attempt["typed"] if attempt else {name: getattr(step, name) for name in _FIELDS} if step else blank
    )
    made = [
        Field("title", _("名称"), "text", required=True),
        Field("title_en", _("英文名称"), "text"),
        Field("offset", _("提前多少"), "number", required=True),
        Field("unit", _("单位"), "select", [(str(one), str(label)) for one, label in Unit.choices]),
        Field("tolerance", _("最多可晚几天"), "number", help=_("自然日；超过后算逾期。")),
        Field("owner_role", _("负责岗位"), "select", [(str(one), str(label)) for one, label in Role.choices]),
        Field("proof", _("完成依据"), "select", [(name, str(label)) for name, label in proofs]),
        Field("blocked_by", _("前序节点"), "checks", list(others.items())),
    ]
    for field in made:
        field.value = values.get(field.name, "")
        field.error = str(attempt["errors"].get(field.name, "")) if attempt else ""
    return made
