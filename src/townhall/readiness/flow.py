"""What may be done before the hour to see that everything stands, and the one oracle that says why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from townhall.hours.choices import ALL_STAGES, Role, Stage
from townhall.kernel.errors import CONFLICT, FORBIDDEN
from townhall.kernel.flow import Move, Refusal, table
from townhall.readiness.models import Practice

if TYPE_CHECKING:
    from collections.abc import Callable

    from townhall.hours.models import OfficeHour
    from townhall.hours.seats import Actor

# Whether a rehearsal of the hour exists.
NONE, RUNNING = "none", "running"
STATES = {NONE: _("没有演练"), RUNNING: _("演练进行中")}

_COORDINATOR = frozenset({Role.COORDINATOR.value})
_CHECKERS = _COORDINATOR | {Role.TECHNICIAN.value}
_BEFORE = frozenset({Stage.PLANNED.value, Stage.ANNOUNCED.value, Stage.PREPARING.value})


def _is_real(hour: OfficeHour) -> Any:
    return _("这是演练，请在正式的一期里进行这项操作。") if hour.rehearsal else None


def _has_groups(hour: OfficeHour) -> Any:
    return None if hour.groups.exists() else _("本期还没有业务小组，没有可以演练的岗位。")


GUARDS: dict[str, Callable[[OfficeHour], Any]] = {"is_real": _is_real, "has_groups": _has_groups}

MOVES: dict[str, Move] = table(
    [
        Move("dry_run", frozenset(STATES), None, _CHECKERS, _BEFORE | {Stage.LIVE.value}, _("检查并记录"),
             _("逐项检查并记下结果"), ("is_real",)),
        Move("start_practice", frozenset({NONE}), RUNNING, _COORDINATOR, _BEFORE, _("开始演练"),
             _("照本期的小组和岗位另开一期演练，凭保密链接进入"), ("is_real", "has_groups")),
        Move("end_practice", frozenset({RUNNING}), NONE, _COORDINATOR, ALL_STAGES, _("结束并删除演练"),
             _("演练的全部内容一并删除"), ("is_real",)),
    ],
    STATES,
    GUARDS,
)  # fmt: skip


def state_of(hour: OfficeHour) -> str:
    """Whether a rehearsal of this hour exists."""
    return RUNNING if Practice.objects.filter(hour=hour).exists() else NONE


def refusal(actor: Actor, verb: str, hour: OfficeHour) -> Refusal | None:
    """The one oracle: why ``actor`` cannot do ``verb`` for ``hour`` now, or ``None``."""
    move = MOVES[verb]
    if not actor.holds(move.roles):
        return Refusal(FORBIDDEN, "seat", _("您的岗位不能进行这项操作。"))
    if hour.stage not in move.stages:
        stage = Stage(hour.stage).label
        return Refusal(CONFLICT, "stage", _("本期现在是“%(stage)s”，不能进行这项操作。") % {"stage": stage})
    state = state_of(hour)
    if state not in move.sources:
        return Refusal(CONFLICT, "state", _("现在%(state)s，不能进行这项操作。") % {"state": STATES[state]})
    for guard in move.guards:
        if reason := GUARDS[guard](hour):
            return Refusal(CONFLICT, guard, reason)
    return None
