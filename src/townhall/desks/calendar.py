"""The working days of each year: looked at, entered from the notice or a file, taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from townhall.desks import paperwork
from townhall.desks.access import signed_in, staff
from townhall.desks.fields import Field
from townhall.desks.panels import Attempt
from townhall.hours import calendar_entry, calendar_queries
from townhall.hours.seats import staff_actor
from townhall.kernel import clock
from townhall.kernel.errors import CONFLICT, InvalidFields, Refused

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    from townhall.hours.seats import Actor

# A year's days are two kilobytes; anything larger is another file.
LARGEST_FILE = 100_000


def office_actor(request: HttpRequest) -> Actor:
    """Who this person is between hours.

    :raises Refused: for an account that is switched off
    """
    actor = staff_actor(signed_in(request))
    if actor is None:
        raise Refused(CONFLICT, "account", _("这个账号已停用。"))
    return actor


def _keeper(request: HttpRequest) -> Actor:
    actor = office_actor(request)
    if refused := calendar_entry.refusal(actor):
        raise refused
    return actor


def _year(text: str) -> int:
    default = calendar_queries.missing_year() or clock.today().year
    return int(text) if text.isascii() and text.isdigit() and len(text) == len("2027") else default


@staff
@require_http_methods(["GET", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """A year's days; a form sent here enters them."""
    actor = _keeper(request)
    if request.method == "POST":
        return _enter(request, actor)
    return _show(request, _year(request.GET.get("year", "")), Attempt())


def _enter(request: HttpRequest, actor: Actor) -> HttpResponse:
    data = {name: request.POST.get(name, "") for name in ("year", "source", "announced_on", "days")}
    attempt = Attempt(verb="enter")
    attempt.typed.data |= data
    try:
        if request.FILES.get("file"):
            attempt.typed.data["days"] = data["days"] = _file(request)
        schedule = calendar_entry.enter(actor, data)
    except InvalidFields as error:
        attempt.error = error
        attempt.places = {name: str(message) for name, message in error.errors.items()}
        return _show(request, _year(data["year"]), attempt)
    messages.success(request, _("%(year)s 年的安排已录入。") % {"year": schedule.year})
    return redirect(f"{reverse('desks:calendar')}?year={schedule.year}")


def _file(request: HttpRequest) -> str:
    """An uploaded list as text, in either encoding that spreadsheets here write."""
    file = cast("UploadedFile[Any]", request.FILES["file"])
    content: bytes = file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise InvalidFields({"file": _("文件太大，请只上传这一年的日期。")})
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise InvalidFields({"file": _("文件读不出来。请另存为 CSV，或把内容粘贴到下面。")})


def _show(request: HttpRequest, number: int, attempt: Attempt) -> HttpResponse:
    year = calendar_queries.year(number)
    schedule = year.schedule
    fields = [
        Field("year", _("年份"), "number", value=number, required=True),
        Field(
            "source", _("依据的文件"), "text", value=schedule.source if schedule else "",
            help=_("文号或标题，如“国办发明电〔2026〕7号”"), required=True,
        ),
        Field(
            "announced_on", _("文件发布日期"), "date",
            value=schedule.announced_on.isoformat() if schedule else "", required=True,
        ),
        Field(
            "file", _("从 CSV 文件读取（可不选）"), "file", value=".csv,.txt,text/csv,text/plain",
            help=_("选了文件，就以文件为准；有错的行会回到下面的框里。"),
        ),
        Field(
            "days", _("放假和调休上班的日期"), "area", value=year.text,
            help=_("可以直接粘贴通知原文，也可以每行写一个，如“2027-01-31 上班 春节”。"), required=True,
        ),
    ]  # fmt: skip
    label = _("更正这一年的安排") if year.known else _("录入这一年的安排")
    form = paperwork.form("enter", label, reverse("desks:calendar"), attempt, fields)
    lines = _lines(attempt)
    if lines:
        form.failed = attempt.message
    context: dict[str, Any] = {
        "year": year,
        "years": calendar_queries.years(),
        "missing": calendar_queries.missing_year(),
        "form": form,
        "lines": lines,
        "withdraw": paperwork.form(
            "withdraw", _("撤回"), reverse("desks:calendar-withdraw", args=[schedule.id]), Attempt()
        )
        if schedule
        else None,
    }
    return render(request, "desks/calendar/calendar.html", context, status=attempt.status)


def _lines(attempt: Attempt) -> list[tuple[int, str, str]]:
    """The lines to mend: number, what stands there, what to do."""
    text = str(attempt.typed.data.get("days", "")).splitlines()
    found = []
    for name, message in attempt.places.items():
        if name.startswith("days["):
            number = int(name[len("days[") : -1])
            found.append((number, text[number - 1] if number <= len(text) else "", message))
    return found


@staff
@require_POST
def withdraw(request: HttpRequest, schedule_id: int) -> HttpResponse:
    """Take back what was entered in error."""
    schedule = calendar_entry.withdraw(office_actor(request), schedule_id)
    messages.success(request, _("这份安排已撤回，受影响的日期已重新推算。"))
    return redirect(f"{reverse('desks:calendar')}?year={schedule.year}")
