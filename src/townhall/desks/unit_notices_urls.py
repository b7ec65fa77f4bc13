"""Addresses of what came to one's own unit, below ``/desk/office/notices/``."""

from __future__ import annotations

from django.urls import path

from townhall.desks import unit_notices

urlpatterns = [
    path("", unit_notices.listing, name="unit-notices"),
    path("<int:receipt_id>/", unit_notices.page, name="unit-notice"),
    path("<int:receipt_id>/notice.<slug:kind>", unit_notices.paper, name="unit-notice-paper"),
    path("<int:receipt_id>/files/<int:upload_id>", unit_notices.attachment, name="unit-notice-file"),
    path("<int:receipt_id>/<slug:verb>", unit_notices.verb, name="unit-notice-verb"),
]
