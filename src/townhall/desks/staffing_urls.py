"""Addresses of the staffing plan, below ``/desk/prepare/SLUG/staffing/``."""

from __future__ import annotations

from django.urls import path

from townhall.desks import staffing

urlpatterns = [
    path("", staffing.page, name="staffing"),
    path("print/", staffing.sheet, name="staffing-print"),
    path("sheet.docx", staffing.paper, {"kind": "docx"}, name="staffing-docx"),
    path("sheet.pdf", staffing.paper, {"kind": "pdf"}, name="staffing-pdf"),
    path("check-in", staffing.check_in, name="staffing-check-in"),
    path("take-over", staffing.take_over, name="staffing-take-over"),
    path("<slug:verb>", staffing.act, name="staffing-act"),
]
