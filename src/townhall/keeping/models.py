"""How long contact data are kept, what stops their deletion, and the certificates of what was deleted."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from townhall.hours.models import OfficeHour
from townhall.keeping.choices import DEFAULT_MONTHS, LONGEST_NOTE, HoldReason
from townhall.questions.models import Question


class RetentionRule(models.Model):
    """After how many months contact data go; the newest row is in force, the earlier ones stay."""

    months = models.PositiveSmallIntegerField(default=DEFAULT_MONTHS)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]


class LegalHold(models.Model):
    """Contact data of a question that must not be deleted, for a reason, until somebody lifts it."""

    question = models.ForeignKey(Question, models.PROTECT, related_name="holds")
    reason = models.CharField(max_length=16, choices=HoldReason)
    note = models.CharField(max_length=LONGEST_NOTE)
    placed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    placed_at = models.DateTimeField()
    lift_note = models.CharField(max_length=LONGEST_NOTE, blank=True)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["question"], condition=Q(lifted_at__isnull=True), name="keeping_one_hold_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True)
                | Q(lifted_at__isnull=False, lifted_by__isnull=False),
                name="keeping_lifted_by_somebody",
            ),
        ]


class Certificate(models.Model):
    """What was deleted of one hour at one time; the same stands in the journal.

    :ivar questions: of how many questions contact data were deleted
    :ivar contacts: how many mobiles were deleted for good; one that another hour still needs stays
    :ivar digest: SHA-256 over the ids of the questions, ascending, separated by commas
    """

    hour = models.ForeignKey(OfficeHour, models.PROTECT, related_name="certificates")
    months = models.PositiveSmallIntegerField()
    questions = models.PositiveIntegerField()
    contacts = models.PositiveIntegerField()
    held = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
