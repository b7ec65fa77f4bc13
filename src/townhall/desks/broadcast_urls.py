"""Addresses of the hour's mass messages, below ``/desk/prepare/SLUG/broadcast/``."""

from __future__ import annotations

from django.urls import path

from townhall.desks import broadcast

urlpatterns = [
    path("", broadcast.broadcasts, name="broadcast"),
    path("<int:broadcast_id>/", broadcast.one, name="broadcast-one"),
    path("<int:broadcast_id>/wrong/<int:list_id>", broadcast.wrong_rows, name="broadcast-wrong"),
    path("<int:broadcast_id>/<slug:verb>", broadcast.do, name="broadcast-verb"),
]
