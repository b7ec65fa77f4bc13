"""The topic pool of a year, its topics and who cares about them, the choice for an hour, the public poll."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from townhall.hours.choices import Identity
from townhall.hours.models import OfficeHour
from townhall.kernel.text import CODE_POINTS
from townhall.people.models import Unit
from townhall.topics.choices import DeclineReason, Origin, PollState, State


class Pool(models.Model):
    """One year's gathering: whether units and citizens may propose just now."""

    year = models.PositiveSmallIntegerField(unique=True)
    units_open = models.BooleanField(default=True)
    public_open = models.BooleanField(default=False)
    identity = models.CharField(max_length=10, choices=Identity, default=Identity.OPEN)

    class Meta:
        ordering = ["-year"]

    def __str__(self) -> str:
        return str(self.year)


class Topic(models.Model):
    """A topic that an hour could be about."""

    pool = models.ForeignKey(Pool, models.PROTECT, related_name="topics")
    title = models.CharField(max_length=60 * CODE_POINTS)
    title_en = models.CharField(max_length=200, blank=True)
    origin = models.CharField(max_length=12, choices=Origin)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="topics")
    reason = models.TextField()
    keywords = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.PROPOSED)
    decline_code = models.CharField(max_length=12, choices=DeclineReason, blank=True)
    decline_note = models.CharField(max_length=200, blank=True)
    supports = models.PositiveIntegerField(default=0)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    suggester_digest = models.CharField(max_length=64, blank=True)
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-supports", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="topics_known_state"),
            models.CheckConstraint(
                condition=Q(state="declined") ^ Q(decline_code=""), name="topics_declined_with_a_reason"
            ),
        ]
        indexes = [models.Index(fields=["pool", "state"], name="topics_pool_state")]

    def __str__(self) -> str:
        return self.title


class Support(models.Model):
    """One person who cares about a topic too (同问), once."""

    topic = models.ForeignKey(Topic, models.CASCADE, related_name="supporters")
    supporter_digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["topic", "supporter_digest"], name="topics_support_once")
        ]


class Choice(models.Model):
    """The topic chosen for an hour, with the evidence as it stood on that day."""

    hour = models.OneToOneField(OfficeHour, models.CASCADE, related_name="topic_choice")
    topic = models.ForeignKey(Topic, models.PROTECT, related_name="choices")
    evidence = models.JSONField(default=dict)
    reason = models.CharField(max_length=200, blank=True)
    chosen_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    chosen_at = models.DateTimeField()


class Poll(models.Model):
    """A question to the public: which of a few topics comes next."""

    pool = models.ForeignKey(Pool, models.PROTECT, related_name="polls")
    state = models.CharField(max_length=8, choices=PollState, default=PollState.DRAFT)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=PollState.values), name="topics_known_poll_state"),
            models.UniqueConstraint(fields=["pool"], condition=Q(state="open"), name="topics_one_open_poll"),
        ]


class PollOption(models.Model):
    """A topic on a poll's shortlist."""

    poll = models.ForeignKey(Poll, models.CASCADE, related_name="options")
    topic = models.ForeignKey(Topic, models.PROTECT, related_name="+")
    votes = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["poll", "topic"], name="topics_option_once")]


class Vote(models.Model):
    """That a person has voted; it may be changed while the poll is open."""

    poll = models.ForeignKey(Poll, models.CASCADE, related_name="ballots")
    option = models.ForeignKey(PollOption, models.CASCADE, related_name="+")
    voter_digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["poll", "voter_digest"], name="topics_one_vote_each")]
