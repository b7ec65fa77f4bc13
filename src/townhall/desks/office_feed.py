"""A person's own calendar address: made, shown, ended by that person; read by their phone without signing in."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_GET, require_POST, require_safe
from icalendar import Alarm, Calendar, Event

from townhall.countdown import actions, queries
from townhall.desks.access import signed_in, staff
from townhall.kernel import clock

if TYPE_CHECKING:
    from townhall.countdown.states import Standing
    from townhall.hours.models import OfficeHour

REFRESH_SECONDS = 900


@staff
@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """The person's calendar address and how to use it."""
    secret = queries.feed_address(signed_in(request))
    address = settings.BASE_URL + reverse("desks:calendar-feed", args=[secret]) if secret else ""
    return render(request, "desks/office/feed.html", {"address": address})


@staff
@require_POST
def make(request: HttpRequest) -> HttpResponse:
    """Make an address, or a new one that ends the old."""
    actions.make_feed(signed_in(request))
    messages.success(request, _("新的日历地址已生成，旧地址同时失效。"))
    return redirect("desks:my-calendar")


@staff
@require_POST
def end(request: HttpRequest) -> HttpResponse:
    """End the address."""
    actions.end_feed(signed_in(request))
    messages.success(request, _("日历地址已停用。"))
    return redirect("desks:my-calendar")


@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The calendar itself: the person's hours and the steps they answer for; titles and days, nobody's name.

    The same state gives the same bytes and so the same ETag: a phone that asks every hour mostly gets 304.
    """
    account = queries.account_of_feed(secret)
    if account is None:
        raise Http404
    with override("zh-hans"):
        body = _written(queries.agenda(account))
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    if request.headers.get("If-None-Match") == tag:
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["ETag"] = tag
    response["Referrer-Policy"] = "no-referrer"
    patch_cache_control(response, private=True, max_age=REFRESH_SECONDS)
    return response


def _written(agenda: list[tuple[OfficeHour, list[Standing]]]) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Townhall//countdown//ZH")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"{settings.SITE_NAME} {_('倒排工作计划')}")
    for hour, standings in agenda:
        calendar.add_component(_hour_event(hour))
        for one in standings:
            calendar.add_component(_step_event(hour, one))
    return bytes(calendar.to_ical())


def _event(uid: str, hour: OfficeHour, summary: str) -> Event:
    event = Event()
    event.add("uid", f"{uid}@{settings.BASE_URL.split('://', 1)[-1]}")
    # Required, and the only time of the entry that does not move with it: the same state must give the same bytes.
    event.add("dtstamp", hour.starts_at)
    event.add("summary", summary)
    event.add("url", settings.BASE_URL + reverse("desks:prepare", args=[hour.slug]))
    return event


def _number(hour: OfficeHour) -> str:
    return _("第 %(n)s 期") % {"n": hour.issue_no}


def _hour_event(hour: OfficeHour) -> Event:
    event = _event(f"hour-{hour.id}", hour, hour.title)
    event.add("dtstart", clock.local(hour.starts_at))
    event.add("dtend", clock.local(hour.ends_at))
    event.add(
        "status", "CANCELLED" if hour.stage == "cancelled" else _sure(provisional=hour.date_provisional)
    )
    return event


def _step_event(hour: OfficeHour, one: Standing) -> Event:
    done = "✓ " if one.ended else ""
    event = _event(f"step-{one.step.id}", hour, f"{done}{_number(hour)} {one.step.title}")
    if one.step.unit == "minutes":
        event.add("dtstart", clock.local(one.due.at))
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", one.step.title)
        alarm.add("trigger", timedelta(0))
        event.add_component(alarm)
    else:
        event.add("dtstart", one.due.on)
    event.add("status", _sure(provisional=one.due.provisional or hour.date_provisional))
    event.add("transp", "TRANSPARENT")
    return event


def _sure(*, provisional: bool) -> str:
    return "TENTATIVE" if provisional else "CONFIRMED"
