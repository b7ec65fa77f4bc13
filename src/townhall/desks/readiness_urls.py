"""Addresses of readiness, below ``/desk/prepare/SLUG/readiness/``."""

from __future__ import annotations

from django.urls import path

from townhall.desks import readiness

urlpatterns = [
    path("", readiness.readiness, name="readiness"),
    path("dry-run", readiness.dry_run, name="dry-run"),
    path("practice", readiness.start, name="practice-start"),
    path("practice/end", readiness.end, name="practice-end"),
]
