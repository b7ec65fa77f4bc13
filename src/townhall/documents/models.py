"""Files that were handed in, and the office's own templates."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from townhall.documents.choices import Format


class Upload(models.Model):
    """One file as it was handed in. Equal contents lie on the disk once; each hand-in has a row of its own.

    ``line`` is the office hour's id, or 0 for what belongs to none, as in the journal.
    """

    digest = models.CharField(max_length=64, db_index=True)
    name = models.CharField(max_length=120)
    format = models.CharField(max_length=8, choices=Format)
    size = models.PositiveIntegerField()
    purpose = models.CharField(max_length=16)
    line = models.PositiveBigIntegerField(default=0)
    public = models.BooleanField(default=False)
    kept_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    kept_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class OwnTemplate(models.Model):
    """A template that the office edited and uploaded; the newest one that is not retired is used."""

    name = models.CharField(max_length=24)
    upload = models.ForeignKey(Upload, models.PROTECT, related_name="+")
    adopted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    adopted_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(retired_at=None), name="documents_one_own_template"
            )
        ]
