"""Follows with their sealed addresses, what each is still to be told, and how far the journal was read."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from townhall.following.choices import Kind, What

# Those that are told what happens: neither stopped nor forgotten.
ALIVE = Q(stopped_at=None, erased_at=None)


class Follow(models.Model):
    """One address that asked to hear of one thing.

    :ivar target: a promise's or unit's id, a subject's code, or the id of the question that its asker's receipt opens
    :ivar nonce: makes its links unguessable
    :ivar agreed_at: when its owner confirmed; nothing but the confirmation leaves before
    :ivar stopped_at: when its owner stopped it; the address goes with that
    :ivar held: that a legal hold keeps the address of a stopped one until it is lifted
    :ivar ended_at: when the promise was over; the last message is queued with it
    :ivar erased_at: since when the address is gone
    """

    kind = models.CharField(max_length=8, choices=Kind)
    target = models.CharField(max_length=24)
    channel = models.CharField(max_length=8)
    address_sealed = models.TextField(blank=True)
    # The same address is found again by this keyed hash, never by itself.
    address_index = models.CharField(max_length=64, blank=True)
    lang = models.CharField(max_length=2, default="zh")
    nonce = models.CharField(max_length=32)
    asked_at = models.DateTimeField()
    agreed_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    held = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["kind", "target"], name="following_of"),
            models.Index(fields=["address_index"], name="following_by"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "target", "channel", "address_index"],
                condition=Q(stopped_at=None, erased_at=None),
                name="following_once",
            ),
            models.CheckConstraint(condition=Q(channel__in=["sms", "mail"]), name="following_by_sms_or_mail"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="following_known_kind"),
            models.CheckConstraint(
                condition=Q(erased_at=None) | Q(address_sealed="", address_index=""),
                name="following_erased_is_gone",
            ),
            models.CheckConstraint(
                condition=Q(stopped_at=None) | Q(erased_at__isnull=False) | Q(held=True),
                name="following_stopped_is_gone",
            ),
            models.CheckConstraint(
                condition=Q(held=False) | Q(stopped_at__isnull=False, erased_at=None),
                name="following_held_is_stopped",
            ),
        ]


class Note(models.Model):
    """One thing that one follow is to be told, by reference; told once.

    :ivar thing: a step's, question's or promise's id; ``version`` that of an answer
    :ivar gathered_at: when it went into a message
    """

    follow = models.ForeignKey(Follow, models.CASCADE, related_name="notes")
    what = models.CharField(max_length=8, choices=What)
    thing = models.BigIntegerField()
    version = models.PositiveIntegerField(default=0)
    at = models.DateTimeField()
    gathered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["follow", "what", "thing", "version"], name="following_told_once")
        ]
        indexes = [
            models.Index(fields=["at"], condition=Q(gathered_at=None), name="following_waiting"),
        ]


class Cursor(models.Model):
    """How far a line of the journal was read."""

    line = models.BigIntegerField(primary_key=True)
    seq = models.BigIntegerField(default=0)
