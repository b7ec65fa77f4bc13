"""Posts of an hour and who is down for them; what the hall needs; the template both come from."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from townhall.hours.choices import Role
from townhall.hours.models import Group, OfficeHour

_ROLE_OR_NONE = models.Q(role="") | models.Q(role__in=Role.values)


class TemplatePost(models.Model):
    """A post of the district's template; without rows the shipped list counts."""

    name = models.CharField(max_length=40)
    name_en = models.CharField(max_length=80, blank=True)
    role = models.CharField(max_length=12, choices=Role, blank=True)
    each_group = models.BooleanField(default=False)
    people = models.PositiveSmallIntegerField(default=1)
    required = models.BooleanField(default=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "id"]
        constraints = [
            models.UniqueConstraint(fields=["name"], name="staffing_template_name_once"),
            models.CheckConstraint(condition=_ROLE_OR_NONE, name="staffing_template_known_role"),
        ]

    def __str__(self) -> str:
        return self.name


class Post(models.Model):
    """A post of one hour (岗位); with a role, whoever is down for it holds that seat."""

    hour = models.ForeignKey(OfficeHour, models.CASCADE, related_name="posts")
    name = models.CharField(max_length=40)
    name_en = models.CharField(max_length=80, blank=True)
    role = models.CharField(max_length=12, choices=Role, blank=True)
    group = models.ForeignKey(Group, models.CASCADE, null=True, related_name="posts")
    people = models.PositiveSmallIntegerField(default=1)
    required = models.BooleanField(default=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "id"]
        constraints = [
            models.UniqueConstraint(fields=["hour", "name", "group"], name="staffing_post_once_in_group"),
            models.UniqueConstraint(
                fields=["hour", "name"], condition=models.Q(group=None), name="staffing_post_once"
            ),
            models.CheckConstraint(condition=_ROLE_OR_NONE, name="staffing_post_known_role"),
            models.CheckConstraint(condition=models.Q(people__gte=1), name="staffing_post_needs_somebody"),
        ]

    def __str__(self) -> str:
        return self.name


class Assignment(models.Model):
    """One person on one post, with a place in the hall and the moment of their arrival."""

    hour = models.ForeignKey(OfficeHour, models.CASCADE, related_name="assignments")
    post = models.ForeignKey(Post, models.CASCADE, related_name="assignments")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="assignments")
    stands_in_for = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    seat_row = models.PositiveSmallIntegerField(null=True)
    seat_number = models.PositiveSmallIntegerField(null=True)
    given_at = models.DateTimeField()
    checked_in_at = models.DateTimeField(null=True)
    checked_in_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["post", "account"], name="staffing_person_once_on_post"),
            models.UniqueConstraint(
                fields=["hour", "seat_row", "seat_number"], name="staffing_place_taken_once"
            ),
            models.CheckConstraint(
                condition=models.Q(seat_row=None, seat_number=None)
                | models.Q(seat_row__isnull=False, seat_number__isnull=False),
                name="staffing_place_is_row_and_number",
            ),
        ]


class Item(models.Model):
    """Something the hall needs: how many, who brings it, done or not."""

    hour = models.ForeignKey(OfficeHour, models.CASCADE, related_name="items")
    name = models.CharField(max_length=40)
    quantity = models.PositiveSmallIntegerField(default=1)
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "id"]
        constraints = [models.UniqueConstraint(fields=["hour", "name"], name="staffing_item_once")]

    def __str__(self) -> str:
        return self.name


class Alarm(models.Model):
    """The coordinator was told so many minutes before this start that somebody was missing; once for each."""

    hour = models.ForeignKey(OfficeHour, models.CASCADE, related_name="staffing_alarms")
    starts_at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hour", "starts_at", "minutes"], name="staffing_alarm_once")
        ]
