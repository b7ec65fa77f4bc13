"""Links that ask, what was said about a promise, and calls with their outcomes."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from townhall.hours.models import OfficeHour
from townhall.kernel.text import CODE_POINTS
from townhall.questions.choices import DissatisfactionReason, Satisfaction
from townhall.questions.models import Asker, Question
from townhall.voice import choices

MOST_NOTE = 500


class Ask(models.Model):
    """One link to one asker about one thing. The link itself is derived, not stored (:mod:`townhall.voice.links`).

    :ivar round: a promise that was reopened and closed again is asked about again
    """

    asker = models.ForeignKey(Asker, models.CASCADE, related_name="asks")
    question = models.ForeignKey(Question, models.CASCADE, related_name="asks")
    purpose = models.CharField(max_length=8, choices=choices.Purpose)
    commitment_id = models.BigIntegerField(default=0)
    round = models.PositiveSmallIntegerField(default=1)
    made_at = models.DateTimeField()
    not_done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["asker", "question", "purpose", "commitment_id", "round"], name="voice_asked_once"
            ),
            models.CheckConstraint(
                condition=models.Q(purpose="promise", commitment_id__gt=0)
                | models.Q(purpose="answer", commitment_id=0),
                name="voice_a_promise_is_named",
            ),
        ]


class PromiseRating(models.Model):
    """The asker's word on a promise that was closed; the last one within the time for it counts."""

    ask = models.OneToOneField(Ask, models.CASCADE, related_name="rating")
    level = models.PositiveSmallIntegerField(choices=Satisfaction)
    reason = models.CharField(max_length=12, choices=DissatisfactionReason, blank=True)
    at = models.DateTimeField()


class ReturnCall(models.Model):
    """Somebody is to be called back (回访): about an answer, or about a promise."""

    hour = models.ForeignKey(OfficeHour, models.CASCADE, related_name="return_calls")
    question = models.ForeignKey(Question, models.CASCADE, related_name="return_calls")
    asker = models.ForeignKey(Asker, models.CASCADE, related_name="return_calls")
    commitment_id = models.BigIntegerField(default=0)
    why = models.CharField(max_length=12, choices=choices.Why)
    state = models.CharField(max_length=12, choices=choices.CallState, default=choices.CallState.WAITING)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["opened_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["asker", "question", "commitment_id"], condition=models.Q(state="waiting"),
                name="voice_one_waiting_call",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "reached", "unreachable"]), name="voice_known_call_state"
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["hour", "state", "opened_at"], name="voice_calls")]


class Attempt(models.Model):
    """One try to reach somebody, and what came of it."""

    call = models.ForeignKey(ReturnCall, models.CASCADE, related_name="attempts")
    outcome = models.CharField(max_length=12, choices=choices.Outcome)
    note = models.CharField(max_length=MOST_NOTE * CODE_POINTS, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
