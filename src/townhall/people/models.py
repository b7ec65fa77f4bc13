"""Units, accounts, tokens, and the sealed box with citizens' contact data."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin, UserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from townhall.people.standing import Standing


class Unit(models.Model):
    """A unit of the district's tree: departments, towns, zones, external units."""

    class Kind(models.TextChoices):
        DISTRICT = "district", _("区")
        OFFICE = "office", _("办公室")
        DEPARTMENT = "department", _("委、办、局")
        TOWN = "town", _("镇")
        SUBDISTRICT = "subdistrict", _("街道")
        ZONE = "zone", _("工业区")
        EXTERNAL = "external", _("区外或垂直管理单位")

    name = models.CharField(max_length=80, unique=True)
    name_en = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=16, choices=Kind)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    leading_unit = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="led_units", help_text=_("区内牵头单位")
    )
    phone = models.CharField(max_length=40, blank=True)
    # A unit that was closed or merged keeps its record and is chosen for nothing new.
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(kind="external") | models.Q(leading_unit__isnull=False),
                name="people_external_unit_is_led",
            )
        ]

    def __str__(self) -> str:
        return self.name


class FormerName(models.Model):
    """What a unit was called until a moment: what was said under that name is still found."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="former_names")
    name = models.CharField(max_length=80, db_index=True)
    name_en = models.CharField(max_length=120, blank=True)
    until = models.DateTimeField()

    class Meta:
        ordering = ["-until", "-id"]


class Account(AbstractBaseUser, PermissionsMixin):
    """A member of staff who signs in. What they may do comes from seats and offices, never from here."""

    username = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=40)
    name_en = models.CharField(max_length=80, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="accounts")
    position = models.CharField(max_length=60, blank=True)
    email = models.EmailField(blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    password_given_at = models.DateTimeField(
        null=True,
        help_text="when somebody else last set the password; it is a first one until its owner changes it",
    )

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = UserManager()
    # Of the sign-in at hand; the desks say it at every request, for anybody else nothing was asked.
    standing = Standing()

    class Meta:
        ordering = ["username"]

    def __str__(self) -> str:
        return f"{self.name}（{self.username}）"


class Office(models.Model):
    """A standing role, valid between hours and after an hour is archived."""

    class Role(models.TextChoices):
        MAYOR = "mayor", _("区长")
        DEPUTY = "deputy", _("副区长")
        COORDINATOR = "coordinator", _("区府办")
        INSPECTOR = "inspector", _("督查室")
        SYSTEM = "system", _("系统管理员")
        SECURITY = "security", _("安全管理员")
        AUDIT = "audit", _("审计管理员")

    account = models.ForeignKey(Account, models.CASCADE, related_name="offices")
    role = models.CharField(max_length=16, choices=Role)
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "role"], name="people_office_once"),
            # Who runs the system, who lets people in and who looks over both are three persons (三员分立).
            models.UniqueConstraint(
                fields=["account"],
                condition=models.Q(role__in=["system", "security", "audit"]),
                name="people_administrators_are_separate",
            ),
        ]


class ApiToken(models.Model):
    """A revocable key for programs: that person's seats only, and signing only where the data are a demo."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="tokens")
    digest = models.CharField(max_length=64, unique=True)
    may_sign = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)


class Contact(models.Model):
    """A citizen's mobile, sealed: found again by a keyed hash, read only in a journalled act.

    Where an identity provider gave no mobile, the hash is of what it calls the person, and nothing is sealed.
    """

    mobile_index = models.CharField(max_length=64, unique=True)
    mobile_sealed = models.TextField(blank=True)
    verified_at = models.DateTimeField(null=True)


class Verification(models.Model):
    """One one-time code on its way to a mobile."""

    mobile_index = models.CharField(max_length=64, db_index=True)
    mobile_sealed = models.TextField()
    code_digest = models.CharField(max_length=64)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)


class SignOn(models.Model):
    """One visit to an identity provider, and the form that it was begun from: sealed, for a quarter of an hour."""

    provider = models.CharField(max_length=32)
    browser_index = models.CharField(max_length=64, db_index=True)
    state_index = models.CharField(max_length=64, unique=True)
    journey_sealed = models.TextField()
    form_sealed = models.TextField()
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)


class Installation(models.Model):
    """What kind of data this installation holds: none yet, a demo, or a district's own."""

    class Kind(models.TextChoices):
        EMPTY = "empty", _("空")
        DEMO = "demo", _("演示")
        REAL = "real", _("正式")

    kind = models.CharField(max_length=8, choices=Kind, default=Kind.EMPTY)
