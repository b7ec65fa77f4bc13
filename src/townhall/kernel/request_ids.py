"""The number of a request: in each line that is logged for it, in its answer's head, in a problem's document.

Whoever rings because of an error reads it out, and the operator finds the lines. It says nothing about anybody: our own
proxy's, or made by chance for one request.
"""

from __future__ import annotations

import logging
import re
import secrets
from contextvars import ContextVar

HEADER = "X-Request-ID"
NONE = "-"
# nginx's $request_id is 32 hex digits, others write UUIDs. Anything else could forge a line of the log.
# Letters only: the log covers long rows of digits, which could be telephone numbers.
_LETTERS = str.maketrans("0123456789", "ghjkmnpqrs")
_WELL_FORMED = re.compile(r"[A-Za-z0-9-]{8,64}\Z")

current: ContextVar[str] = ContextVar("request", default=NONE)


def numbered(given: str, *, believed: bool) -> str:
    """The number of a request.

    :param given: what the request says it is
    :param believed: whether one of our own proxies says so
    """
    return given if believed and _WELL_FORMED.match(given) else secrets.token_hex(8).translate(_LETTERS)


class NameRequest(logging.Filter):
    """Gives every record the number of the request it was logged for; never drops one."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add ``request``."""
        if not hasattr(record, "request_id"):
            record.request_id = current.get()
        return True
