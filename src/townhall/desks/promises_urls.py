"""Addresses of promises at the desk, below ``/desk/office/promises/``."""

from __future__ import annotations

from django.urls import path

from townhall.desks import promises

urlpatterns = [
    path("", promises.listing, name="promises"),
    path("chase", promises.chase, name="promises-chase"),
    path("month/", promises.month, name="promises-month"),
    path("month/circular.<slug:kind>", promises.circular, name="promises-circular"),
    path("<int:commitment_id>/", promises.page, name="promise"),
    path("<int:commitment_id>/<slug:verb>", promises.verb, name="promise-verb"),
]
