"""What was refused, as programs read it: every error of this face is a problem document (RFC 9457)."""

from __future__ import annotations

import json
import logging
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.utils.translation import gettext as _
from ninja.errors import AuthenticationError, ValidationError

from townhall.kernel.errors import (
    BUSY,
    TOO_MANY,
    UNAUTHENTICATED,
    InvalidFields,
    Refused,
    is_database_away,
    missing,
)
from townhall.kernel.problems import CONTENT_TYPE, as_problem, note_refused

logger = logging.getLogger("townhall.api")
BUSY_SECONDS = 2
# What a program should wait when nothing more exact is known.
USUAL_WAIT = {TOO_MANY: 60, BUSY: BUSY_SECONDS}


def problem(error: Refused | InvalidFields) -> HttpResponse:
    """The answer for a refusal, in the active language."""
    document = as_problem(error)
    response = HttpResponse(
        json.dumps(document, ensure_ascii=False), status=document["status"], content_type=CONTENT_TYPE
    )
    response.headers["Cache-Control"] = "no-store"
    # Django would log the path, and with it a receipt; the access log masks it.
    response._has_been_logged = True  # type: ignore[attr-defined] # noqa: SLF001 - Django's own mark for this
    wait = getattr(error, "retry_after", None) or USUAL_WAIT.get(response.status_code)
    if wait:
        response.headers["Retry-After"] = str(wait)
    if response.status_code == UNAUTHENTICATED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def no_such_address() -> Refused:
    """The refusal for an address that this face does not have."""
    return missing(_("没有这个地址，请核对网址。"))


def no_such_method(allowed: str) -> HttpResponse:
    """The answer for a method that this address does not take.

    :param allowed: the methods it does take, for the Allow header
    """
    words = _("这个地址不接受这种方法，可用的有 %(methods)s。") % {"methods": allowed}
    response = problem(Refused(HTTPStatus.METHOD_NOT_ALLOWED, "method", words))
    response.headers["Allow"] = allowed
    return response


def too_large() -> Refused:
    """The refusal for a body that nobody types."""
    return Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", _("内容太长，请缩短后再试。"))


def _advice(error: dict[str, Any]) -> str:
    """What to write instead, for one finding of the parameters' reader."""
    kind, more = error["type"], error.get("ctx") or {}
    if kind.startswith("int_"):
        return _("请填写数字。")
    if kind.startswith("bool_"):
        return _("请填写 true 或 false。")
    if kind in {"greater_than_equal", "less_than_equal"}:
        bound = more.get("ge", more.get("le"))
        words = _("不能小于 %(bound)s。") if kind.startswith("greater") else _("不能大于 %(bound)s。")
        return words % {"bound": bound}
    if kind == "enum":
        return _("请从 %(values)s 中选择。") % {"values": str(more.get("expected", "")).replace(" or ", ", ")}
    return _("请填写这一项。") if kind == "missing" else _("请核对这一项。")


def _parameters(error: ValidationError) -> Refused | InvalidFields:
    """A part of the path that cannot be is an address that does not exist; the rest are fields."""
    if any(one["loc"][0] == "path" for one in error.errors):
        return no_such_address()
    return InvalidFields({str(one["loc"][-1]): _advice(one) for one in error.errors})


def for_exception(request: HttpRequest, error: Exception) -> HttpResponse:
    """The answer for whatever went wrong while a request was worked on."""
    match error:
        case Refused() | InvalidFields():
            response = problem(error)
            if (caller := getattr(request, "auth", None)) is not None:
                note_refused(response.status_code, caller.account.id)
            return response
        case ValidationError():
            return problem(_parameters(error))
        case AuthenticationError():
            words = _("请在 Authorization 请求头中给出有效的令牌：Bearer 加令牌。")
            return problem(Refused(UNAUTHENTICATED, "unauthenticated", words))
        case Http404():
            return problem(no_such_address())
        case RequestDataTooBig():
            return problem(too_large())
        case UnreadablePostError():
            words = _("请求没有完整送达，请再试一次。")
            return problem(Refused(HTTPStatus.BAD_REQUEST, "unreadable", words))
    logger.error("%s failed", request.method, exc_info=error)
    if is_database_away(error):
        return problem(Refused(BUSY, "unavailable", _("系统暂时存取不了内容，请保留您写的，稍后再试。")))
    words = _("系统出错，已经记录，请稍后再试。")
    return problem(Refused(HTTPStatus.INTERNAL_SERVER_ERROR, "failed", words))
