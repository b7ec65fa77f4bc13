"""Addresses of what is published at T-10, below ``/desk/prepare/SLUG/publicity/``."""

from __future__ import annotations

from django.urls import path

from townhall.desks import publicity

urlpatterns = [
    path("", publicity.page, name="publicity"),
    path("materials/<int:material_id>/remove", publicity.remove, name="publicity-remove"),
    path("<slug:verb>", publicity.verb, name="publicity-verb"),
]
