"""What anybody may see of an office hour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Q
from django.utils.translation import get_language

from townhall.hours.choices import PUBLIC_STAGES, ChangeReason, Role, Stage
from townhall.hours.models import HourNotice, OfficeHour
from townhall.kernel import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

# Filled by `config`: counts live in the room of questions, above this one. {hour id: {asked, answered, ...}}
COUNTS: list[Callable[[Iterable[int]], dict[int, dict[str, int]]]] = []


def find(slug: str, key: str = "") -> OfficeHour | None:
    """The hour at this address, when the public may see it.

    :param key: a rehearsal's secret; without it a rehearsal hour does not exist
    """
    hour = OfficeHour.objects.filter(slug=slug, stage__in=PUBLIC_STAGES).first()
    if hour is None or (hour.rehearsal and key != hour.secret):
        return None
    return hour


def asking_state(hour: OfficeHour) -> str:
    """``pre``, ``live``, ``paused`` or ``closed``."""
    if hour.stage == Stage.ANNOUNCED:
        return "pre"
    if hour.stage == Stage.LIVE:
        return "paused" if hour.asking_paused else "live"
    return "closed"


def _english() -> bool:
    return (get_language() or "").startswith("en")


def worded(thing: Any, name: str) -> str:
    """A field in the reader's language, falling back to Chinese."""
    english = getattr(thing, f"{name}_en", "") if _english() else ""
    return str(english or getattr(thing, name))


def _when(moment: Any) -> str | None:
    return clock.local(moment).isoformat(timespec="seconds") if moment else None


def _person(stored: str, hour: OfficeHour) -> str:
    """The person of a notice, kept as name and role, as readers of this language write both."""
    name, _space, role = stored.rpartition(" ")
    if role not in Role.values:
        return stored
    leader = next((one for one in hour.leaders.all() if one.name == name), None)
    return f"{worded(leader, 'name') if leader else name}{', ' if _english() else ' '}{Role(role).label}"


def _notice(notice: HourNotice, hour: OfficeHour) -> dict[str, Any]:
    reason = ChangeReason(notice.reason_code).label if notice.reason_code else ""
    return {
        "verb": notice.verb,
        "reason_code": notice.reason_code,
        "reason": str(reason),
        "minutes": notice.minutes,
        "starts_at": _when(notice.starts_at),
        "person": _person(notice.person, hour),
        "at": _when(notice.at),
    }


def present(hours: list[OfficeHour]) -> list[dict[str, Any]]:
    """Several hours as pages and programs show them, in a constant number of queries."""
    counts = COUNTS[0]([hour.id for hour in hours]) if COUNTS else {}
    return [_one(hour, counts.get(hour.id, {})) for hour in hours]


def _one(hour: OfficeHour, counts: dict[str, int]) -> dict[str, Any]:
    query = f"?key={hour.secret}" if hour.rehearsal else ""
    return {
        "id": hour.id,
        "slug": hour.slug,
        "issue_no": hour.issue_no,
        "title": worded(hour, "title"),
        "topic": worded(hour, "topic"),
        "introduction": worded(hour, "introduction"),
        "opening_words": worded(hour, "opening_words"),
        "closing_words": worded(hour, "closing_words"),
        "stage": hour.stage,
        "starts_at": _when(hour.starts_at),
        "ends_at": _when(hour.ends_at),
        "date_provisional": hour.date_provisional,
        "asking": asking_state(hour),
        "signing_held": hour.signing_held,
        "identity": hour.identity,
        "publish_at": hour.publish_at,
        "allow_private": hour.allow_private,
        "rehearsal": hour.rehearsal,
        "leaders": [
            {
                "name": worded(leader, "name"),
                "office": worded(leader, "office"),
                "remit": worded(leader, "remit"),
                "photo": leader.photo,
                "on_duty": leader.account_id is not None and leader.account_id == hour.signer_on_duty_id,
            }
            for leader in hour.leaders.all()
        ],
        "materials": [
            {"title": worded(material, "title"), "url": material.url, "summary": material.summary}
            for material in hour.materials.all()
        ],
        "notices": [_notice(notice, hour) for notice in hour.notices.all()],
        "counts": counts,
        "page_url": f"{settings.BASE_URL}/hours/{hour.slug}/{query}",
        "stream_url": f"{settings.BASE_URL}/live/{hour.slug}/stream{query}",
    }


def get_hour(slug: str, key: str = "") -> dict[str, Any] | None:
    """One hour as the contract's ``GET /hours/{slug}`` gives it, with a few more keys for pages."""
    hour = find(slug, key)
    return present([hour])[0] if hour else None


def list_hours(
    stage: str | None = None, *, before_id: int | None = None, year: int | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """Public hours, newest first; rehearsals never.

    :param before_id: continue below this hour (its id), for cursors
    :param year: only hours of this year
    """
    hours = OfficeHour.objects.filter(stage__in=PUBLIC_STAGES, rehearsal=False)
    if stage:
        hours = hours.filter(stage=stage)
    if year is not None:
        hours = hours.filter(starts_at__year=year)
    if before_id is not None:
        edge = OfficeHour.objects.filter(id=before_id).values_list("starts_at", flat=True).first()
        earlier = Q(starts_at__lt=edge) | Q(starts_at=edge, id__lt=before_id)
        hours = hours.filter(earlier) if edge else hours.none()
    ordered = hours.order_by("-starts_at", "-id").prefetch_related("leaders", "materials", "notices")
    return present(list(ordered[:limit]))


def archived_years() -> list[int]:
    """The years of which there are hours that are over, the latest first."""
    over = OfficeHour.objects.filter(stage=Stage.ARCHIVED, rehearsal=False)
    return sorted({clock.local(at).year for at in over.values_list("starts_at", flat=True)}, reverse=True)


def years() -> dict[int, int]:
    """Every public hour by its id with the year in which it is held; rehearsals never."""
    rows = OfficeHour.objects.filter(stage__in=PUBLIC_STAGES, rehearsal=False)
    return {hour_id: clock.local(moment).year for hour_id, moment in rows.values_list("id", "starts_at")}


def addresses() -> list[tuple[str, datetime]]:
    """The slug of every public hour, the newest first, with the moment at which it begins."""
    rows = OfficeHour.objects.filter(stage__in=PUBLIC_STAGES, rehearsal=False)
    return list(rows.order_by("-starts_at").values_list("slug", "starts_at"))


def newest(limit: int, *, year: int | None = None) -> list[OfficeHour]:
    """The public hours that begin last, or of a year, the latest first; rehearsals never."""
    rows = OfficeHour.objects.filter(stage__in=PUBLIC_STAGES, rehearsal=False)
    if year is not None:
        rows = rows.filter(starts_at__year=year)
    return list(rows.order_by("-starts_at", "-id")[:limit])


def signer_offices() -> tuple[str, ...]:
    """The offices in which an answer can be signed, for pages that explain signatures."""
    return (Role.MAYOR.value, Role.DEPUTY.value, Role.AUTHORISED.value)
