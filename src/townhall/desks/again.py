"""A form that came too late: the sign-in had ended, or began anew in another tab. What was typed is not lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

# Longer than a date or a choice: somebody wrote it and wants to see that it is still there.
WRITTEN = 20
NEVER_SHOWN = frozenset({"csrfmiddlewaretoken", "password"})


def is_own_page(request: HttpRequest) -> bool:
    """Whether the browser says that a page of this site sends this; saying nothing is not enough."""
    if site := request.headers.get("Sec-Fetch-Site", ""):
        return site == "same-origin"
    source = request.headers.get("Origin") or request.headers.get("Referer", "")
    return url_has_allowed_host_and_scheme(source, {request.get_host()})


def offer(request: HttpRequest, status: int, door: str = "") -> HttpResponse:
    """The form's fields again, as they were typed, with a button that sends them where they were going.

    :param door: where to go first, when signing in is not enough
    """
    typed = [
        {"name": name, "value": value, "written": len(value) > WRITTEN or "\n" in value}
        for name, values in request.POST.lists()
        if name not in NEVER_SHOWN
        for value in values
    ]
    context = {
        "typed": typed,
        "had_files": bool(request.FILES),
        "second_step": bool(door),
        "door": f"{door or reverse('desks:sign-in')}?next={reverse('desks:home')}%3Fall=1",
    }
    return render(request, "desks/again.html", context, status=status)
