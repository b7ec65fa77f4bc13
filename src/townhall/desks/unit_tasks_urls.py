"""Addresses of what one's own unit has to do, below ``/desk/office/tasks/``."""

from __future__ import annotations

from django.urls import path

from townhall.desks import unit_tasks

urlpatterns = [
    path("", unit_tasks.page, name="unit-tasks"),
    path("invitations/<int:invitation_id>/reply", unit_tasks.reply, name="unit-reply"),
    path("<int:task_id>/<slug:verb>", unit_tasks.verb, name="unit-task"),
]
