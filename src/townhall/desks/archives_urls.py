"""Addresses of the archives, below ``/desk/office/archives/``."""

from __future__ import annotations

from django.urls import path

from townhall.desks import archives

urlpatterns = [
    path("", archives.page, name="archives"),
    path("synonyms", archives.synonyms, name="archives-synonyms"),
    path("months", archives.months, name="archives-months"),
    path("past/<slug:verb>", archives.past, name="archives-past"),
]
