"""An hour for one's own calendar (iCalendar, RFC 5545): moved with it, cancelled with it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from icalendar import Alarm, Calendar, Event

from townhall.hours import published as hours
from townhall.hours.published import worded
from townhall.kernel import clock
from townhall.portal import pages
from townhall.preparation import published

if TYPE_CHECKING:
    from django.http import HttpRequest

CACHE = "public, max-age=60, must-revalidate"
EARLIER = timedelta(minutes=30)
# Two years back and what lies ahead: a calendar shows no more.
MOST_HOURS = 16


@require_safe
def hour(request: HttpRequest, slug: str) -> HttpResponse:
    """The hour as a file that any calendar takes; until when one may ask beforehand stands in it too."""
    found = published.event(slug, pages.key_of(request))
    if found is None:
        return pages.not_found(request, _("没有这一期网上办公，或者还没有公布。"))
    calendar = Calendar()
    calendar.add("prodid", "-//Townhall//hour//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if found.cancelled else "PUBLISH")
    calendar.add_component(_event(found))
    body = bytes(calendar.to_ical())
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response.headers["Cache-Control"] = pages.PRIVATE if found.hour.rehearsal else CACHE
    response.headers["Content-Disposition"] = f'attachment; filename="{slug}.ics"'
    return response


@require_safe
def series(request: HttpRequest) -> HttpResponse:
    """All public hours as one calendar to subscribe to; what moves or is cancelled moves there too."""
    calendar = Calendar()
    calendar.add("prodid", "-//Townhall//hours//ZH")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", settings.SITE_NAME)
    calendar.add("refresh-interval;value=duration", "PT6H")
    for found in published.events(hours.newest(MOST_HOURS)):
        calendar.add_component(_event(found))
    response = HttpResponse(bytes(calendar.to_ical()), content_type="text/calendar; charset=utf-8")
    response.headers["Cache-Control"] = CACHE
    return response


def _event(found: published.Event) -> Event:
    row = found.hour
    address = f"{settings.BASE_URL}/hours/{row.slug}/"
    event = Event()
    event.add("uid", f"hour-{row.id}@{settings.BASE_URL.split('://', 1)[-1]}")
    # The same state gives the same bytes: the entry has no other time that does not move.
    event.add("dtstamp", row.starts_at)
    event.add("sequence", found.sequence)
    event.add("dtstart", row.starts_at)
    event.add("dtend", row.ends_at)
    event.add("summary", worded(row, "title"))
    event.add("description", _described(found, address))
    event.add("url", address)
    event.add("location", address)
    event.add("transp", "TRANSPARENT")
    event.add("status", _status(found))
    if not found.cancelled:
        event.add_component(_alarm(worded(row, "title")))
    return event


def _described(found: published.Event, address: str) -> str:
    row = found.hour
    lines: list[Any] = []
    if row.topic:
        lines.append(_("主题：%(topic)s") % {"topic": worded(row, "topic")})
    if found.asking.closes_at is not None and row.stage == "announced":
        closes = clock.local(found.asking.closes_at).strftime("%Y-%m-%d %H:%M")
        lines.append(_("预提问截止：%(time)s") % {"time": closes})
    return "\n".join([*map(str, lines), address])


def _status(found: published.Event) -> str:
    if found.cancelled:
        return "CANCELLED"
    return "TENTATIVE" if found.hour.date_provisional else "CONFIRMED"


def _alarm(words: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", words)
    alarm.add("trigger", -EARLIER)
    return alarm
