"""Promises: the answer's own words, who owes them, until when, and everything that became of them.

The room knows only a question's id and its hour's.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from townhall.commitments import choices
from townhall.documents.models import Upload
from townhall.kernel.text import CODE_POINTS
from townhall.people.models import Unit


class Number(models.Model):
    """A number of the district's schedule for promises that somebody changed (:mod:`townhall.commitments.rules`)."""

    name = models.CharField(max_length=24, unique=True)
    value = models.PositiveSmallIntegerField()


class Commitment(models.Model):
    """One promise made in a signed answer.

    :ivar unit: leads; ``assisting`` help
    :ivar joint: whether any assist, so that most promises need no further query
    :ivar due: the day that holds now; ``first_due`` was promised first
    :ivar prescribed: the prescribed limit, the second clock; empty while a year's calendar is not published
    :ivar words_stand: whether the words still stand in the answer after its corrections
    :ivar quiet_since: when a unit that works on it was last heard of
    :ivar late_told: the latest day of either clock whose passing the asker was told of
    :ivar level: how high the present lateness has been taken (``choices.Level``)
    """

    State = choices.State

    question_id = models.BigIntegerField()
    hour_id = models.BigIntegerField(db_index=True)
    version = models.PositiveIntegerField()
    text = models.TextField()
    # As the question says, which is not filed anew once it is signed: lists and sums are narrowed by them.
    subject = models.CharField(max_length=16, blank=True)
    area = models.CharField(max_length=40 * CODE_POINTS, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="commitments")
    assisting = models.ManyToManyField(Unit, related_name="assisted_commitments")
    joint = models.BooleanField(default=False)
    handling = models.CharField(max_length=12, choices=choices.Handling, blank=True)
    due = models.DateField()
    first_due = models.DateField()
    prescribed = models.DateField(null=True)
    state = models.CharField(max_length=12, choices=choices.State, default=choices.State.OPEN)
    words_stand = models.BooleanField(default=True)
    made_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True)
    replaces = models.ForeignKey("self", models.SET_NULL, null=True, related_name="replaced_by")
    first_action_at = models.DateTimeField(null=True)
    quiet_since = models.DateTimeField()
    extensions = models.PositiveSmallIntegerField(default=0)
    reworks = models.PositiveSmallIntegerField(default=0)
    disputes = models.PositiveSmallIntegerField(default=0)
    chases = models.PositiveSmallIntegerField(default=0)
    level = models.PositiveSmallIntegerField(choices=choices.Level, default=choices.Level.UNIT)
    chased_on = models.DateField(null=True)
    late_told = models.DateField(null=True)
    reported_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reported_at = models.DateTimeField(null=True)
    reported_on = models.DateField(null=True)
    verified_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    verified_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    ended_as = models.CharField(max_length=8, blank=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=16, choices=choices.EndReason, blank=True)

    class Meta:
        ordering = ["due", "id"]
        indexes = [
            models.Index(fields=["state", "due"], name="commitments_state_due"),
            models.Index(fields=["unit", "state", "due"], name="commitments_unit_state_due"),
            models.Index(fields=["state", "quiet_since"], name="commitments_state_quiet"),
            models.Index(fields=["due", "id"], name="commitments_by_day"),
            models.Index(fields=["closed_at"], name="commitments_closed_at"),
            models.Index(fields=["question_id", "state", "hour_id"], name="commitments_by_question"),
            models.Index(fields=["made_at"], name="commitments_made_at"),
            # One to sum up by, without reading the words, and one to list by day.
            models.Index(fields=["subject", "state", "hour_id"], name="commitments_about"),
            models.Index(fields=["subject", "due", "id"], name="commitments_about_by_day"),
            models.Index(fields=["area", "state", "hour_id"], name="commitments_in_area"),
            models.Index(fields=["area", "due", "id"], name="commitments_in_area_by_day"),
            # All that the public sentence counts, so that the words need not be read.
            models.Index(fields=["state", "due", "reported_on", "hour_id"], name="commitments_counted"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=choices.State.values), name="commitments_known_state"
            ),
            models.CheckConstraint(
                condition=Q(extensions=0, due=F("first_due")) | Q(extensions__gt=0, due__gt=F("first_due")),
                name="commitments_due_moves_by_extension_only",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["reported", "verified", "closed"])
                | Q(reported_by__isnull=False, reported_at__isnull=False, reported_on__isnull=False),
                name="commitments_reported_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["verified", "closed"])
                | Q(verified_by__isnull=False, verified_at__isnull=False),
                name="commitments_closed_only_verified",
            ),
            models.CheckConstraint(
                condition=Q(verified_by__isnull=True)
                | Q(reported_by__isnull=True)
                | ~Q(verified_by=F("reported_by")),
                name="commitments_reporter_is_not_verifier",
            ),
            models.CheckConstraint(
                condition=Q(state="closed", closed_by__isnull=False, closed_at__isnull=False)
                | (~Q(state="closed") & Q(closed_by__isnull=True, closed_at__isnull=True)),
                name="commitments_closed_by_somebody",
            ),
            models.CheckConstraint(
                condition=(Q(state="ended", ended_as="mayor", ended_by__isnull=False, ended_at__isnull=False)
                & Q(end_reason__in=choices.EndReason.values))
                | (~Q(state="ended") & Q(ended_as="", ended_by__isnull=True, ended_at__isnull=True, end_reason="")),
                name="commitments_ended_by_the_mayor_only",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.question_id}/{self.id}"


class Request(models.Model):
    """What a unit asks a leader for: a later day, or to end a promise that cannot be kept."""

    commitment = models.ForeignKey(Commitment, models.CASCADE, related_name="requests")
    kind = models.CharField(max_length=10, choices=choices.RequestKind)
    state = models.CharField(
        max_length=10, choices=choices.RequestState, default=choices.RequestState.WAITING
    )
    reason_code = models.CharField(max_length=16)
    words = models.TextField()
    due_then = models.DateField()
    new_due = models.DateField(null=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    asked_on = models.DateField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_as = models.CharField(max_length=8, blank=True)
    decided_at = models.DateTimeField(null=True)
    decision = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["commitment"], condition=Q(state="waiting"), name="commitments_one_request_waits"
            ),
            models.CheckConstraint(
                condition=Q(kind="ending", new_due__isnull=True, reason_code__in=choices.EndReason.values)
                | (Q(kind="extension", new_due__isnull=False, new_due__gt=F("due_then"), asked_on__lte=F("due_then"))
                & Q(reason_code__in=choices.ExtensionReason.values)),
                name="commitments_extension_asked_in_time",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "withdrawn"], decided_by__isnull=True, decided_as="")
                | (Q(state__in=["approved", "refused"], decided_by__isnull=False, decided_at__isnull=False)
                & Q(decided_as__in=["mayor", "deputy"])),
                name="commitments_request_decided_by_a_leader",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
                name="commitments_asker_is_not_decider",
            ),
        ]  # fmt: skip


class Step(models.Model):
    """One thing that happened to a promise: its history, from which timeline and papers are made.

    :ivar text: words for the public; ``note`` stays inside
    :ivar on: the day it happened, where that is told apart from when it was entered
    :ivar code: a reason, a template or a kind of handling; ``was`` and ``due`` are days before and after
    """

    commitment = models.ForeignKey(Commitment, models.CASCADE, related_name="steps")
    verb = models.CharField(max_length=20)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    on = models.DateField(null=True)
    text = models.TextField(blank=True)
    note = models.TextField(blank=True)
    code = models.CharField(max_length=16, blank=True)
    was = models.DateField(null=True)
    due = models.DateField(null=True)
    level = models.PositiveSmallIntegerField(null=True, choices=choices.Level)
    public = models.BooleanField(default=False)

    class Meta:
        ordering = ["id"]


class Proof(models.Model):
    """A picture or a file that belongs to a step. Pictures were drawn anew, so nothing hides in them."""

    step = models.ForeignKey(Step, models.CASCADE, related_name="proofs")
    upload = models.ForeignKey(Upload, models.PROTECT, related_name="+")
    picture = models.BooleanField(default=False)
    caption = models.CharField(max_length=240, blank=True)
    covered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
