"""Addresses of the observers' pages, below ``/desk/prepare/SLUG/observers/``."""

from __future__ import annotations

from django.urls import path

from townhall.desks import observers

urlpatterns = [
    path("", observers.page, name="observers"),
    path("sheet", observers.sheet, name="observers-sheet"),
    path("talk/", observers.talk, name="observers-talk"),
    path("talk/points/<int:point_id>/register", observers.register, name="observers-point"),
    path("talk/<slug:verb>", observers.talk_verb, name="observers-talk-verb"),
    path("people/<int:application_id>/<slug:verb>", observers.person_verb, name="observers-person"),
    path("<slug:verb>", observers.call_verb, name="observers-call"),
]
