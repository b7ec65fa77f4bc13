"""One way to write a value as JSON, so that equal values have equal bytes (RFC 8785, without fractions)."""

from __future__ import annotations

import json
from typing import Any

# Beyond this a reader in a browser rounds.
LARGEST = 2**53 - 1
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def canonical(value: Any) -> bytes:
    """The value as canonical JSON.

    :param value: text, whole numbers up to 2^53 - 1, true, false, null, and lists and objects of those
    :raises ValueError: for a fraction, a number that browsers round, a name that is no text, or broken text
    """
    _check(value)
    # Names are ASCII, so their order by code point is the order by UTF-16 that RFC 8785 asks for.
    return _ENCODER.encode(value).encode("utf-8")


def _check(value: Any) -> None:
    if isinstance(value, dict):
        for name, one in value.items():
            if not isinstance(name, str) or not name.isascii():
                message = f"{name!r}: names in the record are ASCII"
                raise ValueError(message)
            _check(one)
    elif isinstance(value, list | tuple):
        for one in value:
            _check(one)
    elif isinstance(value, int):
        if abs(value) > LARGEST:
            message = f"{value} is rounded by browsers"
            raise ValueError(message)
    elif value is not None and not isinstance(value, str):
        message = f"{type(value).__name__} has no one form"
        raise ValueError(message)
