"""The addresses of this face, under ``/api/v1/``; anything else there is a problem document too."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern, URLResolver, path, re_path
from django.views.decorators.csrf import csrf_exempt

from townhall.api import citizen, problems, public, staff, staff_questions
from townhall.api.openapi import api

if TYPE_CHECKING:
    from collections.abc import Callable

    View = Callable[..., HttpResponse]


def _with_head_and_problems(view: View) -> View:
    """HEAD wherever GET is, and a wrong method as a problem document."""

    @csrf_exempt  # nothing here looks at a cookie; other sites' pages are refused by what browsers say of them
    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        is_head = request.method == "HEAD"
        if is_head:
            request.method = "GET"
        try:
            response = view(request, *args, **kwargs)
        except Http404:
            response = problems.problem(problems.no_such_address())
        if isinstance(response, HttpResponseNotAllowed):
            response = problems.no_such_method(response.headers["Allow"])
        if is_head:
            response.headers["Content-Length"] = str(len(response.content))
            response.content = b""
        return response

    return answered


@csrf_exempt
def _nowhere(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    return problems.problem(problems.no_such_address())


def _urls() -> list[URLPattern | URLResolver]:
    api.add_router("", public.router)
    api.add_router("/track", citizen.tracks)
    api.add_router("/desk", staff_questions.router)
    api.add_router("/desk", staff.router)
    patterns, app_name, namespace = api.urls
    for pattern in patterns:
        if isinstance(pattern, URLPattern) and pattern.callback is not None:
            pattern.callback = _with_head_and_problems(pattern.callback)
    return [path("", (patterns, app_name, namespace)), re_path(r"", _nowhere)]


urlpatterns = _urls()
