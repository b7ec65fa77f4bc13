"""What a program sent: its body, checked for size, type and sense before any room sees it."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.api.problems import too_large
from townhall.kernel import addresses
from townhall.kernel.errors import FORBIDDEN, InvalidFields, Refused

if TYPE_CHECKING:
    from django.http import HttpRequest

# 3,000 characters of four bytes, each written as a pair of JSON escapes, are 36 KB; a text four times too long
# is still told which field it is.
MOST_PUBLIC = 128 * 1024
MOST_STAFF = 256 * 1024


def refuse_foreign_pages(request: HttpRequest) -> None:
    """Let nothing be done from another site's page.

    :raises Refused: 403 when the browser says so; a program says nothing and passes
    """
    site, origin = request.headers.get("Sec-Fetch-Site", ""), request.headers.get("Origin", "")
    if addresses.is_cross_site(site, origin, request.headers.get("Host", "")):
        raise Refused(FORBIDDEN, "cross_site", _("请在本站页面上提交。"))


def raw_body(request: HttpRequest, most: int) -> bytes:
    """The body's bytes, when they are not too many and say that they are JSON.

    :raises Refused: 413 or 415
    """
    length = request.headers.get("Content-Length", "")
    if length.isdigit() and (len(length) > len(str(most)) or int(length) > most):
        raise too_large()
    body = request.body
    if len(body) > most:
        raise too_large()
    if body and request.content_type != "application/json":
        words = _("Content-Type 须为 application/json。")
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not_json_type", words)
    return body


def parse(body: bytes) -> dict[str, Any]:
    """The JSON object of a body; an empty body is an empty object.

    :raises InvalidFields: naming ``body``
    """
    if not body:
        return {}
    try:
        text = body.decode("utf-8")
        found = json.loads(text, parse_constant=_refuse_constant)
        if "\\ud" in text.lower():  # half a character can be spelled in JSON but not stored
            json.dumps(found, ensure_ascii=False).encode("utf-8")
    except UnicodeError:
        raise InvalidFields({"body": _("须为 UTF-8 编码。")}) from None
    except (ValueError, RecursionError):
        raise InvalidFields({"body": _("不是有效的 JSON。")}) from None
    if not isinstance(found, dict):
        raise InvalidFields({"body": _('须为 JSON 对象，如 {"text": "…"}。')})
    return found


def _refuse_constant(name: str) -> object:
    """NaN and the infinities are JavaScript's, not JSON's."""
    raise ValueError(name)


def public_body(request: HttpRequest) -> bytes:
    """What a citizen's program sent, not yet parsed: whether the thing exists is answered first.

    :raises Refused: 403 from another site's page, 413, 415
    """
    refuse_foreign_pages(request)
    return raw_body(request, MOST_PUBLIC)


def staff_body(request: HttpRequest) -> bytes:
    """What a member of staff's program sent; see :func:`public_body`."""
    refuse_foreign_pages(request)
    return raw_body(request, MOST_STAFF)


def words(payload: dict[str, Any], name: str) -> str:
    """A text of the payload; what is absent is empty.

    :raises InvalidFields: naming the field when it is no text
    """
    value = payload.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidFields({name: _("请填写文字。")})
    return value
