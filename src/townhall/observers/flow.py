"""The life of a call, of an application and of the talk as tables, and the one oracle that says why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from townhall.hours.choices import ALL_STAGES, Role, Stage
from townhall.kernel import clock
from townhall.kernel.errors import CONFLICT, FORBIDDEN
from townhall.kernel.flow import Move, Refusal, table
from townhall.observers.choices import IN_LINE, SEATED, CallState, State, TalkState
from townhall.observers.models import Application, Call, Point, Talk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from townhall.hours.models import OfficeHour
    from townhall.hours.seats import Actor

# Nobody with a seat: the person who holds the receipt.
APPLICANT = "applicant"
_COORDINATOR = frozenset({Role.COORDINATOR.value})
_EITHER = _COORDINATOR | {APPLICANT}
_BEFORE = frozenset({Stage.PLANNED.value, Stage.ANNOUNCED.value, Stage.PREPARING.value})
_UP_TO = _BEFORE | {Stage.LIVE.value}
_EVENING = frozenset({Stage.PREPARING.value, Stage.LIVE.value, Stage.WRAPPING.value})
_AFTER = _EVENING | {Stage.ARCHIVED.value}

Thing = Call | Application | Talk | Point


def _nobody_applied(call: Call) -> Any:
    if call.state == CallState.OPEN and call.applications.exclude(state=State.WITHDRAWN).exists():
        return _("已有人报名，不能收回。")
    return None


def _time_is_up(call: Call) -> Any:
    early = call.closes_at is not None and clock.now() < call.closes_at
    return _("还没到截止时间，不能提前截止。") if early else None


def _needs_a_lot(call: Call) -> Any:
    return None if call.by_lot else _("报名人数不超过名额，不用抽签。")


def _source_is_out(call: Call) -> Any:
    early = call.source_at is not None and clock.now() < call.source_at
    return _("公开数值还没有公布，到了约定的时间才能抽签。") if early else None


def _before_the_start(call: Call) -> Any:
    return _("已到开始时间，不再发出邀请。") if clock.now() >= call.hour.starts_at else None


def _somebody_to_call(call: Call) -> Any:
    rows = call.applications
    if rows.filter(state=State.INVITED, confirm_by__lte=clock.now()).exists():
        return None
    free = call.quota - rows.filter(state__in=SEATED).count()
    if free > 0 and rows.filter(state__in=IN_LINE).exists():
        return None
    return _("没有逾期未确认的人，也没有空出的席位可以递补。")


def _in_time(application: Application) -> Any:
    late = application.confirm_by is not None and clock.now() >= application.confirm_by
    return _("确认时间已过，席位已留给候补。") if late else None


def _has_contact(application: Application) -> Any:
    return None if application.mobile_sealed else _("个人信息已经删除。")


def _has_minutes(talk: Talk) -> Any:
    return None if talk.minutes.strip() else _("还没有座谈纪要，请先填写并保存。")


def _not_registered(point: Point) -> Any:
    return None if point.question_id is None else _("这一条已经登记为提问。")


GUARDS: dict[str, Callable[[Any], Any]] = {
    "nobody_applied": _nobody_applied,
    "time_is_up": _time_is_up,
    "needs_a_lot": _needs_a_lot,
    "source_is_out": _source_is_out,
    "before_the_start": _before_the_start,
    "somebody_to_call": _somebody_to_call,
    "in_time": _in_time,
    "has_contact": _has_contact,
    "has_minutes": _has_minutes,
    "not_registered": _not_registered,
}


def _move(  # noqa: PLR0913 - the columns of the table
    verb: str, sources: Iterable[str], target: str | None, stages: frozenset[str], label: Any, summary: Any,
    *, roles: frozenset[str] = _COORDINATOR, guards: tuple[str, ...] = (),
) -> Move:  # fmt: skip
    named = frozenset(str(source) for source in sources)
    return Move(verb, named, str(target) if target else None, roles, stages, label, summary, guards)


_C = CallState
CALL_MOVES: dict[str, Move] = table(
    [
        _move("open", [_C.NONE, _C.SKIPPED], _C.OPEN, _BEFORE, _("开放报名"),
              _("公布名额、地点、条件、截止时间和抽签办法，开放报名"), guards=("before_the_start",)),
        _move("skip", [_C.NONE, _C.OPEN], _C.SKIPPED, _BEFORE, _("本期不邀请"),
              _("说明本期不邀请网民代表；没有人报名时才能收回"), guards=("nobody_applied",)),
        _move("close", [_C.OPEN], _C.CLOSED, _UP_TO, _("截止报名"),
              _("冻结并公布名单；人数不超过名额时不用抽签，全部入选"), guards=("time_is_up",)),
        _move("draw", [_C.CLOSED], _C.DRAWN, _UP_TO, _("抽签"),
              _("填入约定的公开数值，公布密值，排出次序；不能重来"), guards=("needs_a_lot", "source_is_out")),
        _move("invite", [_C.DRAWN], _C.INVITING, _UP_TO, _("发出邀请"),
              _("按次序邀请到名额为止，写明确认期限"), guards=("before_the_start",)),
        _move("replace", [_C.INVITING], None, _UP_TO, _("递补"),
              _("收回逾期未确认的席位，按次序邀请候补"), guards=("before_the_start", "somebody_to_call")),
    ],
    _C.values,
    GUARDS,
)  # fmt: skip

_S = State
_ANSWERABLE = (_S.DRAWN, _S.WAITING, _S.INVITED, _S.CONFIRMED)
APPLICATION_MOVES: dict[str, Move] = table(
    [
        _move("confirm", [_S.INVITED], _S.CONFIRMED, _UP_TO, _("确认参加"), _("在期限内答应参加"),
              roles=_EITHER, guards=("in_time",)),
        _move("decline", _ANSWERABLE, _S.DECLINED, _UP_TO, _("不能参加"), _("席位按次序留给候补"),
              roles=_EITHER),
        _move("withdraw", [state for state in _S.values if state != _S.WITHDRAWN], _S.WITHDRAWN, ALL_STAGES,
              _("撤回报名"), _("立即删除个人信息，只留下无法还原的摘要"), roles=_EITHER),
        _move("attend", [_S.CONFIRMED], None, _EVENING, _("已到场"), _("当晚签到")),
        _move("miss", [_S.CONFIRMED], None, _EVENING, _("未到场"), _("当晚没有到")),
        _move("look", [state for state in _S.values if state != _S.WITHDRAWN], None, ALL_STAGES,
              _("查看联系方式"), _("查看姓名和手机，每次都有记录"), guards=("has_contact",)),
    ],
    _S.values,
    GUARDS,
)  # fmt: skip

_T = TalkState
TALK_MOVES: dict[str, Move] = table(
    [
        _move("write", [_T.DRAFT], None, _EVENING, _("保存纪要"), _("整理座谈纪要，公开前只有工作台可见")),
        _move("note", _T.values, None, _EVENING, _("添加一条"), _("把座谈中提出的一件事记成一条")),
        _move("approve", [_T.DRAFT], _T.APPROVED, _AFTER, _("公开纪要"), _("遮盖姓名和号码后公开，不再修改"),
              guards=("has_minutes",)),
    ],
    _T.values,
    GUARDS,
)  # fmt: skip
POINT_MOVES: dict[str, Move] = table(
    [
        _move("register", _T.values, None, _EVENING, _("登记为提问"),
              _("由工作人员代为登记，来源为会场；每条只登记一次"), guards=("not_registered",)),
    ],
    _T.values,
    GUARDS,
)  # fmt: skip

_TABLES: dict[type, dict[str, Move]] = {
    Call: CALL_MOVES,
    Application: APPLICATION_MOVES,
    Talk: TALK_MOVES,
    Point: POINT_MOVES,
}


def _hour_of(thing: Thing) -> OfficeHour:
    if isinstance(thing, Point):
        return thing.talk.call.hour
    return thing.hour if isinstance(thing, Call) else thing.call.hour


def _state_of(thing: Thing) -> tuple[str, Any]:
    if isinstance(thing, Call):
        return thing.state, CallState(thing.state).label
    if isinstance(thing, Application):
        return thing.state, State(thing.state).label
    talk = thing.talk if isinstance(thing, Point) else thing
    return talk.state, TalkState(talk.state).label


def seat_refusal(actor: Actor | None, verb: str, thing: Thing) -> Refusal | None:
    """Why this person may not do the verb at all; ``None`` as actor is the applicant."""
    roles = actor.roles if actor is not None else frozenset({APPLICANT})
    if roles & _TABLES[type(thing)][verb].roles:
        return None
    return Refusal(FORBIDDEN, "seat", _("您的岗位不能进行这项操作。"))


def state_refusal(verb: str, thing: Thing) -> Refusal | None:
    """Why the thing or its hour does not allow the verb just now."""
    move = _TABLES[type(thing)][verb]
    hour = _hour_of(thing)
    if hour.stage not in move.stages:
        message = _("本期现在是“%(stage)s”，不能进行这项操作。") % {"stage": Stage(hour.stage).label}
        return Refusal(CONFLICT, "stage", message)
    state, label = _state_of(thing)
    if state not in move.sources:
        message = _("现在是“%(state)s”，不能进行这项操作。") % {"state": label}
        return Refusal(CONFLICT, "state", message)
    for guard in move.guards:
        if reason := GUARDS[guard](thing):
            return Refusal(CONFLICT, guard, reason)
    return None


def refusal(actor: Actor | None, verb: str, thing: Thing) -> Refusal | None:
    """The one oracle: why ``actor`` (the applicant when ``None``) cannot do ``verb`` now, or ``None``."""
    return seat_refusal(actor, verb, thing) or state_refusal(verb, thing)
