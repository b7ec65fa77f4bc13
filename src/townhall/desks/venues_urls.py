"""Addresses of the venues, below ``/desk/prepare/SLUG/venues/``."""

from __future__ import annotations

from django.urls import path

from townhall.desks import venues

urlpatterns = [
    path("", venues.page, name="venues"),
    path("board/", venues.board, name="venues-board"),
    path("<slug:verb>", venues.act, name="venues-act"),
]
