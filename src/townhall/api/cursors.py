"""Where a list goes on: opaque, and safe in an address."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import date, datetime
from typing import TypeGuard

from django.utils.translation import gettext as _

from townhall.kernel.errors import InvalidFields

MOST_LETTERS = 120
MOST_NUMBER = 2**63 - 1


def make(*place: int | date | datetime | None) -> str | None:
    """A cursor from what the last item of a page is ordered by; ``None`` at the end of the list."""
    if place[0] is None:
        return None
    values = [value.isoformat() if isinstance(value, date) else value for value in place]
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def number(cursor: str | None) -> int | None:
    """The number in a cursor.

    :raises InvalidFields: naming ``after``
    """
    if not cursor:
        return None
    values = _values(cursor)
    if len(values) != 1 or not _is_number(values[0]):
        raise _unknown()
    return values[0]


def moment_and_number(cursor: str | None) -> tuple[datetime, int] | None:
    """The moment and the number in a cursor.

    :raises InvalidFields: naming ``after``
    """
    if not cursor:
        return None
    values = _values(cursor)
    if len(values) != 2 or not isinstance(values[0], str) or not _is_number(values[1]):  # noqa: PLR2004
        raise _unknown()
    try:
        moment = datetime.fromisoformat(values[0])
    except ValueError:
        raise _unknown() from None
    if moment.tzinfo is None or not 2000 <= moment.year < 3000:  # noqa: PLR2004 - only such were handed out
        raise _unknown()
    return moment, values[1]


def day_and_number(cursor: str | None) -> tuple[date, int] | None:
    """The day and the number in a cursor.

    :raises InvalidFields: naming ``after``
    """
    if not cursor:
        return None
    values = _values(cursor)
    if len(values) != 2 or not isinstance(values[0], str) or not _is_number(values[1]):  # noqa: PLR2004
        raise _unknown()
    try:
        return date.fromisoformat(values[0]), values[1]
    except ValueError:
        raise _unknown() from None


def _values(cursor: str) -> list[object]:
    if len(cursor) > MOST_LETTERS:
        raise _unknown()
    try:
        found = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        raise _unknown() from None
    if not isinstance(found, list):
        raise _unknown()
    return found


def _is_number(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_NUMBER


def _unknown() -> InvalidFields:
    return InvalidFields({"after": _("请原样使用上一页给出的 next。")})
