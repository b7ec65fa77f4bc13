"""Whole HTTP/1.1 responses as bytes, and problems as RFC 9457 writes them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from townhall.edge.problems import PROBLEMS
from townhall.kernel.errors import is_database_away
from townhall.kernel.http_headers import security_headers

_REASONS = {status.value: status.phrase.encode() for status in HTTPStatus}
# A database that restarts is back within seconds; one that does not is asked a little less often than pages are read.
AWAY_SECONDS = 5
_NO_STORE = (("Cache-Control", "no-store"),)


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, ready to be written; ``headers`` is a finished block of lines."""

    status: int
    headers: bytes
    body: bytes = b""

    def numbered(self, number: str) -> Reply:
        """The same with the request's number in head and, for a problem, in the document (RFC 9457 extension)."""
        headers = self.headers + b"x-request-id: %s\r\n" % number.encode("ascii")
        body = self.body
        if b"content-type: application/problem+json" in headers and body.endswith(b"}"):
            body = body[:-1] + b',"request_id":"%s"}' % number.encode("ascii")
        return Reply(self.status, headers, body)

    def encode(self, date: bytes, *, head_only: bool = False, close: bool = False) -> bytes:
        """The response as bytes.

        :param date: a finished ``date:`` line
        :param head_only: for HEAD: everything but the body
        :param close: whether the connection ends with this answer
        """
        return b"".join(
            (
                b"HTTP/1.1 %d %s\r\n" % (self.status, _REASONS[self.status]),
                date,
                b"connection: close\r\n" if close else b"",
                self.headers,
                b"\r\n"
                if self.status == HTTPStatus.NOT_MODIFIED
                else b"content-length: %d\r\n\r\n" % len(self.body),
                b"" if head_only else self.body,
            )
        )


def lines(headers: list[tuple[str, str]] | tuple[tuple[str, str], ...]) -> bytes:
    """Headers as finished lines."""
    return b"".join(f"{name.lower()}: {value}\r\n".encode("latin-1") for name, value in headers)


def stream_head() -> bytes:
    """The headers of a stream of events as finished lines."""
    return lines(
        [
            ("Content-Type", "text/event-stream; charset=utf-8"),
            ("Cache-Control", "no-store"),
            ("X-Accel-Buffering", "no"),
            *security_headers("stream"),
        ]
    )


def json_bytes(body: Any) -> bytes:
    """JSON as it travels: compact, in its own letters."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def json_headers(
    headers: tuple[tuple[str, str], ...] = _NO_STORE, content_type: str = "application/json"
) -> bytes:
    """The headers of the API as finished lines."""
    return lines([("Content-Type", content_type), *headers, *security_headers("api")])


def json_reply(status: int, body: Any) -> Reply:
    """A JSON answer that nobody keeps."""
    return Reply(status, json_headers(), json_bytes(body))


def problem(code: str, lang: str = "zh", *, retry_after: int | None = None, **more: Any) -> Reply:
    """A problem of the edge's own, in the reader's language.

    :param code: a key of :data:`~townhall.edge.problems.PROBLEMS`
    :param retry_after: seconds after which trying again makes sense
    :param more: further members, such as ``errors``
    """
    status, detail = _worded(code, lang)
    title = HTTPStatus(status).phrase
    body = {"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail, **more}
    return problem_reply(status, body, retry_after=retry_after)


def trouble(error: Exception, lang: str = "zh") -> Reply:
    """What is said when work for a request has failed: to try again soon when the database was away."""
    if is_database_away(error):
        return problem("unavailable", lang, retry_after=AWAY_SECONDS)
    return problem("failed", lang)


def bad_body(code: str, lang: str = "zh") -> Reply:
    """A body that makes no sense, named as the field to mend."""
    return problem(code, lang, errors=[{"field": "body", "message": _worded(code, lang)[1]}])


def problem_page(code: str, lang: str = "zh") -> Reply:
    """The same for a person: a plain page without any of the site's own files."""
    status, detail = _worded(code, lang)
    page = (
        f'<!doctype html><html lang="{"en" if lang == "en" else "zh-CN"}"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{detail}</title><h1>{detail}</h1>'
    )
    headers = [("Content-Type", "text/html; charset=utf-8"), *_NO_STORE, *security_headers("page")]
    return Reply(status, lines(headers), page.encode())


def _worded(code: str, lang: str) -> tuple[int, str]:
    entry = PROBLEMS[code]
    return entry.status, entry.detail_en if lang == "en" else entry.detail


def problem_reply(status: int, body: dict[str, Any], *, retry_after: int | None = None) -> Reply:
    """Any problem+json document as an answer."""
    headers: tuple[tuple[str, str], ...] = _NO_STORE
    if retry_after is not None:
        headers += (("Retry-After", str(retry_after)),)
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers += (("Allow", "GET"),)
    return Reply(status, json_headers(headers, "application/problem+json"), json_bytes(body))
