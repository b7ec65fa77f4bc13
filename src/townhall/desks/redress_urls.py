"""Addresses of correction requests, below ``/desk/office/redress/``."""

from __future__ import annotations

from django.urls import path

from townhall.desks import redress

urlpatterns = [
    path("", redress.page, name="redress"),
    path("<int:case_id>/look", redress.look, name="redress-look"),
    path("<int:case_id>/remove-comment", redress.remove_comment, name="redress-remove-comment"),
    path("<int:case_id>/<slug:verb>", redress.act, name="redress-act"),
]
