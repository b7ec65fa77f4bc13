"""One line for each request that reached Django: no query, no receipt, no citizen's address."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

from townhall.kernel import metrics, request_ids, traces
from townhall.kernel.text import printable

logger = logging.getLogger("townhall.access")

_RECEIPT = re.compile(
    r"(/track/|/voice/|/desk/calendar/|/stop/|/unfollow/|/follow/confirm/|/remind/|/receipts/[^/]+/)[^/]+"
)
_LONG_NUMBER = re.compile(r"[0-9]{4}[0-9 -]{6,}[0-9]")
Message = MutableMapping[str, Any]
Application = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]


def masked(path: str) -> str:
    """A path without anything that opens something or names somebody."""
    path = _RECEIPT.sub(r"\1***", path)
    path = _LONG_NUMBER.sub("***", path)
    return printable(path)


class MaskPaths(logging.Filter):
    """For loggers that write the paths they are given: Django's own say "Not Found: /track/…/"."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask every word of a record; never drops one."""
        if isinstance(record.args, tuple):
            record.args = tuple(masked(word) if isinstance(word, str) else word for word in record.args)
        return True


class LoggedApplication:
    """Wraps the application and logs what it answered."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """Answer one request."""
        started = time.perf_counter()
        status = 0
        # This task is the request's own; the thread that Django answers in gets a copy of its context.
        request_ids.current.set(
            scope.get("state", {}).get("request") or request_ids.numbered("", believed=False)
        )

        async def noting_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            path = masked(scope["path"])
            with traces.span("request", method=scope["method"], path=path, request=request_ids.current.get()):
                await self._application(scope, receive, noting_send)
        except asyncio.CancelledError:
            # The server is going down and this request has had its time.
            if not status:
                await _unavailable(noting_send)
        finally:
            metrics.RESPONSES.labels("django", str(status)).inc()
            milliseconds = (time.perf_counter() - started) * 1000
            logger.info("%s %s %d %.0fms", scope["method"], masked(scope["path"]), status, milliseconds)


async def _unavailable(send: Callable[[Message], Awaitable[None]]) -> None:
    headers = [(b"content-length", b"0"), (b"retry-after", b"5"), (b"connection", b"close")]
    await send(
        {"type": "http.response.start", "status": HTTPStatus.SERVICE_UNAVAILABLE.value, "headers": headers}
    )
    await send({"type": "http.response.body", "body": b""})
