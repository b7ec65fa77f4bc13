"""What came to one's own unit: read it, sign for it, ask back. Bound to no hour and to no seat."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from townhall.desks import paperwork
from townhall.desks.access import staff
from townhall.desks.fields import Field
from townhall.desks.panels import Attempt
from townhall.documents import serving
from townhall.kernel.errors import missing
from townhall.kernel.text import whole_number
from townhall.preparation import actions, flow, papers, queries

if TYPE_CHECKING:
    from townhall.desks.paperwork import Act
    from townhall.preparation.parties import UnitActor

TOLD = {
    "sign_for": gettext_lazy("已签收，记有您的姓名和时间。"),
    "ask_back": gettext_lazy("已送区府办，回复后在这里显示。"),
}


@staff
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """What came to the unit, unsigned ones first."""
    actor = paperwork.unit_of(request)
    page = whole_number(request.GET.get("page", "")) or 1
    notices, more = queries.notices_of_unit(actor, page)
    context = {
        "notices": notices,
        "older": page + 1 if more else None,
        "waiting": queries.waiting_for_unit(actor),
    }
    return render(request, "desks/preparation/unit_notices.html", context)


@staff
@require_GET
def page(request: HttpRequest, receipt_id: int) -> HttpResponse:
    """One notice; opening it shows the coordinator that the unit has read it."""
    actor = paperwork.unit_of(request)
    actions.mark_read(actor, receipt_id)
    return _show(request, actor, receipt_id, Attempt())


def _show(request: HttpRequest, actor: UnitActor, receipt_id: int, attempt: Attempt) -> HttpResponse:
    shown = queries.notice_of_unit(actor, receipt_id)
    forms = {
        name: paperwork.form(
            name, flow.RECEIPT_MOVES[name].label, reverse("desks:unit-notice-verb", args=[receipt_id, name]),
            attempt, fields, summary=summary, refused=shown["moves"][name],
        )
        for name, fields, summary in (
            ("sign_for", [], _("以您的姓名代表单位签收。")),
            ("ask_back", [Field("text", _("想问什么"))], ""),
        )
    }  # fmt: skip
    context: dict[str, Any] = {**shown, "forms": forms, "mine": actor}
    return render(request, "desks/preparation/unit_notice.html", context, status=attempt.status)


@staff
@require_POST
def verb(request: HttpRequest, receipt_id: int, verb: str) -> HttpResponse:
    """Sign for a notice, or ask about it."""
    actor = paperwork.unit_of(request)
    acts: dict[str, Act] = {
        "sign_for": lambda _data: actions.sign_for(actor, receipt_id),
        "ask_back": partial(actions.ask_back, actor, receipt_id),
    }
    if verb not in acts:
        raise missing(_("没有这项操作。"))
    go = reverse("desks:unit-notice", args=[receipt_id])
    return paperwork.act(
        request, verb, acts[verb], partial(_show, request, actor, receipt_id), TOLD[verb], go
    )


@staff
@require_GET
def paper(request: HttpRequest, receipt_id: int, kind: str) -> HttpResponse:
    """The notice as it was sent, as .docx or PDF."""
    shown = queries.notice_of_unit(paperwork.unit_of(request), receipt_id)
    if kind not in {"docx", "pdf"}:
        raise missing(_("没有这个文件。"))
    return paperwork.download(papers.notice_file(shown["receipt"].notice, shown["version"], kind))


@staff
@require_GET
def attachment(request: HttpRequest, receipt_id: int, upload_id: int) -> HttpResponse:
    """A file that came with the notice."""
    shown = queries.notice_of_unit(paperwork.unit_of(request), receipt_id)
    for one in shown["version"].attachments.all():
        if one.upload_id == upload_id:
            return serving.kept(one.upload)  # type: ignore[return-value]
    raise missing(_("没有这个文件。"))
