"""What happens to leftovers: counted when the hour ends, extended once, settled, late."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.commitments.choices import ExtensionReason
from townhall.hours.choices import GROUP_ROLES, Role, Stage
from townhall.hours.models import OfficeHour, Seat
from townhall.journal.write import record
from townhall.kernel import clock, workdays
from townhall.kernel.errors import missing
from townhall.preparation.inputs import Fields
from townhall.questions import contacts
from townhall.questions.choices import PENDING
from townhall.questions.models import Question
from townhall.wrapping import limits
from townhall.wrapping.choices import OPEN_LEFTOVERS, LeftoverState
from townhall.wrapping.models import MOST_REASON, Extension, Leftover

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from townhall.hours.seats import Actor
    from townhall.questions.models import Asker

# Tells an asker: (who, template, parameters, key that never sends twice). `config` fills the slot.
TELL: list[Callable[[Asker, str, Mapping[str, str], str], None]] = []
# A request for half a year is no longer an extension of five days.
LONGEST_EXTENSION_DAYS = 60


def open_for(hour: OfficeHour, questions: Iterable[Question]) -> list[Leftover]:
    """Give each of these pending questions its limit, counted from today; to be called in a unit of work."""
    days = limits.days_by_kind()
    today = clock.today()
    made = []
    for question in questions:
        given = days.get(question.kind, days[""])
        due = limits.after(today, given)
        leftover, _new = Leftover.objects.update_or_create(
            question=question,
            defaults={
                "hour": hour, "state": LeftoverState.RUNNING, "days": given, "due": due.on, "first_due": due.on,
                "provisional": due.provisional, "opened_at": clock.now(), "settled_at": None, "late_told_at": None,
            },
        )  # fmt: skip
        record(
            hour.id, "leftover.opened", subject="question", subject_id=question.id, unit=question.unit_id,
            days=given, due=due.on.isoformat(),
        )  # fmt: skip
        made.append(leftover)
    tell(made, "backlog")
    return made


def tell(leftovers: list[Leftover], template: str) -> None:
    """A message to every asker concerned who can be reached."""
    people = contacts.askers_of(one.question_id for one in leftovers)
    for leftover in leftovers:
        filled = {
            "issue": str(leftover.hour.issue_no or ""), "number": str(leftover.question.number),
            "due": leftover.due.isoformat(),
        }  # fmt: skip
        for asker in people[leftover.question_id]:
            if not contacts.is_reachable(asker):
                continue
            key = f"{template}-{leftover.id}-{asker.id}-{leftover.due.isoformat()}"
            for send in TELL:
                send(asker, template, filled, key)


def keep(hour: OfficeHour) -> int:
    """Bring one hour's leftovers in step with its questions; returns how many changed. Inside a unit of work."""
    rows = list(Leftover.objects.filter(hour=hour).select_related("question", "hour"))
    known = {row.question_id: row for row in rows}
    pending = Question.objects.filter(hour=hour, status__in=PENDING)
    new = [
        question for question in pending
        if question.id not in known or known[question.id].state == LeftoverState.SETTLED
    ]  # fmt: skip
    ended = [row for row in rows if row.state in OPEN_LEFTOVERS and row.question.status not in PENDING]
    for row in ended:
        _settle(row)
    late = [
        row for row in rows
        if row.state in OPEN_LEFTOVERS and row.late_told_at is None and row.due < clock.today()
    ]  # fmt: skip
    for row in late:
        _say_late(row)
    return len(open_for(hour, new)) + len(ended) + len(late)


def _settle(leftover: Leftover) -> None:
    leftover.extensions.filter(granted=None).update(granted=False)
    leftover.state, leftover.settled_at = LeftoverState.SETTLED, clock.now()
    leftover.save(update_fields=["state", "settled_at"])
    record(
        leftover.hour_id, "leftover.settled", subject="question", subject_id=leftover.question_id,
        unit=leftover.question.unit_id, late=leftover.due < clock.today(), due=leftover.due.isoformat(),
    )  # fmt: skip


def _say_late(leftover: Leftover) -> None:
    leftover.late_told_at = clock.now()
    leftover.save(update_fields=["late_told_at"])
    record(
        leftover.hour_id, "leftover.late", subject="question", subject_id=leftover.question_id,
        unit=leftover.question.unit_id, due=leftover.due.isoformat(),
        accounts=[*_group(leftover), *seated(leftover.hour_id, Role.COORDINATOR, Role.INSPECTOR)],
    )  # fmt: skip


def seated(hour_id: int, *roles: Role) -> list[int]:
    """The accounts that hold one of these seats now."""
    seats = Seat.objects.filter(hour_id=hour_id, role__in=roles, active=True)
    return sorted(set(seats.values_list("account_id", flat=True)))


def _group(leftover: Leftover) -> list[int]:
    seats = Seat.objects.filter(group_id=leftover.question.lead_id or 0, active=True, role__in=GROUP_ROLES)
    return sorted(set(seats.values_list("account_id", flat=True)))


# -- what people do ---------------------------------------------------------------------------------------


def clean_extension(data: Mapping[str, Any], leftover: Leftover) -> dict[str, Any]:
    """Reason, public words and the new date; a date before the old one or on no working day is named."""
    fields = Fields(data)
    code = fields.choice("reason_code", ExtensionReason.values)
    reason = fields.words("reason", MOST_REASON, required=True, one_line=False)
    until = fields.day("until")
    if "until" not in fields.errors and (wrong := _unfit(until, leftover)):
        fields.errors["until"] = wrong
    fields.done()
    return {"reason_code": code, "reason": reason, "until": until}


def _unfit(until: date, leftover: Leftover) -> str:
    if until <= leftover.due:
        return _("新的期限要晚于原来的期限 %(due)s。") % {"due": leftover.due}
    if (until - leftover.due).days > LONGEST_EXTENSION_DAYS:
        return _("最多延长 %(most)s 天；更久的事项请先答复，再作承诺。") % {"most": LONGEST_EXTENSION_DAYS}
    return _("这一天不上班，请改到工作日。") if workdays.is_workday(until) is False else ""


def ask_extension(actor: Actor, leftover: Leftover, cleaned: dict[str, Any]) -> None:
    """The group, or the coordinator for it, asks for more time."""
    Extension.objects.create(leftover=leftover, asked_by_id=actor.id, asked_at=clock.now(), **cleaned)
    record(
        leftover.hour_id, "leftover.extension_asked", actor=actor.account_id, subject="question",
        subject_id=leftover.question_id, reason=cleaned["reason_code"], until=cleaned["until"].isoformat(),
        accounts=seated(leftover.hour_id, Role.MAYOR, Role.DEPUTY),
    )  # fmt: skip


def decide(actor: Actor, leftover: Leftover, note: str, *, granted: bool) -> None:
    """A leader grants the time that was asked for, under their name, or does not."""
    asked = leftover.extensions.filter(granted=None).select_for_update().first()
    if asked is None:
        raise missing(_("没有待决定的延期申请。"))
    asked.granted, asked.decided_by_id, asked.decided_at, asked.note = granted, actor.id, clock.now(), note
    asked.save()
    if granted:
        leftover.due, leftover.late_told_at = asked.until, None
        leftover.save(update_fields=["due", "late_told_at"])
        tell([leftover], "extended")
    record(
        leftover.hour_id, "leftover.extended" if granted else "leftover.extension_refused",
        actor=actor.account_id, subject="question", subject_id=leftover.question_id, reason=asked.reason_code,
        until=asked.until.isoformat(), accounts=sorted({asked.asked_by_id, *_group(leftover)}),
    )  # fmt: skip


def chase(actor: Actor, leftover: Leftover) -> None:
    """Remind the lead group; where none is chosen yet, the moderators."""
    people = _group(leftover) or seated(leftover.hour_id, Role.MODERATOR)
    record(
        leftover.hour_id, "leftover.chased", actor=actor.account_id, subject="question",
        subject_id=leftover.question_id, unit=leftover.question.unit_id, accounts=people,
    )  # fmt: skip


def hours_with_backlog() -> list[OfficeHour]:
    """The hours whose leftovers are still being answered."""
    return list(OfficeHour.objects.filter(stage=Stage.WRAPPING))
