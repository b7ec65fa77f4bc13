"""The steps that lead to an hour, the template they come from, and the calendar addresses handed out."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from townhall.countdown.choices import BY_HAND, Mark, Unit, Verb
from townhall.hours.choices import Role
from townhall.hours.models import OfficeHour


class StepFacts(models.Model):
    """What a step of the template and a step of an hour have in common.

    ``offset`` counts before the hour in ``unit``; ``tolerance`` are the natural days by which the target may be
    missed before the step is late; ``proof`` names the event that does it; ``blocked_by`` lists codes.
    """

    code = models.SlugField(max_length=32)
    title = models.CharField(max_length=60)
    title_en = models.CharField(max_length=120, blank=True)
    unit = models.CharField(max_length=8, choices=Unit, default=Unit.NATURAL)
    offset = models.PositiveSmallIntegerField(default=0)
    tolerance = models.PositiveSmallIntegerField(default=0)
    owner_role = models.CharField(max_length=12, choices=Role, default=Role.COORDINATOR)
    proof = models.CharField(max_length=32, default=BY_HAND)
    blocked_by = models.JSONField(default=list)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        abstract = True


class TemplateStep(StepFacts):
    """One step of the district's own template; none at all means the shipped one."""

    retired = models.BooleanField(default=False)

    class Meta:
        ordering = ["order", "id"]
        constraints = [models.UniqueConstraint(fields=["code"], name="countdown_template_code_once")]


class Step(StepFacts):
    """One step of one hour.

    Its due day is computed from the hour's start; ``due_on`` keeps the day its owner was last told, so that a move
    is noticed. ``told`` is the worst state its owner was told of.
    """

    hour = models.ForeignKey(OfficeHour, models.CASCADE, related_name="steps")
    mark = models.CharField(max_length=8, choices=Mark, default=Mark.OPEN)
    marked_at = models.DateTimeField(null=True)
    marked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    due_on = models.DateField(null=True)
    told = models.CharField(max_length=8, blank=True)

    class Meta:
        ordering = ["order", "id"]
        constraints = [
            models.UniqueConstraint(fields=["hour", "code"], name="countdown_step_code_once"),
            models.CheckConstraint(condition=models.Q(mark__in=Mark.values), name="countdown_known_mark"),
            models.CheckConstraint(
                condition=models.Q(mark=Mark.OPEN) | models.Q(marked_at__isnull=False),
                name="countdown_marked_at_a_time",
            ),
        ]


class StepNote(models.Model):
    """What somebody said when ticking, unticking, skipping: the journal keeps that they did."""

    step = models.ForeignKey(Step, models.CASCADE, related_name="notes")
    verb = models.CharField(max_length=8, choices=Verb)
    text = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]


class Feed(models.Model):
    """A person's secret calendar address; a new one ends the old."""

    account = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    sealed = models.TextField()
    made_at = models.DateTimeField()
