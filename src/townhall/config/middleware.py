"""What every page answered by Django has in common with the edge: host check, headers, language."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from townhall.kernel import http_headers, problems, request_ids

if TYPE_CHECKING:
    from collections.abc import Callable

    Handler = Callable[[HttpRequest], HttpResponse]


def _kind(path: str) -> http_headers.Kind:
    if path.startswith("/embed/"):
        return "embed"
    return "api" if path.startswith("/api/") else "page"


def guard_host_and_headers(get_response: Handler) -> Handler:
    """Refuse foreign Host headers and set the same security headers as the edge does."""

    def handle(request: HttpRequest) -> HttpResponse:
        if not http_headers.host_allowed(request.META.get("HTTP_HOST", ""), settings.ALLOWED_HOSTS):
            response = HttpResponse("unknown host\n", status=400, content_type="text/plain")
        else:
            response = get_response(request)
        for name, value in http_headers.security_headers(_kind(request.path), settings.EMBED_ORIGINS):
            response.headers.setdefault(name, value)
        _number(response)
        return response

    return handle


def _number(response: HttpResponse) -> None:
    """Let the answer carry its request's number, so that who rings because of it can say which it was."""
    number = request_ids.current.get()
    if number == request_ids.NONE:
        return  # no server in front: a test's client
    response.headers.setdefault(request_ids.HEADER, number)
    if response.headers.get("Content-Type", "") == problems.CONTENT_TYPE and not response.streaming:
        document = json.loads(response.content)
        response.content = json.dumps({**document, "request_id": number}, ensure_ascii=False).encode()
        if "Content-Length" in response.headers:
            response.headers["Content-Length"] = str(len(response.content))


def choose_language(get_response: Handler) -> Handler:
    """``?lang=`` beats the cookie beats Chinese; what the browser prefers is not asked (ADR 0006)."""

    def handle(request: HttpRequest) -> HttpResponse:
        chosen = request.GET.get("lang") or request.COOKIES.get("lang") or "zh"
        language = "en" if chosen.startswith("en") else "zh-hans"
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = get_response(request)
        response.headers.setdefault("Content-Language", "en" if language == "en" else "zh-CN")
        return response

    return handle
