"""Addresses of what the office does once a year, below ``/desk/office/``: calendar, series, topic pool."""

from __future__ import annotations

from django.urls import path

from townhall.desks import calendar, series, topics

urlpatterns = [
    path("calendar/", calendar.page, name="calendar"),
    path("calendar/<int:schedule_id>/withdraw", calendar.withdraw, name="calendar-withdraw"),
    path("series/", series.page, name="series"),
    path("series/rule", series.rule, name="series-rule"),
    path("topics/", topics.page, name="topics"),
    path("topics/<int:year>/pool", topics.set_pool, name="topics-pool"),
    path("topics/<int:year>/poll", topics.make_poll, name="topics-poll"),
    path("topics/polls/<int:poll_id>/<slug:verb>", topics.move_poll, name="topics-poll-move"),
    path("topics/<int:topic_id>/move/<slug:verb>", topics.move, name="topics-move"),
    path("series/<int:year>/<int:month>/<slug:verb>", series.move, name="series-move"),
]
