"""Addresses of the district's units, below ``/desk/office/units/``."""

from __future__ import annotations

from django.urls import path, re_path

from townhall.desks import units

urlpatterns = [
    path("", units.page, name="units"),
    path("enter", units.enter, name="units-enter"),
    path("import/", units.take_in, name="units-import"),
    path("<int:unit_id>/", units.one, name="unit"),
    re_path(r"^(?P<unit_id>\d{1,18})/(?P<verb>change|close|reopen)$", units.act, name="unit-act"),
]
