"""How the hour is held: its switches, its opening and closing words, the leaders' photographs, who reviews answers."""

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
from townhall.desks.access import Place, place_in, staff
from townhall.desks.fields import Field
from townhall.desks.notices import frame
from townhall.desks.panels import Attempt
from townhall.documents import receiving
from townhall.documents.uploads import accepts
from townhall.hours import published as hours
from townhall.hours.choices import Identity, PublishAt
from townhall.kernel.errors import missing
from townhall.preparation import arranging, flow, queries

if TYPE_CHECKING:
    from townhall.desks.paperwork import Act, Form
    from townhall.hours.models import Group, OfficeHour

TOLD = {
    "switch": gettext_lazy("已保存。"),
    "speak": gettext_lazy("已保存。"),
    "reviewer": gettext_lazy("已保存。"),
    "photo": gettext_lazy("照片已更新。"),
}


@staff
@require_GET
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """What is decided about the hour, and the forms to decide otherwise."""
    return _show(request, place_in(request, slug), Attempt())


def _show(request: HttpRequest, place: Place, attempt: Attempt) -> HttpResponse:
    queries.may_read(place.actor)
    hour = place.hour
    hour.refresh_from_db()
    refused = {
        stages: flow.begin_refusal(place.actor, hour.stage, stages) for stages in (flow.BEFORE, flow.WRITING)
    }
    early, late = ((found.message if found else "") for found in refused.values())
    form = partial(_form, place)
    groups = hour.groups.select_related("secrecy_reviewer").prefetch_related("seats__account")
    context = frame(place) | {
        "switch": form("switch", _("谁可以提问、何时公开"), attempt, _switches(hour), early),
        "speak": form("speak", _("开场和结束的话"), attempt, _words(hour), late),
        "photos": [
            {
                "leader": one,
                "form": form("photo", _("照片"), _of(attempt, one.id, "leader"), _photo(one.id), early, row=one.id),
            }
            for one in hour.leaders.all()
        ],
        "reviewers": [
            {
                "group": hours.worded(group, "name"),
                "now": hours.worded(group.secrecy_reviewer, "name") if group.secrecy_reviewer else "",
                "form": form(
                    "reviewer", _("指定保密审查人"), _of(attempt, group.id, "group"), _people(group), late,
                    row=group.id,
                ),
            }
            for group in groups
        ],
    }  # fmt: skip
    return render(request, "desks/preparation/arranging.html", context, status=attempt.status)


def _form(
    place: Place, name: str, label: Any, attempt: Attempt, fields: list[Field], refused: Any,
    *, row: int | None = None,
) -> Form:  # fmt: skip
    """:param row: whom one of several equal forms is about, so that each label finds its own field"""
    address = reverse("desks:arranging-verb", args=[place.hour.slug, name])
    made = paperwork.form(name, label, address, attempt, fields, refused=refused)
    if row is not None:
        made.name = f"{name}-{row}"
    return made


def _of(attempt: Attempt, row: int, name: str) -> Attempt:
    """The attempt, for the row that it was about; the others stand as they are."""
    return attempt if str(attempt.typed.data.get(name)) == str(row) else Attempt()


def _switches(hour: OfficeHour) -> list[Field]:
    return [
        Field("identity", _("谁可以提问"), "select", _options(Identity.choices), hour.identity),
        Field("publish_at", _("提问何时公开"), "select", _options(PublishAt.choices), hour.publish_at),
        Field("allow_private", _("提问人可以要求只答复本人"), "check", value=hour.allow_private),
    ]


def _options(choices: Any) -> list[tuple[str, str]]:
    return [(str(value), str(label)) for value, label in choices]


def _words(hour: OfficeHour) -> list[Field]:
    return [
        Field("opening_words", _("开场的话"), value=hour.opening_words, help=_("网上办公进行时显示。")),
        Field("opening_words_en", _("开场的话（英文，可不填）"), value=hour.opening_words_en),
        Field("closing_words", _("结束的话"), value=hour.closing_words, help=_("网上办公结束后显示。")),
        Field("closing_words_en", _("结束的话（英文，可不填）"), value=hour.closing_words_en),
    ]


def _photo(leader: int) -> list[Field]:
    return [
        Field("leader", "", "hidden", value=leader),
        Field(
            "photo", _("照片"), "file", value=accepts("photo"),
            help=_("JPEG、PNG 或 WebP。保存时重新绘制，拍摄信息不会公开。不选文件即撤下照片。"),
        ),
    ]  # fmt: skip


def _people(group: Group) -> list[Field]:
    people = {seat.account.username: hours.worded(seat.account, "name") for seat in group.seats.all()}
    now = group.secrecy_reviewer.username if group.secrecy_reviewer else ""
    options = [("", _("由组长审查")), *people.items()]
    return [
        Field("group", "", "hidden", value=group.id),
        Field("username", _("保密审查人"), "select", options, now),
    ]


@staff
@require_POST
def verb(request: HttpRequest, slug: str, verb: str) -> HttpResponse:
    """Save one of the forms."""
    place = place_in(request, slug)
    acts: dict[str, Act] = {
        "switch": partial(arranging.switch, place.actor),
        "speak": partial(arranging.speak, place.actor),
        "reviewer": partial(arranging.name_reviewer, place.actor),
        "photo": lambda data: arranging.show_photo(place.actor, data, receiving.received(request, "photo")),
    }
    if verb not in acts:
        raise missing(_("没有这项操作。"))
    go = reverse("desks:arranging", args=[slug])
    return paperwork.act(request, verb, acts[verb], partial(_show, request, place), TOLD[verb], go)
