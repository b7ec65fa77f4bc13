"""The office hour, its groups, its seats, its public notices."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from townhall.hours.choices import (
    ChangeReason,
    DayKind,
    Identity,
    ProposalState,
    PublishAt,
    Role,
    Stage,
)
from townhall.people.models import Unit


class OfficeHour(models.Model):
    """One office hour, from planning to archive; always numbered 第 N 期."""

    slug = models.SlugField(max_length=40, unique=True)
    issue_no = models.PositiveIntegerField(unique=True, null=True)
    title = models.CharField(max_length=120)
    title_en = models.CharField(max_length=200, blank=True)
    topic = models.CharField(max_length=120, blank=True)
    topic_en = models.CharField(max_length=200, blank=True)
    introduction = models.TextField(blank=True)
    introduction_en = models.TextField(blank=True)
    opening_words = models.TextField(blank=True)
    opening_words_en = models.TextField(blank=True)
    closing_words = models.TextField(blank=True)
    closing_words_en = models.TextField(blank=True)
    stage = models.CharField(max_length=12, choices=Stage, default=Stage.PLANNED)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    proposed_on = models.DateField(null=True)
    date_reason = models.CharField(max_length=200, blank=True)
    date_provisional = models.BooleanField(default=False)
    asking_paused = models.BooleanField(default=False)
    signing_held = models.BooleanField(default=False)
    identity = models.CharField(max_length=10, choices=Identity, default=Identity.VERIFIED)
    publish_at = models.CharField(max_length=10, choices=PublishAt, default=PublishAt.ACCEPTANCE)
    allow_private = models.BooleanField(default=False)
    rehearsal = models.BooleanField(default=False)
    secret = models.CharField(max_length=40, blank=True)
    last_number = models.PositiveIntegerField(default=0)
    signer_on_duty = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="signing_hours"
    )
    opened_at = models.DateTimeField(null=True)
    wrapped_at = models.DateTimeField(null=True)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-starts_at"]
        constraints = [
            models.CheckConstraint(condition=models.Q(stage__in=Stage.values), name="hours_known_stage"),
            models.CheckConstraint(
                condition=models.Q(rehearsal=True) | models.Q(issue_no__isnull=False),
                name="hours_always_numbered",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="hours_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return self.slug


class Leader(models.Model):
    """A leader who takes part, as the public page introduces them."""

    hour = models.ForeignKey(OfficeHour, models.CASCADE, related_name="leaders")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True)
    name = models.CharField(max_length=40)
    name_en = models.CharField(max_length=80, blank=True)
    office = models.CharField(max_length=60)
    office_en = models.CharField(max_length=120, blank=True)
    remit = models.CharField(max_length=200, blank=True)
    remit_en = models.CharField(max_length=300, blank=True)
    photo = models.CharField(max_length=200, blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "id"]


class Material(models.Model):
    """Background material published with the hour."""

    hour = models.ForeignKey(OfficeHour, models.CASCADE, related_name="materials")
    title = models.CharField(max_length=120)
    title_en = models.CharField(max_length=200, blank=True)
    url = models.CharField(max_length=300, blank=True)
    summary = models.TextField(blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "id"]


class Group(models.Model):
    """A business group of one hour (业务小组)."""

    hour = models.ForeignKey(OfficeHour, models.CASCADE, related_name="groups")
    name = models.CharField(max_length=40)
    name_en = models.CharField(max_length=80, blank=True)
    order = models.PositiveSmallIntegerField(default=0)
    secrecy_reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    units = models.ManyToManyField(Unit, through="GroupUnit", related_name="groups")

    class Meta:
        ordering = ["order", "id"]
        constraints = [models.UniqueConstraint(fields=["hour", "name"], name="hours_group_name_once")]

    def __str__(self) -> str:
        return self.name


class GroupUnit(models.Model):
    """A unit's place in a group; the first one answers by default."""

    group = models.ForeignKey(Group, models.CASCADE, related_name="places")
    unit = models.ForeignKey(Unit, models.PROTECT)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "id"]
        constraints = [models.UniqueConstraint(fields=["group", "unit"], name="hours_unit_once_in_group")]


class Seat(models.Model):
    """A person's role in one office hour; it lasts until the hour is archived."""

    hour = models.ForeignKey(OfficeHour, models.CASCADE, related_name="seats")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="seats")
    role = models.CharField(max_length=12, choices=Role)
    group = models.ForeignKey(Group, models.CASCADE, null=True, blank=True, related_name="seats")
    stands_in_for = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    active = models.BooleanField(default=True)
    here_at = models.DateTimeField(
        null=True, help_text="when an open desk last said that the person is there"
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["hour", "account", "role", "group"], name="hours_seat_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=["group", "lead"], group__isnull=False)
                | (~models.Q(role__in=["group", "lead"]) & models.Q(group__isnull=True)),
                name="hours_group_seats_have_a_group",
            ),
        ]


class HourNotice(models.Model):
    """A public line about the hour: paused and why, extended, another signer on duty."""

    hour = models.ForeignKey(OfficeHour, models.CASCADE, related_name="notices")
    verb = models.CharField(max_length=20)
    reason_code = models.CharField(max_length=16, choices=ChangeReason, blank=True)
    minutes = models.PositiveSmallIntegerField(null=True)
    starts_at = models.DateTimeField(null=True)
    person = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-id"]


class HolidaySchedule(models.Model):
    """A year's holidays and make-up days as one document announces them.

    A later document is a further revision; what it replaces stays. A row changes only when it is withdrawn.
    """

    year = models.PositiveSmallIntegerField()
    revision = models.PositiveSmallIntegerField(default=1)
    source = models.CharField(max_length=120)
    announced_on = models.DateField()
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    entered_at = models.DateTimeField()
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-year", "-revision"]
        constraints = [
            models.UniqueConstraint(fields=["year", "revision"], name="hours_schedule_revision_once")
        ]

    def __str__(self) -> str:
        return f"{self.year}/{self.revision}"


class HolidayDay(models.Model):
    """A day on which Monday to Friday does not hold."""

    schedule = models.ForeignKey(HolidaySchedule, models.CASCADE, related_name="days")
    date = models.DateField()
    kind = models.CharField(max_length=8, choices=DayKind)
    name = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["date"]
        constraints = [
            models.UniqueConstraint(fields=["schedule", "date"], name="hours_day_once_in_schedule"),
            models.CheckConstraint(condition=models.Q(kind__in=DayKind.values), name="hours_known_day_kind"),
        ]


class SeriesRule(models.Model):
    """How the district proposes its dates; the newest row is in force, the earlier ones stay."""

    months = models.JSONField(default=list)
    pick = models.CharField(max_length=16)
    weekday = models.PositiveSmallIntegerField(default=0)
    nth = models.PositiveSmallIntegerField(default=1)
    starts = models.TimeField()
    minutes = models.PositiveSmallIntegerField(default=60)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]


class Proposal(models.Model):
    """What a person decided about one date of the series. Without a row it is only proposed."""

    year = models.PositiveSmallIntegerField()
    month = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=ProposalState, default=ProposalState.PROPOSED)
    proposed_on = models.DateField(help_text="the rule's date when it was last looked at")
    provisional = models.BooleanField(default=False)
    reason = models.CharField(max_length=200, blank=True)
    hour = models.OneToOneField(OfficeHour, models.SET_NULL, null=True, related_name="proposal")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["year", "month"]
        constraints = [
            models.UniqueConstraint(fields=["year", "month"], name="hours_proposal_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=ProposalState.values), name="hours_known_proposal_state"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["proposed", "confirmed"]) | ~models.Q(reason=""),
                name="hours_departure_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02}"


class DateDecision(models.Model):
    """One decision about a date of the series, with its reason; written once, whatever is decided later."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="decisions")
    verb = models.CharField(max_length=10)
    was = models.DateField(help_text="the day until then")
    on = models.DateField(null=True, help_text="the day from then on; none when there is no hour any more")
    reason = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.proposal_id} {self.verb}"
