"""Venues of an hour (主会场、分会场), their clerks, and where a question was taken in."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from townhall.hours.models import OfficeHour
from townhall.people.models import Unit
from townhall.venues.choices import Provider, State, Trouble


class Venue(models.Model):
    """One hall of one hour. Contact and link are for staff; address and opening for everybody when it is public."""

    hour = models.ForeignKey(OfficeHour, models.CASCADE, related_name="venues")
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=120, blank=True)
    is_main = models.BooleanField(default=False)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="venues")
    address = models.CharField(max_length=120)
    address_en = models.CharField(max_length=200, blank=True)
    opens = models.TimeField(null=True)
    closes = models.TimeField(null=True)
    is_public = models.BooleanField(default=False)
    contact_name = models.CharField(max_length=40, blank=True)
    contact_phone = models.CharField(max_length=40, blank=True)
    contact_public = models.BooleanField(default=False)
    provider = models.CharField(max_length=16, choices=Provider, default=Provider.EXTERNAL)
    meeting_number = models.CharField(max_length=40, blank=True)
    link_address = models.CharField(max_length=300, blank=True)
    link_phone = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.NOT_READY)
    note_code = models.CharField(max_length=12, choices=Trouble, blank=True)
    state_at = models.DateTimeField(null=True)
    state_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    ready_at = models.DateTimeField(null=True)
    checked_in_at = models.DateTimeField(null=True)
    checked_in_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["-is_main", "order", "id"]
        constraints = [
            models.UniqueConstraint(fields=["hour", "name"], name="venues_name_once"),
            models.UniqueConstraint(
                fields=["hour"], condition=models.Q(is_main=True), name="venues_one_main"
            ),
            models.CheckConstraint(condition=models.Q(state__in=State.values), name="venues_known_state"),
            models.CheckConstraint(
                condition=(models.Q(state="trouble") & ~models.Q(note_code=""))
                | (~models.Q(state="trouble") & models.Q(note_code="")),
                name="venues_trouble_is_named",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["ready", "on_air"], ready_at__isnull=False)
                | models.Q(state__in=["not_ready", "trouble"], ready_at=None),
                name="venues_ready_since",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class VenueClerk(models.Model):
    """A person who takes in questions at a venue, and so holds the clerk's seat of that hour."""

    venue = models.ForeignKey(Venue, models.CASCADE, related_name="clerks")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="venue_posts")

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["venue", "account"], name="venues_clerk_once")]


class Registration(models.Model):
    """What the clerk saw when a question was typed for somebody: at which venue, and whether an identity card."""

    question_id = models.BigIntegerField(unique=True)
    hour = models.ForeignKey(OfficeHour, models.CASCADE, related_name="registrations")
    venue = models.ForeignKey(Venue, models.SET_NULL, null=True, related_name="registrations")
    identity_seen = models.BooleanField()
    at = models.DateTimeField()
