"""Addresses of an hour's plan, below ``/desk/prepare/SLUG/plan/``."""

from __future__ import annotations

from django.urls import path

from townhall.desks import plans

urlpatterns = [
    path("", plans.plan, name="plan"),
    path("save", plans.save, name="plan-save"),
    path("versions/", plans.versions, name="plan-versions"),
    path("plan.docx", plans.paper, {"kind": "docx"}, name="plan-docx"),
    path("plan.pdf", plans.paper, {"kind": "pdf"}, name="plan-pdf"),
    path("<slug:verb>", plans.act, name="plan-act"),
]
