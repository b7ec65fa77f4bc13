"""Addresses of the time after the hour, below ``/desk/after/SLUG/``."""

from __future__ import annotations

from django.urls import path

from townhall.desks import wrapping

urlpatterns = [
    path("", wrapping.page, name="wrapping"),
    path("papers/<slug:kind>/compose", wrapping.compose, name="wrapping-compose"),
    path("papers/<int:paper_id>/<slug:verb>", wrapping.cover, name="wrapping-cover"),
    path("papers/<int:paper_id>.<slug:form>", wrapping.paper_file, name="wrapping-paper"),
    path("handover/<int:handover_id>/", wrapping.handover, name="wrapping-handover"),
    path("handover/<int:handover_id>.<slug:form>", wrapping.handover_file, name="wrapping-handover-file"),
    path("<slug:verb>", wrapping.act, name="wrapping-act"),
    path("<slug:verb>/<int:thing_id>", wrapping.act, name="wrapping-thing"),
]
