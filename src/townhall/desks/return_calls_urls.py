"""Addresses of return calls, below ``/desk/after/SLUG/calls/``."""

from __future__ import annotations

from django.urls import path

from townhall.desks import return_calls

urlpatterns = [
    path("", return_calls.page, name="return-calls"),
    path("<slug:verb>", return_calls.act, name="return-call-begin"),
    path("<slug:verb>/<int:thing_id>", return_calls.act, name="return-call-act"),
]
