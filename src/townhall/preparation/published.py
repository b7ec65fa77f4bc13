"""What anybody may see: when one may ask beforehand, and the hour as a calendar's entry."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from townhall.hours import published as hours
from townhall.hours.models import HourNotice
from townhall.journal.models import Entry
from townhall.preparation.models import Publicity

if TYPE_CHECKING:
    from datetime import datetime

    from townhall.hours.models import OfficeHour


@dataclass(frozen=True, slots=True)
class Asking:
    """Between which moments pre-questions are taken; either may not be known."""

    opened_at: datetime | None
    closes_at: datetime | None


def opened_at(hour_id: int) -> datetime | None:
    """When topic and pre-questions were opened, the last time if there were several."""
    found = Entry.objects.filter(subject="hour", subject_id=hour_id, kind="hour.announced").order_by("-seq")
    return found.values_list("at", flat=True).first()


def asking(hour_id: int) -> Asking:
    """When pre-questions were opened and are planned to close."""
    closes = Publicity.objects.filter(hour=hour_id).values_list("asking_closes_at", flat=True).first()
    return Asking(opened_at(hour_id), closes)


@dataclass(frozen=True, slots=True)
class Event:
    """An hour for a calendar.

    :param sequence: grows with every change of its time (RFC 5545, 3.8.7.4)
    """

    hour: OfficeHour
    sequence: int
    cancelled: bool
    asking: Asking


def event(slug: str, key: str = "") -> Event | None:
    """The hour at this address as an event, when the public may see it."""
    hour = hours.find(slug, key)
    return events([hour])[0] if hour else None


def events(shown: list[OfficeHour]) -> list[Event]:
    """Several hours as events, in their order; three queries however many they are.

    :param shown: hours that the public may see
    """
    ids = [hour.id for hour in shown]
    moved = HourNotice.objects.filter(hour__in=ids, verb__in=["postpone", "extend", "cancel"])
    changes = Counter(moved.values_list("hour_id", flat=True))
    announced = Entry.objects.filter(subject="hour", subject_id__in=ids, kind="hour.announced").order_by(
        "seq"
    )
    opened = dict(announced.values_list("subject_id", "at"))  # the last one stays
    closes = dict(Publicity.objects.filter(hour__in=ids).values_list("hour_id", "asking_closes_at"))
    return [
        Event(
            hour,
            changes[hour.id],
            hour.stage == "cancelled",
            Asking(opened.get(hour.id), closes.get(hour.id)),
        )
        for hour in shown
    ]
