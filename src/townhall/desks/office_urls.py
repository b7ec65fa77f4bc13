"""Addresses of the office between hours, below ``/desk/office/``."""

from __future__ import annotations

from django.urls import path

from townhall.desks import countdown, office

urlpatterns = [
    path("", office.office, name="office"),
    path("countdown/", countdown.template, name="countdown-template"),
    path("countdown/new", countdown.add, name="countdown-add"),
    path("countdown/shipped", countdown.shipped, name="countdown-shipped"),
    path("countdown/<slug:code>", countdown.save, name="countdown-save"),
    path("countdown/<slug:code>/retire", countdown.retire, name="countdown-retire"),
]
