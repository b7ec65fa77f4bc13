"""What proves that a step is done: the event itself, read from the room in which it happens.

Each proof is a function of the hour that says since when the thing stands, or ``None`` while it does not. A proof may
fall away again: a plan changed after its approval is not approved. A step that names no proof here is ticked by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from townhall.hours.choices import Stage
from townhall.hours.models import OfficeHour
from townhall.journal.models import Entry
from townhall.observers import queries as observers
from townhall.plans import queries as plans
from townhall.preparation import queries as preparation
from townhall.questions import digest
from townhall.staffing import attendance
from townhall.topics import queries as topics
from townhall.venues import queries as venues

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Proof:
    """One event that does a step.

    :param label: what the event is called on the page and in the template's list
    :param since: since when it stands for an hour
    :param said: how far it is while it does not stand, in one line; empty when there is nothing to say
    """

    label: Any
    since: Callable[[OfficeHour], datetime | None]
    said: Callable[[OfficeHour], str] = lambda _hour: ""


def _last(hour: OfficeHour, kind: str) -> datetime | None:
    newest = Entry.objects.filter(line=hour.id, kind=kind).order_by("-seq")
    return newest.values_list("at", flat=True).first()


def announced_at(hour: OfficeHour) -> datetime | None:
    """When topic and pre-questions were opened; moving the hour does not undo it."""
    if hour.stage in {Stage.PLANNED, Stage.CANCELLED}:
        return None
    return _last(hour, "hour.announced")


def asking_closed_at(hour: OfficeHour) -> datetime | None:
    """When pre-questions were closed; a postponement opens them again."""
    if hour.stage in {Stage.PLANNED, Stage.ANNOUNCED, Stage.CANCELLED}:
        return None
    return _last(hour, "hour.asking_closed")


def topic_set_at(hour: OfficeHour) -> datetime | None:
    """When the topic was chosen from the pool, or written into the hour by hand."""
    if not hour.topic:
        return None
    if topics.chosen_for(hour) is not None:
        return _last(hour, "topic.chosen")
    written = Entry.objects.filter(line=hour.id, kind__in=("hour.created", "hour.edited")).order_by("seq")
    return written.values_list("at", flat=True).first()


def plan_submitted_at(hour: OfficeHour) -> datetime | None:
    """When the plan went to its approvers; not while it is being drafted or has come back."""
    return _last(hour, "plan.submitted") if plans.submitted(hour) else None


PROOFS: dict[str, Proof] = {
    "topic_chosen": Proof(_("主题已选定"), topic_set_at),
    "plan_submitted": Proof(_("方案已呈批"), plan_submitted_at),
    "plan_approved": Proof(_("方案已批准"), plans.approved_at),
    "notice_issued": Proof(_("通知已印发"), preparation.notice_sent_at),
    "notice_signed": Proof(_("通知已全部签收"), preparation.notice_signed_at),
    "meeting_held": Proof(_("预备会已召开"), preparation.meeting_held_at),
    "tasks_done": Proof(_("任务已全部完成"), preparation.tasks_done_at),
    "published": Proof(_("主题已公布，预提问已开通"), announced_at),
    "press_released": Proof(_("公告已交付媒体"), preparation.press_released_at),
    "asking_closed": Proof(_("预提问已截止"), asking_closed_at),
    "digest_dispatched": Proof(_("预提问已全部分发"), digest.dispatched_at),
    "answers_prepared": Proof(_("预提问的答复已全部拟好呈签"), digest.prepared_at, digest.prepared_so_far),
    "observers_settled": Proof(_("网民代表已确定"), observers.settled_at),
    "staffing_complete": Proof(_("必设岗位已全部到人"), attendance.complete_at),
    "venues_ready": Proof(_("会场已全部就绪"), venues.ready_at),
    "checked_in": Proof(_("必到人员已全部签到"), attendance.checked_in_at, attendance.said),
}
# What rooms above prove; the functions come through the slot, which `config` fills.
_ABOVE: dict[str, Any] = {
    "sms_ready": _("短信签名和模板已报备"),
    "sms_sent": _("短信已群发"),
    "dry_run": _("会前联调检查已通过"),
}
FROM_ABOVE: list[tuple[str, Callable[[OfficeHour], datetime | None]]] = []


def known() -> dict[str, Proof]:
    """Every proof there is, by name."""
    return PROOFS | {name: Proof(_ABOVE[name], since) for name, since in FROM_ABOVE}


def happened(hour: OfficeHour, names: Iterable[str]) -> dict[str, datetime | None]:
    """Since when each of these events stands for this hour; names without a proof are left out."""
    have = known()
    return {name: have[name].since(hour) for name in dict.fromkeys(names) if name in have}
