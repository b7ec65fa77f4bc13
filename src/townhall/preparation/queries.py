"""What staff and units may see of notices, meeting, tasks and publicity; and the facts the countdown reads."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, Max, Q
from django.utils.translation import gettext as _

from townhall.documents.models import Upload
from townhall.hours.models import OfficeHour
from townhall.kernel import clock, text
from townhall.kernel.errors import FORBIDDEN, Refused, missing
from townhall.people.models import Unit
from townhall.preparation import flow, parties, published
from townhall.preparation.choices import MeetingState, NoticeState, ReceiptState, TaskState
from townhall.preparation.models import (
    Announcement,
    Approach,
    Background,
    BackQuestion,
    Invitation,
    Meeting,
    Notice,
    NoticeVersion,
    Receipt,
    Task,
)
from townhall.preparation.paging import last, page_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from townhall.hours.seats import Actor
    from townhall.preparation.parties import UnitActor


# -- facts for the countdown: an event's moment, or nothing while it has not happened ------------------------------


def notice_signed_at(hour: OfficeHour) -> datetime | None:
    """When the last unit signed, once every unit has signed every notice that stands; else ``None``."""
    found = _current(hour.id).aggregate(
        last=Max("signed_at"), all=Count("id"), waiting=Count("id", filter=Q(signed_at=None))
    )
    return found["last"] if found["all"] and not found["waiting"] else None


def _current(hour_id: int) -> Any:
    """The receipts of the texts that stand: the version that was sent last, of notices not withdrawn."""
    return Receipt.objects.filter(
        notice__hour=hour_id, notice__state=NoticeState.SENT, version=_sent_version()
    )


def _sent_version() -> Any:
    return F("notice__sent_version")


def notice_sent_at(hour: OfficeHour) -> datetime | None:
    """When the first notice went out that still stands."""
    sent = Receipt.objects.filter(notice__hour=hour, notice__state=NoticeState.SENT)
    return sent.order_by("sent_at").values_list("sent_at", flat=True).first()


def meeting_held_at(hour: OfficeHour) -> datetime | None:
    """When the prep meeting was recorded as held."""
    return Meeting.objects.filter(hour=hour).values_list("held_at", flat=True).first()


def open_tasks(hour: OfficeHour) -> list[dict[str, Any]]:
    """Tasks that are not done: what, whose, by when, late or not; the most urgent first."""
    rows = Task.objects.filter(hour=hour, state=TaskState.OPEN).select_related("unit")
    today = clock.today()
    return [
        {"id": row.id, "text": row.text, "unit": row.unit.name, "unit_id": row.unit_id, "due_on": row.due_on,
         "late": row.due_on < today}
        for row in rows
    ]  # fmt: skip


def tasks_done_at(hour: OfficeHour) -> datetime | None:
    """When the last task was done, once there were some and none is open."""
    found = Task.objects.filter(hour=hour).aggregate(
        last=Max("done_at"), open=Count("id", filter=Q(state=TaskState.OPEN))
    )
    return None if found["open"] else found["last"]


def published_at(hour: OfficeHour) -> datetime | None:
    """When topic and pre-questions were opened to the public."""
    return published.opened_at(hour.id)


def press_released_at(hour: OfficeHour) -> datetime | None:
    """When the announcement was first taken by a medium."""
    found = Announcement.objects.filter(hour=hour, handovers__isnull=False).order_by("handovers__at")
    return found.values_list("handovers__at", flat=True).first()


# -- for the coordinator, and for those who may look over the shoulder ---------------------------------------------


def may_read(actor: Actor) -> None:
    """Refuse whoever has no business here.

    :raises Refused: 403
    """
    if not actor.holds(flow.READERS):
        raise Refused(FORBIDDEN, "seat", _("您的岗位不能查看会前准备。"))


def notices(actor: Actor) -> list[dict[str, Any]]:
    """Every notice of the hour, newest first, with who has signed, who has read, who has not."""
    may_read(actor)
    rows = list(Notice.objects.filter(hour=actor.hour_id).select_related("hour", "sent_by").order_by("-id"))
    versions = _newest_versions(rows)
    receipts: dict[int, list[Receipt]] = defaultdict(list)
    found = Receipt.objects.filter(notice__in=rows).select_related(
        "unit", "notice__hour", "read_by", "signed_by"
    )
    for receipt in found:
        if receipt.version == receipt.notice.sent_version:
            receipts[receipt.notice_id].append(receipt)
    asked = BackQuestion.objects.filter(receipt__notice__in=rows, answered_at=None)
    open_questions = dict(
        asked.order_by()
        .values_list("receipt__notice")
        .annotate(n=Count("id"))
        .values_list("receipt__notice", "n")
    )
    return [_notice(row, versions[row.id], receipts[row.id], open_questions.get(row.id, 0)) for row in rows]


def _newest_versions(rows: Iterable[Notice]) -> dict[int, NoticeVersion]:
    wanted = {row.id: row.version for row in rows}
    found = NoticeVersion.objects.filter(notice__in=list(wanted)).select_related("author")
    return {one.notice_id: one for one in found if one.version == wanted[one.notice_id]}


def _notice(row: Notice, newest: NoticeVersion, receipts: list[Receipt], questions: int) -> dict[str, Any]:
    signed = [one for one in receipts if one.signed_at is not None]
    return {
        "notice": row,
        "newest": newest,
        "number": number_of(row),
        "unsent": row.sent_version != row.version,
        "receipts": receipts,
        "signed": len(signed),
        "waiting": [one for one in receipts if one.signed_at is None],
        "unread": [one for one in receipts if one.read_at is None and one.signed_at is None],
        "read": [one for one in receipts if one.read_at is not None and one.signed_at is None],
        "late": row.state == NoticeState.SENT and len(signed) < len(receipts) and newest.due_at < clock.now(),
        "questions": questions,
    }


def number_of(notice: Notice) -> str:
    """The number as it stands on paper: 澄府办〔2026〕3号; empty before there is one."""
    return f"{notice.code}〔{notice.year}〕{notice.serial}号" if notice.serial and notice.year else ""


def notice(actor: Actor, notice_id: int) -> dict[str, Any]:
    """One notice with its versions, receipts, what was done to reach each unit, questions and answers.

    :raises Refused: 403 or 404
    """
    may_read(actor)
    row = Notice.objects.select_related("hour", "sent_by").filter(hour=actor.hour_id, id=notice_id).first()
    if row is None:
        raise missing(_("没有这份通知。"))
    versions = list(row.versions.select_related("author").prefetch_related("attachments__upload"))
    newest = versions[-1]
    current = row.receipts.filter(version=row.sent_version or 0)
    receipts = list(current.select_related("unit", "notice__hour", "read_by", "signed_by"))
    receipts.sort(key=lambda one: (one.signed_at is not None, one.read_at is not None))
    approaches: dict[int, list[Approach]] = defaultdict(list)
    for one in Approach.objects.filter(receipt__in=receipts).select_related("by"):
        approaches[one.receipt_id].append(one)
    questions = BackQuestion.objects.filter(receipt__notice=row).select_related(
        "receipt__unit", "asked_by", "answered_by"
    )
    without, on_paper = parties.unreachable(newest.unit_ids)
    found = _notice(row, newest, receipts, 0)
    shown = {
        **found,
        "versions": versions,
        "sent": next((one for one in versions if one.version == row.sent_version), None),
        "rows": [{"receipt": one, "state": flow.receipt_state(one), "label": _label(one),
                  "late": found["late"] and one.signed_at is None, "approaches": approaches[one.id],
                  "moves": flow.moves(actor, one)} for one in receipts],
        "asked": list(questions),
        "units": units_named(newest.unit_ids),
        "without": without,
        "on_paper": on_paper,
        "moves": flow.moves(actor, row),
    }  # fmt: skip
    shown["questions"] = sum(one.answered_at is None for one in shown["asked"])
    return shown


def _label(receipt: Receipt) -> str:
    return str(ReceiptState(flow.receipt_state(receipt)).label)


def units_named(unit_ids: Iterable[int]) -> list[Unit]:
    """Units by their ids, in the order given."""
    wanted = list(unit_ids)
    found = Unit.objects.in_bulk(wanted)
    return [found[unit] for unit in wanted if unit in found]


def files_named(hour_id: int, upload_ids: Iterable[Any]) -> list[tuple[str, str]]:
    """Attachments that were handed in for this hour, as choices of a form."""
    numbers = map(text.whole_number, upload_ids)
    wanted = [number for number in numbers if number is not None]
    found = Upload.objects.filter(id__in=wanted, line=hour_id, purpose="attachment")
    return [(str(one.id), one.name) for one in found]


def usual_words() -> dict[str, str]:
    """Who sends notices and how they are numbered, as the last one that went out had it."""
    last = Notice.objects.filter(sent_version__isnull=False).order_by("-sent_at", "-id").first()
    if last is None:
        return {"code": "", "contact_phone": ""}
    version = last.versions.get(version=last.sent_version or 0)
    return {"code": last.code, "issuer": version.issuer, "contact_phone": version.contact_phone}


def concerned(actor: Actor) -> list[int]:
    """The units the actor's hour concerns, chosen beforehand in forms."""
    return parties.concerned(OfficeHour.objects.get(id=actor.hour_id))


def meeting(actor: Actor) -> dict[str, Any] | None:
    """The prep meeting with invitations and minutes, or ``None`` before there is one."""
    may_read(actor)
    row = Meeting.objects.select_related("hour").filter(hour=actor.hour_id).first()
    if row is None:
        return None
    invitations = list(row.invitations.select_related("unit", "replied_by"))
    minutes = list(row.minutes.select_related("author"))
    return {
        "meeting": row,
        "invitations": invitations,
        "unanswered": [one for one in invitations if not one.reply],
        "coming": sum(one.reply in {"yes", "substitute"} for one in invitations),
        "came": sum(bool(one.came) for one in invitations),
        "minutes": minutes[-1] if minutes else None,
        "versions": minutes,
        "state": str(MeetingState(row.state).label),
        "moves": flow.moves(actor, row),
    }


def tasks(actor: Actor) -> list[dict[str, Any]]:
    """Every task of the hour with its history, open ones first, by due date."""
    may_read(actor)
    rows = (
        Task.objects.filter(hour=actor.hour_id).select_related("hour", "unit").prefetch_related("steps__by")
    )
    return _tasks(actor, rows)


def _tasks(actor: Actor | UnitActor, rows: Iterable[Task]) -> list[dict[str, Any]]:
    order = {TaskState.OPEN.value: 0, TaskState.DONE.value: 1, TaskState.DROPPED.value: 2}
    today = clock.today()
    return sorted(
        (
            {
                "task": row,
                "state": str(TaskState(row.state).label),
                "late": row.state == TaskState.OPEN and row.due_on < today,
                "steps": list(row.steps.all()),
                "moves": flow.moves(actor, row),
            }
            for row in rows
        ),
        key=lambda one: (order[one["task"].state], one["task"].due_on, one["task"].id),
    )


def materials(hour: OfficeHour) -> list[Any]:
    """The background material of the hour; before anybody has edited it here, as it was entered with the hour."""
    found: list[Any] = list(Background.objects.filter(hour=hour).select_related("upload"))
    return found or [
        {"title": one.title, "url": one.url, "summary": one.summary} for one in hour.materials.all()
    ]


def leaders(hour: OfficeHour) -> list[dict[str, str]]:
    """The leaders as the public page names them."""
    return [{"name": one.name, "office": one.office, "remit": one.remit} for one in hour.leaders.all()]


def announcements(actor: Actor) -> list[Announcement]:
    """Every version of the announcement with who took it, newest first."""
    may_read(actor)
    rows = Announcement.objects.filter(hour=actor.hour_id).select_related("author")
    return list(rows.prefetch_related("handovers__by").order_by("-version"))


# -- for a unit's own people ---------------------------------------------------------------------------------------


def notices_of_unit(actor: UnitActor, page: int = 1) -> tuple[list[dict[str, Any]], bool]:
    """What came to the unit, what waits for a signature first; voided copies nobody signed are left out.

    :returns: a page, and whether there are more
    """
    stands = Q(notice__state=NoticeState.SENT, version=_sent_version())
    every = Receipt.objects.filter(unit=actor.unit_id, notice__hour__rehearsal=False)
    ordered = (
        every.filter(Q(signed_at__isnull=False) | stands)
        .select_related("notice__hour", "read_by", "signed_by")
        .order_by(last(signed_at__isnull=False), "-sent_at", "-id")
    )
    rows, more = page_of(ordered, page)
    versions = {
        (one.notice_id, one.version): one
        for one in NoticeVersion.objects.filter(notice__in=[row.notice_id for row in rows])
    }
    found = [
        {
            "receipt": row, "state": flow.receipt_state(row), "label": _label(row),
            "version": versions[row.notice_id, row.version], "number": number_of(row.notice),
            "late": row.signed_at is None and versions[row.notice_id, row.version].due_at < clock.now(),
        }
        for row in rows
    ]  # fmt: skip
    return [one for one in found if one["state"] != ReceiptState.VOID], more


def notice_of_unit(actor: UnitActor, receipt_id: int) -> dict[str, Any]:
    """One notice as it was sent to the unit, with its own questions and answers.

    :raises Refused: 404 for somebody else's
    """
    row = (
        Receipt.objects.select_related("notice__hour", "unit", "read_by", "signed_by")
        .filter(id=receipt_id, unit=actor.unit_id)
        .first()
    )
    if row is None:
        raise missing(_("没有这份通知，或它不是发给您单位的。"))
    version = row.notice.versions.prefetch_related("attachments__upload").get(version=row.version)
    return {
        "receipt": row,
        "version": version,
        "number": number_of(row.notice),
        "units": units_named(version.unit_ids),
        "state": flow.receipt_state(row),
        "label": _label(row),
        "asked": list(row.questions.select_related("asked_by", "answered_by")),
        "moves": flow.moves(actor, row),
        "newer": row.notice.sent_version != row.version,
    }


def invitations_of_unit(actor: UnitActor) -> list[dict[str, Any]]:
    """The meetings the unit is invited to and that are still to come, or were cancelled lately."""
    rows = Invitation.objects.filter(
        unit=actor.unit_id, meeting__state__in=[MeetingState.INVITED, MeetingState.CANCELLED],
        meeting__starts_at__gte=clock.now(), meeting__hour__rehearsal=False,
    ).select_related("meeting__hour", "replied_by")  # fmt: skip
    return [
        {"invitation": row, "moves": flow.moves(actor, row)} for row in rows.order_by("meeting__starts_at")
    ]


def tasks_of_unit(actor: UnitActor, page: int = 1) -> tuple[list[dict[str, Any]], bool]:
    """What the unit has to do, open ones first.

    :returns: a page, and whether there are more
    """
    rows = Task.objects.filter(unit=actor.unit_id, hour__rehearsal=False).exclude(state=TaskState.DROPPED)
    found = rows.select_related("hour", "unit").prefetch_related("steps__by")
    newest, more = page_of(found.order_by(last(state=TaskState.DONE), "-id"), page)
    return _tasks(actor, newest), more


def waiting_for_unit(actor: UnitActor) -> dict[str, int]:
    """How much waits for the unit: notices to sign; invitations to answer and tasks to do."""
    current = Receipt.objects.filter(
        unit=actor.unit_id, signed_at=None, notice__state=NoticeState.SENT, version=_sent_version(),
        notice__hour__rehearsal=False,
    )  # fmt: skip
    unanswered = Invitation.objects.filter(
        unit=actor.unit_id, reply="", meeting__state=MeetingState.INVITED, meeting__starts_at__gte=clock.now()
    )
    todo = Task.objects.filter(unit=actor.unit_id, state=TaskState.OPEN, hour__rehearsal=False)
    return {"notices": current.count(), "todo": unanswered.count() + todo.count()}
