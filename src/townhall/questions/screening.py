"""The moderator's and coordinator's moves: screen, dispatch, cover, hand over."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.hours.choices import Role
from townhall.hours.models import OfficeHour, Seat
from townhall.journal.write import record
from townhall.kernel import clock
from townhall.kernel.errors import CONFLICT, Refused
from townhall.questions import citizen_actions, flow, threats, visibility
from townhall.questions.choices import ReturnReason, Status, Withheld, WithholdCode
from townhall.questions.models import (
    Appeal,
    Convening,
    Decline,
    Hold,
    Note,
    Question,
    Return,
    UrgentHandover,
    Withholding,
)
from townhall.questions.moving import Told, remark, restart_wait
from townhall.questions.phrases import DECLINE_REASONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from townhall.hours.seats import Actor


_WITH_A_GROUP = (Status.ASSIGNED, Status.SUBMITTED)


def _accept(actor: Actor, question: Question, cleaned: dict[str, Any]) -> Told:
    question.accepted_at = clock.now()
    restart_wait(question)
    return Told("question.accepted")


def _decline(actor: Actor, question: Question, cleaned: dict[str, Any]) -> Told:
    reason = DECLINE_REASONS[cleaned["code"]]
    if question.status not in flow.MOVES["decline"].sources and reason.code != "urgent":
        message = _("已经分发的提问只能以“紧急转办”结束，或先解除紧急。")
        raise Refused(CONFLICT, "status", message)
    Decline.objects.create(
        question=question,
        code=reason.code,
        fill=cleaned["fill"],
        handed_to=cleaned["handed_to"],
        handed_at=cleaned["handed_at"],
        note=cleaned["note"],
        by_id=actor.id,
        at=clock.now(),
        needs_confirmation=reason.needs_confirmation,
    )
    if cleaned["threat"]:
        threats.keep(actor, question)
    _end_urgent(actor, question)
    restart_wait(question)
    told = Told("question.declined", {"code": reason.code, "confirm": reason.needs_confirmation})
    told.afterwards.append(partial(citizen_actions.free_followers, question, actor.account_id))
    return told


def _end_urgent(actor: Actor, question: Question) -> None:
    if question.urgent:
        question.urgent = False
        question.handovers.filter(released_at=None).update(
            released_at=clock.now(), released_by=actor.account_id
        )


def _confirm_decline(actor: Actor, question: Question, cleaned: dict[str, Any]) -> Told:
    decline = question.declines.filter(needs_confirmation=True, confirmed_at=None)[0]
    decline.confirmed_by_id = actor.id
    decline.confirmed_at = clock.now()
    decline.save()
    return Told("question.decline_confirmed", {"code": decline.code}, public=False)


def _reopen(actor: Actor, question: Question, cleaned: dict[str, Any]) -> Told:
    appealed = _close_appeal(actor, question, upheld=False, note=cleaned["note"])
    question.declines.filter(reopened_at=None).update(reopened_at=clock.now())
    question.merged_into = None
    question.accepted_at = question.accepted_at or clock.now()
    remark(actor, question, "reopen", cleaned["note"])
    restart_wait(question)
    return Told("question.reopened", {"appeal": appealed})


def _close_appeal(actor: Actor, question: Question, *, upheld: bool, note: str) -> bool:
    open_appeals = Appeal.objects.filter(question=question, closed_at=None)
    return bool(open_appeals.update(closed_at=clock.now(), closed_by=actor.id, upheld=upheld, note=note))


def _uphold(actor: Actor, question: Question, cleaned: dict[str, Any]) -> Told:
    _close_appeal(actor, question, upheld=True, note=cleaned["note"])
    remark(actor, question, "uphold", cleaned["note"])
    return Told("question.upheld", public=False)


def _edit(actor: Actor, question: Question, cleaned: dict[str, Any]) -> Told:
    changed = [name for name in ("title", "text", "kind", "subject", "area") if name in cleaned]
    if {"title", "text"} & set(changed):
        question.original_title = question.original_title or question.title
        question.original_text = question.original_text or question.text
        # The prepared answer was agreed to for another wording.
        unsigned = question.versions.filter(number=question.draft_version or 0, signed_at=None)
        unsigned.update(reviewed_by=None, reviewed_at=None)
    for name in changed:
        setattr(question, name, cleaned[name])
    remark(actor, question, "edit", cleaned["note"])
    filed = {f"filed_{name}": cleaned[name] for name in ("kind", "subject") if name in changed}
    return Told("question.edited", {"fields": ".".join(changed), **filed})


def _split(actor: Actor, question: Question, cleaned: dict[str, Any]) -> Told:
    first, *others = cleaned["parts"]
    question.original_title = question.original_title or question.title
    question.original_text = question.original_text or question.text
    question.title, question.text = first["title"], first["text"]
    question.accepted_at = question.accepted_at or clock.now()
    restart_wait(question)
    told = Told("question.split", {"parts": len(cleaned["parts"])})
    told.afterwards.append(partial(_add_parts, actor, question, others))
    return told


def _add_parts(actor: Actor, question: Question, others: list[dict[str, str]]) -> None:
    """Store the further parts as questions of their own, with the asker's one receipt."""
    hour = OfficeHour.objects.select_for_update().get(id=question.hour_id)
    for part in others:
        hour.last_number += 1
        row = Question.objects.create(
            hour=question.hour, number=hour.last_number, window=question.window, channel=question.channel,
            lang=question.lang, display_name=question.display_name, kind=question.kind, subject=question.subject,
            area=question.area, title=part["title"], text=part["text"], status=Status.ACCEPTED,
            about_official=question.about_official, accused_unit_id=question.accused_unit_id,
            reply_privately=question.reply_privately, part_of=question.part_of or question,
            follows_id=question.follows_id, asked_at=question.asked_at, accepted_at=clock.now(),
            waiting_since=clock.now(),
        )  # fmt: skip
        record(
            hour.id, "question.accepted", actor=actor.account_id, subject="question", subject_id=row.id,
            public=visibility.is_public(row, question.hour), part_of=question.id,
        )  # fmt: skip
    hour.save(update_fields=["last_number"])


def _merge(actor: Actor, question: Question, cleaned: dict[str, Any]) -> Told:
    root: Question = cleaned["into"]
    question.merged_into = root
    restart_wait(question)
    told = Told("question.merged", {"into": root.id})
    told.afterwards.append(partial(_follow, actor, list(question.merged.select_related("hour")), root))
    return told


def _follow(actor: Actor, followers: list[Question], root: Question) -> None:
    """Those merged earlier go along; each has an entry of its own, since what readers see of it names the new root."""
    for follower in followers:
        follower.merged_into = root
        follower.save(update_fields=["merged_into"])
        record(
            follower.hour_id, "question.merged", actor=actor.account_id, subject="question",
            subject_id=follower.id, public=visibility.is_public(follower, follower.hour), into=root.id,
        )  # fmt: skip


def _assign(actor: Actor, question: Question, cleaned: dict[str, Any]) -> Told:
    again = question.status == Status.ASSIGNED
    _send(question, cleaned)
    remark(actor, question, "assign", cleaned["note"])
    due = question.answer_due.isoformat() if question.answer_due else None
    facts = {**_addressees(cleaned), "unit": question.unit_id, "again": again, "due": due}
    return Told("question.assigned", facts)


def _send(question: Question, cleaned: dict[str, Any]) -> None:
    question.lead = cleaned["lead"]
    question.unit = cleaned["unit"]
    question.assisting.set(cleaned["assisting"])
    question.accepted_at = question.accepted_at or clock.now()
    question.assigned_at = clock.now()
    question.answer_due = cleaned["due"] or question.answer_due
    restart_wait(question)


def _addressees(cleaned: dict[str, Any]) -> dict[str, Any]:
    return {"lead": cleaned["lead"].id, "assisting": [group.id for group in cleaned["assisting"]]}


def _designate(actor: Actor, question: Question, cleaned: dict[str, Any]) -> Told:
    _send(question, cleaned)
    question.designated = True
    remark(actor, question, "designate", cleaned["note"])
    return Told("question.designated", {**_addressees(cleaned), "unit": question.unit_id})


def _return(actor: Actor, question: Question, cleaned: dict[str, Any]) -> Told:
    group_id = question.lead_id or 0  # an assigned question always has a lead
    Return.objects.create(
        question=question, group_id=group_id, reason_code=cleaned["reason_code"],
        proposed_unit=cleaned["proposed_unit"], by_id=actor.id, at=clock.now(),
    )  # fmt: skip
    question.returns += 1
    question.lead = None
    question.unit = None
    question.assisting.clear()
    restart_wait(question)
    remark(actor, question, "return", cleaned["note"])
    return Told("question.returned", {"reason": cleaned["reason_code"], "group": group_id})


def _withhold(actor: Actor, question: Question, cleaned: dict[str, Any]) -> Told:
    Withholding.objects.create(question=question, code=cleaned["code"], by_id=actor.id, at=clock.now())
    question.withheld = Withheld.PENDING
    if cleaned["code"] == WithholdCode.THREAT:
        threats.keep(actor, question)
    remark(actor, question, "withhold", cleaned["note"])
    return Told("question.withheld", {"code": cleaned["code"]})


def _confirm_withhold(actor: Actor, question: Question, cleaned: dict[str, Any]) -> Told:
    covering = question.withholdings.filter(restored_at=None, confirmed_at=None)[0]
    covering.confirmed_by_id = actor.id
    covering.confirmed_at = clock.now()
    covering.save()
    question.withheld = Withheld.CONFIRMED
    return Told("question.withhold_confirmed", {"code": covering.code})


def _restore(actor: Actor, question: Question, cleaned: dict[str, Any]) -> Told:
    question.withholdings.filter(restored_at=None).update(restored_at=clock.now(), restored_by=actor.id)
    question.withheld = None
    remark(actor, question, "restore", cleaned["note"])
    return Told("question.restored")


def _urgent(actor: Actor, question: Question, cleaned: dict[str, Any]) -> Told:
    UrgentHandover.objects.create(
        question=question,
        handed_to=cleaned["handed_to"],
        note=cleaned["note"],
        by_id=actor.id,
        at=clock.now(),
    )
    question.urgent = True
    return Told("question.urgent")


def _release(actor: Actor, question: Question, cleaned: dict[str, Any]) -> Told:
    _end_urgent(actor, question)
    remark(actor, question, "release", cleaned["note"])
    return Told("question.urgent_released")


def _convene(actor: Actor, question: Question, cleaned: dict[str, Any]) -> Told:
    convening = Convening.objects.create(question=question, by_id=actor.id, at=clock.now())
    convening.units.set(cleaned["units"])
    groups = (
        question.hour.groups.filter(units__in=cleaned["units"]).exclude(id=question.lead_id or 0).distinct()
    )
    question.assisting.add(*groups)
    return Told("question.convened", {"units": [unit.id for unit in cleaned["units"]]}, public=False)


def _close_convening(actor: Actor, question: Question, cleaned: dict[str, Any]) -> Told:
    question.convenings.filter(closed_at=None).update(
        result=cleaned["result"], present=cleaned["present"], closed_at=clock.now()
    )
    return Told("question.convening_closed", public=False)


def _take(actor: Actor, question: Question, cleaned: dict[str, Any]) -> Told:
    question.taken = True
    return Told("question.taken", public=False)


def _flag(actor: Actor, question: Question, cleaned: dict[str, Any]) -> Told:
    question.about_official = cleaned["about_official"]
    question.accused_unit = cleaned["unit"] if cleaned["about_official"] else None
    told = inspectors(question) if question.about_official else []
    found = Told(
        "question.flagged", {"about_official": question.about_official, "accounts": told}, public=False
    )
    if question.accused_unit is not None:
        _take_from_the_accused(actor, question, found)
    return found


def inspectors(question: Question) -> list[int]:
    """Who is told of a complaint about an official: every inspector of the hour who is not of the accused unit."""
    seats = Seat.objects.filter(hour_id=question.hour_id, role=Role.INSPECTOR, active=True)
    if question.accused_unit_id is not None:
        seats = seats.exclude(account__unit_id=question.accused_unit_id)
    return list(seats.values_list("account_id", flat=True).distinct())


def _take_from_the_accused(actor: Actor, question: Question, told: Told) -> None:
    """Nobody helps with a complaint about themselves; was the unit to answer, somebody else must be found.

    The draft of the accused goes with it, also when the lead had been designated: that bound against a return.
    """
    accused = {question.accused_unit_id}
    for group in question.assisting.prefetch_related("units"):
        if {unit.id for unit in group.units.all()} <= accused:  # as when it is assigned
            question.assisting.remove(group)
    if question.unit_id != question.accused_unit_id or question.status not in _WITH_A_GROUP:
        return
    group_id = question.lead_id
    question.status = Status.ACCEPTED
    question.lead = question.unit = question.draft_version = question.submitted_at = None
    question.assisting.clear()
    question.designated = False
    restart_wait(question)
    Hold.objects.filter(question=question).delete()
    # Told in public as any question that goes back to be assigned: what it is about stays inside.
    told.afterwards.append(partial(_tell_return, actor, question, group_id))


def _tell_return(actor: Actor, question: Question, group_id: int | None) -> None:
    record(
        question.hour_id, "question.returned", actor=actor.account_id, subject="question",
        subject_id=question.id, public=visibility.is_public(question, question.hour),
        reason=ReturnReason.RECUSAL.value, group=group_id,
    )  # fmt: skip


def _remark(actor: Actor, question: Question, cleaned: dict[str, Any]) -> Told:
    Note.objects.create(question=question, text=cleaned["text"], author_id=actor.id, at=clock.now())
    return Told("question.noted", public=False)


HANDLERS: dict[str, Callable[[Actor, Question, dict[str, Any]], Told]] = {
    "accept": _accept, "decline": _decline, "confirm_decline": _confirm_decline, "reopen": _reopen,
    "uphold": _uphold, "edit": _edit, "split": _split, "merge": _merge, "assign": _assign, "return": _return,
    "designate": _designate, "withhold": _withhold, "confirm_withhold": _confirm_withhold, "restore": _restore,
    "urgent": _urgent, "release": _release, "convene": _convene, "close_convening": _close_convening,
    "take": _take, "flag": _flag, "note": _remark,
}  # fmt: skip
