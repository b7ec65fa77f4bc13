"""Addresses of messages between hours, below ``/desk/office/``."""

from __future__ import annotations

from django.urls import path

from townhall.desks import inbox, outreach

urlpatterns = [
    path("outreach/", outreach.outreach, name="outreach"),
    path("outreach/deliveries/", outreach.deliveries, name="outreach-deliveries"),
    path("outreach/filings", outreach.file, name="outreach-file"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/read", inbox.read, name="inbox-read"),
]
