"""The desks of the three administrators: accounts, rights, and the journal, each for one of them only."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from townhall.desks import formdata, paperwork, tables
from townhall.desks.access import signed_in, staff
from townhall.desks.fields import Field
from townhall.desks.panels import Attempt
from townhall.kernel.errors import INVALID, InvalidFields
from townhall.kernel.text import whole_number
from townhall.people import directory, staff_inputs
from townhall.people.taking_in import STAFF_COLUMNS
from townhall.record import key_changes
from townhall.signon import administration, units

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest, HttpResponse

    from townhall.people.models import Account

# What is done by one button in the list; the others have a page or a form of their own.
BUTTONS = frozenset(administration.HANDLERS) - {"describe"}
EXAMPLE = (["li.na", "李娜", "Li Na", "区教育局", "办公室主任", "li.na@example.gov.cn"],)


@staff
@require_GET
def accounts(request: HttpRequest) -> HttpResponse:
    """Everybody's account, with what this administrator may do to it."""
    return _list(request)


def _list(
    request: HttpRequest, status: int = 200, attempt: Attempt | None = None, **more: Any
) -> HttpResponse:
    account = signed_in(request)
    words = request.GET.get("words", "")
    rows = administration.accounts(account, words, request.GET.get("after", ""))
    held = administration.offices_of(account)
    verbs = [power for power in administration.POWERS.values() if power.office in held]
    context: dict[str, Any] = {
        "rows": rows, "words": words, "verbs": {power.verb: power.label for power in verbs},
        "acts": {power.verb: power.label for power in verbs if power.verb in BUTTONS},
        "offices": administration.OFFICES, "keeps_units": bool(held & units.KEEPERS),
        "following": rows[-1].username if len(rows) == administration.MOST_ACCOUNTS else "",
    }  # fmt: skip
    if "enter" in context["verbs"]:
        label = administration.POWERS["enter"].label
        context["form"] = paperwork.form(
            "enter", label, reverse("desks:administration-enter"), attempt or Attempt(), _fields({}, None)
        )
    return render(request, "desks/administration/accounts.html", context | more, status=status)


def _fields(values: Mapping[str, str], account: Account | None) -> list[Field]:
    """The fields of an account's form; the username stays once it is given."""
    places = [(str(number), name) for number, name in directory.places()]
    if account is not None and account.unit and account.unit.closed_at:
        places.append((str(account.unit_id), account.unit.name))
    username = Field(
        "username", _("用户名"), "text", help=_("用字母、数字和 .-_，定了不能改。"), required=True
    )
    return [
        *([] if account else [username]),
        Field("name", _("姓名"), "text", value=values.get("name", ""), required=True),
        Field("name_en", _("英文姓名"), "text", value=values.get("name_en", "")),
        Field(
            "unit", _("单位"), "select", [("", _("没有")), *places], values.get("unit", ""),
            help=_("可以代表这个单位签收通知、办理承诺。"),
        ),
        Field("position", _("担任职务"), "text", value=values.get("position", "")),
        Field("email", _("电子邮箱地址"), "text", value=values.get("email", ""), help=_("系统的提醒也发到这里。")),
    ]  # fmt: skip


@staff
@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    """A new account; its first password is shown this once."""
    typed = formdata.read(request)
    try:
        made, password = administration.enter(signed_in(request), typed.data)
    except InvalidFields as wrong:
        attempt = Attempt("enter", typed, wrong, typed.places(wrong.errors))
        return _list(request, INVALID, attempt)
    return _list(request, handed={"name": made.username, "secret": password})


@staff
@require_GET
def one(request: HttpRequest, account_id: int) -> HttpResponse:
    """Who somebody is in office, to be changed."""
    return _one(request, account_id, Attempt())


def _one(request: HttpRequest, account_id: int, attempt: Attempt) -> HttpResponse:
    other = administration.get(signed_in(request), account_id)
    form = paperwork.form(
        "describe", _("保存"), reverse("desks:administration-act", args=[account_id, "describe"]), attempt,
        _fields(staff_inputs.shown(other), other),
    )  # fmt: skip
    context = {"other": other, "form": form}
    return render(request, "desks/administration/one.html", context, status=attempt.status)


@staff
@require_http_methods(["GET", "HEAD", "POST"])
def take_in(request: HttpRequest) -> HttpResponse:
    """A table of staff: previewed, then taken in; first passwords are shown this once."""
    account = signed_in(request)
    administration.demand(account, "take_in")
    return tables.page(
        request, partial(administration.take_in, account), STAFF_COLUMNS, title=_("导入账号"), rows=EXAMPLE,
        here=reverse("desks:administration-import"), back=reverse("desks:administration"), back_to=_("账号管理"),
    )  # fmt: skip


@staff
@require_POST
def act(request: HttpRequest, account_id: int, verb: str) -> HttpResponse:
    """One of the powers; what is to be handed over is shown this once."""
    try:
        secret = administration.perform(signed_in(request), verb, account_id, request.POST.dict())
    except InvalidFields as wrong:
        if verb == "describe":
            typed = formdata.read(request)
            return _one(request, account_id, Attempt(verb, typed, wrong, typed.places(wrong.errors)))
        return _list(request, INVALID, errors=wrong.errors)
    if secret:
        return _list(request, handed={"name": request.POST.get("username", ""), "secret": secret})
    messages.success(request, _("已完成。"))
    return redirect("desks:administration")


@staff
@require_GET
def journal(request: HttpRequest) -> HttpResponse:
    """What happened, for the audit administrator; ids and code words, as it was written."""
    before = whole_number(request.GET.get("before", ""))
    kind, actor = request.GET.get("kind", ""), request.GET.get("actor", "")
    rows = administration.journal(signed_in(request), before, kind, actor)
    following = rows[-1]["entry"].id if len(rows) == administration.MOST_ENTRIES else None
    context = {"rows": rows, "kind": kind, "actor": actor, "following": following}
    return render(request, "desks/administration/journal.html", context)


@staff
@require_GET
def record_key(request: HttpRequest) -> HttpResponse:
    """The keys that sign the public record, and the change of them that two administrators decide."""
    return render(request, "desks/administration/record_key.html", key_changes.shown(signed_in(request)))


@staff
@require_POST
def change_key(request: HttpRequest, verb: str) -> HttpResponse:
    """Propose a change, confirm another's, or call it off."""
    account = signed_in(request)
    if verb == "propose":
        key_changes.propose(account, request.POST.get("what", ""))
    else:
        act = key_changes.confirm if verb == "confirm" else key_changes.withdraw
        act(account, whole_number(request.POST.get("change", "")) or 0)
    messages.success(request, _("已完成。"))
    return redirect("desks:administration-record-key")
