"""The evening of a venue as a table, and the one oracle that says why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from townhall.hours.choices import Role, Stage
from townhall.kernel.errors import CONFLICT, FORBIDDEN
from townhall.kernel.flow import Move, Refusal, table
from townhall.venues.choices import State

if TYPE_CHECKING:
    from townhall.hours.models import OfficeHour
    from townhall.hours.seats import Actor

# The list of venues as a whole is in no state.
LIST = "list"
STATES = (LIST, *State.values)

_COORDINATOR = frozenset({Role.COORDINATOR.value})
_BOARD = _COORDINATOR | {Role.TECHNICIAN.value}
_BEFORE = frozenset({Stage.PLANNED.value, Stage.ANNOUNCED.value, Stage.PREPARING.value})
_WORKING = _BEFORE | {Stage.LIVE.value, Stage.WRAPPING.value}
_EVENING = frozenset({Stage.ANNOUNCED.value, Stage.PREPARING.value, Stage.LIVE.value})
_EVERY_STATE = tuple(State)
# What the people in the hall say themselves, besides coordinator and technicians.
BY_ITS_CLERKS = frozenset({"check_in", "ready", "on_air", "trouble", "not_ready"})


def _move(
    verb: str, sources: tuple[str, ...], target: State | None, label: Any, summary: Any,
    roles: frozenset[str] = _COORDINATOR, stages: frozenset[str] = _WORKING,
) -> Move:  # fmt: skip
    return Move(verb, frozenset(sources), target.value if target else None, roles, stages, label, summary)


def _board(verb: str, sources: tuple[str, ...], target: State | None, label: Any, summary: Any) -> Move:
    return _move(verb, sources, target, label, summary, _BOARD, _EVENING)


MOVES: dict[str, Move] = table(
    [
        _move("add", (LIST,), None, _("增加会场"), _("登记一个主会场或分会场")),
        _move("take_over", (LIST,), None, _("沿用上期会场"), _("复制上一期的会场，人员和状态重新开始")),
        _move("edit", _EVERY_STATE, None, _("修改会场"), _("修改会场的地址、联系人和接入方式")),
        _move("remove", _EVERY_STATE, None, _("删除会场"), _("删除没有登记过问题的会场"), stages=_BEFORE),
        _move("give_clerk", _EVERY_STATE, None, _("安排登记员"), _("安排登记员，同时给予本期代为登记席位")),
        _move("remove_clerk", _EVERY_STATE, None, _("撤下登记员"), _("撤下登记员，席位随之结束")),
        _board("check_in", _EVERY_STATE, None, _("会场签到"), _("会场人员已到")),
        _board("ready", ("not_ready", "on_air", "trouble"), State.READY, _("就绪"), _("设备调试完毕")),
        _board("on_air", ("not_ready", "ready", "trouble"), State.ON_AIR, _("接入"), _("已与主会场接通")),
        _board("trouble", _EVERY_STATE, State.TROUBLE, _("报故障"), _("报告故障及其类别")),
        _board(
            "not_ready", ("ready", "on_air", "trouble"), State.NOT_READY, _("退回未就绪"), _("撤销误报的状态")
        ),
    ],
    STATES,
    {},
)


def refusal(
    actor: Actor, verb: str, hour: OfficeHour, state: str = LIST, *, own: bool = False
) -> Refusal | None:
    """The one oracle: why ``actor`` cannot do ``verb`` now, or ``None``.

    :param state: the venue's; the list's for verbs about the whole
    :param own: whether the actor is a clerk of this venue
    """
    move = MOVES[verb]
    if not actor.holds(move.roles) and not (own and verb in BY_ITS_CLERKS):
        return Refusal(FORBIDDEN, "seat", _("您的岗位不能进行这项操作。"))
    if hour.stage not in move.stages:
        message = _("本期现在是“%(stage)s”，不能进行这项操作。") % {"stage": Stage(hour.stage).label}
        return Refusal(CONFLICT, "stage", message)
    if state not in move.sources:
        shown = {"state": dict(State.choices).get(state, "")}
        return Refusal(CONFLICT, "state", _("会场现在是“%(state)s”，不能进行这项操作。") % shown)
    return None
