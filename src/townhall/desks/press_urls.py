"""Addresses of the announcement for newspaper and television, below ``/desk/prepare/SLUG/press/``."""

from __future__ import annotations

from django.urls import path

from townhall.desks import press

urlpatterns = [
    path("", press.page, name="press"),
    path("v<int:version>.<slug:kind>", press.paper, name="press-paper"),
    path("<slug:verb>", press.verb, name="press-verb"),
]
