"""The leaves in their order, the texts that open them, and what has been signed over them."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from townhall.record.choices import KeyChangeKind


class Leaf(models.Model):
    """One leaf. Never changed, never deleted.

    :ivar index: its place in the tree, from 0, without gaps
    :ivar line: the journal's line it comes from, with ``seq``; empty when only the record still knows that entry
    :ivar question: the question it concerns, if any
    :ivar data: its bytes: canonical JSON
    """

    index = models.BigIntegerField(primary_key=True)
    line = models.BigIntegerField(null=True)
    seq = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=48)
    subject = models.CharField(max_length=24, blank=True)
    subject_id = models.BigIntegerField(null=True)
    question = models.BigIntegerField(null=True)
    data = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["line", "seq"], name="record_entry_once")]
        indexes = [
            models.Index(fields=["question", "index"], name="record_of_question"),
            models.Index(fields=["subject", "subject_id", "index"], name="record_of_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.index} {self.kind}"


class Opening(models.Model):
    """What opens a leaf's hashes. Deleted when the text must go by law; the leaf stays.

    :ivar words: by name, ``{"salt": hex, "text": text}``
    """

    leaf = models.OneToOneField(Leaf, models.CASCADE, primary_key=True, related_name="opening")
    question = models.BigIntegerField(null=True, db_index=True)
    words = models.JSONField()

    def __str__(self) -> str:
        return str(self.pk)


class Place(models.Model):
    """Up to which entry a line of the journal stands in the record."""

    line = models.BigIntegerField(primary_key=True)
    seq = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.line}/{self.seq}"


class Sealed(models.Model):
    """What was decided to be signed: one root for each size, written down before it is. Never changed."""

    size = models.BigIntegerField(primary_key=True)
    root = models.CharField(max_length=64)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.size)


class Key(models.Model):
    """A public key of the record, also when it no longer signs: what it signed can still be verified."""

    vkey = models.CharField(max_length=400, unique=True)
    made_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.vkey


class KeyChange(models.Model):
    """A change of the key that signs: proposed by one administrator, confirmed by another, done on the machine.

    :ivar fingerprint: of the key that was the newest when it was proposed; about another one nothing was decided
    :ivar ended_at: when it was done or called off
    """

    what = models.CharField(max_length=8, choices=KeyChangeKind)
    fingerprint = models.CharField(max_length=64, blank=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    is_done = models.BooleanField(default=False)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(confirmed_by__isnull=True)
                | ~models.Q(confirmed_by=models.F("proposed_by")),
                name="record_key_second_person",
            ),
            models.CheckConstraint(
                condition=models.Q(is_done=False)
                | models.Q(confirmed_by__isnull=False, confirmed_at__isnull=False, ended_at__isnull=False),
                name="record_key_done_by_two",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.fingerprint}"
