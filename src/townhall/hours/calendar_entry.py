"""Entering a year's holiday schedule, and what follows from it for dates that waited for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import Max, Q
from django.utils.translation import gettext as _

from townhall.hours import calendar, calendar_lines, series_rule
from townhall.hours.choices import ProposalState, Role, Stage
from townhall.hours.models import HolidayDay, HolidaySchedule, OfficeHour, Proposal, Seat
from townhall.journal.models import DISTRICT_LINE
from townhall.journal.write import record
from townhall.kernel import clock, text
from townhall.kernel.errors import CONFLICT, FORBIDDEN, InvalidFields, Refused
from townhall.kernel.unit_of_work import after_commit, one_at_a_time, unit_of_work
from townhall.people.models import Office

if TYPE_CHECKING:
    from collections.abc import Mapping

    from townhall.hours.seats import Actor
    from townhall.kernel.workdays import Calendar, SpecialDay, Workday

KEEPERS = frozenset({Role.COORDINATOR.value})
BEFORE_LIVE = (Stage.PLANNED, Stage.ANNOUNCED, Stage.PREPARING)
LONGEST_SOURCE = 120
FIRST_YEAR, YEARS_AHEAD = 2004, 2


@dataclass(frozen=True, slots=True)
class Entered:
    """What was asked for, checked."""

    year: int
    source: str
    announced_on: date
    days: list[SpecialDay]


def refusal(actor: Actor) -> Refused | None:
    """Why this person cannot keep the calendar, or ``None``."""
    if actor.holds(KEEPERS):
        return None
    return Refused(FORBIDDEN, "office", _("节假日安排由区府办维护，您没有这个岗位。"))


def _year(data: Mapping[str, Any], errors: dict[str, str]) -> int:
    word = str(data.get("year") or "")
    year = int(word) if word.isascii() and word.isdigit() and len(word) == len("2027") else 0
    last = clock.today().year + YEARS_AHEAD
    if not FIRST_YEAR <= year <= last:
        errors["year"] = _("请填写 %(first)s 到 %(last)s 的年份。") % {"first": FIRST_YEAR, "last": last}
        return 0
    return year


def _announced(data: Mapping[str, Any], errors: dict[str, str]) -> date:
    try:
        found = date.fromisoformat(str(data.get("announced_on") or "")[:10])
    except ValueError:
        errors["announced_on"] = _("请填写文件的发布日期，如 2026-11-04。")
        return clock.today()
    if found > clock.today():
        errors["announced_on"] = _("发布日期不能在今天以后。")
    return found


def _source(data: Mapping[str, Any], errors: dict[str, str]) -> str:
    try:
        found = " ".join(text.clean(str(data.get("source") or "")).split())
    except ValueError:
        found = ""
    if not found:
        errors["source"] = _("请填写依据的文件，如“国办发明电〔2026〕7号”。")
    elif len(found) > LONGEST_SOURCE:
        errors["source"] = _("文件名最多 %(most)s 个字。") % {"most": LONGEST_SOURCE}
    return found


def check(data: Mapping[str, Any]) -> Entered:
    """Read what was typed.

    :raises InvalidFields: naming each field, and each line of the days as ``days[NUMBER]``
    """
    errors: dict[str, str] = {}
    year = _year(data, errors)
    source, announced = _source(data, errors), _announced(data, errors)
    read = calendar_lines.read(str(data.get("days") or ""), year or clock.today().year)
    if year:
        errors |= {f"days[{number}]": message for number, message in read.errors.items()}
        if not read.days and not read.errors:
            errors["days"] = _("请填写放假和上班的日期，每行一个。")
        elif not read.errors and not any(one.date.year == year for one in read.days):
            errors["days"] = _("没有一天属于 %(year)s 年，请核对年份。") % {"year": year}
        elif not read.errors:
            _check_year(year, read.days, errors)
    if errors:
        raise InvalidFields(errors)
    return Entered(year, source, announced, read.days)


def _check_year(year: int, days: list[SpecialDay], errors: dict[str, str]) -> None:
    try:
        for month in range(1, 13):
            calendar.load().with_year(year, days).last_workday(year, month)
    except ValueError:
        errors["days"] = _("按这份安排，有的月份没有工作日，请核对。")


def enter(actor: Actor, data: Mapping[str, Any]) -> HolidaySchedule:
    """Enter a year's schedule, or a later document about the same year; dates that waited for it recompute.

    Sending the same again changes nothing.

    :raises Refused: without the coordinator's office
    :raises InvalidFields: with the lines to mend
    """
    if refused := refusal(actor):
        raise refused
    entered = check(data)
    with unit_of_work():
        one_at_a_time("hours.calendar")
        now = _newest(entered.year)
        if now and _same(now, entered):
            return now
        before = calendar.load()
        schedule = _store(actor, entered)
        record(
            DISTRICT_LINE, "calendar.entered", actor=actor.account_id, subject="schedule",
            subject_id=schedule.id, year=schedule.year, revision=schedule.revision, days=len(entered.days),
        )  # fmt: skip
        _recompute(actor, schedule, before, calendar.load())
        after_commit(calendar.tell)
    return schedule


def withdraw(actor: Actor, schedule_id: int) -> HolidaySchedule:
    """Take back a schedule that was entered in error: what stood before it is in force again, or nothing.

    :raises Refused: without the office, or when it is not the one in force
    """
    if refused := refusal(actor):
        raise refused
    with unit_of_work():
        one_at_a_time("hours.calendar")
        schedule = HolidaySchedule.objects.filter(id=schedule_id).first()
        if schedule is None or _newest(schedule.year) != schedule:
            raise Refused(CONFLICT, "schedule", _("这份安排已不是现行的，不能撤回。"))
        before = calendar.load()
        schedule.withdrawn_by_id, schedule.withdrawn_at = actor.account_id, clock.now()
        schedule.save(update_fields=["withdrawn_by", "withdrawn_at"])
        record(
            DISTRICT_LINE, "calendar.withdrawn", actor=actor.account_id, subject="schedule",
            subject_id=schedule.id, year=schedule.year, revision=schedule.revision,
        )  # fmt: skip
        _recompute(actor, schedule, before, calendar.load())
        after_commit(calendar.tell)
    return schedule


def _newest(year: int) -> HolidaySchedule | None:
    rows = HolidaySchedule.objects.filter(year=year, withdrawn_at=None).order_by("-revision")
    return rows.prefetch_related("days").first()


def _same(schedule: HolidaySchedule, entered: Entered) -> bool:
    kept = [(day.date, day.kind, day.name) for day in schedule.days.all()]
    given = [(day.date, day.kind, day.name) for day in entered.days]
    return kept == given and (schedule.source, schedule.announced_on) == (
        entered.source,
        entered.announced_on,
    )


def _store(actor: Actor, entered: Entered) -> HolidaySchedule:
    last = HolidaySchedule.objects.filter(year=entered.year).aggregate(last=Max("revision"))["last"] or 0
    schedule = HolidaySchedule.objects.create(
        year=entered.year, revision=last + 1, source=entered.source, announced_on=entered.announced_on,
        entered_by_id=actor.account_id, entered_at=clock.now(),
    )  # fmt: skip
    HolidayDay.objects.bulk_create(
        HolidayDay(schedule=schedule, date=day.date, kind=day.kind, name=day.name) for day in entered.days
    )
    return schedule


# -- what follows ---------------------------------------------------------------------------------------


def _what_changed(was: Workday, now: Workday) -> str:
    """``moved``, ``settled`` (known now and the same day), ``unsettled``, or nothing."""
    if was.date != now.date:
        return "moved"
    if was.provisional == now.provisional:
        return ""
    return "unsettled" if now.provisional else "settled"


def _recompute(actor: Actor, schedule: HolidaySchedule, before: Calendar, after: Calendar) -> None:
    """Work out the dates of these years anew: hours keep their day until a person moves them, proposals follow."""
    coordinators = _coordinators()
    rule = series_rule.in_force()
    years = (schedule.year - 1, schedule.year)
    taken = set(
        Proposal.objects.filter(year__in=years)
        .exclude(state=ProposalState.PROPOSED)
        .values_list("year", "month")
    )
    hours = OfficeHour.objects.filter(rehearsal=False, starts_at__gt=clock.now()).exclude(
        stage=Stage.CANCELLED
    )
    for hour in hours.select_related("proposal"):
        year, month = _place(hour)
        taken.add((year, month))
        if year in years and hour.stage in BEFORE_LIVE:
            now = series_rule.date_in(year, month, after, rule)
            _hour(actor, schedule, hour, now, coordinators)
    for year in years:
        for month in rule.months:
            was, now = (series_rule.date_in(year, month, one, rule) for one in (before, after))
            what = _what_changed(was, now)
            if what and now.date >= clock.today() and (year, month) not in taken:
                moved: dict[str, Any] = {"was": was.date.isoformat()} if what == "moved" else {}
                record(
                    DISTRICT_LINE, f"series.date_{what}", actor=actor.account_id, subject="schedule",
                    subject_id=schedule.id, year=year, month=month, on=now.date.isoformat(),
                    accounts=coordinators, **moved,
                )  # fmt: skip


def _place(hour: OfficeHour) -> tuple[int, int]:
    """The date of the series an hour stands for: its own month, unless it was moved from another."""
    if proposal := getattr(hour, "proposal", None):
        return proposal.year, proposal.month
    day = clock.local(hour.starts_at)
    return day.year, day.month


def _hour(
    actor: Actor, schedule: HolidaySchedule, hour: OfficeHour, now: Workday, coordinators: list[int]
) -> None:
    day = clock.local(hour.starts_at).date()
    was = hour.proposed_on or now.date
    follows = was == day
    what = "moved" if follows and now.date != day else ""
    if not what and hour.date_provisional != now.provisional:
        what = "unsettled" if now.provisional else "settled"
    if not what and was == now.date:
        return
    hour.proposed_on, hour.date_provisional = now.date, now.provisional
    if what == "moved":  # it had kept to the rule: whatever was noted explains no departure
        hour.date_reason = ""
    hour.save(update_fields=["proposed_on", "date_provisional", "date_reason"])
    if not what:
        return
    seated = Seat.objects.filter(hour=hour, role=Role.COORDINATOR, active=True)
    owners = sorted({*coordinators, *seated.values_list("account_id", flat=True)})
    facts: dict[str, Any] = {"was": day.isoformat()} if what == "moved" else {}
    record(
        hour.id, f"hour.date_{what}", actor=actor.account_id, subject="schedule", subject_id=schedule.id,
        on=now.date.isoformat(), accounts=owners, **facts,
    )  # fmt: skip


def _coordinators() -> list[int]:
    """The accounts that own the series: whoever is in the coordinator's office now."""
    held = Office.objects.filter(Q(until=None) | Q(until__gt=clock.now()), role=Office.Role.COORDINATOR)
    return sorted(held.filter(account__is_active=True).values_list("account_id", flat=True))
