"""One request: what about, what is wrong, until when, what became of it. Everything personal is sealed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from townhall.history.models import PastQuestion
from townhall.kernel.text import CODE_POINTS
from townhall.questions.models import Clarification, Comment, Question
from townhall.redress import choices
from townhall.wrapping.models import Paper

MOST_REPLY = 1000


# What a case may be about, and for each that it alone is named.
THINGS = ("question", "past", "clarification", "comment", "paper")
_ONLY = {one: {f"{thing}__isnull": thing != one for thing in THINGS} for one in THINGS}


class Case(models.Model):
    """A request with its number of the year, about one of :data:`THINGS`; a paper is one version of a closing paper.

    :ivar words_sealed: what is wrong, in the person's own words: they name people, so they are sealed like contacts
    :ivar reply: what the person is told at the end; they alone read it
    """

    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    question = models.ForeignKey(Question, models.PROTECT, null=True, related_name="redress_cases")
    past = models.ForeignKey(PastQuestion, models.PROTECT, null=True, related_name="redress_cases")
    clarification = models.ForeignKey(Clarification, models.PROTECT, null=True, related_name="redress_cases")
    comment = models.ForeignKey(Comment, models.PROTECT, null=True, related_name="redress_cases")
    paper = models.ForeignKey(Paper, models.PROTECT, null=True, related_name="redress_cases")
    commitment_id = models.BigIntegerField(default=0)
    kind = models.CharField(max_length=8, choices=choices.Kind)
    standing = models.CharField(max_length=8, choices=choices.Standing)
    words_sealed = models.TextField(blank=True)
    name_sealed = models.TextField(blank=True)
    contact_sealed = models.TextField(blank=True)
    receipt_nonce = models.CharField(max_length=32)
    receipt_digest = models.CharField(max_length=64, unique=True)
    form_digest = models.CharField(max_length=64, unique=True, null=True)
    state = models.CharField(max_length=10, choices=choices.State, default=choices.State.RECEIVED)
    received_at = models.DateTimeField()
    due = models.DateField()
    provisional = models.BooleanField(default=False)
    referred_at = models.DateTimeField(null=True)
    reason_code = models.CharField(max_length=16, choices=choices.RefusalReason, blank=True)
    reply = models.CharField(max_length=MOST_REPLY * CODE_POINTS, blank=True)
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["due", "id"]
        constraints = [
            models.UniqueConstraint(fields=["year", "number"], name="redress_number_once_a_year"),
            models.CheckConstraint(condition=Q(state__in=choices.State.values), name="redress_known_state"),
            models.CheckConstraint(
                condition=Q(**_ONLY["question"])
                | Q(**_ONLY["past"], commitment_id=0)
                | Q(**_ONLY["clarification"], commitment_id=0)
                | Q(**_ONLY["comment"], commitment_id=0)
                | Q(**_ONLY["paper"], commitment_id=0),
                name="redress_about_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["received", "examining"], closed_at__isnull=True)
                | (~Q(state__in=["received", "examining"]) & Q(closed_at__isnull=False)),
                name="redress_ended_has_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True) | Q(words_sealed="", name_sealed="", contact_sealed=""),
                name="redress_erased_is_gone",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "due"], name="redress_open"),
            models.Index(fields=["closed_at", "id"], name="redress_ended"),
        ]
