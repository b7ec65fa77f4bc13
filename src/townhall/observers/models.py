"""The search for observers of one hour, who applied, and the talk with them."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from townhall.hours.models import OfficeHour
from townhall.observers.choices import Attendance, CallState, State, TalkState


class Call(models.Model):
    """One hour's call for observers: its conditions, and the lot with everything needed to run it again.

    :ivar secret_sealed: half of the lot's seed, kept sealed until the draw; ``commitment`` was published first
    :ivar source: the public value that is the seed's other half, named before anybody applied
    :ivar listed: the hashes of the list that was closed, in canonical order; never changed afterwards
    :ivar keep_days: how long personal data are kept after the hour is archived, as applicants were told
    """

    hour = models.OneToOneField(OfficeHour, models.CASCADE, related_name="observer_call")
    state = models.CharField(max_length=8, choices=CallState)
    quota = models.PositiveSmallIntegerField(default=12)
    place = models.CharField(max_length=960, blank=True)
    conditions = models.TextField(blank=True)
    opened_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(null=True)
    keep_days = models.PositiveSmallIntegerField(default=30)
    source = models.CharField(max_length=1600, blank=True)
    source_at = models.DateTimeField(null=True)
    commitment = models.CharField(max_length=64, blank=True)
    secret_sealed = models.TextField(blank=True)
    closed_at = models.DateTimeField(null=True)
    listed = models.JSONField(default=list)
    list_digest = models.CharField(max_length=64, blank=True)
    by_lot = models.BooleanField(default=False)
    secret = models.CharField(max_length=64, blank=True)
    value = models.CharField(max_length=200, blank=True)
    seed = models.CharField(max_length=64, blank=True)
    drawn_at = models.DateTimeField(null=True)
    invited_at = models.DateTimeField(null=True)
    confirm_by = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=CallState.values), name="observers_known_call_state"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["none", "skipped"])
                | models.Q(closes_at__isnull=False, source_at__gt=models.F("closes_at")),
                name="observers_source_after_closing",
            ),
            models.CheckConstraint(
                condition=models.Q(by_lot=False)
                | ~models.Q(state__in=["drawn", "inviting"])
                | ~models.Q(seed=""),
                name="observers_a_lot_has_its_seed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hour_id} {self.state}"

    @property
    def is_stored(self) -> bool:
        """Whether there is a row: an hour for which nothing was decided has none."""
        return not self._state.adding


class Application(models.Model):
    """One person's application. Everything personal is sealed, and gone once withdrawn or erased.

    :ivar entry: the salted hash that stands for this person in public; all that stays in the end
    """

    call = models.ForeignKey(Call, models.CASCADE, related_name="applications")
    entry = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State, default=State.APPLIED)
    rank = models.PositiveIntegerField(null=True)
    name_sealed = models.TextField(blank=True)
    words_sealed = models.TextField(blank=True)
    mobile_sealed = models.TextField(blank=True)
    salt_sealed = models.TextField(blank=True)
    mobile_index = models.CharField(max_length=64, blank=True)
    form_digest = models.CharField(max_length=64, blank=True)
    receipt_nonce = models.CharField(max_length=32, blank=True)
    receipt_digest = models.CharField(max_length=64, unique=True)
    consents = models.JSONField(default=list)
    applied_at = models.DateTimeField()
    confirm_by = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    attendance = models.CharField(max_length=8, choices=Attendance, blank=True)

    class Meta:
        ordering = ["call", "rank", "id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=State.values), name="observers_known_state"),
            models.UniqueConstraint(
                fields=["call", "mobile_index"],
                condition=~models.Q(mobile_index=""),
                name="observers_once_per_person",
            ),
            models.UniqueConstraint(fields=["call", "entry"], name="observers_entry_once"),
            models.UniqueConstraint(fields=["call", "rank"], name="observers_rank_once"),
            models.CheckConstraint(
                condition=~models.Q(state="withdrawn")
                | models.Q(
                    name_sealed="", words_sealed="", mobile_sealed="", salt_sealed="", mobile_index=""
                ),
                name="observers_withdrawn_is_gone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.call_id} {self.entry[:8]} {self.state}"


class Talk(models.Model):
    """The face-to-face talk (座谈) of one hour: its minutes, and what anybody may read of them."""

    call = models.OneToOneField(Call, models.CASCADE, related_name="talk")
    state = models.CharField(max_length=8, choices=TalkState, default=TalkState.DRAFT)
    minutes = models.TextField(blank=True)
    public_minutes = models.TextField(blank=True)
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=TalkState.values), name="observers_known_talk_state"
            )
        ]

    def __str__(self) -> str:
        return f"{self.call_id} {self.state}"

    @property
    def is_stored(self) -> bool:
        """Whether there is a row: a talk nobody has written of has none."""
        return not self._state.adding


class Point(models.Model):
    """One point of the talk, and the question it became: one, once.

    :ivar question_id: an id only, so that a question never depends on the talk it came from
    """

    talk = models.ForeignKey(Talk, models.CASCADE, related_name="points")
    text = models.TextField()
    application = models.ForeignKey(Application, models.SET_NULL, null=True, related_name="points")
    question_id = models.BigIntegerField(null=True, unique=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.talk_id}/{self.id}"
