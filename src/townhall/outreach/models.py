"""Messages on their way out, mass messages, who asked for them, what is filed with providers."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from townhall.hours.models import OfficeHour
from townhall.outreach.choices import BroadcastState, Channel, Provider, Purpose
from townhall.outreach.choices import State as MessageState


class Broadcast(models.Model):
    """A mass message of one hour: time and topic, with the way to the live page."""

    hour = models.ForeignKey(OfficeHour, models.CASCADE, related_name="broadcasts")
    state = models.CharField(max_length=10, choices=BroadcastState, default=BroadcastState.DRAFT)
    provider = models.CharField(max_length=8, choices=Provider)
    text = models.CharField(max_length=500)
    to_subscribers = models.BooleanField(default=True)
    not_before = models.DateTimeField(null=True)
    rate = models.PositiveIntegerField(default=100)
    # What the dry run said; a person confirms exactly this.
    previewed_at = models.DateTimeField(null=True)
    preview = models.JSONField(default=dict)
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    drafted_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    # Until then the next batch waits: the provider's pace, kept across a restart.
    paced_until = models.DateTimeField(null=True)
    receipts_checked_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=BroadcastState.values), name="outreach_known_broadcast_state"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["draft", "previewed", "cancelled"])
                | models.Q(confirmed_by__isnull=False),
                name="outreach_a_person_confirms",
            ),
        ]


class BroadcastNote(models.Model):
    """What a person gave as the reason when they decided about a broadcast: the journal keeps that they did."""

    broadcast = models.ForeignKey(Broadcast, models.CASCADE, related_name="notes")
    verb = models.CharField(max_length=20)
    text = models.CharField(max_length=200)
    count = models.PositiveIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]


class RecipientList(models.Model):
    """One list as it was read: what was taken, what came back and why."""

    broadcast = models.ForeignKey(Broadcast, models.CASCADE, related_name="lists")
    name = models.CharField(max_length=120)
    rows = models.PositiveIntegerField()
    accepted = models.PositiveIntegerField()
    duplicates = models.PositiveIntegerField()
    wrong = models.PositiveIntegerField()
    wrong_sealed = models.TextField(blank=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]


class Batch(models.Model):
    """One call of a provider. Written before the call; without an answer its messages are unknown."""

    broadcast = models.ForeignKey(Broadcast, models.CASCADE, null=True, related_name="batches")
    provider = models.CharField(max_length=8)
    size = models.PositiveIntegerField()
    handed_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(answered_at=None), name="outreach_batch_open")
        ]


class Message(models.Model):
    """One outgoing message; its text names nobody and its recipient is sealed."""

    State = MessageState

    channel = models.CharField(max_length=8, choices=Channel, default=Channel.SMS)
    recipient_sealed = models.TextField(blank=True)
    # The same person is found again by this keyed hash, never by the number.
    recipient_index = models.CharField(max_length=64, blank=True)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="outreach_messages"
    )
    broadcast = models.ForeignKey(Broadcast, models.CASCADE, null=True, related_name="messages")
    batch = models.ForeignKey(Batch, models.SET_NULL, null=True, related_name="messages")
    # Whether its text differs from that of the others in its broadcast (a stop link of its own).
    personal = models.BooleanField(default=False)
    template = models.CharField(max_length=48)
    parameters_sealed = models.TextField(blank=True)
    idempotency_key = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=10, choices=MessageState, default=MessageState.QUEUED)
    provider = models.CharField(max_length=8, blank=True)
    provider_id = models.CharField(max_length=80, blank=True)
    error = models.CharField(max_length=80, blank=True)
    receipt_code = models.CharField(max_length=40, blank=True)
    receipt_at = models.DateTimeField(null=True)
    queued_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField(null=True)
    # When its provider was last asked for its fate, and when it answered that it knows of no such message.
    asked_at = models.DateTimeField(null=True)
    denied_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=MessageState.values), name="outreach_known_message_state"
            ),
            models.UniqueConstraint(
                fields=["broadcast", "channel", "recipient_index"],
                condition=models.Q(broadcast__isnull=False),
                name="outreach_once_in_a_broadcast",
            ),
        ]
        indexes = [
            models.Index(fields=["broadcast", "state", "id"], name="outreach_message_turn"),
            models.Index(fields=["recipient_index", "provider"], name="outreach_message_to"),
            models.Index(fields=["channel", "queued_at", "state"], name="outreach_message_counted"),
            models.Index(
                fields=["provider_id"],
                condition=~models.Q(provider_id=""),
                name="outreach_message_theirs",
            ),
            models.Index(
                fields=["id"],
                condition=models.Q(state="queued", broadcast=None),
                name="outreach_message_single",
            ),
            models.Index(
                fields=["account", "id"],
                condition=models.Q(account__isnull=False),
                name="outreach_message_of_staff",
            ),
            models.Index(
                fields=["account"],
                condition=models.Q(channel="inbox", read_at=None),
                name="outreach_message_unread",
            ),
        ]


class Subscription(models.Model):
    """Somebody who asked to be reminded of an hour, and may stop with one tap."""

    hour = models.ForeignKey(OfficeHour, models.CASCADE, related_name="subscriptions")
    channel = models.CharField(max_length=8, choices=Channel)
    address_sealed = models.TextField()
    address_index = models.CharField(max_length=64)
    lang = models.CharField(max_length=2, default="zh")
    stop_sealed = models.TextField()
    stop_index = models.CharField(max_length=64, unique=True)
    asked_at = models.DateTimeField()
    consented_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    # The start of which a reminder has been queued, in a broadcast or by itself; an hour that moves has another.
    reminder_for = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["hour", "channel", "address_index"], name="outreach_subscribed_once"
            ),
            models.CheckConstraint(
                condition=models.Q(channel__in=["sms", "mail"]), name="outreach_subscribed_by_sms_or_mail"
            ),
        ]


class Filing(models.Model):
    """What is filed with a provider: the signature, and the text of a template with the provider's code for it."""

    provider = models.CharField(max_length=8, choices=Provider)
    purpose = models.CharField(max_length=10, choices=Purpose)
    text = models.CharField(max_length=500)
    code = models.CharField(max_length=80, blank=True)
    filed_on = models.DateField(null=True)
    approved_on = models.DateField(null=True)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["provider", "purpose"]
        constraints = [models.UniqueConstraint(fields=["provider", "purpose"], name="outreach_filed_once")]


class Cursor(models.Model):
    """How far the journal has been read for messages to staff."""

    line = models.BigIntegerField(primary_key=True)
    seq = models.BigIntegerField(default=0)
