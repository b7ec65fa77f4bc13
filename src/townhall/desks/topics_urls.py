"""Where an hour gets its topic, below ``/desk/prepare/SLUG/topic/``."""

from __future__ import annotations

from django.urls import path

from townhall.desks import topics

urlpatterns = [
    path("", topics.choose_page, name="choose-topic"),
    path("choose", topics.choose, name="choose-topic-do"),
]
