"""Addresses of the notices to units, below ``/desk/prepare/SLUG/notices/``."""

from __future__ import annotations

from django.urls import path

from townhall.desks import notices

urlpatterns = [
    path("", notices.listing, name="notices"),
    path("new/", notices.write, name="notice-new"),
    path("<int:notice_id>/", notices.page, name="notice"),
    path("<int:notice_id>/edit/", notices.write, name="notice-edit"),
    path("<int:notice_id>/v<int:version>.<slug:kind>", notices.paper, name="notice-paper"),
    path("<int:notice_id>/files/<int:upload_id>", notices.attachment, name="notice-file"),
    path("<int:notice_id>/questions/<int:question_id>/answer", notices.answer, name="notice-answer"),
    path(
        "<int:notice_id>/receipts/<int:receipt_id>/<slug:verb>", notices.receipt_verb, name="notice-receipt"
    ),
    path("<int:notice_id>/<slug:verb>", notices.verb, name="notice-verb"),
]
