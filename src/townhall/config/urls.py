"""Which face answers which address."""

from __future__ import annotations

from django.urls import include, path

from townhall.config import health, monitoring

handler500 = "townhall.config.health.server_error"

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", monitoring.metrics),
    path("api/v1/", include("townhall.api.urls")),
    path("desk/", include("townhall.desks.urls")),
    path("", include("townhall.portal.urls")),
]
