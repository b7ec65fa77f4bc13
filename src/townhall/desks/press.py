"""《关于举行网上办公的公告》: its words, its papers, and who took it for which medium."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from townhall.desks import paperwork
from townhall.desks.access import Place, place_in, staff
from townhall.desks.fields import Field
from townhall.desks.notices import frame
from townhall.desks.panels import Attempt
from townhall.kernel import clock
from townhall.kernel.errors import missing
from townhall.preparation import checklist, flow, papers, publicity, queries
from townhall.preparation.choices import ANNOUNCEMENT_TITLE, Medium

if TYPE_CHECKING:
    from townhall.desks.paperwork import Act, Form
    from townhall.preparation.models import Announcement

KINDS = ("docx", "pdf", "txt")
TOLD = {"save": gettext_lazy("公告已保存。"), "release": gettext_lazy("交付已登记。")}


@staff
@require_GET
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """The announcement and who took it."""
    return _show(request, place_in(request, slug), Attempt())


def _show(request: HttpRequest, place: Place, attempt: Attempt) -> HttpResponse:
    versions = queries.announcements(place.actor)
    may = flow.begin_refusal(place.actor, place.hour.stage, flow.BEFORE) is None
    newest = versions[0] if versions else None
    context = frame(place) | {
        "title": ANNOUNCEMENT_TITLE,
        "versions": versions,
        "newest": newest,
        "handovers": [(one, taken) for one in versions for taken in one.handovers.all()],
        "hints": checklist.hints(place.hour),
        "save": _save_form(place, newest, attempt) if may else None,
        "release": _release_form(place, newest, attempt) if may else None,
        "address": papers.hour_address(place.hour),
    }
    return render(request, "desks/preparation/press.html", context, status=attempt.status)


def _save_form(place: Place, newest: Announcement | None, attempt: Attempt) -> Form:
    start = papers.defaults(place.hour)
    fields = [
        Field("text", _("公告正文"), value=newest.text if newest else papers.announcement_text(place.hour)),
        Field("issuer", _("落款"), "text", value=newest.issuer if newest else start["issuer"]),
    ]
    action = reverse("desks:press-verb", args=[place.hour.slug, "save"])
    return paperwork.form("save", _("保存公告"), action, attempt, fields, open=newest is None)


def _release_form(place: Place, newest: Announcement | None, attempt: Attempt) -> Form:
    fields = [
        Field("medium", _("媒体类别"), "select", [(value, str(label)) for value, label in Medium.choices]),
        Field("outlet", _("媒体名称"), "text"),
        Field("taken_by", _("接收人"), "text"),
        Field("at", _("交付时间"), "moment", value=paperwork.local(clock.now())),
        Field("note", _("备注（刊播日期等）"), "text"),
    ]
    action = reverse("desks:press-verb", args=[place.hour.slug, "release"])
    refused = "" if newest else _("请先保存公告文本，再登记交付。")
    return paperwork.form("release", _("登记交付"), action, attempt, fields, refused=refused)


@staff
@require_POST
def verb(request: HttpRequest, slug: str, verb: str) -> HttpResponse:
    """Save the announcement's words; enter who took it."""
    place = place_in(request, slug)
    acts: dict[str, Act] = {
        "save": partial(publicity.save_announcement, place.actor),
        "release": partial(publicity.release, place.actor),
    }
    if verb not in acts:
        raise missing(_("没有这项操作。"))
    go = reverse("desks:press", args=[slug])
    return paperwork.act(request, verb, acts[verb], partial(_show, request, place), TOLD[verb], go)


@staff
@require_GET
def paper(request: HttpRequest, slug: str, version: int, kind: str) -> HttpResponse:
    """A version as .docx, PDF or plain text."""
    versions = queries.announcements(place_in(request, slug).actor)
    found = next((one for one in versions if one.version == version), None)
    if found is None or kind not in KINDS:
        raise missing(_("没有这个文件。"))
    return paperwork.download(papers.announcement_file(found, kind))
