"""Addresses of the prep meeting and its tasks, below ``/desk/prepare/SLUG/meeting/``."""

from __future__ import annotations

from django.urls import path

from townhall.desks import meeting

urlpatterns = [
    path("", meeting.page, name="meeting"),
    path("minutes.<slug:kind>", meeting.paper, name="meeting-minutes"),
    path("tasks", meeting.give, name="meeting-tasks"),
    path("tasks/<int:task_id>/<slug:verb>", meeting.task_verb, name="meeting-task"),
    path("<slug:verb>", meeting.verb, name="meeting-verb"),
]
