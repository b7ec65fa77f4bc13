"""Addresses of the digest, below ``/desk/prepare/SLUG/digest/``."""

from __future__ import annotations

from django.urls import path

from townhall.desks import digest

urlpatterns = [
    path("", digest.digest, name="digest"),
    path("send", digest.send, name="digest-send"),
    path("digest.docx", digest.paper, {"kind": "docx"}, name="digest-docx"),
    path("digest.xlsx", digest.paper, {"kind": "xlsx"}, name="digest-xlsx"),
]
