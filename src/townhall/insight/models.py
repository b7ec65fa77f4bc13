"""What is kept to be found and read quickly: words of what was answered, words that mean the same, hours' tallies."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from townhall.history.models import PastQuestion
from townhall.hours.models import OfficeHour
from townhall.questions.models import Question


class Document(models.Model):
    """One answered question's words, of what anybody may read of it and nothing else.

    :ivar id: the order in which equals are shown, the latest answer highest; see ``indexing.place``
    :ivar version: the signed version they were taken from; 0 for what was imported
    :ivar unit: what lists are narrowed to; the words hold it too
    :ivar words: each word spelt in the letters a to p (see :func:`words.spell`), so that both databases cut alike
    """

    id = models.BigIntegerField(primary_key=True)
    question = models.OneToOneField(Question, models.CASCADE, null=True, related_name="indexed")
    past = models.OneToOneField(PastQuestion, models.CASCADE, null=True, related_name="indexed")
    version = models.PositiveIntegerField(default=0)
    unit = models.CharField(max_length=120, blank=True, db_index=True)
    area = models.CharField(max_length=320, blank=True, db_index=True)
    words = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(question__isnull=False, past__isnull=True)
                | Q(question__isnull=True, past__isnull=False),
                name="insight_document_of_one",
            )
        ]


class Synonyms(models.Model):
    """Words that mean the same in a search: 学区划分 for 划片."""

    words = models.JSONField(default=list)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return str(self.pk)


class HourTally(models.Model):
    """What one hour came to, counted from its journal; kept so that ten years are read as quickly as one evening.

    :ivar seq: the entry of the hour's line up to which it is true
    :ivar data: ``{"all" | "kind" | "subject" | "unit": {code or id: tally}}``, see :mod:`townhall.insight.replay`
    :ivar brief: what lists say of the hour, in a hundredth of the room; see :func:`townhall.insight.tally.brief`
    :ivar unit_briefs: the same of each unit, by its id
    """

    hour = models.OneToOneField(OfficeHour, models.CASCADE, primary_key=True, related_name="tally")
    seq = models.BigIntegerField()
    counted_at = models.DateTimeField()
    data = models.JSONField()
    brief = models.JSONField(default=dict)
    unit_briefs = models.JSONField(default=dict)

    def __str__(self) -> str:
        return str(self.pk)


class PastTally(models.Model):
    """All archived hours together, so that the years are not added up for every reader. There is one row.

    :ivar hours: up to which entry of its line each hour is in it, by the hour's id
    :ivar data: as that of :class:`HourTally`
    """

    hours = models.JSONField(default=dict)
    data = models.JSONField(default=dict)

    def __str__(self) -> str:
        return str(self.pk)
