"""Ask for a correction or removal of something public, and follow it with its own receipt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from townhall.kernel.errors import INVALID, NOT_FOUND, TOO_MANY, InvalidFields, Refused
from townhall.kernel.secrets import make_nonce, receipt_digits
from townhall.portal import pace, pages
from townhall.portal.guard import broken_fields, public_form
from townhall.portal.views.ask import spaced
from townhall.portal.views.home import positive
from townhall.redress import citizen_actions
from townhall.redress import published as redress

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest, HttpResponse

_THINGS = ("question", "promise", "past", "clarification", "comment", "paper")
_FIELDS = ("kind", "standing", "words", "name", "contact", "form_key")


@public_form
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """The form for one public thing: ``?question=``, ``?promise=``, ``?past=`` (imported), ``?clarification=`` ..."""
    named = [positive(request.GET.get(name, "")) for name in _THINGS]
    try:
        what = citizen_actions.subject(*named)
    except Refused as refused:
        return pages.not_found(request, str(refused.message))
    about = {"about": redress.subject(what), "kinds": redress.kinds(what)}
    if request.method != "POST":
        return _form_page(request, about, {})
    if wait := pace.wait_for_form(request):
        words = _("提交太频繁，请等 %(seconds)s 秒再试。") % {"seconds": wait}
        response = _form_page(request, about, {"refused": words, "form": request.POST}, TOO_MANY)
        response.headers["Retry-After"] = str(wait)
        return response
    form = {name: request.POST.get(name, "") for name in _FIELDS}
    try:
        if broken := broken_fields(request, ("words", "name")):
            raise InvalidFields(broken)
        filed = citizen_actions.file(what, form)
    except InvalidFields as error:
        return _form_page(request, about, {"form": form, "error": pages.errors_of(error)}, INVALID)
    return _mine_page(request, filed.receipt, {"new": True})


def _form_page(
    request: HttpRequest, about: Mapping[str, Any], said: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    context = {
        **about, "standings": redress.STANDINGS, "error": {},
        "form": {"form_key": make_nonce()}, "keep_days": redress.KEPT_FOR, **said,
    }  # fmt: skip
    return pages.respond(request, "redress", context, status=status, cache=pages.PRIVATE)


@public_form
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: HttpRequest) -> HttpResponse:
    """One's own case: the receipt travels in the form, never in the address."""
    if request.method != "POST":
        return _find_page(request, {})
    address, receipt = pace.address_of(request), receipt_digits(request.POST.get("receipt", ""))
    if address is not None and (wait := pace.GUESSES.is_spent(address)):
        words = _("查得太频繁，请等 %(seconds)s 秒再试。") % {"seconds": wait}
        response = _find_page(request, {"refused": words, "typed": receipt}, TOO_MANY)
        response.headers["Retry-After"] = str(wait)
        return response
    if redress.mine(receipt) is None:
        if address is not None:
            pace.GUESSES.take(address)
        words = _("没有这个查询码，请核对十二位数字。")
        return _find_page(request, {"error": {"receipt": words}, "typed": receipt}, NOT_FOUND)
    said: dict[str, Any] = {}
    if request.POST.get("verb") == "withdraw":
        try:
            citizen_actions.withdraw(receipt)
            said["done"] = _("申请已撤回，个人信息已删除。")
        except Refused as refused:
            said["refused"] = refused.message
    return _mine_page(request, receipt, said)


def _find_page(request: HttpRequest, said: Mapping[str, Any], status: int = 200) -> HttpResponse:
    context = {"error": {}, "typed": "", **said}
    return pages.respond(request, "redress_find", context, status=status, cache=pages.PRIVATE)


def _mine_page(request: HttpRequest, receipt: str, said: Mapping[str, Any]) -> HttpResponse:
    digits = receipt_digits(receipt)
    context = {"mine": redress.mine(digits), "receipt": digits, "receipt_shown": spaced(digits), **said}
    return pages.respond(request, "redress_mine", context, cache=pages.PRIVATE)
