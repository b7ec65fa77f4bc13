"""The lives of notices, receipts, the prep meeting, invitations and tasks as tables, and the one oracle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from townhall.hours.choices import ALL_STAGES, Role, Stage
from townhall.kernel.errors import CONFLICT, FORBIDDEN, NOT_FOUND
from townhall.kernel.flow import Move, Refusal, table
from townhall.preparation.choices import MeetingState, NoticeState, ReceiptState, TaskState
from townhall.preparation.parties import UNIT, UnitActor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from townhall.hours.models import OfficeHour
    from townhall.hours.seats import Actor
    from townhall.preparation.models import Invitation, Meeting, Notice, Receipt, Task

    Thing = Notice | Receipt | Meeting | Invitation | Task

COORDINATOR = frozenset({Role.COORDINATOR.value})
FOR_UNIT = frozenset({UNIT})
# Who may look at what goes out before the hour without doing any of it.
READERS = COORDINATOR | {Role.MAYOR.value, Role.DEPUTY.value, Role.INSPECTOR.value}
BEFORE = frozenset({Stage.PLANNED.value, Stage.ANNOUNCED.value, Stage.PREPARING.value})
# A cancelled hour is told to the units by a notice too.
WRITING = ALL_STAGES - {Stage.ARCHIVED.value}

_TITLES: dict[str, Any] = {
    "notice": NoticeState, "receipt": ReceiptState, "meeting": MeetingState, "task": TaskState,
}  # fmt: skip


def receipt_state(receipt: Receipt) -> str:
    """Where a unit is with its copy; a newer text or a withdrawal voids what was not signed."""
    if receipt.signed_at is not None:
        return ReceiptState.SIGNED.value
    notice = receipt.notice
    if notice.state == NoticeState.WITHDRAWN or receipt.version != notice.sent_version:
        return ReceiptState.VOID.value
    return ReceiptState.WAITING.value


def _unsent(notice: Any) -> Any:
    return None if notice.sent_version != notice.version else _("这份通知没有未印发的修改。")


def _invited(invitation: Any) -> Any:
    if invitation.meeting.state == MeetingState.INVITED:
        return None
    return _("预备会已召开或已取消，不能再回复。")


GUARDS: dict[str, Callable[[Any], Any]] = {"unsent": _unsent, "invited": _invited}


def _move(  # noqa: PLR0913 - a row of the table, its rarer columns by name
    verb: str, sources: Iterable[Any], target: Any, label: Any, summary: Any, *,
    roles: frozenset[str] = COORDINATOR, stages: frozenset[str] = ALL_STAGES, guards: tuple[str, ...] = (),
) -> Move:  # fmt: skip
    named = frozenset(source.value for source in sources)
    return Move(verb, named, target.value if target else None, roles, stages, label, summary, guards)


_N, _R, _M, _T = NoticeState, ReceiptState, MeetingState, TaskState

NOTICE_MOVES = table(
    [
        _move("revise", (_N.DRAFT, _N.SENT), None, _("保存"), _("保存通知的新文本；已印发的文本不变"), stages=WRITING),
        _move(
            "send", (_N.DRAFT, _N.SENT), _N.SENT, _("印发"), _("编号并发给各单位，等待签收"),
            stages=WRITING, guards=("unsent",),
        ),
        _move("withdraw", (_N.SENT,), _N.WITHDRAWN, _("撤销通知"), _("撤销已印发的通知"), stages=WRITING),
    ],
    NoticeState.values,
    GUARDS,
)  # fmt: skip

RECEIPT_MOVES = table(
    [
        _move("read", tuple(_R), None, _("阅读"), _("打开通知"), roles=FOR_UNIT),
        _move("sign_for", (_R.WAITING,), _R.SIGNED, _("签收"), _("以本人姓名代表单位签收"), roles=FOR_UNIT),
        _move("ask_back", (_R.WAITING, _R.SIGNED), None, _("询问"), _("就通知内容向区府办提问"), roles=FOR_UNIT),
        _move("answer_back", (_R.WAITING, _R.SIGNED), None, _("回复"), _("回复单位的询问")),
        _move("sign_on_paper", (_R.WAITING,), _R.SIGNED, _("纸质签收（补录）"), _("录入纸面上签收人的姓名和时间")),
        _move("approach", (_R.WAITING, _R.SIGNED), None, _("登记联系"), _("登记电话催办、传真发送或专人送达")),
        _move("chase", (_R.WAITING,), None, _("催办"), _("系统提醒尚未签收的单位")),
    ],
    ReceiptState.values,
    GUARDS,
)  # fmt: skip

MEETING_MOVES = table(
    [
        _move(
            "arrange", (_M.PLANNED, _M.INVITED, _M.CANCELLED), None, _("保存会议安排"),
            _("定下时间、地点、议程和参会单位"),
            stages=BEFORE,
        ),
        _move(
            "invite", (_M.PLANNED, _M.INVITED, _M.CANCELLED), _M.INVITED, _("发出邀请"),
            _("邀请各单位；再次发出即通知变更，须重新回复"), stages=BEFORE,
        ),
        _move(
            "call_off", (_M.PLANNED, _M.INVITED), _M.CANCELLED, _("取消会议"), _("取消预备会并告知各单位"),
            stages=BEFORE,
        ),
        _move("attend", (_M.PLANNED, _M.INVITED, _M.HELD), _M.HELD, _("登记出席"), _("登记各单位是否到会、谁到会")),
        _move("minute", (_M.INVITED, _M.HELD), None, _("保存纪要"), _("保存会议纪要的新文本")),
    ],
    MeetingState.values,
    GUARDS,
)  # fmt: skip

# An invitation has no life of its own: it lasts as long as its meeting.
INVITATION_MOVES = table(
    [
        _move(
            "reply",
            tuple(_M),
            None,
            _("回复"),
            _("回复是否参会、谁参会"),
            roles=FOR_UNIT,
            guards=("invited",),
        )
    ],
    MeetingState.values,
    GUARDS,
)

TASK_MOVES = table(
    [
        _move("report", (_T.OPEN,), _T.DONE, _("已完成"), _("报告任务已完成，可附说明"), roles=FOR_UNIT),
        _move("remark", (_T.OPEN,), None, _("说明进展"), _("未完成时说明进展或困难"), roles=FOR_UNIT),
        _move("reopen", (_T.DONE,), _T.OPEN, _("重新打开"), _("退回未完成，说明还缺什么")),
        _move("drop", (_T.OPEN,), _T.DROPPED, _("取消任务"), _("不再需要，说明原因")),
    ],
    TaskState.values,
    GUARDS,
)

TABLES: dict[str, dict[str, Move]] = {
    "notice": NOTICE_MOVES,
    "receipt": RECEIPT_MOVES,
    "meeting": MEETING_MOVES,
    "invitation": INVITATION_MOVES,
    "task": TASK_MOVES,
}


def kind_of(thing: Thing) -> str:
    """Which table a thing lives by."""
    return type(thing).__name__.lower()


def state_of(thing: Any) -> str:
    """The state a thing is in, also where it follows from others."""
    kind = kind_of(thing)
    if kind == "receipt":
        return receipt_state(thing)
    return str(thing.meeting.state if kind == "invitation" else thing.state)


def hour_of(thing: Any) -> OfficeHour:
    """The hour a thing belongs to."""
    kind = kind_of(thing)
    owner = {"receipt": "notice", "invitation": "meeting"}.get(kind)
    hour: OfficeHour = (getattr(thing, owner) if owner else thing).hour
    return hour


def seat_refusal(actor: Actor | UnitActor, verb: str, thing: Thing) -> Refusal | None:
    """Why this person may not do the verb to this thing at all."""
    move = TABLES[kind_of(thing)][verb]
    if not actor.holds(move.roles):
        return Refusal(FORBIDDEN, "seat", _("您的岗位不能进行这项操作。"))
    if isinstance(actor, UnitActor):
        foreign = getattr(thing, "unit_id", None) != actor.unit_id
    else:
        foreign = hour_of(thing).id != actor.hour_id
    return Refusal(NOT_FOUND, "not_found", _("没有这一项，或它不属于您的单位。")) if foreign else None


def state_refusal(verb: str, thing: Thing) -> Refusal | None:
    """Why the thing, or its hour, does not allow the verb just now."""
    kind = kind_of(thing)
    move = TABLES[kind][verb]
    stage = hour_of(thing).stage
    if stage not in move.stages:
        message = _("本期现在是“%(stage)s”，不能进行这项操作。") % {"stage": Stage(stage).label}
        return Refusal(CONFLICT, "stage", message)
    state = state_of(thing)
    if state not in move.sources:
        words = _TITLES.get(kind, MeetingState)(state).label
        return Refusal(CONFLICT, "state", _("现在是“%(state)s”，不能进行这项操作。") % {"state": words})
    for guard in move.guards:
        if reason := GUARDS[guard](thing):
            return Refusal(CONFLICT, guard, reason)
    return None


def refusal(actor: Actor | UnitActor, verb: str, thing: Thing) -> Refusal | None:
    """The one oracle: why ``actor`` cannot do ``verb`` to ``thing`` now, or ``None``."""
    return seat_refusal(actor, verb, thing) or state_refusal(verb, thing)


def begin_refusal(actor: Actor, stage: str, stages: frozenset[str] = WRITING) -> Refusal | None:
    """Why this person cannot begin something new in an hour of this stage: a notice, a meeting, a task."""
    if not actor.holds(COORDINATOR):
        return Refusal(FORBIDDEN, "seat", _("您的岗位不能进行这项操作。"))
    if stage not in stages:
        message = _("本期现在是“%(stage)s”，不能进行这项操作。") % {"stage": Stage(stage).label}
        return Refusal(CONFLICT, "stage", message)
    return None


def moves(actor: Actor | UnitActor, thing: Thing) -> dict[str, Any]:
    """For each verb of this person why not now, or ``None``: what buttons say."""
    found: dict[str, Any] = {}
    for verb, move in TABLES[kind_of(thing)].items():
        if actor.holds(move.roles):
            refused = refusal(actor, verb, thing)
            found[verb] = str(refused.message) if refused else None
    return found
