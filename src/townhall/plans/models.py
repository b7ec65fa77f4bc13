"""The plan of an hour, every version of it, who approves, and what was decided."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from townhall.documents.models import Upload
from townhall.hours.models import OfficeHour
from townhall.plans.choices import State, Verdict


class Plan(models.Model):
    """The plan of one hour. ``version`` is the newest, ``approved_version`` the one that holds.

    ``round`` counts how often it was submitted: approvals of an earlier round count no longer.
    """

    hour = models.OneToOneField(OfficeHour, models.CASCADE, related_name="plan")
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    version = models.PositiveIntegerField(default=0)
    round = models.PositiveIntegerField(default=0)
    approved_version = models.PositiveIntegerField(null=True)
    approved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=State.values), name="plans_known_state"),
            models.CheckConstraint(
                condition=~models.Q(state="approved") | models.Q(approved_version__isnull=False),
                name="plans_approved_names_its_version",
            ),
        ]


class PlanVersion(models.Model):
    """The plan's words and groups as they stood; never changed once written.

    ``groups`` is a list of ``{"id": group of the hour or null, "name": words, "units": [unit ids]}``.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    time = models.CharField(max_length=200, blank=True)
    place = models.CharField(max_length=300, blank=True)
    topic = models.CharField(max_length=200, blank=True)
    content = models.TextField(blank=True)
    attendees = models.TextField(blank=True)
    requirements = models.TextField(blank=True)
    groups = models.JSONField(default=list)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["plan", "number"], name="plans_version_once")]


class Approver(models.Model):
    """Who approves, in which place of the order."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="approvers")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "order"], name="plans_one_approver_a_place"),
            models.UniqueConstraint(fields=["plan", "account"], name="plans_approver_once"),
        ]


class Decision(models.Model):
    """What an approver said of a version; on paper it was entered by somebody else, with the scan."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="decisions")
    round = models.PositiveIntegerField()
    order = models.PositiveSmallIntegerField()
    version = models.PositiveIntegerField()
    approver = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=10, choices=Verdict)
    remark = models.TextField(blank=True)
    at = models.DateTimeField()
    paper_leader = models.CharField(max_length=40, blank=True)
    paper_date = models.DateField(null=True)
    paper_scan = models.ForeignKey(Upload, models.PROTECT, null=True, related_name="+")
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "round", "order"], name="plans_one_decision_a_step"),
            models.CheckConstraint(
                condition=models.Q(paper_leader="", paper_date=None, paper_scan=None, entered_by=None)
                | (
                    ~models.Q(paper_leader="")
                    & models.Q(paper_date__isnull=False, paper_scan__isnull=False, entered_by__isnull=False)
                ),
                name="plans_paper_is_whole",
            ),
        ]
