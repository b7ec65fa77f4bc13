"""Observers (网民代表): who may apply and how the lot works; applying; one's own application; the result."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from townhall.hours import published as hours
from townhall.kernel.errors import INVALID, NOT_FOUND, TOO_MANY, InvalidFields, Refused
from townhall.kernel.secrets import is_receipt, make_nonce, receipt_digits
from townhall.live import wording
from townhall.observers import citizen_actions
from townhall.observers import published as observers
from townhall.people import identity
from townhall.portal import mine, pace, pages
from townhall.portal.guard import broken_fields, public_form
from townhall.portal.views.ask import spaced

if TYPE_CHECKING:
    from collections.abc import Mapping

FIELDS = ("name", "words", "form_key")
CONSENTS = ("contact", "list", "talk")
LABELLED = frozenset({"name", "words", "mobile", "code", "receipt"})


@dataclass(slots=True)
class _Form:
    """One visit to the page: what was typed, and what is to be said about it."""

    request: HttpRequest
    row: Any
    hour: dict[str, Any]
    values: dict[str, str]
    consents: list[str]
    step: str = "apply"
    errors: dict[str, str] = field(default_factory=dict)
    refused: Refused | None = None
    token: str = ""
    status: int = 200

    @property
    def is_verified(self) -> bool:
        """Whether this browser holds the token of a verified person who can be called."""
        return identity.has_mobile(self.token)

    def data(self) -> dict[str, Any]:
        """What the action takes."""
        return {**self.values, "consents": self.consents, "verification": self.token}

    def failed(self, error: InvalidFields | Refused) -> None:
        """Keep why it did not go through."""
        if isinstance(error, InvalidFields):
            self.errors, self.status = pages.errors_of(error), INVALID
        else:
            self.refused, self.status = error, error.status


def _find(request: HttpRequest, slug: str) -> tuple[Any, dict[str, Any]] | None:
    key = pages.key_of(request)
    row, shown = hours.find(slug, key), hours.get_hour(slug, key)
    return None if row is None or shown is None else (row, shown)


def _no_hour(request: HttpRequest) -> HttpResponse:
    return pages.not_found(request, _("没有这一期网上办公，或者还没有公布。"))


@public_form
@require_http_methods(["GET", "HEAD", "POST"])
def observe(request: HttpRequest, slug: str) -> HttpResponse:
    """The call, the form with its steps, and later the result."""
    found = _find(request, slug)
    if found is None:
        return _no_hour(request)
    values = {name: request.POST.get(name, "") for name in FIELDS}
    values["form_key"] = values["form_key"] or make_nonce()
    form = _Form(request, *found, values, request.POST.getlist("consents")[:9], token=mine.token(request))
    if request.method != "POST":
        return _show(form)
    return _STEPS.get(request.POST.get("step", ""), _apply)(form)


# -- the steps of applying ------------------------------------------------------------------------------


def _apply(form: _Form) -> HttpResponse:
    if not _is_complete(form):
        return _show(form)
    if not form.is_verified:
        form.step = "mobile"
        return _show(form)
    if refusal := _too_fast(form):
        return refusal
    try:
        applied = citizen_actions.apply(form.row.id, form.data())
    except InvalidFields as error:
        form.failed(error)
        form.step = "mobile" if "verification" in form.errors else "apply"
        return _show(form)
    except Refused as error:
        form.failed(error)
        return _show(form)
    return _own(form.request, form.row, form.hour, applied.receipt, {"new": True})


def _is_complete(form: _Form) -> bool:
    """Whether the form itself needs no mending; who the person is comes after it."""
    errors = broken_fields(form.request, FIELDS)
    try:
        citizen_actions.check(form.data())
    except InvalidFields as error:
        errors = pages.errors_of(error) | errors
    form.errors, form.status = errors, INVALID if errors else 200
    if errors:
        form.step = "apply"
    return not errors


def _too_fast(form: _Form) -> HttpResponse | None:
    wait = pace.wait_for_form(form.request)
    if not wait:
        return None
    words = _("提交太频繁，请等 %(seconds)s 秒再试。") % {"seconds": wait}
    form.failed(Refused(TOO_MANY, "too_many", words, retry_after=wait))
    return _show(form)


def _send_code(form: _Form) -> HttpResponse:
    if not observers.get(form.row).get("accepting") or not _is_complete(form):
        return _show(form)
    form.step = "mobile"
    if refusal := _too_fast(form):
        return refusal
    try:
        identity.start_verification(form.request.POST.get("mobile", ""), pace.address_of(form.request))
        form.step = "code"
    except InvalidFields as error:
        form.failed(error)
    except Refused as error:
        form.failed(error)
        form.step = "code"  # one is on its way already: let it be typed in
    return _show(form)


def _check_code(form: _Form) -> HttpResponse:
    if not _is_complete(form):
        return _show(form)
    form.step = "code"
    if refusal := _too_fast(form):
        return refusal
    try:
        form.token, _until = identity.confirm_verification(
            form.request.POST.get("mobile", ""), form.request.POST.get("code", "")
        )
    except InvalidFields as error:
        form.failed(error)
        form.step = "mobile" if "mobile" in form.errors else "code"
        return _show(form)
    form.step = "apply"
    response = _apply(form)
    mine.keep_token(response, form.token)
    return response


def _forget(form: _Form) -> HttpResponse:
    form.token = ""
    response = _show(form)
    pages.forget_cookie(response, mine.PERSON)
    return response


def _back(form: _Form) -> HttpResponse:
    return _show(form)


_STEPS = {
    "apply": _apply,
    "mobile": _send_code,
    "code": _check_code,
    "back": _back,
    "forget": _forget,
}


# -- the page -------------------------------------------------------------------------------------------


def _consents(form: _Form, days: int) -> list[dict[str, Any]]:
    """What an applicant agrees to: each with its purpose and how long data are kept."""
    words = {
        "contact": _(
            "同意用我的姓名、手机号和留言联系我、核对到场。只有区府办能看，每次查看都留记录；归档 %(days)s 天后删除。"
        )
        % {"days": days},
        "list": _(
            "同意公布一串代表我的摘要，让大家核对抽签。里面看不出姓名和手机号，别人还原不了；摘要长期保留。"
        ),
        "talk": _(
            "同意座谈中提的事登记为公开提问时写我的姓（如“网民代表张**”），长期保留。可以不选，不选就只写“网民代表”。"
        ),
    }
    return [
        {
            "code": code,
            "words": words[code],
            "ticked": code in form.consents,
            "error": form.errors.get(f"consent_{code}", ""),
        }
        for code in CONSENTS
    ]


def _show(form: _Form) -> HttpResponse:
    call = observers.get(form.row)
    personal = form.request.method == "POST" or form.is_verified
    context = {
        **pages.hour_frame(form.hour, pages.language_of(form.request)),
        "call": call,
        "form": {**form.values, "mobile": form.request.POST.get("mobile", "")},
        "kept": [*form.values.items(), *(("consents", one) for one in form.consents)],
        "consents": _consents(form, call["keep_days"]),
        "step": form.step,
        "sign_on_from": form.request.get_full_path(),
        "error": form.errors,
        "errors": _summary(form.errors),
        "refused": form.refused.message if form.refused else "",
        "once": form.refused is not None and form.refused.code == "once",
        "verified": form.is_verified,
        "starts_at": wording.day_minute(form.hour["starts_at"], weekday=True),
    }
    response = pages.respond(
        form.request,
        "observe",
        context,
        status=form.status,
        cache=pages.PRIVATE if personal else pages.FRESH,
    )
    return pages.refuse(response, form.refused) if form.refused else response


def _summary(errors: Mapping[str, str]) -> list[dict[str, str]]:
    """What must be mended, each leading to its field."""
    names = {
        "name": _("姓名"),
        "words": _("想说的话"),
        "mobile": _("手机号"),
        "code": _("验证码"),
        "receipt": _("查询码"),
    }
    return [
        {
            "field": name if name in LABELLED or name.startswith("consent_") else "name",
            "name": names.get(name, _("同意事项") if name.startswith("consent_") else ""),
            "message": words,
        }
        for name, words in errors.items()
    ]


@require_safe
def lot_sheet(request: HttpRequest, slug: str) -> HttpResponse:
    """The lot as a file, for the verifier."""
    found = _find(request, slug)
    sheet = observers.lot_sheet(found[0]) if found else None
    if sheet is None:
        return _no_hour(request)
    response = JsonResponse(sheet, json_dumps_params={"ensure_ascii": False, "indent": 1})
    response.headers["Content-Disposition"] = f'attachment; filename="lot-{slug}.json"'
    response.headers["Cache-Control"] = pages.FRESH
    return response


@require_safe
def verifier(request: HttpRequest, slug: str) -> HttpResponse:
    """The verifier's own source: one file that needs nothing but Python."""
    if _find(request, slug) is None:
        return _no_hour(request)
    response = HttpResponse(observers.verifier(), content_type="text/x-python; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="lot.py"'
    response.headers["Cache-Control"] = pages.FRESH
    return response


# -- one's own application ------------------------------------------------------------------------------


@public_form
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: HttpRequest, slug: str) -> HttpResponse:
    """With the receipt: where I stand; confirm, decline, withdraw. The receipt never stands in an address."""
    found = _find(request, slug)
    if found is None:
        return _no_hour(request)
    row, hour = found
    if request.method != "POST":
        return _ask_receipt(request, hour, {})
    if request.POST.get("lost"):
        return _lost(request, row, hour)
    address, receipt = pace.address_of(request), receipt_digits(request.POST.get("receipt", ""))
    said: dict[str, Any] = {"typed": request.POST.get("receipt", "")[:40]}
    if address is not None and (wait := pace.GUESSES.is_spent(address)):
        said["refused"] = _("查得太频繁，请等 %(seconds)s 秒再试。") % {"seconds": wait}
        response = _ask_receipt(request, hour, said, TOO_MANY)
        response.headers["Retry-After"] = str(wait)
        return response
    if not is_receipt(receipt):
        said["error"] = {"receipt": _("查询码是 12 位数字，请核对后再试。")}
        return _ask_receipt(request, hour, said, INVALID)
    if observers.mine(row, receipt) is None:
        if address is not None:
            pace.GUESSES.take(address)
        said["error"] = {"receipt": _("没有这个查询码，请核对十二位数字。")}
        return _ask_receipt(request, hour, said, NOT_FOUND)
    return _act(request, row, hour, receipt)


def _act(request: HttpRequest, row: Any, hour: dict[str, Any], receipt: str) -> HttpResponse:
    verb = request.POST.get("verb", "")
    done = {
        "confirm": _("已确认参加，当晚见。"),
        "decline": _("已记下您不能参加，席位留给候补。"),
        "withdraw": _("已撤回，姓名、手机和留言都已删除。"),
    }
    if verb not in done:
        return _own(request, row, hour, receipt, {})
    try:
        citizen_actions.answer(row.id, receipt, verb)
    except Refused as refused:
        return _own(request, row, hour, receipt, {"refused": refused.message}, refused.status)
    response = _own(request, row, hour, receipt, {"done": done[verb]})
    if verb == "withdraw":
        pages.forget_cookie(response, mine.PERSON)
    return response


def _lost(request: HttpRequest, row: Any, hour: dict[str, Any]) -> HttpResponse:
    """A lost receipt is found again by proving the mobile it was applied with."""
    form = {name: request.POST.get(name, "") for name in ("mobile", "code")}
    said: dict[str, Any] = {"form": form, "lost": True}
    if wait := pace.wait_for_form(request):
        said["refused"] = _("提交太频繁，请等 %(seconds)s 秒再试。") % {"seconds": wait}
        return _ask_receipt(request, hour, said, TOO_MANY)
    try:
        if request.POST.get("step") == "back":
            return _ask_receipt(request, hour, said)
        token = mine.proven(request)
        if not token and not form["code"]:
            identity.start_verification(form["mobile"], pace.address_of(request))
            return _ask_receipt(request, hour, {**said, "code_sent": True})
        if not token:
            token, _until = identity.confirm_verification(form["mobile"], form["code"])
    except InvalidFields as error:
        said |= {"error": pages.errors_of(error), "code_sent": "code" in error.errors}
        return _ask_receipt(request, hour, said, INVALID)
    except Refused as refused:
        said |= {"refused": refused.message, "code_sent": True}
        return pages.refuse(_ask_receipt(request, hour, said, refused.status), refused)
    receipt = observers.lost_receipt(row, token)
    if receipt is None:
        words = _("这个手机号在本期没有报名，或已经撤回。")
        return _ask_receipt(request, hour, {**said, "refused": words}, NOT_FOUND)
    return _own(request, row, hour, receipt, {})


def _ask_receipt(
    request: HttpRequest, hour: dict[str, Any], said: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    frame = pages.hour_frame(hour, pages.language_of(request))
    context = {**frame, "form": {}, "error": {}, "typed": "", "sign_on_from": request.get_full_path(), **said}
    return pages.respond(request, "observe_find", context, status=status, cache=pages.PRIVATE)


def _own(
    request: HttpRequest,
    row: Any,
    hour: dict[str, Any],
    receipt: str,
    said: Mapping[str, Any],
    status: int = 200,
) -> HttpResponse:
    context = {
        **pages.hour_frame(hour, pages.language_of(request)),
        "mine": observers.mine(row, receipt),
        "call": observers.get(row),
        "receipt": spaced(receipt),
        "starts_at": wording.day_minute(hour["starts_at"], weekday=True),
        **said,
    }
    return pages.respond(request, "observe_mine", context, status=status, cache=pages.PRIVATE)
