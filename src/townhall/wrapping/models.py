"""Limits and their extensions, authorisations to sign, handover lists, closing papers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from townhall.commitments.choices import ExtensionReason
from townhall.hours.models import OfficeHour
from townhall.kernel.text import CODE_POINTS
from townhall.people.models import Unit
from townhall.questions.choices import WithholdCode
from townhall.questions.models import Question
from townhall.wrapping import choices

if TYPE_CHECKING:
    from datetime import datetime

MOST_REASON = 300


class Limit(models.Model):
    """How many working days a kind of question has after the hour; the row without a kind is for all others."""

    kind = models.CharField(max_length=12, unique=True, blank=True)
    days = models.PositiveSmallIntegerField()


class Leftover(models.Model):
    """A question that was open when its hour ended, and until when it must have a result.

    :ivar days: the prescribed working days as they stood when the count began
    :ivar due: the last day in time; ``first_due`` keeps the one before an extension
    :ivar provisional: a day of the count lies in a year whose holidays are not announced
    """

    question = models.OneToOneField(Question, models.CASCADE, related_name="leftover")
    hour = models.ForeignKey(OfficeHour, models.CASCADE, related_name="leftovers")
    state = models.CharField(
        max_length=8, choices=choices.LeftoverState, default=choices.LeftoverState.RUNNING
    )
    days = models.PositiveSmallIntegerField()
    due = models.DateField()
    first_due = models.DateField()
    provisional = models.BooleanField(default=False)
    opened_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    late_told_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["due", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=choices.LeftoverState.values), name="wrapping_known_leftover_state"
            ),
            models.CheckConstraint(
                condition=Q(state="settled", settled_at__isnull=False)
                | (~Q(state="settled") & Q(settled_at__isnull=True)),
                name="wrapping_settled_has_a_moment",
            ),
        ]
        indexes = [models.Index(fields=["hour", "state", "due"], name="wrapping_leftover_due")]


class Extension(models.Model):
    """One request for more time, with its public reason and who decided; a granted one happens once."""

    leftover = models.ForeignKey(Leftover, models.CASCADE, related_name="extensions")
    reason_code = models.CharField(max_length=12, choices=ExtensionReason)
    reason = models.CharField(max_length=MOST_REASON * CODE_POINTS)
    until = models.DateField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    granted = models.BooleanField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=MOST_REASON * CODE_POINTS, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["leftover"], condition=Q(granted=True), name="wrapping_extended_once"
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
                name="wrapping_extension_second_person",
            ),
        ]


class Authorisation(models.Model):
    """Who may sign leftovers of which units, by whose word, from when; anybody may read it (授权签发人)."""

    hour = models.ForeignKey(OfficeHour, models.CASCADE, related_name="authorisations")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="authorisations")
    units = models.ManyToManyField(Unit, related_name="+")
    state = models.CharField(max_length=8, choices=choices.AuthorisationState)
    starts_at = models.DateTimeField()
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    granted_as = models.CharField(max_length=10)
    granted_at = models.DateTimeField()
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(account=F("granted_by")), name="wrapping_nobody_authorises_themselves"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["standing", "ended"]), name="wrapping_known_authorisation_state"
            ),
        ]


class Handover(models.Model):
    """One list of what goes on after the hour, handed to the inspector's office and signed for (移交清单)."""

    hour = models.ForeignKey(OfficeHour, models.CASCADE, related_name="handovers")
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=8, choices=choices.HandoverState)
    compiled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    compiled_at = models.DateTimeField()
    handed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    handed_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=MOST_REASON * CODE_POINTS, blank=True)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    signed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["hour", "number"], name="wrapping_handover_number_once"),
            models.CheckConstraint(
                condition=Q(state="signed", signed_by__isnull=False)
                | (~Q(state="signed") & Q(signed_by__isnull=True)),
                name="wrapping_signed_for_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(signed_by__isnull=True) | ~Q(signed_by=F("handed_by")),
                name="wrapping_handover_second_person",
            ),
        ]


class HandoverRow(models.Model):
    """One thing on a list: a leftover, or a promise (its id; the room of promises keeps its words)."""

    handover = models.ForeignKey(Handover, models.CASCADE, related_name="rows")
    kind = models.CharField(max_length=8, choices=choices.RowKind)
    question = models.ForeignKey(Question, models.CASCADE, related_name="+")
    commitment_id = models.BigIntegerField(null=True)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    due = models.DateField()

    class Meta:
        ordering = ["kind", "due", "id"]


class Paper(models.Model):
    """One version of a closing paper: the summary (小结) or the transcript (实录). A signed one never changes.

    :ivar entries: the transcript's questions in order, each with the answer's version that was signed then
    :ivar reason: what a correction puts right, for everybody to read; ``None`` for any other version
    """

    hour = models.ForeignKey(OfficeHour, models.CASCADE, related_name="closing_papers")
    kind = models.CharField(max_length=10, choices=choices.PaperKind)
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=choices.PaperState)
    text = models.TextField()
    entries = models.JSONField(default=list)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    editors = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")
    drafted_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=MOST_REASON * CODE_POINTS, blank=True)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    signed_as = models.CharField(max_length=10, blank=True)
    signed_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=MOST_REASON * CODE_POINTS, null=True)

    @property
    def withheld(self) -> str:
        """Why it is covered; empty while it is not."""
        return self._covering.code if self._covering else ""

    @property
    def withheld_by_id(self) -> int | None:
        """Who covered it."""
        return self._covering.withheld_by_id if self._covering else None

    @property
    def confirmed_at(self) -> datetime | None:
        """When a second person agreed that it goes."""
        return self._covering.confirmed_at if self._covering else None

    @property
    def _covering(self) -> PaperWithholding | None:
        found: PaperWithholding | None = getattr(self, "withholding", None)
        return found

    class Meta:
        ordering = ["kind", "number"]
        constraints = [
            models.UniqueConstraint(fields=["hour", "kind", "number"], name="wrapping_paper_version_once"),
            models.CheckConstraint(
                condition=Q(signed_by__isnull=True) | ~Q(signed_by=F("author")),
                name="wrapping_author_is_not_signer",
            ),
            models.CheckConstraint(
                condition=Q(state="signed", signed_by__isnull=False, signed_at__isnull=False)
                | (~Q(state="signed") & Q(signed_by__isnull=True, signed_at__isnull=True)),
                name="wrapping_signed_by_somebody",
            ),
        ]


class PaperWithholding(models.Model):
    """One version of a closing paper covered from everybody by one person, taken down by a second."""

    paper = models.OneToOneField(Paper, models.CASCADE, related_name="withholding")
    code = models.CharField(max_length=16, choices=WithholdCode)
    withheld_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    withheld_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | Q(confirmed_at__isnull=False) & ~Q(confirmed_by=F("withheld_by")),
                name="wrapping_paper_withheld_second_person",
            )
        ]
