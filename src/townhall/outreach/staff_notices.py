"""What staff are told, and by which words: one table from kinds of journal entries to sentences.

An entry of such a kind that names an ``account`` or ``accounts`` becomes one message to each of them. Rooms that
write new kinds add a line here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from townhall.countdown.models import Step
from townhall.hours.choices import Role
from townhall.hours.models import OfficeHour, Seat
from townhall.hours.published import worded as in_words
from townhall.preparation.models import Task

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from townhall.journal.models import Entry


@dataclass(frozen=True, slots=True)
class Notice:
    """One kind of message to staff.

    :param text: one sentence, in the reader's language; may name facts of the entry
    :param page: where to go on, with ``{slug}`` of the hour
    :param seat: who is told when the entry names nobody
    """

    text: Any
    page: str = "/desk/prepare/{slug}/"
    seat: str = ""


_CALENDAR = "/desk/office/"
_APPROVALS = "/desk/office/approvals/"
_PROMISES = "/desk/office/promises/"
NOTIFY: dict[str, Notice] = {
    "hour.date_moved": Notice(gettext_lazy("按规则推算，本期日期应当改动，请决定。")),
    "hour.date_settled": Notice(gettext_lazy("本期日期已经确定，不再是暂定。")),
    "hour.date_unsettled": Notice(gettext_lazy("本期日期又变为暂定，请留意。")),
    "series.date_moved": Notice(gettext_lazy("全年日期中有一期推算的日期变了，请核对。"), _CALENDAR),
    "series.date_settled": Notice(gettext_lazy("全年日期中有一期的日期已经确定。"), _CALENDAR),
    "series.date_unsettled": Notice(gettext_lazy("全年日期中有一期的日期又变为暂定。"), _CALENDAR),
    "countdown.late": Notice(gettext_lazy("您负责的节点已经逾期。")),
    "countdown.due": Notice(gettext_lazy("您负责的节点今天到期，还没有完成。")),
    "countdown.at_risk": Notice(
        gettext_lazy("您负责的节点有逾期风险：过了目标日期，或者要等的节点没有按时完成。")
    ),
    "countdown.moved": Notice(gettext_lazy("您负责的节点改了日期，请核对。")),
    "notice.sent": Notice(gettext_lazy("有新的通知，请签收。"), "/desk/"),
    "notice.chased": Notice(gettext_lazy("通知还没有签收，请尽快处理。"), "/desk/"),
    "notice.withdrawn": Notice(gettext_lazy("一份通知已经撤回。"), "/desk/"),
    "notice.asked": Notice(gettext_lazy("有单位对通知提出疑问，请答复。")),
    "notice.answered": Notice(gettext_lazy("您对通知的疑问有了答复。"), "/desk/"),
    "meeting.invited": Notice(gettext_lazy("请您参加预备会。"), "/desk/"),
    "meeting.cancelled": Notice(gettext_lazy("预备会取消了。"), "/desk/"),
    "task.given": Notice(gettext_lazy("有新的准备任务交给您。"), "/desk/"),
    "task.done": Notice(gettext_lazy("有单位报告任务已经完成。")),
    "task.remarked": Notice(gettext_lazy("有单位说明了任务进展。")),
    "task.reopened": Notice(gettext_lazy("一项报告完成的任务又退回来了。"), "/desk/"),
    "task.dropped": Notice(gettext_lazy("一项任务不需要做了。"), "/desk/"),
    "plan.approvers_chosen": Notice(gettext_lazy("本期方案请您审批，呈批后再请您处理。"), _APPROVALS),
    "plan.submitted": Notice(gettext_lazy("方案已呈批，请您审批。"), _APPROVALS),
    "plan.passed": Notice(gettext_lazy("方案已呈批，请您审批。"), _APPROVALS),
    "plan.returned": Notice(gettext_lazy("方案被退回修改。"), seat=Role.COORDINATOR),
    "plan.approved": Notice(gettext_lazy("方案已批准。"), seat=Role.COORDINATOR),
    "publicity.closing_proposed": Notice(gettext_lazy("到了截止预提问的时间，请办理。")),
    "leftover.late": Notice(gettext_lazy("有会后办理件逾期，请处理。"), "/desk/after/{slug}/"),
    "leftover.chased": Notice(gettext_lazy("有会后办理件请尽快答复。"), "/desk/after/{slug}/"),
    "leftover.extension_asked": Notice(gettext_lazy("有会后办理件申请延期，请决定。"), "/desk/after/{slug}/"),
    "leftover.extended": Notice(gettext_lazy("延期申请已批准。"), "/desk/after/{slug}/"),
    "leftover.extension_refused": Notice(
        gettext_lazy("延期申请没有批准，请按期答复。"), "/desk/after/{slug}/"
    ),
    "authorisation.granted": Notice(gettext_lazy("您被授权签发会后办理件。"), "/desk/after/{slug}/"),
    "authorisation.ended": Notice(gettext_lazy("您的签发授权已经终止。"), "/desk/after/{slug}/"),
    "handover.handed": Notice(gettext_lazy("有移交清单请您签收。"), "/desk/after/{slug}/"),
    "handover.returned": Notice(gettext_lazy("移交清单被退回，请核对。"), "/desk/after/{slug}/"),
    "handover.signed": Notice(gettext_lazy("移交清单已签收。"), "/desk/after/{slug}/"),
    "closing.submitted": Notice(gettext_lazy("有小结或实录请您签发。"), "/desk/after/{slug}/"),
    "closing.returned": Notice(gettext_lazy("小结或实录被退回修改。"), "/desk/after/{slug}/"),
    "closing.withheld": Notice(
        gettext_lazy("有小结或实录被临时屏蔽，请第二人确认或恢复。"), "/desk/after/{slug}/"
    ),
    "redress.referred": Notice(gettext_lazy("有人申请更正或撤下本单位的答复，请核查。"), "/desk/"),
    "commitment.made": Notice(gettext_lazy("答复里有一项承诺由您的单位办理，请看期限。"), _PROMISES),
    "commitment.amended": Notice(gettext_lazy("一项承诺的协办单位或办理方式已经更正，请看。"), _PROMISES),
    "commitment.extension_asked": Notice(gettext_lazy("有单位申请延期，请您审批。"), _PROMISES),
    "commitment.extended": Notice(gettext_lazy("您单位的延期申请已经批准，新的期限已公开。"), _PROMISES),
    "commitment.extension_refused": Notice(gettext_lazy("您单位的延期申请没有批准，期限不变。"), _PROMISES),
    "commitment.reported": Notice(gettext_lazy("有承诺报结，请核查。"), _PROMISES),
    "commitment.verified": Notice(gettext_lazy("您单位报结的承诺已经核查通过。"), _PROMISES),
    "commitment.reworked": Notice(gettext_lazy("一项承诺退回重办，请看核查意见。"), _PROMISES),
    "commitment.closed": Notice(gettext_lazy("您单位的一项承诺已经办结。"), _PROMISES),
    "commitment.ending_proposed": Notice(gettext_lazy("有承诺申请终止办理，请您签发或退回。"), _PROMISES),
    "commitment.ended": Notice(gettext_lazy("一项承诺由区长签发终止办理。"), _PROMISES),
    "commitment.ending_refused": Notice(gettext_lazy("终止办理的申请没有同意，承诺继续有效。"), _PROMISES),
    "commitment.chased": Notice(gettext_lazy("催办：您单位有一项承诺请尽快办理。"), _PROMISES),
    "commitment.escalated": Notice(gettext_lazy("一项逾期的承诺已提级督办，请过问。"), _PROMISES),
    "commitment.month_ready": Notice(
        gettext_lazy("上个月的承诺办理情况已经汇总，请看。"), f"{_PROMISES}month/?month={{month}}"
    ),
    "commitment.reopened": Notice(gettext_lazy("一项已办结的承诺要重新办理。"), _PROMISES),
    "commitment.disputed": Notice(gettext_lazy("提问人反映一项承诺没有办好，请重新核查。"), _PROMISES),
    "question.flagged": Notice(
        gettext_lazy("有提问反映工作人员问题，请督查室查看。"), "/desk/hours/{slug}/inspector/"
    ),
    "question.changed": Notice(
        gettext_lazy("领导修改了您拟的答复稿，您仍是拟稿人，请看改动。"), "/desk/hours/{slug}/"
    ),
    "staffing.assigned": Notice(gettext_lazy("您被安排了岗位。")),
    "staffing.removed": Notice(gettext_lazy("您的一个岗位取消了。")),
    "staffing.unmanned": Notice(gettext_lazy("临近开始，还有岗位或席位没有人签到。")),
    "venue.clerk_given": Notice(gettext_lazy("请您在会场代为登记提问。")),
    "venue.state": Notice(gettext_lazy("有会场报告了情况，请查看。")),
    "hour.signer_changed": Notice(gettext_lazy("现在由您当值签发。"), "/desk/hours/{slug}/"),
    "hour.alarm_raised": Notice(
        gettext_lazy("有一项运行指标变红，请看运行情况页上的办法。"), "/desk/hours/{slug}/technician/"
    ),
    "hour.alarm_cleared": Notice(gettext_lazy("运行指标已恢复正常。"), "/desk/hours/{slug}/technician/"),
    "hour.stood_in": Notice(gettext_lazy("您作为 B 角接替了岗位。"), "/desk/hours/{slug}/"),
    "hour.seated": Notice(gettext_lazy("您在本期有了新的岗位。"), "/desk/hours/{slug}/"),
    "hour.unseated": Notice(gettext_lazy("您在本期的一个岗位已经结束。"), "/desk/"),
    "broadcast.paused": Notice(
        gettext_lazy("短信群发暂停了，请查看原因。"), "/desk/prepare/{slug}/broadcast/", Role.COORDINATOR
    ),
    "broadcast.finished": Notice(
        gettext_lazy("短信群发已经发完。"), "/desk/prepare/{slug}/broadcast/", Role.COORDINATOR
    ),
}
# What several rooms may tell about one entry is still one message a person.
_ADDRESSEES = ("account", "accounts")


def addressees(entry: Entry) -> list[int]:
    """The accounts an entry names or whose seat is concerned, each once; who did it need not be told."""
    facts, actor, seat = entry.facts, entry.actor, NOTIFY[entry.kind].seat
    found: list[int] = []
    for name in _ADDRESSEES:
        value = facts.get(name)
        found += value if isinstance(value, list) else [value] if isinstance(value, int) else []
    if seat and not found:
        seated = Seat.objects.filter(hour_id=entry.line, role=seat, active=True)
        found = list(seated.values_list("account_id", flat=True))
    return [one for one in dict.fromkeys(found) if one != actor]


@dataclass(frozen=True, slots=True)
class Known:
    """What messages name: the hours they speak of by line, the steps of countdowns and the tasks by id."""

    hours: Mapping[int, OfficeHour]
    steps: Mapping[int, Step]
    tasks: Mapping[int, Task]


def known(parameters: Iterable[Mapping[str, Any]]) -> Known:
    """What these messages speak of, in at most three queries."""
    said = list(parameters)
    lines = {int(one.get("line", 0)) for one in said}
    steps, tasks = _ids(said, "step"), _ids(said, "task")
    return Known(
        {row.id: row for row in OfficeHour.objects.filter(id__in=lines)},
        {row.id: row for row in Step.objects.filter(id__in=steps)} if steps else {},
        {row.id: row for row in Task.objects.filter(id__in=tasks).select_related("unit")} if tasks else {},
    )


def _ids(said: Iterable[Mapping[str, Any]], subject: str) -> set[int]:
    return {int(one["subject_id"]) for one in said if one.get("subject") == subject and one.get("subject_id")}


def worded(kind: str, parameters: Mapping[str, Any], told_of: Known) -> dict[str, str]:
    """The sentence of a message, what it is about, and where to go on."""
    notice = NOTIFY.get(kind)
    hour = told_of.hours.get(int(parameters.get("line", 0)))
    page = notice.page if notice else "/desk/"
    if "{slug}" in page:
        page = page.replace("{slug}", hour.slug) if hour else "/desk/"
    about = [in_words(hour, "title")] if hour else []
    subject, subject_id = parameters.get("subject"), int(parameters.get("subject_id") or 0)
    if subject == "month":
        page = page.replace("{month}", f"{subject_id // 100}-{subject_id % 100:02}")
    if subject == "step" and (step := told_of.steps.get(subject_id)):
        about.insert(0, _step(step))
    if subject == "task" and (task := told_of.tasks.get(subject_id)):
        about.insert(0, _("%(unit)s：%(task)s") % {"unit": in_words(task.unit, "name"), "task": task.text})
    return {
        "text": str(notice.text) if notice else _("有一件事与您有关。"),
        "about": " · ".join(about),
        "page": page,
    }


def _step(step: Step) -> str:
    """A step by its name and the day by which it is due, as it stands now."""
    if step.due_on is None:
        return in_words(step, "title")
    return _("“%(step)s”，%(day)s到期") % {
        "step": in_words(step, "title"),
        "day": date_format(step.due_on, _("n月j日")),
    }
