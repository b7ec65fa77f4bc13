"""A rehearsal copied from an hour: the same words, groups and seats, behind a secret link, live at once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from townhall.hours import actions as hour_actions
from townhall.hours import planning
from townhall.hours.choices import Identity
from townhall.hours.models import Group, OfficeHour, Seat
from townhall.hours.seats import system_actor
from townhall.kernel import clock

if TYPE_CHECKING:
    from townhall.people.models import Account

LASTS = timedelta(hours=2)
LONGEST_STEM = 28
_TO_LIVE = ("announce", "close_asking", "open_live")


def create(hour: OfficeHour, by: Account) -> OfficeHour:
    """The rehearsal itself, still empty: the hour's words, behind a secret link, hidden from the public."""
    now = clock.now()
    return planning.create_hour(
        slug=_free_slug(hour), title=_("%(title)s（演练）") % {"title": hour.title[:100]}, starts_at=now,
        ends_at=now + LASTS, actor=by.id, rehearsal=True, identity=Identity.OPEN, publish_at=hour.publish_at,
        topic=hour.topic, topic_en=hour.topic_en, introduction=hour.introduction,
        introduction_en=hour.introduction_en, allow_private=hour.allow_private,
    )  # fmt: skip


def fill(hour: OfficeHour, rehearsal: OfficeHour) -> None:
    """Give it the hour's groups and seats and open it; nobody's contact and no question goes along."""
    _seat(hour, rehearsal, _form_groups(hour, rehearsal))
    _introduce(hour, rehearsal)
    for verb in _TO_LIVE:
        rehearsal = hour_actions.perform(system_actor(rehearsal), verb, {})


def _free_slug(hour: OfficeHour) -> str:
    stem = f"{hour.slug[:LONGEST_STEM]}-practice"
    taken = set(OfficeHour.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    return next(
        slug for n in range(len(taken) + 1) if (slug := f"{stem}-{n + 1}" if n else stem) not in taken
    )


def _form_groups(hour: OfficeHour, rehearsal: OfficeHour) -> dict[int, Group]:
    formed = {}
    for group in hour.groups.prefetch_related("places__unit").select_related("secrecy_reviewer"):
        formed[group.id] = planning.add_group(
            rehearsal, group.name, [place.unit for place in group.places.all()], name_en=group.name_en,
            reviewer=group.secrecy_reviewer,
        )  # fmt: skip
    return formed


def _seat(hour: OfficeHour, rehearsal: OfficeHour, groups: dict[int, Group]) -> None:
    for seat in Seat.objects.filter(hour=hour).select_related("account", "stands_in_for"):
        planning.give_seat(
            rehearsal, seat.account, seat.role, group=groups.get(seat.group_id or 0),
            stands_in_for=None if seat.active else seat.stands_in_for,
        )  # fmt: skip


def _introduce(hour: OfficeHour, rehearsal: OfficeHour) -> None:
    leader_fields = ("account_id", "name", "name_en", "office", "office_en", "remit", "remit_en")
    material_fields = ("title", "title_en", "url", "summary")
    planning.introduce(
        rehearsal, list(hour.leaders.values(*leader_fields)), list(hour.materials.values(*material_fields))
    )
