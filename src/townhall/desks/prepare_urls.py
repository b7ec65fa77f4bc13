"""Addresses of the countdown, below ``/desk/prepare/SLUG/``."""

from __future__ import annotations

from django.urls import path

from townhall.desks import prepare

urlpatterns = [
    path("", prepare.prepare, name="prepare"),
    path("steps/<int:step_id>/<slug:verb>", prepare.step_verb, name="step"),
]
