"""Dry runs with what they found, and the rehearsal that people practise in before the hour."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from townhall.hours.models import OfficeHour


class DryRun(models.Model):
    """One look over everything before an hour (会前联调检查), kept as it was found."""

    hour = models.ForeignKey(OfficeHour, models.CASCADE, related_name="dry_runs")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    red = models.PositiveSmallIntegerField()
    yellow = models.PositiveSmallIntegerField()
    lines = models.JSONField(
        help_text="level, area, finding, remedy of each line, in the words it was read in"
    )

    class Meta:
        ordering = ["-id"]

    @property
    def ready(self) -> bool:
        """Whether no line was red."""
        return self.red == 0


class Practice(models.Model):
    """A rehearsal of an hour in which its own people practise; deleted whole with the rehearsal."""

    hour = models.OneToOneField(OfficeHour, models.CASCADE, related_name="practice")
    rehearsal = models.OneToOneField(OfficeHour, models.CASCADE, related_name="practises_for")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    citizens = models.PositiveSmallIntegerField(
        help_text="questions that the server asks by itself; 0 for people only"
    )
    minutes = models.PositiveSmallIntegerField(help_text="over how many minutes it asks them")
    asked = models.PositiveSmallIntegerField(default=0, help_text="how many of them it has asked")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(asked__lte=models.F("citizens")), name="readiness_not_more_than_wanted"
            ),
            models.CheckConstraint(
                condition=~models.Q(hour=models.F("rehearsal")), name="readiness_rehearsal_is_another_hour"
            ),
        ]
