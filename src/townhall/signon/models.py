"""How staff prove who they are: their devices, their sign-ins, their second factors."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from townhall.signon.choices import Ended, Lapse, Means


class Device(models.Model):
    """A browser that somebody proved themselves on, known again by a secret of its own."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="devices")
    digest = models.CharField(max_length=64)
    browser = models.CharField(max_length=16)
    system = models.CharField(max_length=16)
    mobile = models.BooleanField(default=False)
    first_at = models.DateTimeField()
    registered_at = models.DateTimeField(null=True, help_text="since when staff pages open on it anywhere")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["account", "digest"], name="signon_device_once_for_each")
        ]


class SignIn(models.Model):
    """One sign-in in one browser; what was proved in it counts until it lapses."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="sign_ins")
    session_key = models.CharField(max_length=40, unique=True)
    browser = models.CharField(max_length=16)
    system = models.CharField(max_length=16)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    device = models.ForeignKey(Device, models.SET_NULL, null=True, related_name="sign_ins")
    means = models.CharField(max_length=8, choices=Means, blank=True)
    proved_at = models.DateTimeField(null=True)
    lapse = models.CharField(max_length=8, choices=Lapse, blank=True)
    ended_at = models.DateTimeField(null=True)
    ended = models.CharField(max_length=8, choices=Ended, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(proved_at__isnull=True) | ~models.Q(means=""),
                name="signon_proved_by_something",
            )
        ]


class CodeGenerator(models.Model):
    """The secret that a person's authenticator app shares with us (TOTP, RFC 6238), sealed."""

    account = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="code_generator")
    secret_sealed = models.TextField()
    last_step = models.BigIntegerField(help_text="the newest step whose code was used; none is taken twice")
    added_at = models.DateTimeField()


class Passkey(models.Model):
    """A key that a phone, a computer or a small token keeps for this site and shows on demand (WebAuthn)."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="passkeys")
    credential_id = models.CharField(
        max_length=1400, unique=True, help_text="at most 1,023 bytes, as base64url"
    )
    data = models.BinaryField(help_text="attested credential data with the public key (WebAuthn 6.5.1)")
    counter = models.BigIntegerField(default=0)
    browser = models.CharField(max_length=16)
    system = models.CharField(max_length=16)
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]


class RecoveryCode(models.Model):
    """One of ten codes on paper; each opens once, when the phone is lost."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "digest"], name="signon_recovery_code_once")
        ]


class BindingCode(models.Model):
    """What somebody whose factors were reset must also type before new ones are taken; handed over by a person."""

    account = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="binding_code")
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField()


class OwnPassword(models.Model):
    """A password that the person chose, as its hash: since when it is theirs, and which came before."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="own_passwords")
    hashed = models.CharField(max_length=128)
    at = models.DateTimeField()
