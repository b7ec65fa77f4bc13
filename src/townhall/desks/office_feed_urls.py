"""Addresses of a person's calendar, below ``/desk/calendar/``."""

from __future__ import annotations

from django.urls import path

from townhall.desks import office_feed

urlpatterns = [
    path("", office_feed.mine, name="my-calendar"),
    path("make", office_feed.make, name="my-calendar-make"),
    path("end", office_feed.end, name="my-calendar-end"),
    path("<str:secret>.ics", office_feed.feed, name="calendar-feed"),
]
