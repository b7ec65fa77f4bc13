"""What happened, in order, for ever."""

from __future__ import annotations

from django.db import models

DISTRICT_LINE = 0


class Line(models.Model):
    """One gapless sequence of entries: an office hour's, or the district's (0)."""

    id = models.BigIntegerField(primary_key=True)
    last_seq = models.BigIntegerField(default=0)


class Entry(models.Model):
    """One thing that happened. Never changed, never deleted while its line is kept."""

    line = models.BigIntegerField()
    seq = models.BigIntegerField()
    at = models.DateTimeField()
    kind = models.CharField(max_length=48)
    actor = models.BigIntegerField(null=True)
    subject = models.CharField(max_length=24, blank=True)
    subject_id = models.BigIntegerField(null=True)
    public = models.BooleanField(default=False)
    facts = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["line", "seq"], name="journal_entry_order")]
        indexes = [
            models.Index(
                fields=["line", "seq"], condition=models.Q(public=True), name="journal_entry_public"
            ),
            models.Index(fields=["subject", "subject_id", "seq"], name="journal_entry_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.line}/{self.seq} {self.kind}"
