"""What people do with the prep meeting (预备会) and the tasks it hands out: the actions on both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.hours.turns import take_turn
from townhall.journal.write import record
from townhall.kernel import clock
from townhall.kernel.errors import Refused, missing
from townhall.kernel.unit_of_work import unit_of_work
from townhall.people.models import Unit
from townhall.preparation import flow, inputs, parties
from townhall.preparation.actions import own_hour, refuse
from townhall.preparation.choices import MeetingState, Reply, TaskState, Wanted
from townhall.preparation.models import Invitation, Meeting, Minutes, Task, TaskStep

if TYPE_CHECKING:
    from collections.abc import Mapping

    from townhall.hours.seats import Actor
    from townhall.preparation.parties import UnitActor

# S23: departments send their leaders; towns, sub-districts and zones the director of their office.
DIRECTORS = frozenset({Unit.Kind.TOWN.value, Unit.Kind.SUBDISTRICT.value, Unit.Kind.ZONE.value})
MOST_MINUTES = 20_000
MOST_AGENDA = 2000
MOST_TASKS_AT_ONCE = 60


def arrange(actor: Actor, data: Mapping[str, Any]) -> Meeting:
    """Set time, place, agenda and units; units learn of it with the next invitation.

    :raises Refused: with the reason
    :raises InvalidFields: with the fields to mend
    """
    with unit_of_work():
        hour = own_hour(actor)
        meeting = Meeting.objects.select_related("hour").filter(hour=hour).first()
        if meeting is None:
            refuse(flow.begin_refusal(actor, hour.stage, flow.BEFORE))
            meeting = Meeting(hour=hour)
        else:
            refuse(flow.seat_refusal(actor, "arrange", meeting))
        fields = inputs.Fields(data)
        place, agenda = (
            fields.words("place", 120, required=True),
            fields.words("agenda", MOST_AGENDA, one_line=False),
        )
        starts_at, units = fields.ahead("starts_at"), fields.units()
        if "starts_at" not in fields.errors and starts_at >= hour.starts_at:
            fields.errors["starts_at"] = _("预备会应在网上办公开始之前。")
        fields.done()
        if meeting.id is not None:
            refuse(flow.state_refusal("arrange", meeting))
        meeting.place, meeting.agenda, meeting.starts_at = place, agenda, starts_at
        if meeting.state == MeetingState.CANCELLED:
            meeting.state = MeetingState.PLANNED
        meeting.save()
        _expect(meeting, units)
        record(
            hour.id, "meeting.arranged", actor=actor.account_id, subject="meeting", subject_id=meeting.id,
            units=units,
        )  # fmt: skip
    return meeting


def _expect(meeting: Meeting, units: list[int]) -> None:
    """Ask these units and no others; what a unit has replied stays with it."""
    meeting.invitations.exclude(unit__in=units).delete()
    have = set(meeting.invitations.values_list("unit_id", flat=True))
    kinds = dict(Unit.objects.filter(id__in=units).values_list("id", "kind"))
    Invitation.objects.bulk_create(
        Invitation(
            meeting=meeting, unit_id=unit,
            wanted=Wanted.DIRECTOR if kinds[unit] in DIRECTORS else Wanted.HEAD,
        )
        for unit in units
        if unit not in have
    )  # fmt: skip


def _meeting(actor: Actor, verb: str) -> Meeting:
    """The meeting of the actor's hour, once it has one."""
    hour = own_hour(actor)
    meeting = Meeting.objects.select_related("hour").filter(hour=hour).first()
    if meeting is None:
        raise missing(_("还没有安排预备会。"))
    refuse(flow.seat_refusal(actor, verb, meeting))
    return meeting


def _units(meeting: Meeting) -> list[int]:
    return list(meeting.invitations.order_by("unit_id").values_list("unit_id", flat=True))


def _tell(actor: Actor | UnitActor, meeting: Meeting, kind: str, **facts: Any) -> None:
    record(meeting.hour_id, kind, actor=actor.account_id, subject="meeting", subject_id=meeting.id, **facts)


def invite(actor: Actor) -> Meeting:
    """Invite every unit; sent again after a change it asks for a reply anew."""
    with unit_of_work():
        meeting = _meeting(actor, "invite")
        refuse(flow.state_refusal("invite", meeting))
        if meeting.starts_at <= clock.now():
            raise Refused(409, "past", _("会议时间已经过去，请先修改时间。"))
        if meeting.state == MeetingState.INVITED:
            meeting.invitations.update(
                reply=Reply.NONE, reply_name="", reply_note="", replied_by=None, replied_at=None
            )
        meeting.state, meeting.invited_at = MeetingState.INVITED, clock.now()
        meeting.save(update_fields=["state", "invited_at"])
        units = _units(meeting)
        _tell(
            actor, meeting, "meeting.invited", units=units, accounts=parties.all_accounts(units),
            starts_at=clock.local(meeting.starts_at).isoformat(),
        )  # fmt: skip
    return meeting


def call_off(actor: Actor) -> Meeting:
    """Cancel the meeting and tell the units."""
    with unit_of_work():
        meeting = _meeting(actor, "call_off")
        refuse(flow.state_refusal("call_off", meeting))
        meeting.state = MeetingState.CANCELLED
        meeting.save(update_fields=["state"])
        units = _units(meeting)
        _tell(actor, meeting, "meeting.cancelled", units=units, accounts=parties.all_accounts(units))
    return meeting


def reply(actor: UnitActor, invitation_id: int, data: Mapping[str, Any]) -> Invitation:
    """Say for one's unit whether somebody comes, and who; a later reply replaces an earlier one."""
    with unit_of_work():
        hour = Invitation.objects.filter(id=invitation_id).values_list("meeting__hour_id", flat=True).first()
        if hour is None:
            raise missing(_("没有这个邀请。"))
        take_turn(hour)
        invitation = Invitation.objects.select_related("meeting__hour").get(id=invitation_id)
        refuse(flow.seat_refusal(actor, "reply", invitation))
        fields = inputs.Fields(data)
        said = fields.choice("reply", [one for one in Reply.values if one])
        name = fields.words("name", 60, required=said in {Reply.YES, Reply.SUBSTITUTE})
        note = fields.words("note", 300, required=said == Reply.NO)
        fields.done()
        refuse(flow.state_refusal("reply", invitation))
        invitation.reply, invitation.reply_name, invitation.reply_note = said, name, note
        invitation.replied_by_id, invitation.replied_at = actor.account_id, clock.now()
        invitation.save()
        _tell(actor, invitation.meeting, "meeting.replied", unit=invitation.unit_id, reply=said)
    return invitation


def attend(actor: Actor, data: Mapping[str, Any]) -> Meeting:
    """Record who came; with it the meeting has been held. A mistake is mended by recording again.

    :param data: ``came``: the invitations whose unit was there; ``came_name.ID``: who it was
    """
    with unit_of_work():
        meeting = _meeting(actor, "attend")
        fields = inputs.Fields(data)
        came = set(fields.integers("came"))
        invitations = list(meeting.invitations.select_related("unit"))
        names = {one.id: fields.words(f"came_name-{one.id}", 60) for one in invitations}
        fields.done()
        refuse(flow.state_refusal("attend", meeting))
        if meeting.starts_at > clock.now():
            raise Refused(409, "early", _("会议还没有开始，到时间后再登记出席。"))
        for one in invitations:
            one.came = one.id in came
            one.came_name = (names[one.id] or one.reply_name) if one.came else ""
            one.save(update_fields=["came", "came_name"])
        meeting.state, meeting.held_at = MeetingState.HELD, meeting.held_at or clock.now()
        meeting.save(update_fields=["state", "held_at"])
        present = sum(bool(one.came) for one in invitations)
        _tell(actor, meeting, "meeting.held", came=present, invited=len(invitations))
    return meeting


def minute(actor: Actor, data: Mapping[str, Any]) -> Minutes:
    """Save the minutes as their next version."""
    with unit_of_work():
        meeting = _meeting(actor, "minute")
        fields = inputs.Fields(data)
        words = fields.words("text", MOST_MINUTES, required=True, one_line=False)
        fields.done()
        refuse(flow.state_refusal("minute", meeting))
        meeting.minutes_version += 1
        meeting.save(update_fields=["minutes_version"])
        made = Minutes.objects.create(
            meeting=meeting, version=meeting.minutes_version, text=words, author_id=actor.id, at=clock.now()
        )
        _tell(actor, meeting, "meeting.minuted", version=made.version)
    return made


def give_tasks(actor: Actor, data: Mapping[str, Any]) -> list[Task]:
    """Give the same task to one or several units, each with its own life.

    :raises Refused: with the reason
    :raises InvalidFields: with the fields to mend
    """
    with unit_of_work():
        hour = own_hour(actor)
        refuse(flow.begin_refusal(actor, hour.stage, flow.BEFORE))
        fields = inputs.Fields(data)
        words, units, due = fields.words("text", 300, required=True), fields.units(), fields.day("due_on")
        if "due_on" not in fields.errors and due < clock.today():
            fields.errors["due_on"] = _("这个日期已经过去，请填写将来的日期。")
        if "due_on" not in fields.errors and due > clock.local(hour.starts_at).date():
            fields.errors["due_on"] = _("准备任务应在网上办公当天或之前完成。")
        if len(units) > MOST_TASKS_AT_ONCE:
            fields.errors["units"] = _("一次最多 %(most)s 个单位。") % {"most": MOST_TASKS_AT_ONCE}
        fields.done()
        made = [Task.objects.create(hour=hour, unit_id=unit, text=words, due_on=due) for unit in units]
        accounts = parties.accounts_of(units)
        for task in made:
            _step(actor, task, "give", "", due=task.due_on.isoformat(), accounts=accounts[task.unit_id])
    return made


_KINDS = {"give": "task.given", "report": "task.done", "reopen": "task.reopened", "drop": "task.dropped",
          "remark": "task.remarked"}  # fmt: skip


def _step(actor: Actor | UnitActor, task: Task, verb: str, note: str, **facts: Any) -> None:
    account = actor.account_id
    if account is None:
        message = "the system is nobody"
        raise ValueError(message)
    TaskStep.objects.create(task=task, verb=verb, note=note, by_id=account, at=clock.now())
    record(
        task.hour_id,
        _KINDS[verb],
        actor=account,
        subject="task",
        subject_id=task.id,
        unit=task.unit_id,
        **facts,
    )


def move_task(actor: Actor | UnitActor, verb: str, task_id: int, data: Mapping[str, Any]) -> Task:
    """Do ``verb`` to a task: report it done, say how far it is, open it again, drop it.

    :raises Refused: with the reason
    :raises InvalidFields: with the fields to mend
    """
    if verb not in flow.TASK_MOVES:
        raise missing(_("没有这项操作。"))
    with unit_of_work():
        hour = Task.objects.filter(id=task_id).values_list("hour_id", flat=True).first()
        if hour is None:
            raise missing(_("没有这项任务。"))
        take_turn(hour)
        task = Task.objects.select_related("hour").get(id=task_id)
        refuse(flow.seat_refusal(actor, verb, task))
        fields = inputs.Fields(data)
        note = fields.words("note", 500, required=verb != "report", one_line=False)
        due = fields.day("due_on") if verb == "reopen" and fields.data.get("due_on") else task.due_on
        fields.done()
        refuse(flow.state_refusal(verb, task))
        task.state = flow.TASK_MOVES[verb].target or task.state
        task.done_at = clock.now() if task.state == TaskState.DONE else None
        task.due_on = due
        task.save()
        _step(actor, task, verb, note, **_whom(verb, task))
    return task


def _whom(verb: str, task: Task) -> dict[str, Any]:
    """Who is told: the coordinator of what a unit says, the unit of what the coordinator decides."""
    if verb in {"report", "remark"}:
        return {"accounts": parties.coordinators(task.hour_id)}
    facts: dict[str, Any] = {"accounts": parties.all_accounts([task.unit_id])}
    return facts | ({"due": task.due_on.isoformat()} if verb == "reopen" else {})
