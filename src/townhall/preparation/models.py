"""Notices with their receipts, the prep meeting with its tasks, publicity."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from townhall.documents.models import Upload
from townhall.hours.models import OfficeHour
from townhall.people.models import Unit
from townhall.preparation.choices import (
    Grade,
    Layout,
    Medium,
    MeetingState,
    NoticeState,
    Reply,
    SignedHow,
    TaskState,
    Wanted,
    Way,
)


class Notice(models.Model):
    """A notice to units (通知): its number and how far it is. Its words are versions."""

    hour = models.ForeignKey(OfficeHour, models.CASCADE, related_name="unit_notices")
    state = models.CharField(max_length=10, choices=NoticeState, default=NoticeState.DRAFT)
    code = models.CharField(max_length=20, blank=True)
    year = models.PositiveSmallIntegerField(null=True)
    serial = models.PositiveIntegerField(null=True)
    version = models.PositiveSmallIntegerField(default=1)
    sent_version = models.PositiveSmallIntegerField(null=True)
    sent_at = models.DateTimeField(null=True)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=NoticeState.values), name="preparation_known_notice_state"
            ),
            models.UniqueConstraint(fields=["code", "year", "serial"], name="preparation_number_once"),
            models.CheckConstraint(
                condition=models.Q(state="draft", sent_version__isnull=True)
                | models.Q(state__in=["sent", "withdrawn"], sent_version__isnull=False, year__isnull=False,
                           serial__isnull=False),
                name="preparation_sent_is_numbered",
            ),
        ]  # fmt: skip


class NoticeVersion(models.Model):
    """The words of a notice as somebody saved them, with the units they are meant for; never changed."""

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="versions")
    version = models.PositiveSmallIntegerField()
    layout = models.CharField(max_length=10, choices=Layout, default=Layout.DOCUMENT)
    grade = models.CharField(max_length=8, choices=Grade, blank=True, default="")
    title = models.CharField(max_length=120)
    text = models.TextField()
    issuer = models.CharField(max_length=80)
    approver = models.CharField(max_length=40, blank=True)
    machine_number = models.CharField(max_length=20, blank=True, help_text="of the telegram: 机号")
    copies = models.CharField(max_length=300, blank=True, help_text="who gets a copy: 抄送")
    contact_name = models.CharField(max_length=40, blank=True)
    contact_phone = models.CharField(max_length=40, blank=True)
    due_at = models.DateTimeField()
    unit_ids = models.JSONField(default=list)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["version"]
        constraints = [
            models.UniqueConstraint(fields=["notice", "version"], name="preparation_notice_version_once"),
            models.CheckConstraint(
                condition=models.Q(layout="document", grade__in=["", "high", "raised"])
                | models.Q(layout="telegram", grade__in=["top", "high", "raised", "plain"]),
                name="preparation_grade_of_layout",
            ),
        ]


class Attachment(models.Model):
    """A file that goes out with one version of a notice."""

    version = models.ForeignKey(NoticeVersion, models.CASCADE, related_name="attachments")
    upload = models.ForeignKey(Upload, models.PROTECT, related_name="+")
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "id"]


class Receipt(models.Model):
    """One unit's copy of a notice that was sent: read, signed for (签收), by whom and when. Signed, it is fixed."""

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="receipts")
    version = models.PositiveSmallIntegerField()
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    read_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    signed_at = models.DateTimeField(null=True)
    signed_name = models.CharField(max_length=40, blank=True)
    signed_how = models.CharField(max_length=8, choices=SignedHow, blank=True)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["unit_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["notice", "version", "unit"], name="preparation_one_receipt_a_unit"
            ),
            models.CheckConstraint(
                condition=models.Q(signed_at__isnull=True, signed_name="", signed_by__isnull=True)
                | (models.Q(signed_at__isnull=False, signed_by__isnull=False) & ~models.Q(signed_name="")),
                name="preparation_signed_by_name",
            ),
        ]


class BackQuestion(models.Model):
    """What a unit asks about a notice, and the coordinator's answer."""

    receipt = models.ForeignKey(Receipt, models.CASCADE, related_name="questions")
    text = models.TextField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]


class Approach(models.Model):
    """One time a unit was chased, or handed the paper: by the system, by telephone, by fax, by a person."""

    receipt = models.ForeignKey(Receipt, models.CASCADE, related_name="approaches")
    way = models.CharField(max_length=10, choices=Way)
    day = models.DateField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    whom = models.CharField(max_length=80, blank=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["receipt", "day"], condition=models.Q(way="system"), name="preparation_chased_once_a_day"
            ),
            models.CheckConstraint(
                condition=models.Q(way="system", by__isnull=True)
                | (models.Q(by__isnull=False) & ~models.Q(way="system")),
                name="preparation_people_approach_by_name",
            ),
        ]  # fmt: skip


class Meeting(models.Model):
    """The prep meeting (预备会) of an hour."""

    hour = models.OneToOneField(OfficeHour, models.CASCADE, related_name="prep_meeting")
    state = models.CharField(max_length=10, choices=MeetingState, default=MeetingState.PLANNED)
    place = models.CharField(max_length=120)
    starts_at = models.DateTimeField()
    agenda = models.TextField(blank=True)
    invited_at = models.DateTimeField(null=True)
    held_at = models.DateTimeField(null=True)
    minutes_version = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=MeetingState.values), name="preparation_known_meeting_state"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="held") | models.Q(held_at__isnull=False),
                name="preparation_held_when",
            ),
        ]


class Invitation(models.Model):
    """A unit asked to the meeting: whom it should send, what it replied, who came."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="invitations")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    wanted = models.CharField(max_length=10, choices=Wanted, default=Wanted.HEAD)
    reply = models.CharField(max_length=12, choices=Reply, blank=True, default="")
    reply_name = models.CharField(max_length=60, blank=True)
    reply_note = models.CharField(max_length=300, blank=True)
    replied_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    replied_at = models.DateTimeField(null=True)
    came = models.BooleanField(null=True)
    came_name = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["unit_id"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "unit"], name="preparation_one_invitation_a_unit")
        ]


class Minutes(models.Model):
    """The minutes of the meeting as somebody saved them; never changed."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="minutes")
    version = models.PositiveSmallIntegerField()
    text = models.TextField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["version"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "version"], name="preparation_minutes_version_once")
        ]


class Task(models.Model):
    """What a unit has to do before the hour, by when."""

    hour = models.ForeignKey(OfficeHour, models.CASCADE, related_name="prep_tasks")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    text = models.CharField(max_length=300)
    due_on = models.DateField()
    state = models.CharField(max_length=8, choices=TaskState, default=TaskState.OPEN)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["due_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=TaskState.values), name="preparation_known_task_state"
            ),
            models.CheckConstraint(
                condition=models.Q(state="done", done_at__isnull=False)
                | (~models.Q(state="done") & models.Q(done_at__isnull=True)),
                name="preparation_done_when",
            ),
        ]


class TaskStep(models.Model):
    """One thing that happened to a task, with the note somebody left."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="steps")
    verb = models.CharField(max_length=12)
    note = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]


class Publicity(models.Model):
    """What the public page of an hour says beside its words: until when one may ask beforehand."""

    hour = models.OneToOneField(OfficeHour, models.CASCADE, related_name="publicity")
    asking_closes_at = models.DateTimeField(null=True)
    closing_proposed_at = models.DateTimeField(null=True)


class Background(models.Model):
    """One piece of background material: a file or a link. The hour's public list is made from these."""

    hour = models.ForeignKey(OfficeHour, models.CASCADE, related_name="backgrounds")
    title = models.CharField(max_length=120)
    title_en = models.CharField(max_length=200, blank=True)
    summary = models.CharField(max_length=300, blank=True)
    url = models.CharField(max_length=300, blank=True)
    upload = models.ForeignKey(Upload, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(url="") | models.Q(upload__isnull=True),
                name="preparation_a_file_or_a_link",
            )
        ]


class Announcement(models.Model):
    """The announcement for newspaper and television (公告) as somebody saved it; never changed."""

    hour = models.ForeignKey(OfficeHour, models.CASCADE, related_name="announcements")
    version = models.PositiveSmallIntegerField()
    text = models.TextField()
    issuer = models.CharField(max_length=80)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["version"]
        constraints = [
            models.UniqueConstraint(fields=["hour", "version"], name="preparation_announcement_version_once")
        ]


class Handover(models.Model):
    """Who took the announcement, when, for which medium; never changed."""

    announcement = models.ForeignKey(Announcement, models.CASCADE, related_name="handovers")
    medium = models.CharField(max_length=12, choices=Medium)
    outlet = models.CharField(max_length=80)
    taken_by = models.CharField(max_length=60)
    at = models.DateTimeField()
    note = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["at", "id"]
