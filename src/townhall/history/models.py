"""What was asked and answered before this system, as it was handed over. Nobody here has signed it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from townhall.questions.choices import Outcome, Subject, WithholdCode

# SHA-256 as hexadecimal digits.
DIGEST = 64


class Batch(models.Model):
    """Rows of one file that were taken in together: what one entry of the journal and one leaf stand for.

    :ivar file_digest: SHA-256 of the whole file, so that anybody who has it can say that it is the one
    :ivar digest: SHA-256 over the digests of the rows, in their order
    """

    file_digest = models.CharField(max_length=DIGEST)
    file_name = models.CharField(max_length=255)
    source = models.CharField(max_length=120)
    first_row = models.PositiveIntegerField()
    last_row = models.PositiveIntegerField()
    rows = models.PositiveIntegerField()
    digest = models.CharField(max_length=DIGEST)
    imported_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_row__gte=models.F("first_row")), name="history_batch_range"
            )
        ]


class PastHour(models.Model):
    """An earlier office hour, or a year of a mailbox that knew no hours.

    :ivar issue: what the source calls it (第 3 期); empty for a year without hours
    """

    source = models.CharField(max_length=120)
    issue = models.CharField(max_length=40, blank=True)
    year = models.PositiveSmallIntegerField(db_index=True)

    class Meta:
        ordering = ["-year", "-id"]
        constraints = [models.UniqueConstraint(fields=["source", "year", "issue"], name="history_hour_once")]


class PastQuestion(models.Model):
    """A question with its answer as the source has them.

    There is no author, no signer and no version: none is known, and none may look as if it were.

    :ivar row: its line in the file, the heading counted
    :ivar digest: SHA-256 of source and content; what was taken in once is known again by it
    :ivar withheld: why it is covered; final once ``confirmed_by``, a second person, has agreed
    """

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="questions")
    hour = models.ForeignKey(PastHour, models.PROTECT, related_name="questions")
    row = models.PositiveIntegerField()
    number = models.CharField(max_length=40, blank=True)
    display_name = models.CharField(max_length=120, blank=True)
    subject = models.CharField(max_length=16, choices=Subject, blank=True)
    area = models.CharField(max_length=120, blank=True)
    unit = models.CharField(max_length=120, blank=True)
    title = models.CharField(max_length=200)
    text = models.TextField()
    answer = models.TextField()
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    asked_on = models.DateField(null=True)
    answered_on = models.DateField()
    digest = models.CharField(max_length=DIGEST, unique=True)
    withheld = models.CharField(max_length=16, choices=WithholdCode, blank=True)
    withheld_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    withheld_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["hour", "-answered_on", "-id"], name="history_hour_list")]
        constraints = [
            models.CheckConstraint(
                condition=Q(withheld="", withheld_by__isnull=True, withheld_at__isnull=True)
                | (~Q(withheld="") & Q(withheld_by__isnull=False, withheld_at__isnull=False)),
                name="history_withheld_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | (
                    Q(confirmed_at__isnull=False) & ~Q(withheld="") & ~Q(confirmed_by=models.F("withheld_by"))
                ),
                name="history_withheld_second_person",
            ),
        ]
