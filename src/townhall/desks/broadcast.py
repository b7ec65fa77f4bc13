"""The mass messages of one hour: recipients, text, dry run, confirmation, progress, files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from townhall.desks.access import Place, place_in, staff
from townhall.documents import serving
from townhall.documents.receiving import received
from townhall.hours.choices import Stage
from townhall.kernel.errors import INVALID, InvalidFields, missing
from townhall.outreach import actions, flow, queries, wording

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from townhall.outreach.asking import Asked
    from townhall.outreach.models import Broadcast

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# While it runs the page asks again by itself, so that progress shows without a script.
REFRESH_SECONDS = 5
_TYPED = ("provider", "text", "to_subscribers", "not_before")


@staff
@require_http_methods(["GET", "HEAD", "POST"])
def broadcasts(request: HttpRequest, slug: str) -> HttpResponse:
    """The hour's mass messages, and a form for a new one."""
    place = place_in(request, slug)
    if request.method != "POST":
        return _list(request, place)
    typed = {name: request.POST.get(name, "") for name in _TYPED}
    try:
        row = actions.draft(place.actor, typed)
    except InvalidFields as error:
        return _list(request, place, typed, error.errors)
    messages.success(request, _("已拟好。下一步：导入名单，再试算。"))
    return redirect("desks:broadcast-one", slug, row.id)


def _frame(place: Place) -> dict[str, Any]:
    return {
        "hour": place.hour,
        "stage": Stage(place.hour.stage).label,
        "actor": place.actor,
        "ways": queries.ways(place.hour),
    }


def _list(
    request: HttpRequest,
    place: Place,
    typed: Mapping[str, Any] | None = None,
    errors: Mapping[str, Any] | None = None,
) -> HttpResponse:
    usual = {"text": wording.USUAL_TEXT, "to_subscribers": "on", "provider": "export", "not_before": ""}
    context = {
        **_frame(place),
        "rows": queries.broadcasts(place.actor),
        "typed": typed or usual,
        "errors": errors or {},
    }
    return render(request, "desks/outreach/broadcasts.html", context, status=INVALID if errors else 200)


@staff
@require_GET
def one(request: HttpRequest, slug: str, broadcast_id: int) -> HttpResponse:
    """One mass message with everything that can be done to it now."""
    place = place_in(request, slug)
    return _show(request, place, queries.get(place.actor, broadcast_id))


def _show(
    request: HttpRequest,
    place: Place,
    row: Broadcast,
    verb: str = "",
    typed: Mapping[str, Any] | None = None,
    errors: Mapping[str, Any] | None = None,
) -> HttpResponse:
    shown = queries.present(place.actor, row)
    stored = {
        "text": row.text,
        "provider": row.provider,
        "to_subscribers": row.to_subscribers,
        "not_before": row.not_before,
    }
    context = {
        **_frame(place),
        "b": shown,
        "labels": {name: move.label for name, move in flow.MOVES.items()},
        "verb": verb,
        "typed": typed or stored,
        "errors": errors or {},
        "cost": f"{shown['preview']['cost'] / 100:.2f}" if shown["preview"] else "",
        "price": f"{settings.SMS_PRICE / 100:.2f}",
        "refresh": REFRESH_SECONDS if row.state in {"confirmed", "running"} and not shown["is_export"] else 0,
        "window": [moment.strftime("%H:%M") for moment in settings.SMS_HOURS],
    }
    return render(request, "desks/outreach/broadcast.html", context, status=INVALID if errors else 200)


@staff
@require_POST
def do(request: HttpRequest, slug: str, broadcast_id: int, verb: str) -> HttpResponse:
    """Do ``verb`` to a mass message: edit, import, dry run, confirm, pause ..."""
    place = place_in(request, slug)
    if verb not in _ACTS:
        raise missing(_("没有这项操作。"))
    try:
        answer = _ACTS[verb](request, place, broadcast_id)
    except InvalidFields as error:
        row = queries.get(place.actor, broadcast_id)
        names = _TYPED if verb == "edit" else ("reason", "said")
        typed = {name: request.POST.get(name, "") for name in names} if verb in _KEEPS_WORDS else None
        return _show(request, place, row, verb, typed, error.errors)
    if isinstance(answer, HttpResponse):
        return answer
    messages.success(request, answer)
    return redirect("desks:broadcast-one", slug, broadcast_id)


Answer = HttpResponse | str
# What was typed comes back when it was wrong.
_KEEPS_WORDS = frozenset({"edit", "send_unknown_anyway", "confirm_sent"})


def _edit(request: HttpRequest, place: Place, broadcast_id: int) -> Answer:
    actions.edit(place.actor, broadcast_id, {name: request.POST.get(name, "") for name in _TYPED})
    return _("已保存。发送前请重新试算。")


def _file(request: HttpRequest) -> tuple[str, bytes]:
    """The file that came with the form.

    :raises InvalidFields: when none was chosen or it was too large
    """
    found = received(request)
    if found is None:
        raise InvalidFields({"file": _("请选择文件。")})
    return found.name or "", found.read()


def _add_list(request: HttpRequest, place: Place, broadcast_id: int) -> Answer:
    row = actions.add_list(place.actor, broadcast_id, *_file(request))
    words = _("名单已读入：可以发送 %(accepted)s，重复 %(duplicates)s，有误 %(wrong)s。")
    return words % {"accepted": row.accepted, "duplicates": row.duplicates, "wrong": row.wrong}


def _preview(_request: HttpRequest, place: Place, broadcast_id: int) -> Answer:
    actions.preview(place.actor, broadcast_id)
    return _("试算好了，请核对后确认。现在还没有发送。")


def _confirm(request: HttpRequest, place: Place, broadcast_id: int) -> Answer:
    if not request.POST.get("agreed"):
        raise InvalidFields({"agreed": _("请勾选，表示您已核对人数、内容和费用。")})
    row = actions.confirm(place.actor, broadcast_id, request.POST.get("digest", ""))
    if row.provider == "export":
        return _("已确认。请下载名单，交给代发的部门。")
    return _("已确认，系统会在可以发送的时段内自动发送。")


def _plain(action: Callable[..., Any], words: Callable[[Any], str]) -> Callable[..., Answer]:
    def act(_request: HttpRequest, place: Place, broadcast_id: int) -> Answer:
        return words(action(place.actor, broadcast_id))

    return act


def _hand_over(_request: HttpRequest, place: Place, broadcast_id: int) -> Answer:
    content = actions.hand_over(place.actor, broadcast_id)
    return serving.made(content, f"{_('短信名单')}-{place.hour.slug}-{broadcast_id}.xlsx", XLSX)


def _read_results(request: HttpRequest, place: Place, broadcast_id: int) -> Answer:
    _name, content = _file(request)
    facts = actions.read_results(place.actor, broadcast_id, content)
    words = _("结果已读入：送达 %(delivered)s，失败 %(failed)s，对不上 %(strangers)s。")
    return words % facts


def _confirm_sent(request: HttpRequest, place: Place, broadcast_id: int) -> Answer:
    count = actions.confirm_sent(place.actor, broadcast_id, request.POST.get("said", ""))
    return _("已登记：%(n)s 条由代发部门发出。") % {"n": count}


def _asked(found: Asked) -> str:
    words = _("已核对回执：通道答复了 %(answered)s 条，%(settled)s 条有了结果。")
    if found.silent:
        words = _(
            "通道没有答复，或者没有设置可以查询的地址：只问到 %(answered)s 条，%(settled)s 条有了结果。"
        )
    return words % {"answered": found.answered, "settled": found.settled}


def _again(count: int) -> str:
    return _("%(n)s 条结果不明的短信将再发一次。") % {"n": count}


def _send_anyway(request: HttpRequest, place: Place, broadcast_id: int) -> Answer:
    reason = request.POST.get("reason", "")
    return _again(actions.send_unknown_anyway(place.actor, broadcast_id, reason))


_ACTS: dict[str, Callable[[HttpRequest, Place, int], Answer]] = {
    "edit": _edit,
    "add_list": _add_list,
    "preview": _preview,
    "confirm": _confirm,
    "hand_over": _hand_over,
    "read_results": _read_results,
    "confirm_sent": _confirm_sent,
    "pause": _plain(actions.pause, lambda _row: _("已暂停。手上的一批发完后不再发送。")),
    "resume": _plain(actions.resume, lambda _row: _("继续发送。")),
    "cancel": _plain(actions.cancel, lambda _row: _("已取消，没有发出的不再发送。")),
    "check_receipts": _plain(actions.check_receipts, _asked),
    "send_unknown_again": _plain(actions.send_unknown_again, _again),
    "send_unknown_anyway": _send_anyway,
}


@staff
@require_GET
def wrong_rows(request: HttpRequest, slug: str, broadcast_id: int, list_id: int) -> HttpResponse:
    """The rows that could not be taken, for who made the list."""
    place = place_in(request, slug)
    content = queries.wrong_rows(place.actor, broadcast_id, list_id)
    return serving.made(content, f"{_('有误的行')}-{list_id}.xlsx", XLSX)
