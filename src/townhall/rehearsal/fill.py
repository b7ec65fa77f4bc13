"""The demo: an empty installation filled with an invented district, at any stage of its office hour.

Everything is done by the cast through the rooms' own actions on a steered clock; the same seed does the same.
"""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import override

from townhall.countdown import actions as countdown
from townhall.hours import planning
from townhall.hours.choices import Stage
from townhall.hours.models import OfficeHour
from townhall.kernel import clock
from townhall.kernel.errors import CONFLICT, Refused
from townhall.people.actions import installation_kind
from townhall.people.models import Account, Unit
from townhall.rehearsal import before, cast, company, evening, past, promises
from townhall.rehearsal.citizens import People
from townhall.rehearsal.company import Company
from townhall.rehearsal.evening import STAGES
from townhall.rehearsal.script import Scene
from townhall.voice import actions as voice

INTO_THE_HOUR = timedelta(minutes=24)
# The year's dates are confirmed long before; the first steps come due after that.
ENTERED_BEFORE = timedelta(days=50)
# Units and accounts are there before the first of the past hours.
BEFORE_EVERYTHING = timedelta(days=460)
# How far the present is from the start of the hour, for each stage but live.
_PRESENT = {
    "planned": timedelta(days=-16),
    "announced": timedelta(days=-7),
    "preparing": timedelta(days=-2),
    "wrapping": timedelta(days=1),
    "archived": timedelta(days=12),
}


def fill(stage: str, *, seed: int = 1, identity: str = "open") -> dict[str, Any]:
    """Fill an empty installation, or find the demo that is there already.

    :param stage: where the office hour stands
    :param identity: ``open`` lets anyone ask, ``verified`` demands a verified mobile
    :returns: the object of ``townhall demo --json``
    :raises Refused: on a district's own data
    :raises ValueError: for an unknown stage
    """
    if stage not in STAGES:
        message = f"unknown stage {stage!r}, one of {', '.join(STAGES)}"
        raise ValueError(message)
    _start_over_if_interrupted()
    if installation_kind() != "demo" and _holds_anything():
        raise Refused(
            CONFLICT, "real_data", _("这里有正式数据，不能填入演示数据。请另设 TOWNHALL_DATA_DIR。")
        )
    with override("zh-hans"):
        hour = _found(stage) or _built(stage, seed, identity)
    return as_json(hour)


def _holds_anything() -> bool:
    return OfficeHour.objects.exists() or Unit.objects.exists() or Account.objects.exists()


def _mark() -> Path:
    """Stands in the data directory while an empty installation is being filled."""
    return Path(settings.DATA_DIR) / "demo-filling"


def _start_over_if_interrupted() -> None:
    """Half a demo is worth nothing: what an interrupted filling left behind is emptied again.

    The mark is only ever set on an empty installation, so nothing but the demo's own data can be lost.
    """
    if _mark().exists():
        call_command("flush", interactive=False, verbosity=0)
        _mark().unlink()


def as_json(hour: OfficeHour) -> dict[str, Any]:
    """What ``townhall demo --json`` prints, and the stage the demo stands at."""
    return {
        "hour": hour.slug,
        "stage": hour.stage,
        "url": f"{settings.BASE_URL}/hours/{hour.slug}/",
        "staff": company.seats_json(),
        "password": company.DEMO_PASSWORD,
    }


# -- what is there already --------------------------------------------------------------------------------


def demo_hour() -> OfficeHour | None:
    """The demo's hour on stage, if this installation has one."""
    numbered = OfficeHour.objects.filter(issue_no__gte=cast.hours()["stage"].issue_no, rehearsal=False)
    return numbered.exclude(topic=cast.hours()["next"].topic).order_by("-issue_no").first()


def _found(stage: str) -> OfficeHour | None:
    hour = demo_hour()
    if hour is None or stage != "live":
        return hour
    if hour.stage in {Stage.ARCHIVED, Stage.CANCELLED}:
        return None
    now = clock.now()
    if hour.stage == Stage.WRAPPING or (hour.stage == Stage.LIVE and hour.ends_at <= now):
        planning.move_demo_hour(hour, _floor(now - INTO_THE_HOUR))
        hour.refresh_from_db()
    return hour


# -- building it ------------------------------------------------------------------------------------------


def _built(stage: str, seed: int, identity: str) -> OfficeHour:
    now = clock.now()
    chance = random.Random(f"{stage}/{seed}")
    first = not OfficeHour.objects.exists()
    if first:
        _mark().touch()
    starts_at = _starts_at(stage, now)
    with clock.steer(starts_at - BEFORE_EVERYTHING):
        cast_here = company.enter()
    people = People(alone=True)
    links: dict[str, str] = {}
    past_scenes = []
    if first:
        for key in cast.past():
            past_scenes.append(_past_hour(cast_here, key, starts_at, chance, people))
            over = past_scenes[-1].hour
            links |= {key: over.slug, f"{key}date": str(clock.local(over.starts_at).date())}
    times = evening.Times(starts_at, now)
    scene = _scene(cast_here, "stage", times, chance, people, identity=identity)
    scene.links = links
    scene.finished = stage == "archived"
    before.put(scene, times)
    evening.write(scene, times, stage)
    # Only now: what an evening asks about must not be a promise that was closed long after it.
    for one in (*past_scenes, scene):
        promises.follow(one, now)
    voice.keep()
    countdown.settle_all()
    if first:
        past.bring()
        _next_hour(cast_here, starts_at, identity)
        _mark().unlink()
    scene.hour.refresh_from_db()
    return scene.hour


def _scene(
    cast_here: Company, key: str, times: evening.Times, chance: random.Random, people: People, **fields: Any
) -> Scene:
    slug = _free_slug(clock.local(times.starts_at).date())
    if OfficeHour.objects.filter(issue_no=cast.hours()[key].issue_no).exists():
        fields["issue_no"] = _next_number()
    with clock.steer(min(times.starts_at - ENTERED_BEFORE, times.now)):
        hour = company.plan_hour(cast_here, key, slug, times.starts_at, allow_private=True, **fields)
    return Scene(cast_here, hour, chance, people)


def _past_hour(
    cast_here: Company, key: str, starts_at: datetime, chance: random.Random, people: People
) -> Scene:
    """An hour of the past, from announcement to archive."""
    times = evening.Times(_by_rule(key, starts_at), clock.now())
    scene = _scene(cast_here, key, times, chance, people, identity="open")
    scene.finished = True
    evening.write(scene, times, "archived")
    return scene


def _next_hour(cast_here: Company, starts_at: datetime, identity: str) -> OfficeHour:
    begins = _by_rule("next", starts_at)
    slug = _free_slug(clock.local(begins).date())
    return company.plan_hour(cast_here, "next", slug, begins, identity=identity, issue_no=_next_number())


def _next_number() -> int:
    return (OfficeHour.objects.aggregate(last=Max("issue_no"))["last"] or 0) + 1


def _by_rule(key: str, starts_at: datetime) -> datetime:
    """19:00 on the rule's day, that many months before or after the hour on stage."""
    year, month = _month(clock.local(starts_at).date(), cast.hours()[key].months)
    day, _provisional = planning.proposed_date(year, month)
    return _evening(day)


def _month(day: date, distance: int) -> tuple[int, int]:
    index = day.year * 12 + day.month - 1 + distance
    return index // 12, index % 12 + 1


def _evening(day: date) -> datetime:
    return datetime.combine(day, time(planning.USUAL_START_HOUR), clock.DISTRICT_ZONE)


def _starts_at(stage: str, now: datetime) -> datetime:
    if stage == "live":
        return _floor(now - INTO_THE_HOUR)
    return _evening(clock.local(now - _PRESENT[stage]).date())


def _floor(moment: datetime) -> datetime:
    """The full five minutes before, as hours begin."""
    return moment.replace(minute=moment.minute - moment.minute % 5, second=0, microsecond=0)


def _free_slug(day: date) -> str:
    slug = base = f"{day:%Y-%m}"
    number = 1
    while OfficeHour.objects.filter(slug=slug).exists():
        number += 1
        slug = f"{base}-{number}"
    return slug
