"""The life of a plan as a table, and the one oracle that says why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from townhall.hours.choices import Role, Stage
from townhall.kernel.errors import CONFLICT, FORBIDDEN
from townhall.kernel.flow import Move, Refusal, table
from townhall.plans.choices import APPROVER, FIELDS, State

if TYPE_CHECKING:
    from collections.abc import Callable

    from townhall.hours.seats import Actor
    from townhall.plans.models import Approver, Decision, Plan, PlanVersion

_COORDINATOR = frozenset({Role.COORDINATOR.value})
_APPROVER = frozenset({APPROVER})
BEFORE = frozenset({Stage.PLANNED.value, Stage.ANNOUNCED.value, Stage.PREPARING.value})


def newest(plan: Plan) -> PlanVersion | None:
    """The version that is being worked on."""
    if plan._state.adding:  # noqa: SLF001 - the page of a plan that nobody has saved yet
        return None
    return next((one for one in plan.versions.all() if one.number == plan.version), None)


def approvers(plan: Plan) -> list[Approver]:
    """Who approves, in order."""
    return [] if plan._state.adding else list(plan.approvers.all())  # noqa: SLF001 - see above


def decided(plan: Plan) -> list[Decision]:
    """What was decided since the plan was last submitted."""
    return [one for one in plan.decisions.all() if one.round == plan.round]


def next_approver(plan: Plan) -> Approver | None:
    """Whose turn it is; nobody's unless the plan is submitted."""
    if plan.state != State.SUBMITTED:
        return None
    done = {one.order for one in decided(plan)}
    return next((one for one in plan.approvers.all() if one.order not in done), None)


def _complete(actor: Actor, plan: Plan) -> Any:
    version = newest(plan)
    empty = [str(one.label) for one in FIELDS.values() if version is None or not getattr(version, one.name)]
    if empty:
        return _("请先填写：%(fields)s。") % {"fields": "、".join(empty)}
    if version is not None and not version.groups:
        return _("请先编排业务小组。")
    return None


def _has_approvers(actor: Actor, plan: Plan) -> Any:
    return None if approvers(plan) else _("请先选定审批人。")


def _turn(actor: Actor, plan: Plan) -> Any:
    waiting = next_approver(plan)
    if waiting is None or waiting.account_id != actor.account_id:
        return _("还没有轮到您审批。")
    return None


def _not_author(actor: Actor, plan: Plan) -> Any:
    version = newest(plan)
    if version is not None and version.made_by_id == actor.account_id:
        return _("方案由您拟定，请由他人审批。")
    return None


def _not_authors_turn(actor: Actor, plan: Plan) -> Any:
    """A paper stands for the approver whose turn it is: an author's own would be no approval either."""
    waiting, version = next_approver(plan), newest(plan)
    if waiting is not None and version is not None and waiting.account_id == version.made_by_id:
        return _("轮到的审批人就是拟稿人，请撤回方案，另选审批人。")
    return None


GUARDS: dict[str, Callable[[Actor, Plan], Any]] = {
    "complete": _complete,
    "has_approvers": _has_approvers,
    "turn": _turn,
    "not_author": _not_author,
    "not_authors_turn": _not_authors_turn,
}


def _move(
    verb: str, sources: tuple[State, ...], target: State | None, label: Any, summary: Any,
    roles: frozenset[str] = _COORDINATOR, guards: tuple[str, ...] = (),
) -> Move:  # fmt: skip
    named = frozenset(source.value for source in sources)
    return Move(verb, named, target.value if target else None, roles, BEFORE, label, summary, guards)


_OPEN = (State.DRAFT, State.RETURNED)
_SUBMITTED = (State.SUBMITTED,)

# `save` after approval and the last approval change the state by what they contain: see actions.
MOVES: dict[str, Move] = table(
    [
        _move("save", (*_OPEN, State.APPROVED), None, _("保存"), _("保存为新的一版；批准后的实质性修改须重新呈批")),
        _move("choose", _OPEN, None, _("选定审批人"), _("选定一至三位审批人和先后次序")),
        _move(
            "submit", _OPEN, State.SUBMITTED, _("呈批"), _("呈第一位审批人"), guards=("complete", "has_approvers")
        ),
        _move("recall", _SUBMITTED, State.DRAFT, _("撤回修改"), _("在批准之前撤回")),
        _move(
            "approve", _SUBMITTED, None, _("批准"), _("批准；还有下一位审批人时转呈"), _APPROVER,
            ("turn", "not_author"),
        ),
        _move(
            "return", _SUBMITTED, State.RETURNED, _("退回修改"), _("写明意见，退回拟稿人修改"), _APPROVER,
            ("turn",),
        ),
        _move(
            "approve_on_paper", _SUBMITTED, None, _("补录纸质批示"),
            _("领导在纸上批准的，录入领导、日期和扫描件"), guards=("not_authors_turn",),
        ),
    ],
    State.values,
    GUARDS,
)  # fmt: skip


def seat_refusal(actor: Actor, verb: str) -> Refusal | None:
    """Why this person may not do the verb at all."""
    if actor.holds(MOVES[verb].roles):
        # An approval is a signature: only whoever has just proved who they are gives it.
        return actor.personal_refusal() if verb == "approve" else None
    return Refusal(FORBIDDEN, "seat", _("您的岗位不能进行这项操作。"))


def state_refusal(actor: Actor, verb: str, plan: Plan) -> Refusal | None:
    """Why the plan or its hour does not allow the verb just now."""
    move = MOVES[verb]
    if plan.hour.stage not in move.stages:
        message = _("本期现在是“%(stage)s”，方案不能再改。") % {"stage": Stage(plan.hour.stage).label}
        return Refusal(CONFLICT, "stage", message)
    if plan.state not in move.sources:
        message = _("方案现在是“%(state)s”，不能进行这项操作。") % {"state": State(plan.state).label}
        return Refusal(CONFLICT, "state", message)
    for guard in move.guards:
        if reason := GUARDS[guard](actor, plan):
            return Refusal(CONFLICT, guard, reason)
    return None


def refusal(actor: Actor, verb: str, plan: Plan) -> Refusal | None:
    """The one oracle: why ``actor`` cannot do ``verb`` to ``plan`` now, or ``None``."""
    return seat_refusal(actor, verb) or state_refusal(actor, verb, plan)
