"""What the coordinator's office decides about the series: the rule, and each of its dates."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, get_args

from django.db.models import Max, Q
from django.utils.translation import gettext as _

from townhall.hours import actions as hour_actions
from townhall.hours import planning, seating, series, series_flow, series_rule
from townhall.hours.choices import ChangeReason, Stage
from townhall.hours.models import DateDecision, OfficeHour, Proposal, SeriesRule
from townhall.journal.models import DISTRICT_LINE
from townhall.journal.write import record
from townhall.kernel import clock, text, workdays
from townhall.kernel.errors import InvalidFields, Refused, missing
from townhall.kernel.unit_of_work import one_at_a_time, unit_of_work
from townhall.kernel.workdays import Pick
from townhall.people.models import Office

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from townhall.hours.seats import Actor
    from townhall.hours.series import Line
    from townhall.kernel.flow import Refusal

LONGEST_REASON = 200
SHORTEST_MINUTES, LONGEST_MINUTES = 15, 240
# Whoever holds these offices sits in every hour from the day it is confirmed.
STANDING = (Office.Role.COORDINATOR, Office.Role.MAYOR, Office.Role.DEPUTY)


def _raise(found: Refusal | None) -> None:
    if found is not None:
        raise Refused(found.status, found.code, found.message)


# -- the rule -------------------------------------------------------------------------------------------


def _whole(data: Mapping[str, Any], name: str, least: int, most: int, errors: dict[str, str]) -> int:
    word = str(data.get(name) or "")
    number = int(word) if word.isascii() and word.isdigit() and len(word) < len("10000") else -1
    if not least <= number <= most:
        errors[name] = _("请填写 %(least)s 到 %(most)s 的数。") % {"least": least, "most": most}
    return number


def _months(data: Mapping[str, Any], errors: dict[str, str]) -> list[int]:
    given = data.get("months") or []
    words = given if isinstance(given, list | tuple) else str(given).split(",")
    months = sorted({month for month in map(text.whole_number, words) if month is not None})
    if not months or months[0] < 1 or months[-1] > workdays.DECEMBER:
        errors["months"] = _("请至少选一个月份。")
    return months


def _time(data: Mapping[str, Any], errors: dict[str, str]) -> time:
    try:
        return time.fromisoformat(str(data.get("starts") or ""))
    except ValueError:
        errors["starts"] = _("请填写开始时间，如 19:00。")
        return series_rule.USUAL_START


def change_rule(actor: Actor, data: Mapping[str, Any]) -> SeriesRule:
    """Write another rule; hours that stand keep their day, and the page shows where they differ.

    :raises InvalidFields: with the fields to mend
    """
    _raise(series_flow.seat_refusal(actor))
    errors: dict[str, str] = {}
    months, starts = _months(data, errors), _time(data, errors)
    minutes = _whole(data, "minutes", SHORTEST_MINUTES, LONGEST_MINUTES, errors)
    pick = str(data.get("pick") or "")
    if pick not in get_args(Pick):
        errors["pick"] = _("请选择怎样定日期。")
    by_weekday = pick == "nth_weekday"
    weekday = _whole(data, "weekday", 0, 6, errors) if by_weekday else 0
    nth = _whole(data, "nth", 1, 4, errors) if by_weekday else 1
    if errors:
        raise InvalidFields(errors)
    with unit_of_work():
        rule = SeriesRule.objects.create(
            months=months, pick=pick, weekday=weekday, nth=nth, starts=starts, minutes=minutes,
            changed_by_id=actor.account_id, changed_at=clock.now(),
        )  # fmt: skip
        record(
            DISTRICT_LINE, "series.rule_changed", actor=actor.account_id, subject="rule", subject_id=rule.id
        )
    return rule


# -- each date ------------------------------------------------------------------------------------------


def perform(actor: Actor, verb: str, year: int, month: int, data: Mapping[str, Any]) -> Proposal:
    """Confirm, move, keep, cancel or revive one date.

    Checked in this order: the verb exists (404), the office (403), the fields (422), the state (409).

    :raises Refused: with the reason
    :raises InvalidFields: with the fields to mend
    """
    if verb not in series_flow.MOVES or not 1 <= month <= workdays.DECEMBER or year not in series.years():
        raise missing(_("没有这项操作。"))
    _raise(series_flow.seat_refusal(actor))
    with unit_of_work():
        one_at_a_time("hours.series")
        line = series.line(year, month)
        cleaned = _clean(verb, line, data)
        _raise(series_flow.state_refusal(verb, line))
        row = line.proposal or Proposal(year=year, month=month, hour=line.hour)
        row.proposed_on, row.provisional = line.rule.date, line.rule.provisional
        row.decided_by_id, row.decided_at = actor.account_id, clock.now()
        row.state = series_flow.MOVES[verb].target or row.state
        was = line.day
        _VERBS[verb](actor, line, row, cleaned)
        on = clock.local(row.hour.starts_at).date() if row.hour else None
        DateDecision.objects.create(
            proposal=row, verb=verb, was=was, on=None if verb == "cancel" else on, reason=cleaned.get("reason", ""),
            by_id=actor.id, at=row.decided_at,
        )  # fmt: skip
    return row


def _clean(verb: str, line: Line, data: Mapping[str, Any]) -> dict[str, Any]:
    errors: dict[str, str] = {}
    cleaned: dict[str, Any] = {}
    if verb in {"move", "keep", "cancel"}:
        cleaned["reason"] = _reason(data, errors)
    if verb == "move":
        cleaned["starts_at"] = _moment(line, data, errors)
    if line.hour is not None and (verb == "cancel" or (verb == "move" and line.hour.stage != Stage.PLANNED)):
        cleaned["reason_code"] = code = str(data.get("reason_code") or "")
        if code not in ChangeReason.values:
            errors["reason_code"] = _("请选择向市民公布的原因。")
    if errors:
        raise InvalidFields(errors)
    return cleaned


def _reason(data: Mapping[str, Any], errors: dict[str, str]) -> str:
    try:
        found = " ".join(text.clean(str(data.get("reason") or "")).split())
    except ValueError:
        found = ""
    if not found:
        errors["reason"] = _("请说明原因，它会一直留在年度安排上。")
    elif len(found) > LONGEST_REASON:
        errors["reason"] = _("原因最多 %(most)s 个字。") % {"most": LONGEST_REASON}
    return found


def _moment(line: Line, data: Mapping[str, Any], errors: dict[str, str]) -> datetime:
    try:
        day = date.fromisoformat(str(data.get("on") or ""))
    except ValueError:
        errors["on"] = _("请填写新的日期，如 2027-01-27。")
        return clock.now()
    usual = clock.local(line.hour.starts_at).time() if line.hour else series_rule.in_force().starts
    at = _time(data, errors) if data.get("starts") else usual
    moment = datetime.combine(day, at, clock.DISTRICT_ZONE)
    if moment <= clock.now():
        errors["on"] = _("这一天已经过去，请填写将来的日期。")
    elif abs(day.year - line.year) > 1:
        errors["on"] = _("新的日期太远，请核对年份。")
    elif line.hour and moment == line.hour.starts_at:
        errors["on"] = _("与现在的日期相同。")
    elif _others_on(day, line):
        errors["on"] = _("这一天已有另一期网上办公。")
    return moment


def _others_on(day: date, line: Line) -> bool:
    start = datetime.combine(day, time(0), clock.DISTRICT_ZONE)
    others = OfficeHour.objects.filter(
        rehearsal=False, starts_at__gte=start, starts_at__lt=start + timedelta(days=1)
    ).exclude(stage=Stage.CANCELLED)
    return (others.exclude(id=line.hour.id) if line.hour else others).exists()


def _enter(actor: Actor, row: Proposal, starts_at: datetime, reason: str = "") -> OfficeHour:
    """Enter the hour and seat whoever holds a standing office."""
    number = (OfficeHour.objects.aggregate(last=Max("issue_no"))["last"] or 0) + 1
    slug = stem = f"{row.year}-{row.month:02}"
    again = 1
    while OfficeHour.objects.filter(slug=slug).exists():
        again += 1
        slug = f"{stem}-{again}"
    hour = planning.enter_hour(
        slug=slug, title=f"第 {number} 期区长网上办公", title_en=f"Mayor's Online Office Hour No. {number}",
        issue_no=number, starts_at=starts_at, actor=actor.account_id,
        ends_at=starts_at + timedelta(minutes=series_rule.in_force().minutes), date_reason=reason,
    )  # fmt: skip
    if hour.proposed_on != row.proposed_on:  # moved into another month: it still belongs to its own
        hour.proposed_on = row.proposed_on
        hour.save(update_fields=["proposed_on"])
    held = Office.objects.filter(Q(until=None) | Q(until__gt=clock.now()), role__in=STANDING)
    for office in held.filter(account__is_active=True).select_related("account").order_by("role", "id"):
        seating.sit(hour, office.account, office.role, actor=actor.account_id)
    return hour


def _tell(actor: Actor, kind: str, row: Proposal, **facts: Any) -> None:
    record(
        DISTRICT_LINE, f"series.{kind}", actor=actor.account_id, subject="proposal", subject_id=row.id,
        year=row.year, month=row.month, **facts,
    )  # fmt: skip


def _confirm(actor: Actor, line: Line, row: Proposal, cleaned: dict[str, Any]) -> None:
    starts = datetime.combine(line.rule.date, series_rule.in_force().starts, clock.DISTRICT_ZONE)
    row.hour = _enter(actor, row, starts)
    row.reason = ""
    row.save()
    _tell(actor, "confirmed", row, hour=row.hour.id)


def _shift(actor: Actor, line: Line, row: Proposal, cleaned: dict[str, Any]) -> None:
    moment, reason = cleaned["starts_at"], cleaned["reason"]
    hour = line.hour
    if hour is None:
        hour = _enter(actor, row, moment, reason)
    elif hour.stage == Stage.PLANNED:
        _reschedule(actor, hour, moment)
    else:
        hour = hour_actions.act(
            replace(actor, hour_id=hour.id), "postpone",
            {"starts_at": moment.isoformat(), "reason_code": cleaned["reason_code"]},
        )  # fmt: skip
    _stand(hour, reason)
    row.hour, row.reason = hour, reason
    row.save()
    _tell(
        actor, "moved", row, was=line.day.isoformat(), on=clock.local(moment).date().isoformat(), hour=hour.id
    )


def _reschedule(actor: Actor, hour: OfficeHour, moment: datetime) -> None:
    """Move an hour that nobody outside has heard of."""
    was, length = hour.starts_at, hour.ends_at - hour.starts_at
    hour.starts_at, hour.ends_at = moment, moment + length
    hour.save(update_fields=["starts_at", "ends_at"])
    record(
        hour.id, "hour.rescheduled", actor=actor.account_id, subject="hour", subject_id=hour.id,
        was=clock.local(was).isoformat(), starts_at=clock.local(moment).isoformat(),
    )  # fmt: skip
    planning.tell_rewritten(hour, actor.id, "time")


def _stand(hour: OfficeHour, reason: str) -> None:
    """The hour stands on a day somebody chose: why, and whether that day is known to be worked."""
    hour.date_reason = reason
    hour.date_provisional = planning.is_provisional(hour.starts_at)
    hour.save(update_fields=["date_reason", "date_provisional"])


def _keep(actor: Actor, line: Line, row: Proposal, cleaned: dict[str, Any]) -> None:
    hour = line.hour
    if hour is None:  # the guard has asked for one
        raise missing(_("没有这一期。"))
    _stand(hour, cleaned["reason"])
    row.hour, row.reason = hour, cleaned["reason"]
    row.save()
    _tell(actor, "kept", row, on=line.day.isoformat(), hour=hour.id)


def _cancel(actor: Actor, line: Line, row: Proposal, cleaned: dict[str, Any]) -> None:
    if line.hour is not None:
        in_hour = replace(actor, hour_id=line.hour.id)
        hour_actions.act(in_hour, "cancel", {"reason_code": cleaned["reason_code"]})
    row.reason = cleaned["reason"]
    row.save()
    _tell(actor, "cancelled", row, hour=line.hour.id if line.hour else None)


def _revive(actor: Actor, line: Line, row: Proposal, cleaned: dict[str, Any]) -> None:
    row.reason = ""
    row.save()
    _tell(actor, "revived", row)


_VERBS: dict[str, Callable[[Actor, Line, Proposal, dict[str, Any]], None]] = {
    "confirm": _confirm,
    "move": _shift,
    "keep": _keep,
    "cancel": _cancel,
    "revive": _revive,
}
