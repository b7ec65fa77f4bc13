"""The life of a return call as a table, and the one oracle that says why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from townhall.hours.choices import Role, Stage
from townhall.kernel.errors import CONFLICT, FORBIDDEN
from townhall.kernel.flow import Move, Refusal, table
from townhall.questions.choices import Status
from townhall.voice.choices import TRIES_BEFORE_GIVING_UP, CallState

if TYPE_CHECKING:
    from collections.abc import Callable

    from townhall.hours.seats import Actor
    from townhall.voice.models import ReturnCall

_CALLERS = frozenset({Role.COORDINATOR.value, Role.INSPECTOR.value})
_AFTER = frozenset({Stage.WRAPPING.value, Stage.ARCHIVED.value})


def _is_answered(call: ReturnCall) -> Any:
    return None if call.question.status == Status.PUBLISHED else _("还没有答复，不用回访。")


def _tried_enough(call: ReturnCall) -> Any:
    if call.attempts.count() >= TRIES_BEFORE_GIVING_UP:
        return None
    return _("至少联系 %(n)s 次再作联系不上处理。") % {"n": TRIES_BEFORE_GIVING_UP}


GUARDS: dict[str, Callable[[ReturnCall], Any]] = {"is_answered": _is_answered, "tried_enough": _tried_enough}


def _move(
    verb: str, source: CallState, target: CallState | None, label: Any, summary: Any, *guards: str
) -> Move:
    goal = target.value if target else None
    return Move(verb, frozenset({source.value}), goal, _CALLERS, _AFTER, label, summary, guards)


_C = CallState
MOVES: dict[str, Move] = table(
    [
        _move("enlist", _C.NONE, _C.WAITING, _("列入回访"), _("抽查一个已答复的提问"), "is_answered"),
        _move("reach", _C.WAITING, _C.REACHED, _("记录回访结果"), _("接通后记下认可、部分认可或不认可")),
        _move("miss", _C.WAITING, None, _("没有联系上"), _("记下原因，以后再打")),
        _move("give_up", _C.WAITING, _C.UNREACHABLE, _("作联系不上处理"), _("联系过三次仍没有联系上"),
              "tried_enough"),
    ],
    _C.values,
    GUARDS,
)  # fmt: skip


def seat_refusal(actor: Actor, verb: str) -> Refusal | None:
    """Why this person's seats do not allow the verb at all (403)."""
    if actor.holds(MOVES[verb].roles):
        return None
    return Refusal(FORBIDDEN, "seat", _("回访由区府办和督查室进行。"))


def state_refusal(verb: str, call: ReturnCall) -> Refusal | None:
    """Why the call or its hour does not allow the verb just now (409)."""
    move = MOVES[verb]
    if call.hour.stage not in move.stages:
        stage = Stage(call.hour.stage).label
        return Refusal(CONFLICT, "stage", _("本期现在是“%(stage)s”，不能进行这项操作。") % {"stage": stage})
    if call.state not in move.sources:
        label = CallState(call.state).label
        return Refusal(CONFLICT, "state", _("现在是“%(state)s”，不能进行这项操作。") % {"state": label})
    for guard in move.guards:
        if reason := GUARDS[guard](call):
            return Refusal(CONFLICT, guard, reason)
    return None


def refusal(actor: Actor, verb: str, call: ReturnCall) -> Refusal | None:
    """The one oracle: why ``actor`` cannot do ``verb`` to ``call`` now, or ``None``."""
    return seat_refusal(actor, verb) or state_refusal(verb, call)
