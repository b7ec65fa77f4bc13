"""Everything that is held about me, to take away or to have deleted: receipt and mobile together open it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from townhall.keeping import citizen_actions
from townhall.kernel.errors import INVALID, InvalidFields, Refused
from townhall.kernel.secrets import receipt_digits
from townhall.people import identity
from townhall.portal import mine, pace, pages
from townhall.portal.guard import public_form
from townhall.portal.views.track import opened

if TYPE_CHECKING:
    from collections.abc import Mapping


@public_form
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, receipt: str) -> HttpResponse:
    """Say what can be had and deleted; prove the mobile; do it."""
    found = opened(request, receipt)
    if isinstance(found, HttpResponse):
        return found
    if request.method != "POST":
        return _page(request, receipt, {"done": request.GET.get("done") == "erased"})
    form = {name: request.POST.get(name, "") for name in ("mobile", "code", "token")}
    if wait := pace.wait_for_form(request):
        words = _("操作太频繁，请等 %(seconds)s 秒再试。") % {"seconds": wait}
        response = _page(request, receipt, {"form": form, "refused": words}, 429)
        response.headers["Retry-After"] = str(wait)
        return response
    try:
        return _step(request, receipt, form)
    except InvalidFields as error:
        said = {"form": form, "error": pages.errors_of(error), "code_sent": "code" in error.errors}
        return _page(request, receipt, said, INVALID)
    except Refused as refused:
        return pages.refuse(
            _page(request, receipt, {"form": form, "refused": refused.message}, refused.status), refused
        )


def _step(request: HttpRequest, receipt: str, form: dict[str, str]) -> HttpResponse:
    """The next step: send a code, take the code, give out or delete."""
    digits = receipt_digits(receipt)
    if form["token"] and request.POST.get("what") == "export":
        text = json.dumps(citizen_actions.export_own(digits, form["token"]), ensure_ascii=False, indent=2)
        response = HttpResponse(text, content_type="application/json; charset=utf-8")
        response.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
        response.headers["Cache-Control"] = pages.PRIVATE
        return response
    if form["token"] and request.POST.get("what") == "erase":
        if request.POST.get("sure") != "on":
            error = {"sure": _("请先勾选，表示已经知道删除以后不能恢复。")}
            return _page(request, receipt, {"form": form, "proven": True, "error": error}, INVALID)
        told = citizen_actions.erase_own(digits, form["token"])
        if told["held"]:
            words = _(
                "以后不再给您发短信和邮件。其中 %(n)s 件提问的联系方式依法须封存（如诉讼、审计），"
                "解除后自动删除；其余已删除。查询码照常可用。"
            )
            return _page(request, receipt, {"done": True, "held": words % {"n": told["held"]}})
        return pages.see(f"/track/{digits}/data?done=erased")
    if request.POST.get("step") == "back":
        return _page(request, receipt, {"form": form})
    if mine.proven(request):
        return _page(request, receipt, {"form": form, "proven": True})
    if not form["code"]:
        identity.start_verification(form["mobile"], pace.address_of(request))
        return _page(request, receipt, {"form": form, "code_sent": True})
    form["token"], _until = identity.confirm_verification(form["mobile"], form["code"])
    return _page(request, receipt, {"form": form, "proven": True})


def _page(request: HttpRequest, receipt: str, said: Mapping[str, Any], status: int = 200) -> HttpResponse:
    context = {
        "receipt": receipt_digits(receipt), "form": {}, "error": {}, "sign_on_from": request.path, **said,
    }  # fmt: skip
    return pages.respond(request, "own_data", context, status=status, cache=pages.PRIVATE)
