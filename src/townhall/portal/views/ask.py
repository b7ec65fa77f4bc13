"""Asking: one box, the mobile verified after the text, everything typed given back on every error."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from townhall.hours import published as hours
from townhall.kernel import effort
from townhall.kernel.errors import BUSY, CONFLICT, INVALID, TOO_MANY, InvalidFields, Refused
from townhall.kernel.pace import client_of
from townhall.kernel.secrets import make_nonce
from townhall.live import wording
from townhall.people import identity
from townhall.portal import mine, pace, pages
from townhall.portal.guard import broken_fields, public_form
from townhall.portal.views.home import positive
from townhall.questions import asking, line
from townhall.questions import published as questions
from townhall.questions.choices import Kind

if TYPE_CHECKING:
    from townhall.questions.citizen_actions import Asked

ACCEPTED = 202
LABELLED = frozenset({"text", "title", "display_name", "mobile", "code"})
FIELDS = ("text", "title", "kind", "display_name", "follows", "reply_privately", "idempotency_key")


@dataclass(slots=True)
class _Form:
    """One visit to the form: what was typed, and what is to be said about it."""

    request: HttpRequest
    hour: dict[str, Any]
    row: Any
    values: dict[str, str]
    step: str = "text"
    errors: dict[str, str] = field(default_factory=dict)
    refused: Refused | None = None
    notices: list[str] = field(default_factory=list)
    token: str = ""
    status: int = 200
    effort: dict[str, Any] = field(default_factory=dict)
    place: line.Place | None = None
    told: str = ""

    def __post_init__(self) -> None:
        self.told = self.request.POST.get("told", "")

    @property
    def is_verified(self) -> bool:
        """Whether this browser holds a verified person's token."""
        return bool(self.token) and identity.person_of(self.token) is not None


@public_form
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, slug: str) -> HttpResponse:
    """The form, its steps, and the receipt."""
    key = pages.key_of(request)
    row, shown = hours.find(slug, key), hours.get_hour(slug, key)
    if row is None or shown is None:
        return pages.not_found(request, _("没有这一期网上办公，或者还没有公布。"))
    source = request.POST if request.method == "POST" else request.GET
    values = {name: source.get(name, "") for name in FIELDS}
    values["idempotency_key"] = values["idempotency_key"] or make_nonce()
    form = _Form(request, shown, row, values, token=mine.token(request))
    if request.method != "POST":
        return _show(form)
    return _STEPS.get(request.POST.get("step", ""), _submit)(form)


def _payload(form: _Form) -> dict[str, Any]:
    payload: dict[str, Any] = {**form.values, "lang": pages.language_of(form.request)}
    if form.is_verified:
        payload["verification"] = form.token
    return payload


def _parsed(form: _Form) -> asking.Asking | None:
    """What was typed, checked; ``None`` when the form goes back with its errors or to the next step."""
    broken = broken_fields(form.request, FIELDS)
    try:
        parsed = asking.parse(form.row, _payload(form))
    except InvalidFields as error:
        form.errors = pages.errors_of(error) | broken
        needs_person = form.errors.pop("verification", None)
        form.step = "mobile" if needs_person and not form.errors else "text"
        form.status = INVALID if form.errors else 200
        return None
    if broken:
        form.errors, form.status = broken, INVALID
        return None
    # The same form with the same words is the same question; with other words it is a new one, not a mistake.
    told = (parsed.body_digest(), parsed.idempotency_key, str(parsed.contact_id or ""))
    body = hashlib.sha256("\n".join(told).encode())
    parsed.idempotency_key = body.hexdigest()
    return parsed


def _closed_now(form: _Form) -> str:
    stage, state = form.hour["stage"], form.hour["asking"]
    if state == "paused":
        return _("提问暂停了，稍后恢复。您写的内容请先保留，恢复后再提交。")
    if state != "closed":
        return ""
    if stage == "preparing":
        when = wording.day_minute(form.hour["starts_at"], weekday=True)
        return _("预提问已截止。%(when)s开始后可以直接提问。") % {"when": when}
    return _("本期现在不能提问。下一期公布后就能提问，急事请拨 12345。")


def _paused_why(hour: dict[str, Any]) -> str:
    """Why asking is paused, as it was made public; empty while it is not."""
    if hour["asking"] != "paused":
        return ""
    code = next((notice["reason_code"] for notice in hour["notices"] if notice["verb"] == "pause"), "")
    return wording.change_reason(code)


def _to_tell(form: _Form) -> list[str]:
    """Personal data to point out before anything is sent, but for the kinds this form has shown (``told``).

    A program that posts the form without the field has nobody to show anything to.
    """
    found = asking.found_in(form.values["title"], form.values["text"])
    kinds = {notice["kind"] for notice in found}
    shown = set(form.told.split()) if "told" in form.request.POST else kinds
    form.told = " ".join(sorted(shown | kinds))
    return list(dict.fromkeys(notice["message"] for notice in found if notice["kind"] not in shown))


def _submit(form: _Form) -> HttpResponse:
    parsed = _parsed(form)
    if not form.errors and (found := _to_tell(form)):
        form.notices = found
        form.step = "text"
        return _show(form)
    if parsed is None:
        return _show(form)
    # A page that waits sends itself again: it has taken its turn and shown its effort already.
    if not line.knows(form.hour["slug"], parsed.idempotency_key):
        if wait := pace.wait_for_form(form.request):
            message = _("提交太频繁，请等 %(seconds)s 秒再试。") % {"seconds": wait}
            return _refused(form, Refused(TOO_MANY, "too_many", message, retry_after=wait))
        if (page := _effort(form)) is not None:
            return page
    parsed.address = client_of(form.request)
    parsed.agent = form.request.headers.get("User-Agent", "")
    try:
        asked = line.hand_in(form.hour["slug"], parsed, _payload(form), key=pages.key_of(form.request))
    except InvalidFields as error:
        form.errors, form.status = pages.errors_of(error), INVALID
        return _show(form)
    except Refused as refused:
        return _refused(form, refused)
    return _wait(form, asked) if isinstance(asked, line.Place) else _receipt(form, asked)


def _wait(form: _Form, place: line.Place) -> HttpResponse:
    """So many are before this one: a page that keeps everything typed and sends itself again."""
    form.step, form.place = "wait", place
    form.status = ACCEPTED if place.number else BUSY
    response = _show(form)
    response.headers["Retry-After"] = str(place.seconds)
    return response


def _effort(form: _Form) -> HttpResponse | None:
    """Under pressure a page that solves or waits, with everything typed kept; ``None`` when nothing is asked."""
    where = pace.address_of(form.request)
    if where is None or form.is_verified or not effort.is_wanted():
        return None
    held = form.request.POST.get("wait_ticket", "")
    if effort.is_solved(form.request.POST.get("altcha", "")) or effort.has_waited(held, where):
        return None
    left = effort.seconds_left(held, where)
    means = effort.remedy(where)
    form.step, form.status = "effort", TOO_MANY
    # Who comes too soon goes on with the same ticket: waiting never starts anew.
    form.effort = means | ({"wait_ticket": held, "wait_seconds": left} if left else {})
    response = _show(form)
    response.headers["Retry-After"] = str(form.effort["wait_seconds"])
    return response


def _refused(form: _Form, refused: Refused) -> HttpResponse:
    form.refused, form.status = refused, refused.status
    form.step = "text" if form.step == "text" or refused.status == CONFLICT else form.step
    return pages.refuse(_show(form), refused)


def _back(form: _Form) -> HttpResponse:
    return _show(form)


def _forget(form: _Form) -> HttpResponse:
    form.token = ""
    response = _show(form)
    pages.forget_cookie(response, mine.PERSON)
    return response


def _send_code(form: _Form) -> HttpResponse:
    form.step = "mobile"
    if _text_is_bad(form):
        return _show(form)
    if wait := pace.wait_for_form(form.request):
        message = _("提交太频繁，请等 %(seconds)s 秒再试。") % {"seconds": wait}
        return _refused(form, Refused(TOO_MANY, "too_many", message, retry_after=wait))
    try:
        identity.start_verification(form.request.POST.get("mobile", ""), pace.address_of(form.request))
    except InvalidFields as error:
        form.errors, form.status = pages.errors_of(error), INVALID
    except Refused as refused:
        # A code is on its way already: let it be typed in.
        form.step = "code"
        return _refused(form, refused)
    else:
        form.step = "code"
    return _show(form)


def _text_is_bad(form: _Form) -> bool:
    """Whether the text itself must be mended first; the person is not asked about here."""
    step = form.step
    _parsed(form)
    if form.errors:
        return True
    form.step, form.status = step, 200
    return False


def _check_code(form: _Form) -> HttpResponse:
    form.step = "code"
    if _text_is_bad(form):
        return _show(form)
    try:
        form.token, _until = identity.confirm_verification(
            form.request.POST.get("mobile", ""), form.request.POST.get("code", "")
        )
    except InvalidFields as error:
        form.errors, form.status = pages.errors_of(error), INVALID
        form.step = "mobile" if "mobile" in form.errors else "code"
        return _show(form)
    form.step = "text"
    response = _submit(form)
    mine.keep_token(response, form.token)
    return response


_STEPS = {"text": _submit, "mobile": _send_code, "code": _check_code, "back": _back, "forget": _forget}


def _show(form: _Form) -> HttpResponse:
    values = form.values
    context = {
        **pages.hour_frame(form.hour, pages.language_of(form.request)),
        "form": {
            **values,
            "mobile": form.request.POST.get("mobile", ""),
            "text_paragraphs": wording.paragraphs(values["text"]),
        },
        "kept": list(values.items()),
        "kinds": Kind.choices,
        "step": form.step,
        "sign_on_from": form.request.get_full_path(),
        "error": form.errors,
        "errors": _summary(form.errors),
        "refused": form.refused.message if form.refused else "",
        "closed": "" if form.refused else _closed_now(form),
        "notices": form.notices,
        "told": form.told,
        "paused_why": _paused_why(form.hour),
        "verified": form.is_verified,
        "follows": _followed(form),
        "effort": form.effort,
        "place": form.place,
    }
    return pages.respond(form.request, "ask", context, status=form.status, cache=pages.PRIVATE)


def _summary(errors: dict[str, str]) -> list[dict[str, str]]:
    """What must be mended, by the names on the form, each leading to its field."""
    names = {
        "text": _("您的问题"),
        "title": _("标题"),
        "kind": _("属于哪一类"),
        "display_name": _("网名"),
        "mobile": _("手机号"),
        "code": _("验证码"),
    }
    order = {name: place for place, name in enumerate(names)}
    return [
        {"field": field if field in LABELLED else "text", "name": names.get(field, ""), "message": words}
        for field, words in sorted(errors.items(), key=lambda row: order.get(row[0], len(order)))
    ]


def _followed(form: _Form) -> dict[str, Any] | None:
    """The public question that is asked further about."""
    followed = positive(form.values["follows"])
    return questions.get(followed, key=pages.key_of(form.request)) if followed else None


def spaced(receipt: str) -> str:
    """Twelve digits as they are said on the telephone: 4-4-4."""
    return "-".join(receipt[start : start + 4] for start in range(0, len(receipt), 4))


def _receipt(form: _Form, asked: Asked) -> HttpResponse:
    context = {
        **pages.hour_frame(form.hour, pages.language_of(form.request)),
        "asked": asked,
        "receipt": spaced(asked.receipt),
        "track_url": f"/track/{asked.receipt}/",
        "notices": list(dict.fromkeys(notice["message"] for notice in asked.notices)),
    }
    response = pages.respond(form.request, "asked", context, cache=pages.PRIVATE)
    mine.remember(form.request, response, question=asked.id)
    return response
